//! A fingerprint of a collection that is kept up with it.

/// The sum of its items' digests: the same for the same items, in whatever order they came and went. Every item's
/// digest counts once, as its key is in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sum([u32; 5]);

type Digest = [u8; 20];

impl Sum {
    /// One item instead of another, or none.
    pub(super) fn replace(&mut self, before: Option<&Digest>, now: Option<&Digest>) {
        if let Some(digest) = before {
            self.each(digest, u32::wrapping_sub);
        }
        if let Some(digest) = now {
            self.each(digest, u32::wrapping_add);
        }
    }

    fn each(&mut self, digest: &Digest, by: fn(u32, u32) -> u32) {
        for (lane, bytes) in self.0.iter_mut().zip(digest.as_chunks().0) {
            *lane = by(*lane, u32::from_be_bytes(*bytes));
        }
    }

    pub(super) fn bytes(&self) -> Digest {
        let mut bytes = Digest::default();
        for (chunk, lane) in bytes.as_chunks_mut().0.iter_mut().zip(self.0) {
            *chunk = lane.to_be_bytes();
        }
        bytes
    }
}

impl FromIterator<Digest> for Sum {
    fn from_iter<I: IntoIterator<Item = Digest>>(digests: I) -> Self {
        let mut sum = Sum::default();
        digests.into_iter().for_each(|digest| sum.replace(None, Some(&digest)));
        sum
    }
}
