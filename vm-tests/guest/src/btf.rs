// SPDX-License-Identifier: Apache-2.0
//! Reads from a kernel's BTF how many arguments its functions and tracepoints have.
//!
//! Only that: names of functions, and prototypes behind them. Anything malformed ends the reading
//! with an error, since a wrong table of hooks would be worse than none.

use std::collections::HashMap;

const KIND_PTR: u32 = 2;
const KIND_TYPEDEF: u32 = 8;
const KIND_FUNC: u32 = 12;
const KIND_FUNC_PROTO: u32 = 13;

/// What hooks need of one type.
#[derive(Clone, Copy)]
struct Type {
    kind: u32,
    members: u32,
    refers: u32,
}

/// Functions and tracepoints of a kernel.
pub struct Btf {
    types: Vec<Type>,
    functions: HashMap<String, u32>,
    typedefs: HashMap<String, u32>,
}

impl Btf {
    /// Parses the bytes of `/sys/kernel/btf/vmlinux`.
    pub fn parse(bytes: &[u8]) -> Option<Btf> {
        let header_len = usize::try_from(word(bytes, 4)?).ok()?;
        let place = |at: usize| usize::try_from(word(bytes, at)?).ok();
        let types_at = header_len + place(8)?;
        let types_end = types_at + place(12)?;
        let names_at = header_len + place(16)?;
        let mut btf = Btf {
            types: vec![Type { kind: 0, members: 0, refers: 0 }],
            functions: HashMap::new(),
            typedefs: HashMap::new(),
        };
        let mut at = types_at;
        while at < types_end {
            let info = word(bytes, at + 4)?;
            let entry = Type {
                kind: (info >> 24) & 31,
                members: info & 0xffff,
                refers: word(bytes, at + 8)?,
            };
            let id = u32::try_from(btf.types.len()).ok()?;
            if entry.kind == KIND_FUNC || entry.kind == KIND_TYPEDEF {
                let name = text(bytes, names_at + usize::try_from(word(bytes, at)?).ok()?)?;
                let table =
                    if entry.kind == KIND_FUNC { &mut btf.functions } else { &mut btf.typedefs };
                table.insert(name, id);
            }
            at += 12 + tail(entry)?;
            btf.types.push(entry);
        }
        Some(btf)
    }

    /// The number of arguments of a kernel function.
    pub fn function(&self, name: &str) -> Option<u32> {
        self.arguments(*self.functions.get(name)?)
    }

    /// The number of arguments of a tracepoint, without the hidden first one.
    pub fn tracepoint(&self, name: &str) -> Option<u32> {
        let all = self.arguments(*self.typedefs.get(&format!("btf_trace_{name}"))?)?;
        all.checked_sub(1)
    }

    fn arguments(&self, id: u32) -> Option<u32> {
        let mut entry = *self.types.get(usize::try_from(id).ok()?)?;
        for _ in 0..8 {
            match entry.kind {
                KIND_FUNC_PROTO => return Some(entry.members),
                KIND_FUNC | KIND_TYPEDEF | KIND_PTR => {
                    entry = *self.types.get(usize::try_from(entry.refers).ok()?)?;
                }
                _ => return None,
            }
        }
        None
    }
}

/// How many bytes follow the fixed part of a type.
fn tail(entry: Type) -> Option<usize> {
    let members = usize::try_from(entry.members).ok()?;
    Some(match entry.kind {
        1 | 14 | 17 => 4,                // int, var, decl tag
        3 => 12,                         // array
        4 | 5 | 15 | 19 => members * 12, // struct, union, datasec, enum64
        6 | 13 => members * 8,           // enum, prototype
        2 | 7..=12 | 16 | 18 => 0,       // pointers, forwards, qualifiers, functions, float
        _ => return None,
    })
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn text(bytes: &[u8], at: usize) -> Option<String> {
    let rest = bytes.get(at..)?;
    let end = rest.iter().position(|&byte| byte == 0)?;
    Some(String::from_utf8_lossy(&rest[..end]).into_owned())
}
