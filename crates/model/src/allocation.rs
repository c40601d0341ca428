//! Which buckets belong to which arm of a split by weight.
//!
//! The buckets `0..WHOLE` are divided into slices. When weights change, an arm that grows or stays keeps
//! every bucket it has, and one that shrinks gives up just what it must: so nobody is moved out of an arm
//! that grows, and as few as possible are moved at all.

use std::collections::HashMap;

use crate::ids::Key;
use crate::route::{Split, WHOLE, WeightArm};

/// An arm's buckets: `[from, to)` of [`WHOLE`], ascending and apart.
pub type Slices = Vec<(u32, u32)>;

/// Divides the buckets by `weights`, moving as few as possible from where `previous` has them.
///
/// The slices answered are in the order of `weights`; they are apart, cover `0..WHOLE`, and add up to each
/// arm's weight. Neighbouring slices are joined. An arm that gains takes from its neighbours first, so that
/// two arms keep one boundary. Without `previous` each arm has one slice, in the arms' order. Buckets that
/// `previous` gives twice or to nobody known are free to be given out.
///
/// Weights that do not add up to [`WHOLE`] divide nothing: every arm gets no slice.
pub fn reallocate(previous: &[(Key, Slices)], weights: &[(Key, u32)]) -> Vec<(Key, Slices)> {
    let sum: u64 = weights.iter().map(|(_, w)| u64::from(*w)).sum();
    if sum != u64::from(WHOLE) {
        return weights.iter().map(|(key, _)| (key.clone(), vec![])).collect();
    }
    let mut line = Line::of(previous, weights);
    loop {
        for taker in 0..weights.len() {
            while line.take_from_neighbour(taker) {}
        }
        let Some(taker) = line.needs.iter().position(|need| *need > 0) else { break };
        line.take_from_afar(taker);
    }
    let mut slices = vec![Slices::new(); weights.len()];
    for part in &line.parts {
        if let Some(arm) = part.owner {
            slices[arm].push((part.from, part.to));
        }
    }
    weights.iter().map(|(key, _)| key.clone()).zip(slices).collect()
}

/// Fills in the slices of a split by weight. Slices that fit the weights stay; others are made from
/// `previous`, the split before, so that as few as possible are moved.
pub fn normalise(previous: Option<&Split>, next: &mut Split) {
    let Split::Weight { arms, .. } = next else { return };
    if slices_problem(arms).is_none() {
        return;
    }
    let before = match previous {
        Some(Split::Weight { arms, .. }) if slices_problem(arms).is_none() => {
            arms.iter().map(|a| (a.id.clone(), a.slices.clone())).collect()
        }
        Some(Split::Weight { arms, .. }) => reallocate(&[], &weights(arms)),
        _ => vec![],
    };
    let allocated = reallocate(&before, &weights(arms));
    for (arm, (_, slices)) in arms.iter_mut().zip(allocated) {
        arm.slices = slices;
    }
}

fn weights(arms: &[WeightArm]) -> Vec<(Key, u32)> {
    arms.iter().map(|a| (a.id.clone(), a.weight)).collect()
}

/// Why the arms' slices don't fit their weights, or `None` when they do: each arm's add up to its weight,
/// and together they cover every bucket once.
pub(crate) fn slices_problem(arms: &[WeightArm]) -> Option<String> {
    let mut all = vec![];
    for arm in arms {
        if let Some((from, to)) = arm.slices.iter().find(|(from, to)| from >= to || *to > WHOLE) {
            return Some(format!("arm {:?} has [{from}, {to}), which is no part of 0 to {WHOLE}", &*arm.id));
        }
        let held: u64 = arm.slices.iter().map(|(from, to)| u64::from(to - from)).sum();
        if held != u64::from(arm.weight) {
            return Some(format!("arm {:?} has a weight of {} and {held} buckets", &*arm.id, arm.weight));
        }
        all.extend_from_slice(&arm.slices);
    }
    all.sort_unstable();
    let mut covered = 0;
    for (from, to) in all {
        if from != covered {
            return Some(format!("buckets from {} are given twice or to nobody", from.min(covered)));
        }
        covered = to;
    }
    (covered != WHOLE).then(|| format!("buckets from {covered} are given to nobody"))
}

/// A stretch of buckets with one owner, an index into the arms; `None` is free.
#[derive(Clone, Copy)]
struct Part {
    from: u32,
    to: u32,
    owner: Option<usize>,
}

impl Part {
    fn len(&self) -> u32 {
        self.to - self.from
    }
}

/// All buckets in order, with what each arm must still gain (`needs`) and may still give (`spare`).
struct Line {
    parts: Vec<Part>,
    needs: Vec<u32>,
    spare: Vec<u32>,
}

impl Line {
    fn of(previous: &[(Key, Slices)], weights: &[(Key, u32)]) -> Self {
        let mut index = HashMap::new();
        for (i, (key, _)) in weights.iter().enumerate() {
            index.entry(key).or_insert(i);
        }
        let mut held: Vec<Part> = vec![];
        for (key, slices) in previous {
            if let Some(owner) = index.get(key) {
                held.extend(slices.iter().map(|(from, to)| Part {
                    from: *from,
                    to: *to,
                    owner: Some(*owner),
                }));
            }
        }
        held.sort_unstable_by_key(|p| (p.from, p.to));

        let mut parts = vec![];
        let mut at = 0;
        for part in held {
            let (from, to) = (part.from.max(at), part.to.min(WHOLE));
            if from >= to {
                continue;
            }
            if from > at {
                parts.push(Part { from: at, to: from, owner: None });
            }
            parts.push(Part { from, to, owner: part.owner });
            at = to;
        }
        if at < WHOLE {
            parts.push(Part { from: at, to: WHOLE, owner: None });
        }

        let mut has = vec![0; weights.len()];
        for part in &parts {
            if let Some(owner) = part.owner {
                has[owner] += part.len();
            }
        }
        let (mut needs, mut spare) = (vec![], vec![]);
        for ((_, weight), has) in weights.iter().zip(has) {
            needs.push(weight.saturating_sub(has));
            spare.push(has.saturating_sub(*weight));
        }
        let mut line = Line { parts, needs, spare };
        line.join();
        line
    }

    /// How much of this part can be taken.
    fn to_give(&self, part: &Part) -> u32 {
        part.owner.map_or(part.len(), |owner| self.spare[owner].min(part.len()))
    }

    /// Moves one boundary between `taker` and a neighbour that can give; false where there is none.
    fn take_from_neighbour(&mut self, taker: usize) -> bool {
        if self.needs[taker] == 0 {
            return false;
        }
        let found = (1..self.parts.len()).find_map(|right| {
            let left = right - 1;
            match (self.parts[left].owner == Some(taker), self.parts[right].owner == Some(taker)) {
                (true, false) if self.to_give(&self.parts[right]) > 0 => Some((right, Side::Low)),
                (false, true) if self.to_give(&self.parts[left]) > 0 => Some((left, Side::High)),
                _ => None,
            }
        });
        match found {
            Some((part, side)) => {
                self.take(taker, part, side);
                true
            }
            None => false,
        }
    }

    /// Takes from a part that is no neighbour: what is free first, then the smallest that can be taken
    /// whole, then between two that both give, then the last one, at the end that keeps the arms' order.
    fn take_from_afar(&mut self, taker: usize) {
        let gives = |part: &Part| self.to_give(part) > 0;
        let giving = || self.parts.iter().enumerate().filter(|(_, p)| gives(p));
        let free = giving().find(|(_, p)| p.owner.is_none()).map(|(at, _)| (at, Side::Low));
        let whole = || {
            let all = giving().filter(|(_, p)| self.to_give(p) == p.len());
            all.min_by_key(|(_, p)| p.len()).map(|(at, _)| (at, Side::Low))
        };
        let between = || {
            giving().find(|(at, _)| self.parts.get(at + 1).is_some_and(gives)).map(|(at, _)| (at, Side::High))
        };
        let last = || {
            let side = |p: &Part| if p.owner < Some(taker) { Side::High } else { Side::Low };
            giving().next_back().map(|(at, p)| (at, side(p)))
        };
        match free.or_else(whole).or_else(between).or_else(last) {
            Some((part, side)) => self.take(taker, part, side),
            // Needs and spares add up to the same, so that somebody can always give.
            None => self.needs[taker] = 0,
        }
    }

    /// Gives `taker` as much as it needs and `part` can give, from that side of the part.
    fn take(&mut self, taker: usize, part: usize, side: Side) {
        let giving = self.parts[part];
        let much = self.to_give(&giving).min(self.needs[taker]);
        self.needs[taker] -= much;
        if let Some(owner) = giving.owner {
            self.spare[owner] -= much;
        }
        let (taken, rest) = match side {
            Side::Low => ((giving.from, giving.from + much), (giving.from + much, giving.to)),
            Side::High => ((giving.to - much, giving.to), (giving.from, giving.to - much)),
        };
        let taken = Part { from: taken.0, to: taken.1, owner: Some(taker) };
        let rest = Part { from: rest.0, to: rest.1, owner: giving.owner };
        let both = match side {
            Side::Low => [taken, rest],
            Side::High => [rest, taken],
        };
        self.parts.splice(part..=part, both.into_iter().filter(|p| p.len() > 0));
        self.join();
    }

    /// Joins neighbouring parts of one owner.
    fn join(&mut self) {
        self.parts.dedup_by(|next, kept| {
            let same = next.owner == kept.owner;
            if same {
                kept.to = next.to;
            }
            same
        });
    }
}

/// The end of a part.
#[derive(Clone, Copy)]
enum Side {
    Low,
    High,
}
