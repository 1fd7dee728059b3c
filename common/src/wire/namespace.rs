// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Namespaces left or joined.
use crate::names::{Namespaces, Via};
use crate::record;
use crate::value::{Errno, Pad4, ProcessKey};

record! {
    /// A process left or joined namespaces, made a child in new ones, or was refused.
    Namespace {
        /// The child of a clone; absent for unshare and setns.
        child: ProcessKey,
        /// Which kinds.
        namespaces: Namespaces,
        /// How.
        via: Via,
        /// 0, or the errno.
        result: Errno,
        /// Keeps the size a multiple of 8.
        reserved: Pad4,
    }
}
