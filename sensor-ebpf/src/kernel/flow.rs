// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Counting datagrams: a flow's numbers are bumped by several CPUs at once.
use crate::kernel::{atomic, clock};
use crate::maps::{FLOWS, FLOWS_BEGUN};
use common::sockets::{Flow, FlowKey};

const NO_EXIST: u64 = 1;

/// What a packet adds.
#[derive(Clone, Copy)]
pub struct Amount {
    /// From here, or to here.
    pub outbound: bool,
    /// Datagrams.
    pub packets: u64,
    /// Payload bytes.
    pub bytes: u64,
}

/// Adds to a known flow; `false` when it is not known.
#[inline(always)]
pub fn add(key: &FlowKey, amount: Amount) -> bool {
    let Some(flow) = FLOWS.get_ptr_mut(key) else { return false };
    let (packets, bytes) = if amount.outbound {
        // SAFETY: fields of a map value.
        unsafe { (&raw mut (*flow).sent_packets, &raw mut (*flow).sent_bytes) }
    } else {
        // SAFETY: fields of a map value.
        unsafe { (&raw mut (*flow).received_packets, &raw mut (*flow).received_bytes) }
    };
    // SAFETY: points to a map value.
    unsafe { atomic::add(packets, amount.packets) };
    // SAFETY: points to a map value.
    unsafe { atomic::add(bytes, amount.bytes) };
    // SAFETY: the field of a map value.
    let last = unsafe { &raw mut (*flow).last_ns };
    // SAFETY: points to a map value; a race keeps one of two times microseconds apart.
    unsafe { last.write_volatile(clock::boot_ns()) };
    true
}

/// Begins a flow, or adds to it when another CPU was faster; `false` when the table is full.
#[inline(always)]
pub fn begin(key: &FlowKey, flow: &Flow, amount: Amount) -> bool {
    if FLOWS.insert(key, flow, NO_EXIST).is_err() {
        return add(key, amount);
    }
    if let Some(begun) = FLOWS_BEGUN.get_ptr_mut(0) {
        // SAFETY: points to a map value.
        unsafe { atomic::add(begun, 1) };
    }
    true
}
