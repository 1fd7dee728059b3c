// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! What the threads of a process share: how many live, how it ended, what it used.
use crate::kernel::Task;
use crate::kernel::offsets as at;
use crate::kernel::read::member;

/// `SIGNAL_GROUP_EXIT`: the whole group was told to end.
const GROUP_EXIT: u32 = 4;
/// Products of two numbers below this fit 64 bits.
const HALF: u64 = 1 << 32;
/// Shift that brings 2^54 ns (208 days) below [`HALF`].
const SHIFT: u32 = 22;

impl Task {
    #[inline(always)]
    fn signal(self) -> u64 {
        member(self.address(), &at::TASK_SIGNAL)
    }

    /// Threads of its process that have not begun to leave.
    #[inline(always)]
    pub fn live_threads(self) -> u32 {
        member(self.signal(), &at::SIGNAL_LIVE)
    }

    /// `wait` status of the process: the group's code, else its leader's.
    #[inline(always)]
    pub fn group_exit_code(self) -> u32 {
        let flags: u32 = member(self.signal(), &at::SIGNAL_FLAGS);
        if flags & GROUP_EXIT != 0 {
            member(self.signal(), &at::SIGNAL_GROUP_EXIT_CODE)
        } else {
            member(self.leader().address(), &at::TASK_EXIT_CODE)
        }
    }

    /// User and system time of the process whose last thread this is, nanoseconds.
    ///
    /// Ticks are coarse; as `getrusage` does, their ratio divides the exact run time.
    #[inline(always)]
    pub fn group_cpu_time(self) -> (u64, u64) {
        let signal = self.signal();
        let mut user: u64 = member(signal, &at::SIGNAL_UTIME);
        let mut system: u64 = member(signal, &at::SIGNAL_STIME);
        let mut run: u64 = member(signal, &at::SIGNAL_RUNTIME);
        for thread in [self, self.leader()] {
            user += member::<u64>(thread.address(), &at::TASK_UTIME);
            system += member::<u64>(thread.address(), &at::TASK_STIME);
            run += member::<u64>(thread.address(), &at::TASK_RUNTIME);
            if self == self.leader() {
                break;
            }
        }
        let system = share(run, system, user + system);
        (run - system, system)
    }
}

/// `whole * part / parts`, without overflow; all of it is user time when no tick was seen.
#[inline(always)]
fn share(whole: u64, part: u64, parts: u64) -> u64 {
    let (whole_small, shift) =
        if whole < HALF && parts < HALF { (whole, 0) } else { (whole >> SHIFT, SHIFT) };
    let parts = parts >> shift;
    if part == 0 || parts == 0 {
        return 0;
    }
    let share = (whole_small * (part >> shift) / parts) << shift;
    if share > whole { whole } else { share }
}

/// Whether a `struct kernel_siginfo` says that a process sent the signal. Two numbers may stand
/// in its place: 0 for "the current process", as 7.x says of a plain kill, and 1 for the kernel.
#[inline(always)]
pub fn sent_by_process(info: u64) -> bool {
    const SI_USER: i32 = 0;
    const SI_QUEUE: i32 = -1;
    const SI_TKILL: i32 = -6;
    const CURRENT_PROCESS: u64 = 0;
    const LARGEST_MARK: u64 = 1;
    let code: i32 = member(info, &at::SIGINFO_CODE);
    info == CURRENT_PROCESS || info > LARGEST_MARK && matches!(code, SI_USER | SI_QUEUE | SI_TKILL)
}
