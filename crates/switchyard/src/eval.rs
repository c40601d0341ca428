//! `switchyard eval`: flags from a file, requests as JSON lines, answers as JSON lines. No server.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write, stdin, stdout};

use switchyard_flags::offline;

use crate::cli::EvalArgs;
use crate::cli::client::Failure;

pub(crate) fn run(args: &EvalArgs) -> Result<(), Failure> {
    let shown = args.flags.display();
    let json = std::fs::read(&args.flags).map_err(|e| Failure::refused(format!("--flags {shown}: {e}")))?;
    let flags = offline::read_flags(&json)
        .map_err(|e| Failure::refused(format!("--flags {shown} holds mistakes:\n  {}", e.0.join("\n  "))))?;
    let input: Box<dyn BufRead> = if args.requests.as_os_str() == "-" {
        Box::new(stdin().lock())
    } else {
        let file = File::open(&args.requests)
            .map_err(|e| Failure::refused(format!("--requests {}: {e}", args.requests.display())))?;
        Box::new(BufReader::new(file))
    };
    answer_all(&flags, input).map_err(|e| Failure::refused(format!("reading requests: {e}")))
}

/// One answer for each line that is not blank, in order. A line that is no UTF-8 is a bad line like others.
fn answer_all(flags: &switchyard_flags::FlagSet, mut input: Box<dyn BufRead>) -> std::io::Result<()> {
    let mut output = BufWriter::new(stdout().lock());
    let mut line = vec![];
    while input.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        if !text.trim().is_empty() {
            writeln!(output, "{}", offline::answer_line(flags, &text))?;
            // Whoever asks one by one waits for each answer; a file's next line is already here.
            if input.fill_buf().map_or(true, <[u8]>::is_empty) {
                output.flush()?;
            }
        }
        line.clear();
    }
    output.flush()
}
