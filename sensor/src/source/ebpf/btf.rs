// SPDX-License-Identifier: Apache-2.0
//! Reads the running kernel's own description of its types: where a member lies.
//!
//! aya parses BTF too, but keeps member offsets to itself. This reader keeps the bytes as they
//! are plus one number for each type, and refuses whatever leaves them.
use std::collections::HashMap;
use std::io;

const PATH: &str = "/sys/kernel/btf/vmlinux";
const MAGIC: u32 = 0xeb9f;
const HEADER: usize = 24;

const KIND_STRUCT: u32 = 4;
const KIND_UNION: u32 = 5;
const KIND_TYPEDEF: u32 = 8;
const KIND_VOLATILE: u32 = 9;
const KIND_CONST: u32 = 10;
const KIND_RESTRICT: u32 = 11;
const KIND_FUNC_PROTO: u32 = 13;
const KIND_POINTER: u32 = 2;
const KIND_TYPE_TAG: u32 = 18;

/// Depth of anonymous members and modifiers that is followed.
const DEPTH: u32 = 16;

/// The types of one kernel.
pub struct Btf {
    bytes: Vec<u8>,
    strings: usize,
    /// Where each type begins; type 0 is void.
    types: Vec<usize>,
    structs: HashMap<Vec<u8>, u32>,
    tracepoints: HashMap<Vec<u8>, u32>,
}

/// The fixed part of a type.
struct Type {
    at: usize,
    kind: u32,
    count: usize,
    bitfields: bool,
    size: u32,
}

impl Btf {
    /// The running kernel's.
    ///
    /// # Errors
    /// When the file is missing or is not BTF of this machine's byte order.
    pub fn of_running_kernel() -> io::Result<Self> {
        Self::parse(std::fs::read(PATH)?)
    }

    /// Any kernel's.
    ///
    /// # Errors
    /// When the bytes are not little-endian BTF, or are cut.
    pub fn parse(bytes: Vec<u8>) -> io::Result<Self> {
        let bad = || io::Error::new(io::ErrorKind::InvalidData, "not the BTF of a kernel");
        let word = |at| word(&bytes, at).ok_or_else(bad);
        if word(0)? & 0xffff != MAGIC {
            return Err(bad());
        }
        let header = word(4)? as usize;
        let first = header + word(8)? as usize;
        let end = first + word(12)? as usize;
        let strings = header + word(16)? as usize;
        if header < HEADER || end > bytes.len() || strings > bytes.len() {
            return Err(bad());
        }
        let mut btf = Btf {
            bytes,
            strings,
            types: vec![0],
            structs: HashMap::new(),
            tracepoints: HashMap::new(),
        };
        btf.index(first, end).ok_or_else(bad)?;
        Ok(btf)
    }

    fn index(&mut self, first: usize, end: usize) -> Option<()> {
        let mut at = first;
        while at < end {
            let found = self.read(at)?;
            let id = u32::try_from(self.types.len()).ok()?;
            self.types.push(at);
            let name = self.string(word(&self.bytes, at)?)?.to_vec();
            if matches!(found.kind, KIND_STRUCT | KIND_UNION) && !name.is_empty() {
                self.structs.entry(name).or_insert(id);
            } else if found.kind == KIND_TYPEDEF && name.starts_with(b"btf_trace_") {
                self.tracepoints.entry(name).or_insert(id);
            }
            at += 12 + extra(found.kind, found.count)?;
        }
        Some(())
    }

    fn read(&self, at: usize) -> Option<Type> {
        let info = word(&self.bytes, at + 4)?;
        Some(Type {
            at,
            kind: (info >> 24) & 31,
            count: (info & 0xffff) as usize,
            bitfields: info >> 31 != 0,
            size: word(&self.bytes, at + 8)?,
        })
    }

    fn of_id(&self, id: u32) -> Option<Type> {
        let at = *self.types.get(id as usize)?;
        if at == 0 { None } else { self.read(at) }
    }

    fn string(&self, offset: u32) -> Option<&[u8]> {
        let rest = self.bytes.get(self.strings + offset as usize..)?;
        rest.split(|&byte| byte == 0).next()
    }

    /// Byte offset of a member, or the size of the structure for an empty path.
    ///
    /// `paths` are alternatives separated by `|`, each a dotted path that may skip anonymous
    /// members. `None` when no alternative exists.
    pub fn offset(&self, of: &str, paths: &str) -> Option<u32> {
        let id = *self.structs.get(of.as_bytes())?;
        if paths.is_empty() {
            return Some(self.of_id(id)?.size);
        }
        paths.split('|').find_map(|path| self.member_path(id, path))
    }

    fn member_path(&self, start: u32, path: &str) -> Option<u32> {
        let (mut id, mut bits) = (start, 0);
        for name in path.split('.') {
            let (offset, of) = self.member(id, name.as_bytes(), DEPTH)?;
            bits += offset;
            id = of;
        }
        Some(bits / 8)
    }

    /// Bit offset and type of a member, through modifiers and anonymous members.
    fn member(&self, id: u32, name: &[u8], depth: u32) -> Option<(u32, u32)> {
        let found = self.of_id(id)?;
        if depth == 0 {
            return None;
        }
        match found.kind {
            KIND_TYPEDEF | KIND_VOLATILE | KIND_CONST | KIND_RESTRICT | KIND_TYPE_TAG => {
                self.member(found.size, name, depth - 1)
            }
            KIND_STRUCT | KIND_UNION => {
                (0..found.count).find_map(|index| self.one_member(&found, index, name, depth))
            }
            _ => None,
        }
    }

    fn one_member(&self, of: &Type, index: usize, name: &[u8], depth: u32) -> Option<(u32, u32)> {
        let at = of.at + 12 + index * 12;
        let own = self.string(word(&self.bytes, at)?)?;
        let id = word(&self.bytes, at + 4)?;
        let packed = word(&self.bytes, at + 8)?;
        let offset = if of.bitfields { packed & 0xff_ffff } else { packed };
        if own == name {
            Some((offset, id))
        } else if own.is_empty() {
            let (inner, inner_id) = self.member(id, name, depth - 1)?;
            Some((offset + inner, inner_id))
        } else {
            None
        }
    }

    /// Number of arguments a `tp_btf` program sees at a tracepoint; `None` when it is missing.
    pub fn tracepoint_arguments(&self, tracepoint: &str) -> Option<usize> {
        let name = format!("btf_trace_{tracepoint}");
        let mut found = self.of_id(*self.tracepoints.get(name.as_bytes())?)?;
        for _ in 0..DEPTH {
            match found.kind {
                // the first argument is the tracepoint's own data pointer
                KIND_FUNC_PROTO => return found.count.checked_sub(1),
                KIND_POINTER | KIND_TYPEDEF | KIND_CONST => found = self.of_id(found.size)?,
                _ => return None,
            }
        }
        None
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(four.try_into().ok()?))
}

/// Bytes after the fixed part; `None` for a kind this reader does not know.
fn extra(kind: u32, count: usize) -> Option<usize> {
    Some(match kind {
        // int, variable, declaration tag
        1 | 14 | 17 => 4,
        // array
        3 => 12,
        // structure, union, section, 64-bit enumeration
        4 | 5 | 15 | 19 => count * 12,
        // enumeration, prototype
        6 | 13 => count * 8,
        // pointer, forward, typedef, modifiers, function, float, type tag
        2 | 7..=12 | 16 | 18 => 0,
        _ => return None,
    })
}
