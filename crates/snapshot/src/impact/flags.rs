//! Which contexts get something else from a flag.

use std::sync::Arc;

use switchyard_flags::{Context, FlagRef};

use super::affected::Affected;
use super::{FlagImpact, Limits, Move, Served, examples, groups};
use crate::explain::Reasons;
use crate::wire::FlagItem;
use crate::{SampledContext, Snapshot};

/// Between two looks at whether anybody still waits.
const BETWEEN_LOOKS: usize = 2_048;

pub(super) struct Flags {
    pub(super) flags: Vec<FlagImpact>,
    /// Different contexts.
    pub(super) moved: usize,
}

pub(super) fn moves(
    before: &Snapshot,
    after: &Snapshot,
    affected: &Affected<'_>,
    contexts: &[Arc<SampledContext>],
    limits: &Limits<'_>,
) -> Option<Flags> {
    let each = limits.evaluations / affected.flags.len().max(1);
    let contexts = &contexts[..contexts.len().min(each.max(1))];
    let mut anyone = vec![false; if affected.flags.is_empty() { 0 } else { contexts.len() }];
    let reasons = [Reasons::of(before), Reasons::of(after)];
    let mut flags = vec![];
    for (key, differs) in &affected.flags {
        let pair = Pair { key, before: Side::new(before, key), after: Side::new(after, key) };
        let moved = pair.moved(contexts, limits)?;
        moved.iter().for_each(|found| anyone[found.index as usize] = true);
        if !differs && moved.is_empty() {
            continue;
        }
        flags.push(FlagImpact {
            flag: (*key).to_owned(),
            name: pair.name(),
            asked: contexts.len(),
            moved: moved.len(),
            moves: pair.told(&moved),
            by: groups::of(after, &pair, &moved, contexts),
            examples: examples::of(&pair, &moved, contexts, limits.examples, &reasons),
        });
    }
    Some(Flags { flags, moved: anyone.into_iter().filter(|moved| *moved).count() })
}

/// One flag in both snapshots.
pub(super) struct Pair<'s> {
    pub(super) key: &'s str,
    pub(super) before: Side<'s>,
    pub(super) after: Side<'s>,
}

pub(super) struct Side<'s> {
    item: Option<&'s FlagItem>,
    pub(super) flag: Option<FlagRef<'s>>,
}

/// A context that gets something else: its index, and the variations' indices plus 1; 0 is no answer.
#[derive(Clone, Copy)]
pub(super) struct Moved {
    pub(super) index: u32,
    pub(super) from: u32,
    pub(super) to: u32,
}

impl<'s> Side<'s> {
    fn new(snapshot: &'s Snapshot, key: &str) -> Self {
        Side { item: snapshot.wire().flag(key).map(|item| &**item), flag: snapshot.flags().flag(key) }
    }

    #[inline]
    fn answer(&self, context: &Context) -> u32 {
        let index = self.flag.and_then(|flag| flag.evaluate(context).variation_index);
        index.map_or(0, |index| index as u32 + 1)
    }

    fn variations(&self) -> usize {
        self.item.map_or(0, |item| item.flag().variations.len())
    }
}

impl Pair<'_> {
    /// Those who get something else: another variation, or the same with another value.
    fn moved(&self, contexts: &[Arc<SampledContext>], limits: &Limits<'_>) -> Option<Vec<Moved>> {
        let most = self.before.variations().max(self.after.variations());
        let mut same = vec![true; most + 1];
        for (index, same) in same.iter_mut().enumerate().skip(1) {
            *same = self.has_same_value(index - 1);
        }
        let mut moved = vec![];
        for (index, sampled) in contexts.iter().enumerate() {
            if index % BETWEEN_LOOKS == 0 && (limits.stop)() {
                return None;
            }
            let from = self.before.answer(&sampled.context);
            let to = self.after.answer(&sampled.context);
            if from != to || !same[from as usize] {
                moved.push(Moved { index: index as u32, from, to });
            }
        }
        Some(moved)
    }

    fn has_same_value(&self, index: usize) -> bool {
        let value = |side: &Side<'_>| Some(side.item?.flag().variations.get(index)?.value.clone());
        value(&self.before) == value(&self.after)
    }

    fn name(&self) -> String {
        let flag = self.after.item.or(self.before.item).map(|item| item.flag());
        let name = flag.map_or("", |flag| &flag.name);
        if name.is_empty() { self.key.to_owned() } else { name.to_owned() }
    }

    /// How many move from what to what.
    fn told(&self, moved: &[Moved]) -> Vec<Move> {
        let width = self.after.variations() + 1;
        let mut counts = vec![0; (self.before.variations() + 1) * width];
        moved.iter().for_each(|found| counts[found.from as usize * width + found.to as usize] += 1);
        let counted = counts.into_iter().enumerate().filter(|(_, contexts)| *contexts > 0);
        let mut moves: Vec<Move> = counted
            .map(|(at, contexts)| {
                let (from, to) = self.served((at / width) as u32, (at % width) as u32);
                Move { from, to, contexts }
            })
            .collect();
        moves.sort_by_key(|moved| std::cmp::Reverse(moved.contexts));
        moves
    }

    /// Both ends of a move.
    pub(super) fn served(&self, from: u32, to: u32) -> (Option<Served>, Option<Served>) {
        let with_value = from == to;
        let end = |side: &Side<'_>, answer: u32| {
            let index = answer.checked_sub(1)? as usize;
            let variation = side.item?.flag().variations.get(index)?;
            let label = match with_value {
                true => format!("{} ({})", variation.id, shortened(&variation.value.to_string())),
                false => variation.id.to_string(),
            };
            Some(Served { variation: index, label })
        };
        (end(&self.before, from), end(&self.after, to))
    }
}

fn shortened(text: &str) -> String {
    const MOST: usize = 40;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
