//! Server-sent events from bytes, as far as LaunchDarkly's streams use them (WHATWG HTML, 9.2.6).

use std::io::{BufRead, Error, ErrorKind, Read, Result};

/// The most bytes of one event. LaunchDarkly's largest environments are some ten megabytes.
const MOST: usize = 256 << 20;

/// What a stream says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// An event and its data.
    Event(String, Vec<u8>),
    /// A comment: a sign of life.
    Comment,
}

/// The frames of a stream.
pub(crate) struct Frames<R> {
    reader: R,
    line: Vec<u8>,
}

impl<R: BufRead> Frames<R> {
    pub(crate) fn new(reader: R) -> Self {
        Frames { reader, line: vec![] }
    }

    /// The next frame; `None` where the stream ends. What is not ended by an empty line is no event.
    pub(crate) fn next(&mut self) -> Result<Option<Frame>> {
        let (mut name, mut data, mut any) = (String::new(), vec![], false);
        while self.read_line(MOST.saturating_sub(data.len()))? {
            let line = self.line.as_slice();
            if line.is_empty() {
                if any {
                    return Ok(Some(Frame::Event(name, data)));
                }
                name.clear();
                continue;
            }
            let (field, value) = match line.iter().position(|byte| *byte == b':') {
                Some(0) if !any && name.is_empty() => return Ok(Some(Frame::Comment)),
                Some(at) => (&line[..at], line[at + 1..].strip_prefix(b" ").unwrap_or(&line[at + 1..])),
                None => (line, [].as_slice()),
            };
            match field {
                b"event" => name = String::from_utf8_lossy(value).into_owned(),
                b"data" => {
                    if any {
                        data.push(b'\n');
                    }
                    data.extend_from_slice(value);
                    any = true;
                }
                _ => {}
            }
        }
        Ok(None)
    }

    /// Reads a line without its end into `line`; false where there is none any more.
    fn read_line(&mut self, most: usize) -> Result<bool> {
        self.line.clear();
        let read = (&mut self.reader).take(most as u64 + 2).read_until(b'\n', &mut self.line)?;
        if read > most {
            return Err(Error::new(ErrorKind::InvalidData, "it says more at once than is read"));
        }
        if self.line.pop_if(|byte| *byte == b'\n').is_none() {
            return Ok(false);
        }
        self.line.pop_if(|byte| *byte == b'\r');
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<Frame> {
        let mut frames = Frames::new(text.as_bytes());
        std::iter::from_fn(|| frames.next().unwrap()).collect()
    }

    #[test]
    fn frames_as_servers_write_them() {
        let event = |name: &str, data: &str| Frame::Event(name.into(), data.into());
        assert_eq!(all("event: put\ndata: {}\n\n"), [event("put", "{}")]);
        assert_eq!(all("event:put\r\ndata:{}\r\n\r\n"), [event("put", "{}")]);
        assert_eq!(all("data: a\ndata: b\nid: 7\nretry: 5\n\n"), [event("", "a\nb")]);
        assert_eq!(
            all(":\n:hello\n\n\nevent: x\ndata\n\n"),
            [Frame::Comment, Frame::Comment, event("x", "")]
        );
        // A comment within an event does not end it.
        assert_eq!(all("event: put\n: still\ndata: {}\n\n"), [event("put", "{}")]);
        // An event without data is none, and what is cut off neither.
        assert_eq!(all("event: put\n\nevent: patch\ndata: 1\n"), []);
        assert_eq!(all("event: put\n\ndata: 1\n\n"), [event("", "1")]);
        assert_eq!(all(""), []);
    }
}
