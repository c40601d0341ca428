//! A list by key that shares with the one before what did not change.

use std::collections::BTreeMap;
use std::sync::Arc;

use switchyard_model::ids::Key;

/// How many items a board holds when it is made; it is divided at twice as many.
const BOARD: usize = 64;

/// What can be put on a shelf.
pub(crate) trait Keyed {
    fn key(&self) -> &Key;
}

type Board<T> = Arc<[Arc<T>]>;

/// Items by key, on boards. A changed shelf shares with its original every board that did not change, so that two of
/// them are compared without looking at what they share.
#[derive(Debug)]
pub(crate) struct Shelf<T> {
    /// None is empty.
    boards: Arc<[Board<T>]>,
    len: usize,
}

impl<T> Clone for Shelf<T> {
    fn clone(&self) -> Self {
        Shelf { boards: Arc::clone(&self.boards), len: self.len }
    }
}

impl<T: Keyed> Shelf<T> {
    /// Of items that come by key.
    pub(crate) fn new(items: Vec<Arc<T>>) -> Self {
        debug_assert!(items.is_sorted_by(|a, b| a.key() < b.key()), "by key, and each once");
        Shelf { len: items.len(), boards: items.chunks(BOARD).map(Arc::from).collect() }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Arc<T>> {
        let board = self.boards.get(self.board_of(key))?;
        let at = board.binary_search_by(|item| (**item.key()).cmp(key)).ok()?;
        board.get(at)
    }

    /// All items by key.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<T>> {
        Iter { left: self.len, items: self.boards.iter().flat_map(|board| board.iter()) }
    }

    /// The board where a key is, or would be.
    fn board_of(&self, key: &str) -> usize {
        self.boards.partition_point(|board| **board[0].key() <= *key).saturating_sub(1)
    }

    /// The shelf with these items instead; `None` where there is none any more.
    pub(crate) fn with(&self, changes: BTreeMap<Key, Option<Arc<T>>>) -> Self {
        let mut boards: Vec<Board<T>> = Vec::with_capacity(self.boards.len() + 1);
        let mut changes = changes.into_iter().peekable();
        let mut len = self.len;
        let mut copied = 0;
        while let Some((key, _)) = changes.peek() {
            let at = self.board_of(key);
            boards.extend_from_slice(&self.boards[copied..at]);
            // A key from the next board on is none of this one's.
            let end = self.boards.get(at + 1).map(|next| next[0].key().clone());
            let mut board: Vec<Arc<T>> = self.boards.get(at).map_or(vec![], |board| board.to_vec());
            while let Some((key, item)) = changes.next_if(|(key, _)| end.as_ref().is_none_or(|end| key < end))
            {
                match (board.binary_search_by(|item| item.key().cmp(&key)), item) {
                    (Ok(at), Some(item)) => board[at] = item,
                    (Ok(at), None) => {
                        board.remove(at);
                        len -= 1;
                    }
                    (Err(at), Some(item)) => {
                        board.insert(at, item);
                        len += 1;
                    }
                    (Err(_), None) => {}
                }
            }
            if let Some(before) = boards.last()
                && before.len() + board.len() <= BOARD
            {
                let joined = before.iter().cloned().chain(board).collect();
                board = joined;
                boards.pop();
            }
            match board.len() {
                0 => {}
                few if few <= 2 * BOARD => boards.push(board.into()),
                _ => boards.extend(board.chunks(BOARD).map(Arc::from)),
            }
            copied = (at + 1).min(self.boards.len());
        }
        boards.extend_from_slice(&self.boards[copied..]);
        Shelf { boards: boards.into(), len }
    }

    /// By key what is on only one of two shelves, and what is another item on the second.
    pub(crate) fn differing<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = Differing<'a, T>> {
        let (mut a, mut b) = (Cursor::new(&self.boards), Cursor::new(&other.boards));
        std::iter::from_fn(move || {
            loop {
                if let (Some(mine), Some(others)) = (a.whole(), b.whole())
                    && Arc::ptr_eq(mine, others)
                {
                    a.skip();
                    b.skip();
                    continue;
                }
                let order = match (a.item(), b.item()) {
                    (None, None) => return None,
                    (Some(_), None) => std::cmp::Ordering::Less,
                    (None, Some(_)) => std::cmp::Ordering::Greater,
                    (Some(mine), Some(others)) => mine.key().cmp(others.key()),
                };
                match order {
                    std::cmp::Ordering::Less => return Some((a.next(), None)),
                    std::cmp::Ordering::Greater => return Some((None, b.next())),
                    std::cmp::Ordering::Equal => {
                        let (mine, others) = (a.next(), b.next());
                        if mine.zip(others).is_some_and(|(mine, others)| !Arc::ptr_eq(mine, others)) {
                            return Some((mine, others));
                        }
                    }
                }
            }
        })
    }
}

/// An item as it is on the one shelf and on the other.
pub(crate) type Differing<'a, T> = (Option<&'a Arc<T>>, Option<&'a Arc<T>>);

/// A place on a shelf.
struct Cursor<'a, T> {
    boards: &'a [Board<T>],
    at: usize,
}

impl<'a, T> Cursor<'a, T> {
    fn new(boards: &'a [Board<T>]) -> Self {
        Cursor { boards, at: 0 }
    }

    /// The board that begins here, if one does.
    fn whole(&self) -> Option<&'a Board<T>> {
        self.boards.first().filter(|_| self.at == 0)
    }

    fn skip(&mut self) {
        self.boards = &self.boards[1..];
    }

    fn item(&self) -> Option<&'a Arc<T>> {
        self.boards.first()?.get(self.at)
    }

    fn next(&mut self) -> Option<&'a Arc<T>> {
        let (first, rest) = self.boards.split_first()?;
        let item = first.get(self.at);
        self.at += 1;
        if self.at == first.len() {
            (self.boards, self.at) = (rest, 0);
        }
        item
    }
}

/// Items that know how many are left.
struct Iter<I> {
    items: I,
    left: usize,
}

impl<I: Iterator> Iterator for Iter<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.left = self.left.saturating_sub(1);
        self.items.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<I: Iterator> ExactSizeIterator for Iter<I> {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, PartialEq)]
    struct Item(Key, u8);

    impl Keyed for Item {
        fn key(&self) -> &Key {
            &self.0
        }
    }

    fn step() -> impl Strategy<Value = Vec<(u16, Option<u8>)>> {
        proptest::collection::vec((0..700_u16, proptest::option::weighted(0.7, 0..3_u8)), 0..400)
    }

    proptest! {
        #[test]
        fn is_as_if_made_anew(steps in proptest::collection::vec(step(), 1..8)) {
            let mut shelves = vec![(Shelf::new(vec![]), BTreeMap::new())];
            for step in steps {
                let (shelf, mut expected) = shelves[shelves.len() - 1].clone();
                let changes: BTreeMap<Key, Option<Arc<Item>>> = step
                    .into_iter()
                    .map(|(n, value)| (Key::from(format!("{n:03}").as_str()), value))
                    .map(|(key, value)| (key.clone(), value.map(|value| Arc::new(Item(key, value)))))
                    .collect();
                for (key, item) in &changes {
                    match item {
                        Some(item) => expected.insert(key.clone(), item.clone()),
                        None => expected.remove(key),
                    };
                }
                shelves.push((shelf.with(changes), expected));
            }
            for (shelf, expected) in &shelves {
                let items: Vec<_> = expected.values().cloned().collect();
                prop_assert_eq!(shelf.iter().cloned().collect::<Vec<_>>(), items);
                prop_assert_eq!(shelf.iter().len(), expected.len());
                prop_assert!(shelf.boards.iter().all(|board| (1..=2 * BOARD).contains(&board.len())));
                for n in 0..700 {
                    let key = format!("{n:03}");
                    prop_assert_eq!(shelf.get(&key), expected.get(key.as_str()));
                }
                for (other, others) in &shelves {
                    let keys: std::collections::BTreeSet<_> = expected.keys().chain(others.keys()).collect();
                    let differ = keys.into_iter().map(|key| (expected.get(key), others.get(key)));
                    let differ = differ.filter(|(a, b)| !a.zip(*b).is_some_and(|(a, b)| Arc::ptr_eq(a, b)));
                    prop_assert_eq!(shelf.differing(other).collect::<Vec<_>>(), differ.collect::<Vec<_>>());
                }
            }
        }
    }
}
