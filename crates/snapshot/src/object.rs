//! A JSON object, written member by member.
//!
//! An answer about all flags has tens of thousands of members, whose names serde's way would look through for what
//! must be escaped, letter by letter, each time.

use serde::Serialize;
use serde_json::Value;

/// A JSON object as it is written. Names stand as they are, so they must be such that JSON escapes nothing in them:
/// a literal, or a key.
#[derive(Debug)]
pub struct ObjectWriter<'o> {
    out: &'o mut Vec<u8>,
    is_empty: bool,
}

impl<'o> ObjectWriter<'o> {
    /// Begins one.
    #[inline]
    pub fn new(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        ObjectWriter { out, is_empty: true }
    }

    /// Begins a member, and answers where its value is to be written.
    #[inline]
    pub fn member(&mut self, name: &str) -> &mut Vec<u8> {
        debug_assert!(is_plain(name), "{name:?} is no plain name");
        if !self.is_empty {
            self.out.push(b',');
        }
        self.is_empty = false;
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }

    /// A member that is a text of which JSON escapes nothing: a word of ours, or a key.
    #[inline]
    pub fn plain(&mut self, name: &str, text: &str) {
        debug_assert!(is_plain(text), "{text:?} is no plain text");
        let out = self.member(name);
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    }

    /// A member that is a text.
    #[inline]
    pub fn text(&mut self, name: &str, text: &str) {
        write_text(self.member(name), text);
    }

    /// A member that is `true` or `false`.
    #[inline]
    pub fn bool(&mut self, name: &str, value: bool) {
        self.member(name).extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// A member that is any value; `null` for none.
    #[inline]
    pub fn value(&mut self, name: &str, value: Option<&Value>) {
        match value {
            Some(Value::Bool(value)) => self.bool(name, *value),
            Some(Value::String(text)) => self.text(name, text),
            value => self.serialized(name, &value),
        }
    }

    /// A member of any form that has one in JSON.
    #[inline]
    pub fn serialized(&mut self, name: &str, value: &impl Serialize) {
        let out = self.member(name);
        serde_json::to_writer(out, value).expect("only what JSON can hold is written, and memory takes all");
    }

    /// Ends it.
    #[inline]
    pub fn end(self) {
        self.out.push(b'}');
    }
}

#[inline]
fn write_text(out: &mut Vec<u8>, text: &str) {
    if is_plain(text) {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        serde_json::to_writer(out, text).expect("a text is JSON, and memory takes all");
    }
}

/// Whether JSON escapes nothing in it.
#[inline]
fn is_plain(text: &str) -> bool {
    // Without an end before the end: so it is done many letters at a time.
    text.bytes().fold(true, |plain, byte| plain & (byte >= b' ') & (byte != b'"') & (byte != b'\\'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn written(write: impl FnOnce(&mut ObjectWriter<'_>)) -> String {
        let mut out = vec![];
        let mut object = ObjectWriter::new(&mut out);
        write(&mut object);
        object.end();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn members_follow_one_another() {
        assert_eq!(written(|_| ()), "{}");
        let all = written(|object| {
            object.bool("a", true);
            object.value("b", None);
            object.serialized("c", &7);
            object.text("d", "e\n");
            object.plain("g", "h");
            ObjectWriter::new(object.member("f")).end();
        });
        assert_eq!(all, r#"{"a":true,"b":null,"c":7,"d":"e\n","g":"h","f":{}}"#);
    }

    proptest! {
        #[test]
        fn what_is_written_is_what_serde_writes(text: String, number: i64, byte: u8) {
            let (own, odd) = (Value::from(text), Value::from(char::from(byte).to_string()));
            for value in [own.clone(), odd.clone(), json!([own, number, null]), json!({"a": odd}), json!(false)] {
                let all = written(|object| object.value("value", Some(&value)));
                prop_assert_eq!(all, json!({ "value": value }).to_string());
            }
        }
    }
}
