// SPDX-License-Identifier: Apache-2.0
//! System calls: which program gets which, by number.
//!
//! One program at the exit of every call hands it on through a table of programs. A tracepoint
//! for each call would cost more each time, and tens of milliseconds each to take down.
use aya::maps::{MapData, ProgramArray};
use aya::programs::{BtfTracePoint, Program, ProgramError, ProgramFd};
use aya::{Btf, Ebpf};

/// One table and the program that reads it.
struct Table {
    programs: ProgramArray<MapData>,
    /// Name of the reader in the object.
    reader: &'static str,
    /// Tracepoint of the reader.
    hook: &'static str,
    running: bool,
    /// Number of a call and the program that gets it.
    taken: Vec<(u32, &'static str)>,
}

/// All tables; they live as long as the programs.
pub struct Calls {
    tables: [Table; 3],
}

/// Names as the kernel's tracepoints have them, and numbers of this architecture.
const NUMBERS: &[(&str, i64)] = &[
    ("accept", libc::SYS_accept),
    ("accept4", libc::SYS_accept4),
    ("bpf", libc::SYS_bpf),
    ("capset", libc::SYS_capset),
    ("chmod", libc::SYS_chmod),
    ("chown", libc::SYS_chown),
    ("close", libc::SYS_close),
    ("connect", libc::SYS_connect),
    ("copy_file_range", libc::SYS_copy_file_range),
    ("creat", libc::SYS_creat),
    ("dup2", libc::SYS_dup2),
    ("dup3", libc::SYS_dup3),
    ("execve", libc::SYS_execve),
    ("execveat", libc::SYS_execveat),
    ("fallocate", libc::SYS_fallocate),
    ("fchmod", libc::SYS_fchmod),
    ("fchmodat", libc::SYS_fchmodat),
    ("fchmodat2", 452),
    ("fchown", libc::SYS_fchown),
    ("fchownat", libc::SYS_fchownat),
    ("file_setattr", 469),
    ("fremovexattr", libc::SYS_fremovexattr),
    ("fsetxattr", libc::SYS_fsetxattr),
    ("fsmount", libc::SYS_fsmount),
    ("ftruncate", libc::SYS_ftruncate),
    ("ioctl", libc::SYS_ioctl),
    ("kill", libc::SYS_kill),
    ("lchown", libc::SYS_lchown),
    ("link", libc::SYS_link),
    ("linkat", libc::SYS_linkat),
    ("lremovexattr", libc::SYS_lremovexattr),
    ("lsetxattr", libc::SYS_lsetxattr),
    ("mkdir", libc::SYS_mkdir),
    ("mkdirat", libc::SYS_mkdirat),
    ("mknod", libc::SYS_mknod),
    ("mknodat", libc::SYS_mknodat),
    ("mmap", libc::SYS_mmap),
    ("mount", libc::SYS_mount),
    ("mount_setattr", libc::SYS_mount_setattr),
    ("move_mount", libc::SYS_move_mount),
    ("mprotect", libc::SYS_mprotect),
    ("open", libc::SYS_open),
    ("openat", libc::SYS_openat),
    ("openat2", libc::SYS_openat2),
    ("pivot_root", libc::SYS_pivot_root),
    ("process_vm_writev", libc::SYS_process_vm_writev),
    ("ptrace", libc::SYS_ptrace),
    ("pwrite64", libc::SYS_pwrite64),
    ("pwritev", libc::SYS_pwritev),
    ("pwritev2", libc::SYS_pwritev2),
    ("removexattr", libc::SYS_removexattr),
    ("removexattrat", 466),
    ("rename", libc::SYS_rename),
    ("renameat", libc::SYS_renameat),
    ("renameat2", libc::SYS_renameat2),
    ("rmdir", libc::SYS_rmdir),
    ("sendfile64", libc::SYS_sendfile),
    ("setfsgid", libc::SYS_setfsgid),
    ("setfsuid", libc::SYS_setfsuid),
    ("setgid", libc::SYS_setgid),
    ("setgroups", libc::SYS_setgroups),
    ("setns", libc::SYS_setns),
    ("setregid", libc::SYS_setregid),
    ("setresgid", libc::SYS_setresgid),
    ("setresuid", libc::SYS_setresuid),
    ("setreuid", libc::SYS_setreuid),
    ("setuid", libc::SYS_setuid),
    ("setxattr", libc::SYS_setxattr),
    ("setxattrat", 463),
    ("splice", libc::SYS_splice),
    ("symlink", libc::SYS_symlink),
    ("symlinkat", libc::SYS_symlinkat),
    ("tgkill", libc::SYS_tgkill),
    ("tkill", libc::SYS_tkill),
    ("truncate", libc::SYS_truncate),
    ("umount", libc::SYS_umount2),
    ("unlink", libc::SYS_unlink),
    ("unlinkat", libc::SYS_unlinkat),
    ("unshare", libc::SYS_unshare),
    ("write", libc::SYS_write),
    ("writev", libc::SYS_writev),
];

impl Calls {
    /// Takes the tables over; `None` when the object has none.
    pub fn new(object: &mut Ebpf) -> Option<Calls> {
        let mut table = |map, reader, hook| {
            let programs = ProgramArray::try_from(object.take_map(map)?).ok()?;
            Some(Table { programs, reader, hook, running: false, taken: Vec::new() })
        };
        Some(Calls {
            tables: [
                table("CALL_EXITS", "call_exit", "sys_exit")?,
                table("CALL_EXITS_MORE", "call_exit_more", "sys_exit")?,
                table("CALL_ENTRIES", "call_enter", "sys_enter")?,
            ],
        })
    }

    /// Loads a program and gives it the named calls (`sys_exit_NAME` or `sys_enter_NAME`).
    ///
    /// # Errors
    /// When the kernel refuses it or the program in front of it; says which names are unknown.
    pub fn serve(
        &mut self,
        object: &mut Ebpf,
        btf: &Btf,
        program: &'static str,
        names: &[&str],
    ) -> Result<Option<String>, ProgramError> {
        let entries = names.iter().any(|name| name.starts_with("sys_enter_"));
        let hook = if entries { "sys_enter" } else { "sys_exit" };
        let target = traced(object, program)?;
        target.load(hook, btf)?;
        let target = target.fd()?.try_clone()?;
        let mut unknown = Vec::new();
        for name in names {
            match number(name) {
                Some(number) => self.give(object, btf, hook, number, program, &target)?,
                None => unknown.push(*name),
            }
        }
        Ok((!unknown.is_empty()).then(|| format!("no number is known for {}", unknown.join(", "))))
    }

    /// Puts a program into the first table of its hook where the call is free.
    fn give(
        &mut self,
        object: &mut Ebpf,
        btf: &Btf,
        hook: &str,
        number: u32,
        program: &'static str,
        target: &ProgramFd,
    ) -> Result<(), ProgramError> {
        let free = |table: &&mut Table| {
            table.hook == hook && table.taken.iter().all(|(taken, _)| *taken != number)
        };
        let Some(table) = self.tables.iter_mut().find(free) else {
            return Err(std::io::Error::other("a call has too many programs").into());
        };
        if !table.running {
            let reader = traced(object, table.reader)?;
            reader.load(table.hook, btf)?;
            reader.attach()?;
            table.running = true;
        }
        table.programs.set(number, target, 0)?;
        table.taken.push((number, program));
        Ok(())
    }

    /// Takes a program out of the tables again; one that stays is still run.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn take_back(&mut self, program: &str) -> Result<(), ProgramError> {
        for table in &mut self.tables {
            for (number, _) in table.taken.iter().filter(|(_, name)| *name == program) {
                table.programs.clear_index(number)?;
            }
            table.taken.retain(|(_, name)| *name != program);
        }
        Ok(())
    }
}

fn traced<'a>(object: &'a mut Ebpf, name: &str) -> Result<&'a mut BtfTracePoint, ProgramError> {
    match object.program_mut(name) {
        Some(Program::BtfTracePoint(program)) => Ok(program),
        _ => Err(ProgramError::UnexpectedProgramType),
    }
}

fn number(name: &str) -> Option<u32> {
    let bare = name.strip_prefix("sys_exit_").or_else(|| name.strip_prefix("sys_enter_"))?;
    let (_, number) = NUMBERS.iter().find(|(known, _)| *known == bare)?;
    u32::try_from(*number).ok()
}

#[cfg(test)]
mod tests {
    use super::number;
    use crate::source::ebpf::hooks::{HOOKS, Point};

    #[test]
    fn every_call_of_the_table_has_a_number() {
        for hook in HOOKS {
            if let Point::Calls(names) = hook.point {
                for name in names {
                    let number = number(name);
                    assert!(number.is_some_and(|number| number < 512), "{name}: {number:?}");
                }
                let entries = names.iter().filter(|name| name.starts_with("sys_enter_")).count();
                assert!(entries == 0 || entries == names.len(), "{}: mixed", hook.program);
            }
        }
        assert_eq!(number("sys_exit_setuid"), Some(105));
        assert_eq!(number("sys_exit_unheard_of"), None);
    }
}
