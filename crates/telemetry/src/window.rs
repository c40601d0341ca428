//! Which buckets a question is about.

use jiff::Timestamp;

use crate::series::Bucket;

/// The longest window that can be asked for, in seconds: a day.
pub const LONGEST: u32 = 86_400;

/// "Now" is the last so many whole seconds.
pub const NOW_SECONDS: u32 = 10;

/// The seconds of one bucket in a plot over `seconds`: as fine as is kept and gives at most 120 buckets.
pub fn step(seconds: u32) -> u32 {
    let finest = match seconds {
        0..=120 => 1,
        121..=3_600 => 10,
        _ => 300,
    };
    finest * seconds.min(LONGEST).div_ceil(finest * 120).max(1)
}

/// Equal buckets side by side; the last one is the one that is now filling.
pub(crate) struct Window {
    pub(crate) from: i64,
    pub(crate) step: i64,
    pub(crate) len: usize,
}

impl Window {
    pub(crate) fn new(seconds: u32, now: Timestamp) -> Self {
        let seconds = seconds.clamp(1, LONGEST);
        let step = i64::from(step(seconds));
        let len = i64::from(seconds).div_euclid(step).max(1);
        let last = now.as_second() - now.as_second().rem_euclid(step);
        Window { from: last - (len - 1) * step, step, len: len as usize }
    }

    /// Adds buckets where they belong; those outside are passed over.
    pub(crate) fn collect<'b, B: Bucket + 'b>(
        &self,
        into: &mut [B],
        buckets: impl Iterator<Item = (i64, i64, &'b B)>,
    ) {
        for (start, _, bucket) in buckets {
            if let Some(slot) = self.index(start).and_then(|index| into.get_mut(index)) {
                slot.merge(bucket);
            }
        }
    }

    pub(crate) fn empty<B: Bucket>(&self) -> Vec<B> {
        std::iter::repeat_with(B::default).take(self.len).collect()
    }

    pub(crate) fn start(&self) -> Timestamp {
        Timestamp::from_second(self.from).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    fn index(&self, start: i64) -> Option<usize> {
        usize::try_from((start - self.from).div_euclid(self.step)).ok()
    }
}

/// Adds up the buckets that touch the last `seconds` before `until` (a second that does not count any more).
pub(crate) fn total<'b, B: Bucket + 'b>(
    into: &mut B,
    seconds: u32,
    until: i64,
    buckets: impl Iterator<Item = (i64, i64, &'b B)>,
) {
    let from = until - i64::from(seconds);
    buckets
        .filter(|(start, step, _)| start + step > from && *start < until)
        .for_each(|(_, _, b)| into.merge(b));
}
