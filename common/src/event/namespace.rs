// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Namespaces left or joined.
use crate::names::{Namespaces, Via};
use crate::record;

record! {
    /// A process left or joined namespaces.
    Namespace {
        /// Which kinds.
        namespaces: Namespaces => "tarsier.namespace.kinds",
        /// How.
        via: Via => "tarsier.via",
    }
}
