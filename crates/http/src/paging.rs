//! Lists in parts.

use serde::Serialize;
use switchyard_model::Problem;
use utoipa::ToSchema;

use crate::problem::Problems;

/// The most items of one part.
pub(crate) const MOST: usize = 500;

/// How many items a part has when nobody says.
const USUAL: usize = 100;

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page<T> {
    /// The part.
    pub(crate) items: Vec<T>,
    /// How many there are in all.
    pub(crate) total: u64,
    /// Send as `cursor` (revisions: as `before`) for what follows; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
    /// The project's head that this shows.
    pub(crate) revision: u64,
}

/// `limit` as given, checked.
///
/// # Errors
/// 400 unless it is 1 to [`MOST`].
pub(crate) fn limit(given: Option<u32>) -> Result<usize, Problems> {
    match given {
        None => Ok(USUAL),
        Some(n) if (1..=MOST as u32).contains(&n) => Ok(n as usize),
        Some(n) => Err(Problems::bad_request(
            Problem::new("query.limit", "is out of range").value(n).hint(format!("1 to {MOST}")),
        )),
    }
}

/// The part of `all` behind `cursor`; `all` is sorted by the key that `key_of` tells.
///
/// # Errors
/// 400 for a cursor that none of our answers held, or a limit out of range.
pub(crate) fn page<T>(
    all: Vec<T>,
    key_of: impl Fn(&T) -> &str,
    cursor: Option<&str>,
    given_limit: Option<u32>,
    revision: u64,
) -> Result<Page<T>, Problems> {
    let limit = limit(given_limit)?;
    let after = cursor.map(decode).transpose()?;
    let total = all.len() as u64;
    let mut rest =
        all.into_iter().filter(|item| after.as_deref().is_none_or(|after| key_of(item) > after)).peekable();
    let items: Vec<T> = rest.by_ref().take(limit).collect();
    let next = rest.peek().is_some().then(|| items.last().map(|last| encode(key_of(last)))).flatten();
    Ok(Page { items, total, next, revision })
}

/// A key as a cursor: hexadecimal, so that nobody is led to make one up.
pub(crate) fn encode(key: &str) -> String {
    key.bytes().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn decode(cursor: &str) -> Result<String, Problems> {
    let bytes: Option<Vec<u8>> = cursor.is_ascii().then_some(()).and_then(|()| {
        (0..cursor.len())
            .step_by(2)
            .map(|at| cursor.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
            .collect()
    });
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(bad_cursor)
}

/// 400 for a cursor that is none.
pub(crate) fn bad_cursor() -> Problems {
    Problems::bad_request(
        Problem::new("query.cursor", "is no cursor").hint("send `next` of the part before, unchanged"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_make_the_whole() {
        let all: Vec<String> = (0..7).map(|n| format!("flag-{n}")).collect();
        let (mut seen, mut cursor) = (vec![], None);
        loop {
            let part = page(all.clone(), |s| s, cursor.as_deref(), Some(3), 9).unwrap();
            assert_eq!((part.total, part.revision), (7, 9));
            seen.extend(part.items);
            match part.next {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for bad in ["x", "zz", "6", "ff", "é", "../.."] {
            assert_eq!(
                page(vec![String::new()], |s| s, Some(bad), None, 0).unwrap_err().status,
                400,
                "{bad}"
            );
        }
        assert_eq!(limit(Some(0)).unwrap_err().status, 400);
        assert_eq!(limit(Some(501)).unwrap_err().status, 400);
    }
}
