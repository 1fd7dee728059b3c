// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Namespaces left or joined.
use crate::names::{Namespaces, Via};
use crate::record;
use crate::value::ProcessKey;

record! {
    /// A process left or joined namespaces.
    Namespace {
        /// The child of a clone; absent for unshare and setns.
        child: ProcessKey => "tarsier.child.entity_id",
        /// Which kinds.
        namespaces: Namespaces => "tarsier.namespace.kinds",
        /// How.
        via: Via => "tarsier.via",
    }
}
