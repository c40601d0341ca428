//! The binary: command line, configuration, assembly, the embedded page.
fn main() {}
