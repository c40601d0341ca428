//! A place where deep recursion and a panic do no harm.

/// The stack's size in bytes. The reader of CEL and its evaluator recurse with the text's nesting; this is
/// enough for the longest text that is taken. Only what is touched is really used.
const STACK: usize = 64 << 20;

/// Does `work` on a thread of its own and waits for it. `None` where no thread can be had or it panicked.
pub(super) fn aside<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("guardrails".into()).stack_size(STACK);
        thread.spawn_scoped(scope, work).ok()?.join().ok()
    })
}
