// SPDX-License-Identifier: Apache-2.0
//! Processes and their families: which process a pid was, whom it came from, what came of it.
use super::catalog;
use super::expr::{Comparison, Expr};
use super::run::{History, parts};
use super::test::Test;
use crate::event::{Joined, Value};
use crate::store::{KindSet, Row, Scan, StoreError};
use common::event::{Context, Kind};
use common::value::{ProcessKey, Type, Typed};
use std::collections::{HashMap, HashSet};
use std::ops::{ControlFlow, Range};

/// A context: fixed part and texts.
pub type Known = (Context, Vec<u8>);

/// A process of a family.
#[derive(Clone, Debug)]
pub struct Relative {
    /// The process.
    pub key: ProcessKey,
    /// Its parent, when known.
    pub parent: Option<ProcessKey>,
    /// Its newest context; `None` when no event of it is left.
    pub context: Option<Known>,
    /// When and how it ended; `None` while nobody saw it end.
    pub end: Option<End>,
}

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// Wall clock, nanoseconds.
    pub time_ns: u64,
    /// Exit status, unless a signal ended it.
    pub code: Option<i64>,
    /// The signal that ended it.
    pub signal: Option<String>,
}

/// A process with everybody it came from and everything that came of it.
#[derive(Clone, Debug)]
pub struct Family {
    /// From the oldest known ancestor to the parent.
    pub ancestors: Vec<Relative>,
    /// The process asked about.
    pub subject: Relative,
    /// Every descendant, in the order they came.
    pub descendants: Vec<Relative>,
    /// Descendants left out because there are too many.
    pub left_out: usize,
}

impl History {
    /// The newest process that had this pid; at a time, the one that had it then.
    ///
    /// # Errors
    /// The store could not be read.
    pub fn process_of_pid(
        &mut self,
        pid: u32,
        at: Option<u64>,
    ) -> Result<Option<ProcessKey>, StoreError> {
        let until = at.map_or(u64::MAX, |at| at.saturating_add(1));
        let before = self.first_of_pid(pid, 0..until, true)?;
        let Some(at) = at else { return Ok(before.map(|(key, _)| key)) };
        // One that was idle at that time may have its first event later, but started before.
        let after = self.first_of_pid(pid, until..u64::MAX, false)?;
        let after = after.filter(|(_, start)| *start <= at);
        Ok(after.or(before).map(|(key, _)| key))
    }

    fn first_of_pid(
        &mut self,
        pid: u32,
        times: Range<u64>,
        newest_first: bool,
    ) -> Result<Option<(ProcessKey, u64)>, StoreError> {
        let mut found = None;
        let same = |context: &Context, _: &[u8]| context.pid == pid;
        let scan = Scan { times, newest_first, context: Some(&same), ..Scan::default() };
        self.reader().scan(&scan, &mut |row: &Row<'_>| {
            found = Some((row.context.fixed.process, row.context.fixed.start.0));
            ControlFlow::Break(())
        })?;
        Ok(found)
    }

    /// The family of a process; at most `most` descendants.
    ///
    /// # Errors
    /// The store could not be read.
    pub fn family(&mut self, key: ProcessKey, most: usize) -> Result<Family, StoreError> {
        let mut above = self.reader().ancestors(key)?;
        above.retain(|key| *key != ProcessKey::ABSENT);
        above.reverse();
        let mut below = self.reader().descendants(key)?;
        below.sort_by_key(|entry| (entry.key.start_ns, entry.key.pid));
        let left_out = below.len().saturating_sub(most);
        below.truncate(most);
        let mut keys: HashSet<ProcessKey> = below.iter().map(|entry| entry.key).collect();
        keys.extend(above.iter().copied().chain([key]));
        let ends = self.ends(&keys)?;
        let mut relative = |key, parent: Option<ProcessKey>| {
            let ended = ends.get(&key).cloned();
            let (end, context) = match ended {
                Some((end, context)) => (Some(end), Some(context)),
                None => (None, self.reader().process(key)?),
            };
            let stated = context.as_ref().map(|(context, _)| context.parent);
            let parent = parent.or(stated).filter(|parent| *parent != ProcessKey::ABSENT);
            Ok(Relative { key, parent, context, end })
        };
        Ok(Family {
            ancestors: above.iter().map(|key| relative(*key, None)).collect::<Result<_, _>>()?,
            subject: relative(key, None)?,
            descendants: below
                .iter()
                .map(|entry| relative(entry.key, Some(entry.parent)))
                .collect::<Result<_, _>>()?,
            left_out,
        })
    }

    /// How the processes of a set ended, and what they were then.
    fn ends(
        &mut self,
        keys: &HashSet<ProcessKey>,
    ) -> Result<HashMap<ProcessKey, (End, Known)>, StoreError> {
        let mut ends = HashMap::new();
        let one_of = |context: &Context, _: &[u8]| keys.contains(&context.process);
        let scan = Scan {
            kinds: KindSet::none().with(Kind::Exit),
            context: Some(&one_of),
            ..Scan::default()
        };
        let joined = Joined::default();
        self.reader().scan(&scan, &mut |row: &Row<'_>| {
            let parts = parts(row, &joined);
            let code = match parts.body("process.exit_code") {
                Some(Value::Int(code)) => Some(code),
                _ => None,
            };
            let signal = match parts.body("tarsier.exit.signal") {
                Some(Value::Name(number, names)) => {
                    let name = names.iter().find(|(row, _)| *row == number);
                    Some(name.map_or_else(|| number.to_string(), |(_, name)| (*name).to_owned()))
                }
                _ => None,
            };
            let end = End { time_ns: row.head.time.0, code, signal };
            let known = (*row.context.fixed, row.context.tail.to_vec());
            ends.insert(row.context.fixed.process, (end, known));
            ControlFlow::Continue(())
        })?;
        Ok(ends)
    }
}

/// Events a process did or was the object of.
pub fn about_process(key: ProcessKey) -> Expr {
    let fields = catalog::all().iter();
    let fields = fields.filter(|known| known.ty == Type::ProcessKey);
    let fields = fields.filter(|known| known.name != "process.parent.entity_id");
    let is = |field: &catalog::Known| {
        let test = Test::Processes(vec![key]);
        Expr::Compare(Comparison { field: *field, test, differs: false })
    };
    Expr::Or(fields.map(is).collect())
}
