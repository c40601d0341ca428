//! Reads a file of flags and asks it: whatever the bytes, nothing panics. The first line is the file, the others are
//! requests. `cargo +nightly fuzz run flags`
#![no_main]

use libfuzzer_sys::fuzz_target;
use switchyard_flags::offline::{answer_line, read_flags};

fuzz_target!(|data: &[u8]| {
    let mut lines = data.split(|byte| *byte == b'\n');
    if let Some(Ok(set)) = lines.next().map(read_flags) {
        for line in lines {
            let answer = answer_line(&set, &String::from_utf8_lossy(line));
            assert!(serde_json::from_str::<serde_json::Value>(&answer).is_ok());
        }
    }
});
