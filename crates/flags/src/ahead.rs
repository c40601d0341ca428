//! Where an evaluation will look, for who brings several flags near before they are evaluated.

use crate::{
    compile::{CompiledFlag, Serve},
    set::FlagRef,
};

impl FlagRef<'_> {
    /// Reads something of what the flag points to, and answers nothing of use.
    #[inline]
    pub fn touch_parts(self) -> u64 {
        self.flag.touch_parts()
    }

    /// The same of what that points to.
    #[inline]
    pub fn touch_further(self) -> u64 {
        self.flag.touch_further()
    }
}

impl CompiledFlag {
    #[inline]
    fn touch_parts(&self) -> u64 {
        let fallthrough = match &self.fallthrough {
            Serve::Rollout(rollout) => rollout.touch(),
            Serve::Variation(_) | Serve::Malformed => 0,
        };
        self.variations.len() as u64 ^ self.clauses.touch() ^ fallthrough
    }

    #[inline]
    fn touch_further(&self) -> u64 {
        let fallthrough = match &self.fallthrough {
            Serve::Rollout(rollout) => rollout.touch_arms(),
            Serve::Variation(_) | Serve::Malformed => 0,
        };
        self.clauses.touch_test() ^ fallthrough
    }
}
