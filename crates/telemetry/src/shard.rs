//! What one thread recorded. Each shard has its own bounds on names.

use hashbrown::HashMap;
use jiff::Timestamp;
use rustc_hash::FxBuildHasher;

use crate::record::{AskedRecord, EvaluationRecord, OTHER, Place, RequestRecord};
use crate::requests::Requests;
use crate::series::{Bucket, COUNTS, Count, SETS, Series};
use crate::sketch::Sketch;
use crate::unkept::{Askers, Kept, Pending};

const ENVIRONMENTS: usize = 200;
const ROUTES: usize = 1_000;
const ARMS: usize = 100;
const FLAGS: usize = 10_000;
const CELLS: usize = 300;
const VARIATIONS: usize = 100;

pub(crate) type Map<V> = HashMap<String, V, FxBuildHasher>;

#[derive(Default)]
pub(crate) struct Shard {
    pub(crate) environments: Vec<Environment>,
    /// Records whose names went over a bound.
    pub(crate) folded: u64,
}

pub(crate) struct Environment {
    pub(crate) project: Box<str>,
    pub(crate) key: Box<str>,
    pub(crate) requests: Counted<Requests>,
    pub(crate) evaluations: Series<Count>,
    pub(crate) routes: Map<Vec<(Box<str>, Counted<Requests>)>>,
    pub(crate) flags: Map<Flag>,
    /// Names that no flag has, and who asked for them.
    pub(crate) unknown: Map<Askers>,
}

/// A series, and everything since the start.
pub(crate) struct Counted<B> {
    pub(crate) series: Series<B>,
    pub(crate) ever: B,
}

#[derive(Default)]
pub(crate) struct Flag {
    pub(crate) cells: Vec<Cell>,
    /// By variation; the first is "the caller's default".
    pub(crate) contexts: Vec<Option<Series<Sketch>>>,
    pub(crate) last: Option<Timestamp>,
    pub(crate) pending: Pending,
}

/// Equal decisions: same variation for the same reason.
pub(crate) struct Cell {
    pub(crate) variation: Option<usize>,
    pub(crate) reason: Box<str>,
    pub(crate) rule: Option<Box<str>>,
    pub(crate) count: Counted<Count>,
}

impl<B: Bucket> Counted<B> {
    fn new() -> Self {
        Counted { series: Series::new(&COUNTS), ever: B::default() }
    }
}

impl Shard {
    pub(crate) fn find(&self, place: Place<'_>) -> Option<&Environment> {
        self.environments.iter().find(|e| e.is(place))
    }

    pub(crate) fn request(&mut self, r: &RequestRecord<'_>) {
        let second = r.at.as_second();
        let mut folded = false;
        let environment = self.environment(r.place, &mut folded);
        environment.requests.ever.record(r.status, r.latency);
        environment.requests.series.at(second).record(r.status, r.latency);
        if let Some((route, arm)) = r.route {
            let arms = bounded(&mut environment.routes, route, ROUTES, &mut folded);
            let arm = bounded_arm(arms, arm, &mut folded);
            arm.ever.record(r.status, r.latency);
            arm.series.at(second).record(r.status, r.latency);
        }
        self.folded += u64::from(folded);
    }

    pub(crate) fn evaluation(&mut self, e: &EvaluationRecord<'_>) {
        let second = e.at.as_second();
        let mut folded = false;
        let environment = self.environment(e.place, &mut folded);
        environment.evaluations.at(second).0 += e.count;
        let flag = bounded(&mut environment.flags, e.flag, FLAGS, &mut folded);
        flag.record(e, second, &mut folded);
        self.folded += u64::from(folded);
    }

    /// Somebody asked for a flag that is not there.
    pub(crate) fn asked(&mut self, asked: &AskedRecord<'_>) {
        let mut folded = false;
        let kept = self.environment(asked.place, &mut folded).asked(asked);
        self.folded += u64::from(folded || !kept);
    }

    pub(crate) fn restore(&mut self, kept: &Kept) {
        let mut folded = false;
        let place = Place { project: &kept.tally.project, environment: &kept.tally.environment };
        let environment = self.environment(place, &mut folded);
        let flag: &mut Flag = bounded(&mut environment.flags, &kept.tally.flag, FLAGS, &mut folded);
        let all = &mut environment.evaluations;
        flag.restore(kept, &mut folded, |second, count| all.at(second).0 += count);
    }

    fn environment(&mut self, place: Place<'_>, folded: &mut bool) -> &mut Environment {
        let found = self.environments.iter().position(|e| e.is(place));
        let index = found.unwrap_or_else(|| {
            if self.environments.len() > ENVIRONMENTS {
                *folded = true;
                return ENVIRONMENTS;
            }
            let full = self.environments.len() == ENVIRONMENTS;
            *folded = full;
            let place = if full { Place { project: OTHER, environment: OTHER } } else { place };
            self.environments.push(Environment::new(place));
            self.environments.len() - 1
        });
        &mut self.environments[index]
    }
}

impl Environment {
    fn new(place: Place<'_>) -> Self {
        Environment {
            project: place.project.into(),
            key: place.environment.into(),
            requests: Counted::new(),
            evaluations: Series::new(&COUNTS),
            routes: Map::default(),
            flags: Map::default(),
            unknown: Map::default(),
        }
    }

    fn is(&self, place: Place<'_>) -> bool {
        *self.key == *place.environment && *self.project == *place.project
    }
}

impl Flag {
    fn record(&mut self, e: &EvaluationRecord<'_>, second: i64, folded: &mut bool) {
        self.last = self.last.max(Some(e.at));
        let variation = e.variation.filter(|index| *index < VARIATIONS);
        let index = self.cell(variation, e.reason, e.rule, folded);
        let count = &mut self.cells[index].count;
        count.ever.0 += e.count;
        count.series.at(second).0 += e.count;
        self.pending.add(index, e.version, e.count, e.at);
        self.pending.asked(e.by, e.count, e.at);
        if !e.contexts.is_empty() {
            let place = variation.map_or(0, |index| index + 1);
            if self.contexts.len() <= place {
                self.contexts.resize_with(place + 1, || None);
            }
            let contexts = self.contexts[place].get_or_insert_with(|| Series::new(&SETS));
            let contexts = contexts.at(second);
            e.contexts.iter().for_each(|context| contexts.insert(context.0));
        }
    }

    /// Where equal decisions are counted.
    pub(crate) fn cell(
        &mut self,
        variation: Option<usize>,
        reason: &str,
        rule: Option<&str>,
        folded: &mut bool,
    ) -> usize {
        let same = |cell: &Cell| {
            cell.variation == variation && cell.rule.as_deref() == rule && *cell.reason == *reason
        };
        let found = self.cells.iter().position(same);
        found.unwrap_or_else(|| self.more(variation, reason, rule, folded))
    }

    /// One more cell. Where there are too many, reason and rule become [`OTHER`], so that the variation
    /// stays true.
    fn more(
        &mut self,
        variation: Option<usize>,
        reason: &str,
        rule: Option<&str>,
        folded: &mut bool,
    ) -> usize {
        let full = self.cells.len() >= CELLS;
        let (reason, rule) = if full { (OTHER, None) } else { (reason, rule) };
        *folded |= full;
        let same =
            |cell: &Cell| cell.variation == variation && *cell.reason == *reason && cell.rule.is_none();
        if full && let Some(index) = self.cells.iter().position(same) {
            return index;
        }
        let rule = rule.map(Into::into);
        self.cells.push(Cell { variation, reason: reason.into(), rule, count: Counted::new() });
        self.cells.len() - 1
    }
}

pub(crate) fn bounded<'m, V: Default>(
    map: &'m mut Map<V>,
    name: &str,
    most: usize,
    folded: &mut bool,
) -> &'m mut V {
    let over = map.len() >= most && !map.contains_key(name);
    *folded |= over;
    map.entry_ref(if over { OTHER } else { name }).or_default()
}

fn bounded_arm<'m>(
    arms: &'m mut Vec<(Box<str>, Counted<Requests>)>,
    name: &str,
    folded: &mut bool,
) -> &'m mut Counted<Requests> {
    let find = |arms: &[(Box<str>, _)], name: &str| arms.iter().position(|(arm, _)| **arm == *name);
    let mut index = find(arms, name);
    let mut name = name;
    if index.is_none() && arms.len() >= ARMS {
        *folded = true;
        name = OTHER;
        index = find(arms, name);
    }
    let index = index.unwrap_or_else(|| {
        arms.push((name.into(), Counted::new()));
        arms.len() - 1
    });
    &mut arms[index].1
}
