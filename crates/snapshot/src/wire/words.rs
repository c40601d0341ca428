//! What answers about a flag are written with, put into JSON once.

use switchyard_model::Flag;

/// A value that is longer than this is not kept a second time.
const LONGEST: usize = 256;

/// A flag's key, and its values and the ids of its variations as JSON, all in one piece of memory: who answers about
/// ten thousand flags waits for the memory more than for anything else.
#[derive(Debug)]
pub(crate) struct Words {
    /// The texts in the order key, value, id, value, id, …, before them where the first begins and where each ends, four
    /// bytes each.
    all: Box<[u8]>,
}

/// How many bytes it takes to say where a text ends.
const MARK: usize = size_of::<u32>();

impl Words {
    pub(crate) fn new(flag: &Flag) -> Self {
        const PLAIN: &str = "a value and an id are JSON, and memory takes all";
        let mut all = vec![0; (flag.variations.len() * 2 + 2) * MARK];
        let mut marked = 0;
        let mut mark = |all: &mut Vec<u8>| {
            let here = u32::try_from(all.len()).unwrap_or(u32::MAX).to_le_bytes();
            all[marked..marked + MARK].copy_from_slice(&here);
            marked += MARK;
        };
        mark(&mut all);
        all.extend_from_slice(flag.key.as_bytes());
        mark(&mut all);
        for variation in &flag.variations {
            let start = all.len();
            serde_json::to_writer(&mut all, &variation.value).expect(PLAIN);
            if all.len() - start > LONGEST {
                all.truncate(start);
            }
            mark(&mut all);
            serde_json::to_writer(&mut all, &variation.id).expect(PLAIN);
            mark(&mut all);
        }
        Words { all: all.into() }
    }

    /// The flag's key.
    #[inline]
    pub(crate) fn key(&self) -> Option<&str> {
        std::str::from_utf8(self.text(0)?).ok()
    }

    /// A variation's value; `None` for one that is too long.
    #[inline]
    pub(crate) fn value(&self, variation: usize) -> Option<&[u8]> {
        self.text(variation * 2 + 1)
    }

    /// A variation's id.
    #[inline]
    pub(crate) fn id(&self, variation: usize) -> Option<&[u8]> {
        self.text(variation * 2 + 2)
    }

    /// Reads something of it.
    #[inline]
    pub(crate) fn touch(&self) -> u8 {
        self.all.first().map_or(0, |first| *first) ^ self.all.last().map_or(0, |last| *last)
    }

    #[inline]
    fn text(&self, number: usize) -> Option<&[u8]> {
        // A flag has 100 variations at most: nothing here comes near an overflow.
        if number * MARK + MARK >= self.mark(0)? {
            return None;
        }
        self.all.get(self.mark(number)?..self.mark(number + 1)?).filter(|text| !text.is_empty())
    }

    #[inline]
    fn mark(&self, number: usize) -> Option<usize> {
        let bytes = self.all.get(number * MARK..)?.first_chunk()?;
        Some(u32::from_le_bytes(*bytes) as usize)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn has_every_text_but_the_long_ones() {
        let long = "x".repeat(LONGEST);
        let values = [json!(true), json!(long), json!("\"\n"), json!({"a": [1, null]}), json!(null)];
        let variations: Vec<Value> = values
            .iter()
            .enumerate()
            .map(|(at, value)| json!({"id": format!("{at}\u{1}\""), "value": value}))
            .collect();
        let flag: Flag = serde_json::from_value(json!({"key": "f", "variations": variations})).unwrap();
        let words = Words::new(&flag);
        let read = |text: Option<&[u8]>| text.map(|text| serde_json::from_slice::<Value>(text).unwrap());
        for (at, value) in values.iter().enumerate() {
            assert_eq!(read(words.value(at)).as_ref(), Some(value).filter(|value| **value != json!(long)));
            assert_eq!(read(words.id(at)), Some(json!(format!("{at}\u{1}\""))));
        }
        assert_eq!(words.key(), Some("f"));
        assert_eq!((words.value(values.len()), words.id(values.len())), (None, None));
        let none: Flag = serde_json::from_value(json!({"key": "f", "variations": []})).unwrap();
        assert_eq!((Words::new(&none).value(0), Words::new(&none).id(0)), (None, None));
    }
}
