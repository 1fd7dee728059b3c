// SPDX-License-Identifier: Apache-2.0
//! Turns the shared table of members into the running kernel's offsets.
use crate::source::ebpf::btf::Btf;

/// One row of the shared table.
struct Row {
    name: &'static str,
    group: &'static str,
    required: bool,
    of: &'static str,
    path: &'static str,
}

macro_rules! rows {
    ($($name:ident $group:ident $need:ident $of:literal $path:literal,)+) => {
        &[$( Row {
            name: stringify!($name),
            group: stringify!($group),
            required: is_required(stringify!($need)),
            of: $of,
            path: $path,
        } ),+]
    };
}

const fn is_required(need: &str) -> bool {
    need.len() == "required".len() && need.as_bytes()[0] == b'r'
}

const ROWS: &[Row] = common::offsets!(rows);

/// The offsets of one kernel.
pub struct Offsets {
    values: Vec<u32>,
}

impl Offsets {
    /// Looks every row up.
    pub fn of(btf: &Btf) -> Self {
        let absent = common::offsets::ABSENT;
        let values =
            ROWS.iter().map(|row| btf.offset(row.of, row.path).unwrap_or(absent)).collect();
        Offsets { values }
    }

    /// Name of the probes' constant and its value.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &u32)> {
        ROWS.iter().map(|row| row.name).zip(&self.values)
    }

    /// The first required member of these groups the kernel does not have.
    pub fn missing(&self, groups: &[&str]) -> Option<String> {
        let absent = |value: u32| value == common::offsets::ABSENT;
        let (row, _) = ROWS.iter().zip(&self.values).find(|(row, value)| {
            row.required && absent(**value) && (row.group == "task" || groups.contains(&row.group))
        })?;
        Some(format!("this kernel's struct {} has no member {}", row.of, row.path))
    }
}

#[cfg(test)]
mod tests {
    use super::{Offsets, ROWS};
    use crate::source::ebpf::btf::Btf;

    /// A structure with a named member, an anonymous union with a member, and a bit field.
    fn small() -> Btf {
        let mut strings = vec![0];
        let mut name = |text: &str| {
            let at = strings.len() as u32;
            strings.extend(text.as_bytes());
            strings.push(0);
            at
        };
        let (int, outer, first, inner) = (name("int"), name("outer"), name("first"), name("inner"));
        let mut types: Vec<u32> = vec![int, 1 << 24, 4, 32];
        types.extend([0, (5 << 24) | 1, 4, inner, 1, 0]);
        types.extend([outer, (4 << 24) | (1 << 31) | 2, 8, first, 1, 0, 0, 2, 32]);
        let type_bytes: Vec<u8> = types.iter().flat_map(|word| word.to_le_bytes()).collect();
        let header = [0x0001_eb9f_u32, 24, 0, type_bytes.len() as u32, type_bytes.len() as u32];
        let mut bytes: Vec<u8> = header.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.extend((strings.len() as u32).to_le_bytes());
        bytes.extend(type_bytes);
        bytes.extend(strings);
        Btf::parse(bytes).unwrap()
    }

    #[test]
    fn members_are_found_through_anonymous_ones_and_by_older_names() {
        let btf = small();
        assert_eq!(btf.offset("outer", "first"), Some(0));
        assert_eq!(btf.offset("outer", "inner"), Some(4));
        assert_eq!(btf.offset("outer", "renamed|inner"), Some(4));
        assert_eq!(btf.offset("outer", ""), Some(8));
        assert_eq!(btf.offset("outer", "missing"), None);
        assert_eq!(btf.offset("missing", "first"), None);
    }

    #[test]
    fn a_missing_member_is_named() {
        let offsets = Offsets::of(&small());
        let reason = offsets.missing(&[]).unwrap();
        assert!(reason.contains("task_struct"), "{reason}");
    }

    #[test]
    fn cut_bytes_are_refused() {
        let mut bytes = vec![0; 24];
        bytes[..2].copy_from_slice(&[0x9f, 0xeb]);
        bytes[4] = 24;
        bytes[12] = 200;
        assert!(Btf::parse(bytes).is_err());
        assert!(Btf::parse(Vec::new()).is_err());
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = ROWS.iter().map(|row| row.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ROWS.len());
    }

    #[test]
    fn the_running_kernel_has_what_is_required() {
        let Ok(btf) = Btf::of_running_kernel() else { return };
        let groups: Vec<_> = ROWS.iter().map(|row| row.group).collect();
        assert_eq!(Offsets::of(&btf).missing(&groups), None);
        assert_eq!(btf.tracepoint_arguments("sched_process_exec"), Some(3));
    }
}
