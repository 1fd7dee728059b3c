// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Every way to miss an event, enumerated. A loss is a number, never a log line.
use crate::value::{Type, Typed};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

macro_rules! causes {
    ($($id:literal $name:ident $text:literal $about:literal,)+) => {
        /// Why something was not seen or not kept.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(FromBytes, IntoBytes, Immutable, KnownLayout)]
        #[repr(transparent)]
        pub struct Loss(pub u32);
        impl Loss {
            $( #[doc = $about] pub const $name: Loss = Loss($id); )+
            /// Number, name.
            pub const NAMES: &'static [(u64, &'static str)] = &[$(($id, $text)),+];
            /// Name, what it means.
            pub const ABOUT: &'static [(&'static str, &'static str)] = &[$(($text, $about)),+];
            /// One more than the largest number: the size of a table by cause.
            pub const COUNT: usize = { let mut top = 0; $( if $id > top { top = $id; } )+ top + 1 };
        }
        impl Typed for Loss {
            const TYPE: Type = Type::Name(Self::NAMES);
            const ABSENT: Self = Loss(u32::MAX);
        }
    };
}

causes! {
//  below 16: counted by the kernel side
     1 RING_FULL "ring_full" "The ring between kernel and recorder was full.",
     2 SCRATCH_BUSY "scratch_busy" "All scratch slots of the CPU were in use.",
     3 UNREADABLE "unreadable" "A kernel object could not be read.",
     4 TABLE_FULL "table_full" "A tracking table in the kernel was full.",
     5 IO_URING "io_uring" "Done through io_uring, which this tier cannot see into.",
     6 COMPAT "compat" "A 32-bit system call, which this tier cannot see into.",
     7 TOO_LONG "too_long" "The record did not fit its limit.",
//  from 16: counted by the recorder
    16 MALFORMED "malformed" "A record from the ring failed its checks.",
    17 ORPHAN "orphan" "The first half of a two-part record was never seen.",
    18 STORE_FULL "store_full" "The store could not take it and memory was full.",
    19 ASSEMBLY_FULL "assembly_full" "A joining table in the recorder was full.",
    20 UNCLEAN_STOP "unclean_stop" "The recorder or the host stopped without warning.",
    21 SEQUENCE_GAP "sequence_gap" "Per-CPU numbers are missing and no counter explains them.",
    22 NOT_RUNNING "not_running" "No recorder was running.",
}
