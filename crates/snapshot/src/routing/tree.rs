//! The paths of one host as a tree of segments.

use rustc_hash::FxHashMap;

use super::Entry;
use super::pattern::{End, PathPattern, Segment, cut};

/// No entry, no node.
const NONE: u32 = u32::MAX;

/// All entries of one host pattern. A search costs what the path is long, not what the tree is big; templates
/// make it try one way more for each segment where a template and a literal both go on.
#[derive(Debug)]
pub(crate) struct Tree {
    /// Those that ask for no path.
    any: Vec<Entry>,
    /// The first is the root: what follows the path's first slash.
    nodes: Vec<Node>,
    /// The least order in the whole tree.
    least: u32,
}

#[derive(Debug)]
struct Node {
    literals: FxHashMap<Box<str>, u32>,
    wildcard: u32,
    /// The least order here and below: a search that has found better doesn't come here.
    least: u32,
    here: Vec<Entry>,
    rest: Vec<Entry>,
    open: Vec<Entry>,
}

impl Node {
    fn new() -> Self {
        Node {
            literals: FxHashMap::default(),
            wildcard: NONE,
            least: NONE,
            here: vec![],
            rest: vec![],
            open: vec![],
        }
    }
}

/// What was found so far: the entry with the least order whose conditions hold.
pub(crate) struct Search<F> {
    pub(crate) found: Option<Entry>,
    least: u32,
    holds: F,
}

impl<F: FnMut(Entry) -> bool> Search<F> {
    pub(crate) fn new(holds: F) -> Self {
        Search { found: None, least: NONE, holds }
    }

    /// Tries the entries, which are sorted by order, until none can be better.
    #[inline]
    fn offer(&mut self, entries: &[Entry]) {
        for entry in entries {
            if entry.order >= self.least {
                return;
            }
            if (self.holds)(*entry) {
                self.found = Some(*entry);
                self.least = entry.order;
                return;
            }
        }
    }
}

impl Tree {
    pub(crate) fn new() -> Self {
        Tree { any: vec![], nodes: vec![Node::new()], least: NONE }
    }

    /// Adds an entry; its order must be above all that are in the tree.
    pub(crate) fn push(&mut self, path: Option<&PathPattern>, entry: Entry) {
        self.least = self.least.min(entry.order);
        let Some(path) = path else {
            self.any.push(entry);
            return;
        };
        let mut at = self.reach(0, entry.order);
        for segment in &path.segments {
            let next = match segment {
                Segment::Literal(text) => self.nodes[at].literals.get(text).copied().unwrap_or(NONE),
                Segment::Any => self.nodes[at].wildcard,
            };
            let next = if next == NONE { self.grow(at, segment) } else { next };
            at = self.reach(next, entry.order);
        }
        let node = &mut self.nodes[at];
        match path.end {
            End::Here => node.here.push(entry),
            End::Rest => node.rest.push(entry),
            End::Open => node.open.push(entry),
        }
    }

    fn reach(&mut self, node: u32, order: u32) -> usize {
        let at = node as usize;
        self.nodes[at].least = self.nodes[at].least.min(order);
        at
    }

    fn grow(&mut self, at: usize, segment: &Segment) -> u32 {
        let new = u32::try_from(self.nodes.len()).expect("fewer than 2^32 segments fit into memory");
        match segment {
            Segment::Literal(text) => {
                self.nodes[at].literals.insert(text.clone(), new);
            }
            Segment::Any => self.nodes[at].wildcard = new,
        }
        self.nodes.push(Node::new());
        new
    }

    /// Offers every entry whose path fits and that can still be better.
    pub(crate) fn search<F: FnMut(Entry) -> bool>(&self, path: &str, search: &mut Search<F>) {
        if self.least >= search.least {
            return;
        }
        if let Some(left) = path.strip_prefix('/') {
            self.walk(0, Some(left), search);
        }
        search.offer(&self.any);
    }

    /// Goes down the most specific way first, so that the rest can mostly be left out. `left` is what follows
    /// the slash behind the node's segment. As deep as the deepest pattern, not as the path.
    fn walk<F: FnMut(Entry) -> bool>(&self, node: u32, left: Option<&str>, search: &mut Search<F>) {
        let node = &self.nodes[node as usize];
        if node.least >= search.least {
            return;
        }
        match left {
            None => search.offer(&node.here),
            Some(left) => {
                let (first, later) = cut(left);
                if let Some(next) = node.literals.get(first) {
                    self.walk(*next, later, search);
                }
                if node.wildcard != NONE && !first.is_empty() {
                    self.walk(node.wildcard, later, search);
                }
                search.offer(&node.rest);
            }
        }
        search.offer(&node.open);
    }
}
