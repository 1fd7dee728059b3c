// SPDX-License-Identifier: Apache-2.0
//! What a query means for each kind, and what the store may skip because of it.
//!
//! For every kind the tree is made anew: names become slots, comparisons the kind decides become
//! true or false and fold away. What remains is asked of rows; weaker forms of it, which can only
//! say "certainly not", are handed down: times, kinds, a test of contexts, a test of texts.
use super::catalog::Known;
use super::expr::{Comparison, Expr};
use super::test::{Order, Test};
use crate::event::{Joined, Parts, Slot, Value};
use common::event::{Context, Head, Kind};
use common::value::Type;
use std::ops::Range;

/// A query ready to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Wall times, nanoseconds, outside of which nothing can match.
    pub times: Range<u64>,
    /// Kinds that can match, with what is asked of each.
    kinds: Vec<(Kind, Node)>,
    /// Of these, one must hold for a context; empty: any context may match.
    contexts: Vec<Node>,
    /// Of these, one must hold for some text of the event; `None`: any event may match.
    texts: Option<Vec<Leaf>>,
    /// A field of the body that must have this number.
    number: Option<(&'static str, u64)>,
}

/// A tree without `not`: the leaves carry it.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    Always(bool),
    And(Vec<Node>),
    Or(Vec<Node>),
    Leaf(Leaf),
}

/// One comparison at its slot.
#[derive(Clone, Debug)]
struct Leaf {
    name: &'static str,
    slot: Slot,
    test: Test,
    differs: bool,
    negated: bool,
}

impl PartialEq for Leaf {
    fn eq(&self, other: &Leaf) -> bool {
        let place = std::mem::discriminant(&self.slot) == std::mem::discriminant(&other.slot);
        let signs = (self.differs, self.negated) == (other.differs, other.negated);
        place && signs && self.name == other.name && self.test == other.test
    }
}

impl Plan {
    /// Plans a query over the times `window`.
    pub fn new(expr: &Expr, window: Range<u64>) -> Plan {
        let mut kinds = Vec::new();
        for kind in Kind::ALL {
            match bind(expr, *kind, false) {
                Node::Always(false) => {}
                node => kinds.push((*kind, node)),
            }
        }
        let hull = kinds.iter().map(|(_, node)| times(node)).reduce(|a, b| hull(&a, &b));
        let times = hull.map_or(0..0, |hull| meet(&hull, &window));
        let mut contexts = Vec::new();
        for (_, node) in &kinds {
            let asked = about_context(node);
            if !contexts.contains(&asked) {
                contexts.push(asked);
            }
        }
        if contexts.contains(&Node::Always(true)) {
            contexts.clear();
        }
        let mut texts = Some(Vec::new());
        for (_, node) in &kinds {
            texts = either(texts, needed_texts(node));
        }
        let mut numbers = kinds.iter().map(|(_, node)| needed_numbers(node));
        let first = numbers.next().unwrap_or_default();
        let rest: Vec<Vec<(&str, u64)>> = numbers.collect();
        let number = first.into_iter().find(|one| rest.iter().all(|all| all.contains(one)));
        Plan { times, kinds, contexts, texts, number }
    }

    /// Kinds that can match.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> + '_ {
        self.kinds.iter().map(|(kind, _)| *kind)
    }

    /// Whether contexts are worth asking about.
    pub fn asks_contexts(&self) -> bool {
        !self.contexts.is_empty()
    }

    /// Whether an event of this context can match.
    pub fn context_may(&self, context: &Context, tail: &[u8], joined: &Joined) -> bool {
        let parts = Parts {
            head: &Head::ABSENT,
            kind: Kind::Exec,
            context,
            context_tail: tail,
            body: &[],
            tail: &[],
            joined,
        };
        self.contexts.is_empty() || self.contexts.iter().any(|node| holds(node, &parts))
    }

    /// Whether texts are worth asking about.
    pub fn asks_texts(&self) -> bool {
        self.texts.is_some()
    }

    /// Whether an event that has this text can match.
    pub fn text_may(&self, text: &[u8]) -> bool {
        self.texts.as_ref().is_none_or(|all| all.iter().any(|leaf| leaf.may(text)))
    }

    /// A field every matching event has in its body, and its number.
    pub fn number(&self) -> Option<(&'static str, u64)> {
        self.number
    }

    /// Whether it names the hash of the executable, which has to be joined first.
    pub fn asks_hash(&self) -> bool {
        fn names(node: &Node) -> bool {
            match node {
                Node::Always(_) => false,
                Node::And(all) | Node::Or(all) => all.iter().any(names),
                Node::Leaf(leaf) => leaf.name == "process.hash.sha256",
            }
        }
        self.kinds.iter().any(|(_, node)| names(node))
    }

    /// Whether an event matches.
    pub fn matches(&self, parts: &Parts<'_>) -> bool {
        let mine = self.kinds.iter().find(|(kind, _)| *kind == parts.kind);
        mine.is_some_and(|(_, node)| holds(node, parts))
    }

    /// The plan in words, one line each, for `--explain`.
    pub fn explain(&self, show_time: &dyn Fn(u64) -> String) -> Vec<String> {
        let kinds: Vec<&str> = self.kinds().map(|kind| kind.name()).collect();
        let all = kinds.len() == Kind::ALL.len();
        let until = match self.times.end {
            u64::MAX => "the end".to_owned(),
            end => show_time(end),
        };
        let since = match self.times.start {
            0 => "the beginning".to_owned(),
            start => show_time(start),
        };
        let once = |asked: bool, what: &str| match asked {
            true => format!("asked once for each distinct {what}"),
            false => format!("any {what} may match"),
        };
        vec![
            format!("times:    {since} to {until}"),
            format!("kinds:    {}", if all { "all".to_owned() } else { kinds.join(", ") }),
            format!("contexts: {}", once(self.asks_contexts(), "context")),
            format!("texts:    {}", once(self.asks_texts(), "text")),
            match self.number {
                Some((name, number)) => format!("numbers:  {name} = {number}"),
                None => "numbers:  any".to_owned(),
            },
        ]
    }
}

/// The tree for one kind, `not` pushed to the leaves, what is known folded.
fn bind(expr: &Expr, kind: Kind, negated: bool) -> Node {
    match expr {
        Expr::Not(inner) => bind(inner, kind, !negated),
        Expr::Compare(comparison) => leaf(comparison, kind, negated),
        Expr::And(all) | Expr::Or(all) => {
            let nodes: Vec<Node> = all.iter().map(|one| bind(one, kind, negated)).collect();
            match matches!(expr, Expr::And(_)) != negated {
                true => fold(nodes, true),
                false => fold(nodes, false),
            }
        }
    }
}

/// `and` (or `or`) of nodes without the parts that do not matter.
fn fold(nodes: Vec<Node>, and: bool) -> Node {
    if nodes.contains(&Node::Always(!and)) {
        return Node::Always(!and);
    }
    let mut rest: Vec<Node> = nodes.into_iter().filter(|n| *n != Node::Always(and)).collect();
    match rest.len() {
        0 => Node::Always(and),
        1 => rest.remove(0),
        _ if and => Node::And(rest),
        _ => Node::Or(rest),
    }
}

fn leaf(comparison: &Comparison, kind: Kind, negated: bool) -> Node {
    let Known { name, .. } = comparison.field;
    let Some(slot) = Slot::of(kind, name) else {
        return Node::Always(negated);
    };
    let (test, differs) = (comparison.test.clone(), comparison.differs);
    let leaf = Leaf { name, slot, test, differs, negated };
    match slot {
        Slot::Derived(what) => match what.of_kind(kind) {
            Some(word) => Node::Always(leaf.answer(Some(Value::Text(word.as_bytes())))),
            None => Node::Leaf(leaf),
        },
        _ => Node::Leaf(leaf),
    }
}

impl Leaf {
    fn answer(&self, value: Option<Value<'_>>) -> bool {
        value.is_some_and(|value| self.test.hits(value) != self.differs) != self.negated
    }

    fn holds(&self, parts: &Parts<'_>) -> bool {
        let mut scratch = Vec::new();
        let value = self.slot.read(parts, &mut scratch);
        // A set of flags is never unknown; nothing set is a set too.
        let value = match (value, self.slot) {
            (None, Slot::Head(f) | Slot::Context(f) | Slot::Body(f)) => match f.ty {
                Type::Flags(names) if matches!(self.test, Test::Bits(_)) => {
                    Some(Value::Flags(0, names))
                }
                _ => None,
            },
            (value, _) => value,
        };
        self.answer(value)
    }

    fn positive(&self) -> bool {
        !self.differs && !self.negated
    }

    /// Whether it asks the same of a text, whatever field the text is in.
    fn asks_as(&self, other: &Leaf) -> bool {
        let part = |leaf: &Leaf| match leaf.slot {
            Slot::Derived(what) => Some(what),
            _ => None,
        };
        part(self) == part(other) && self.test == other.test
    }

    /// Whether a text of an event may be why this holds.
    fn may(&self, text: &[u8]) -> bool {
        let part = match self.slot {
            Slot::Derived(what) => what.of_path(text),
            _ => Some(text),
        };
        match &self.test {
            Test::Text(test) => part.is_some_and(|part| test.hits(part)),
            _ => true,
        }
    }
}

fn holds(node: &Node, parts: &Parts<'_>) -> bool {
    match node {
        Node::Always(answer) => *answer,
        Node::And(all) => all.iter().all(|one| holds(one, parts)),
        Node::Or(all) => all.iter().any(|one| holds(one, parts)),
        Node::Leaf(leaf) => leaf.holds(parts),
    }
}

/// The same tree with everything but the context taken for true.
fn about_context(node: &Node) -> Node {
    let each = |all: &Vec<Node>| all.iter().map(about_context).collect();
    match node {
        Node::Always(answer) => Node::Always(*answer),
        Node::And(all) => fold(each(all), true),
        Node::Or(all) => fold(each(all), false),
        Node::Leaf(leaf) => match leaf.slot {
            Slot::Context(_) => Node::Leaf(leaf.clone()),
            Slot::Derived(what) if what.of_context() => Node::Leaf(leaf.clone()),
            _ => Node::Always(true),
        },
    }
}

/// Texts of the body of which an event needs one; `None`: it may need none.
fn needed_texts(node: &Node) -> Option<Vec<Leaf>> {
    match node {
        Node::Always(false) => Some(Vec::new()),
        Node::Always(true) => None,
        Node::And(all) => all.iter().filter_map(needed_texts).min_by_key(Vec::len),
        Node::Or(all) => all.iter().map(needed_texts).fold(Some(Vec::new()), either),
        Node::Leaf(leaf) => {
            let in_body = match leaf.slot {
                Slot::Body(field) => field.ty == Type::Text,
                Slot::Derived(what) => what.needs() == Some("file.path"),
                _ => false,
            };
            let text = in_body && matches!(leaf.test, Test::Text(_)) && leaf.positive();
            text.then(|| vec![leaf.clone()])
        }
    }
}

/// Numbers of the body that every event for which a tree holds must have.
fn needed_numbers(node: &Node) -> Vec<(&'static str, u64)> {
    match node {
        Node::And(all) => all.iter().flat_map(needed_numbers).collect(),
        Node::Leaf(leaf) => match (&leaf.test, leaf.slot) {
            (Test::Numbers(list), Slot::Body(field)) if leaf.positive() => {
                // A mode is compared without its type bits, so its number is not the stored one.
                let plain = matches!(field.ty, Type::Uint | Type::Device | Type::Name(_));
                let only = list.first().filter(|_| list.len() == 1 && plain);
                let number = only.and_then(|number| u64::try_from(*number).ok());
                number.map(|number| (leaf.name, number)).into_iter().collect()
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn either(a: Option<Vec<Leaf>>, b: Option<Vec<Leaf>>) -> Option<Vec<Leaf>> {
    let mut all = a?;
    for leaf in b? {
        if !all.iter().any(|other: &Leaf| other.asks_as(&leaf)) {
            all.push(leaf);
        }
    }
    Some(all)
}

/// Times outside of which a tree cannot hold.
fn times(node: &Node) -> Range<u64> {
    match node {
        Node::Always(false) => 0..0,
        Node::And(all) => all.iter().map(times).fold(0..u64::MAX, |a, b| meet(&a, &b)),
        Node::Or(all) => all.iter().map(times).reduce(|a, b| hull(&a, &b)).unwrap_or(0..0),
        Node::Leaf(leaf) if leaf.name == "@timestamp" && leaf.positive() => match &leaf.test {
            Test::Order(order, bound) => {
                let at = |n: i128| u64::try_from(n.max(0)).unwrap_or(u64::MAX);
                match order {
                    Order::Below => 0..at(*bound),
                    Order::AtMost => 0..at(bound + 1),
                    Order::Above => at(bound + 1)..u64::MAX,
                    Order::AtLeast => at(*bound)..u64::MAX,
                }
            }
            _ => 0..u64::MAX,
        },
        _ => 0..u64::MAX,
    }
}

fn meet(a: &Range<u64>, b: &Range<u64>) -> Range<u64> {
    let start = a.start.max(b.start);
    start..a.end.min(b.end).max(start)
}

fn hull(a: &Range<u64>, b: &Range<u64>) -> Range<u64> {
    match (a.is_empty(), b.is_empty()) {
        (true, _) => b.clone(),
        (_, true) => a.clone(),
        _ => a.start.min(b.start)..a.end.max(b.end),
    }
}
