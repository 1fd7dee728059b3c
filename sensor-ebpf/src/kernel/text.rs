// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Texts into the tail of a record: from a walk, from the kernel, from the process's memory.
//!
//! Every function returns a packed span: start in the low half, length in the high half, or
//! [`NONE`]. They are global functions: the verifier checks each once, not at every use.
use crate::kernel::iterator::Item;
use crate::kernel::path;
use crate::kernel::read::{mask, opaque, user};
use crate::kernel::scratch::{Scratch, get, set};
use aya_ebpf::helpers::generated as helpers;
use common::limits::{ARGS_BYTES_MAX, PATH_BYTES_MAX, RECORD_BYTES_MAX};
use common::names::EventFlags;
use common::value::Span;

/// No text: unreadable, or no room.
pub const NONE: u64 = u64::MAX;

/// Unpacks what the functions below return.
#[inline(always)]
pub fn span(packed: u64) -> Span {
    if packed == NONE {
        return Span::ABSENT;
    }
    Span { start: packed as u16, len: (packed >> 32) as u16 }
}

/// Where the next text goes, if `most` bytes fit; the offset is masked for the verifier.
#[inline(always)]
pub fn room(scratch: *mut Scratch, most: usize) -> Option<(u64, *mut u8)> {
    let used = opaque(get!(scratch, used));
    if used > (RECORD_BYTES_MAX - most) as u64 {
        path::add_flags(scratch, EventFlags::CUT);
        return None;
    }
    // SAFETY: the field of a map value this program owns.
    let record = unsafe { &raw mut (*scratch).record }.cast::<u8>();
    // SAFETY: `used` was compared with the length of the buffer.
    Some((used, unsafe { record.add(used as usize) }))
}

/// Takes `len` bytes at `used` into the record.
#[inline(always)]
pub fn took(scratch: *mut Scratch, used: u64, len: u64) -> u64 {
    set!(scratch, used, used + len);
    let start = used.wrapping_sub(get!(scratch, tail)) & 0xffff;
    start | (len << 32)
}

/// Appends the path a walk left in the slot.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn append_walked(scratch: *mut Scratch) -> u64 {
    if scratch.is_null() {
        return NONE;
    }
    let Some((used, place)) = room(scratch, PATH_BYTES_MAX) else { return NONE };
    let from = mask::<4095>(get!(scratch, from));
    let len = mask::<4095>((PATH_BYTES_MAX as u64).wrapping_sub(from));
    // SAFETY: the field of a map value this program owns.
    let path = unsafe { &raw const (*scratch).path }.cast::<u8>();
    // SAFETY: `from` is at most 4095.
    let source = unsafe { path.add(from as usize) };
    // SAFETY: `room` promised 4096 bytes at `place` and `len` is less.
    if unsafe { helpers::bpf_probe_read_kernel(place.cast(), len as u32, source.cast()) } != 0 {
        return NONE;
    }
    took(scratch, used, len)
}

/// Appends a NUL-terminated text of the current process, at most `PATH_BYTES_MAX - 1` bytes.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn append_user_text(scratch: *mut Scratch, text: u64) -> u64 {
    if scratch.is_null() || text == 0 {
        return NONE;
    }
    let Some((used, place)) = room(scratch, PATH_BYTES_MAX) else { return NONE };
    const MOST: u32 = PATH_BYTES_MAX as u32;
    // SAFETY: `room` promised that many bytes at `place`; the helper checks `text`.
    let copied = unsafe { helpers::bpf_probe_read_user_str(place.cast(), MOST, text as *const _) };
    took_text(scratch, used, copied)
}

/// Appends a NUL-terminated text of the kernel, at most `PATH_BYTES_MAX - 1` bytes.
#[inline(always)]
pub fn append_kernel_text(scratch: *mut Scratch, text: u64) -> u64 {
    set!(scratch, source, text);
    append_source_text(scratch)
}

/// [`append_kernel_text`] of the address in the slot, where a typed pointer becomes a number.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn append_source_text(scratch: *mut Scratch) -> u64 {
    if scratch.is_null() {
        return NONE;
    }
    let text = get!(scratch, source);
    if text == 0 {
        return NONE;
    }
    let Some((used, place)) = room(scratch, PATH_BYTES_MAX) else { return NONE };
    const MOST: u32 = PATH_BYTES_MAX as u32;
    // SAFETY: `room` promised that many bytes at `place`; the helper checks `text`.
    let copied =
        unsafe { helpers::bpf_probe_read_kernel_str(place.cast(), MOST, text as *const _) };
    took_text(scratch, used, copied)
}

/// Takes a copied text without its NUL.
#[inline(always)]
fn took_text(scratch: *mut Scratch, used: u64, copied: i64) -> u64 {
    if copied <= 0 {
        return NONE;
    }
    if copied >= PATH_BYTES_MAX as i64 {
        path::add_flags(scratch, EventFlags::CUT);
    }
    took(scratch, used, copied as u64 - 1)
}

/// Appends bytes of the current process: an argv, at most `ARGS_BYTES_MAX - 1` bytes.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn append_user_bytes(scratch: *mut Scratch, bytes: u64, len: u64) -> u64 {
    if scratch.is_null() {
        return NONE;
    }
    let Some((used, place)) = room(scratch, ARGS_BYTES_MAX) else { return NONE };
    let most = ARGS_BYTES_MAX as u64 - 1;
    let len = mask::<8191>(if len > most { most } else { len });
    // SAFETY: `room` promised 8192 bytes at `place` and `len` is less; the helper checks `bytes`.
    if unsafe { helpers::bpf_probe_read_user(place.cast(), len as u32, bytes as *const _) } != 0 {
        return NONE;
    }
    took(scratch, used, len)
}

/// Appends bytes of an iterated process, at most `ARGS_BYTES_MAX - 1`; may sleep.
///
/// Inlined: only a program, not a global function, may pass the task on.
#[inline(always)]
pub fn append_other_bytes(scratch: *mut Scratch, item: &Item, bytes: u64, len: u64) -> u64 {
    let Some((used, place)) = room(scratch, ARGS_BYTES_MAX) else { return NONE };
    let most = ARGS_BYTES_MAX as u64 - 1;
    let len = mask::<8191>(if len > most { most } else { len });
    if !item.copy_user(place, len as u32, bytes) {
        return NONE;
    }
    took(scratch, used, len)
}

/// Texts of one list that are followed, and bytes of each.
const LIST_TEXTS: u32 = 20;
const LIST_TEXT_BYTES: usize = 512;

/// Appends the texts a NULL-terminated array of the current process points to, each with its NUL
/// but the last without.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn append_user_strings(scratch: *mut Scratch, array: u64) -> u64 {
    if scratch.is_null() {
        return NONE;
    }
    let first = get!(scratch, used);
    set!(scratch, counted, 0);
    let mut index = 0;
    while index < LIST_TEXTS {
        let text: u64 = user(array.wrapping_add(u64::from(index) * 8));
        if text == 0 {
            break;
        }
        let Some((used, place)) = room(scratch, LIST_TEXT_BYTES) else { break };
        const MOST: u32 = LIST_TEXT_BYTES as u32;
        // SAFETY: `room` promised that many bytes at `place`; the helper checks `text`.
        let copied =
            unsafe { helpers::bpf_probe_read_user_str(place.cast(), MOST, text as *const _) };
        if copied <= 0 {
            break;
        }
        if copied >= LIST_TEXT_BYTES as i64 {
            path::add_flags(scratch, EventFlags::ARGS_CUT);
        }
        set!(scratch, used, used + copied as u64);
        set!(scratch, counted, get!(scratch, counted) + 1);
        index += 1;
    }
    if index == LIST_TEXTS {
        path::add_flags(scratch, EventFlags::ARGS_CUT);
    }
    let len = get!(scratch, used).wrapping_sub(first);
    if len == 0 {
        return NONE;
    }
    let start = first.wrapping_sub(get!(scratch, tail)) & 0xffff;
    start | ((len - 1) << 32)
}

/// Number of texts the last list had.
#[inline(always)]
pub fn list_count(scratch: *mut Scratch) -> u32 {
    get!(scratch, counted) as u32
}

/// Appends bytes of the kernel, at most `PATH_BYTES_MAX - 1`.
#[inline(always)]
pub fn append_kernel_bytes(scratch: *mut Scratch, bytes: u64, len: u64) -> u64 {
    set!(scratch, source, bytes);
    append_source_bytes(scratch, len)
}

/// [`append_kernel_bytes`] of the address in the slot.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn append_source_bytes(scratch: *mut Scratch, len: u64) -> u64 {
    if scratch.is_null() {
        return NONE;
    }
    let bytes = get!(scratch, source);
    let Some((used, place)) = room(scratch, PATH_BYTES_MAX) else { return NONE };
    let most = PATH_BYTES_MAX as u64 - 1;
    let len = mask::<4095>(if len > most { most } else { len });
    // SAFETY: `room` promised 4096 bytes at `place` and `len` is less; the helper checks `bytes`.
    if unsafe { helpers::bpf_probe_read_kernel(place.cast(), len as u32, bytes as *const _) } != 0 {
        return NONE;
    }
    took(scratch, used, len)
}

/// Walks a path up to `root` and appends it.
#[inline(always)]
pub fn append_path(scratch: *mut Scratch, from: path::Path, root: path::Path) -> u64 {
    if from.dentry.is_null() {
        return NONE;
    }
    path::walk(scratch, from, root);
    append_walked(scratch)
}
