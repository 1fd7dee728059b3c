// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! The types a record's field may have, and how each says "not known".
//!
//! A field that is not known is absent, never guessed. Absence is a value of the type itself
//! ([`Typed::ABSENT`]), so that a body stays a plain struct and `..Body::ABSENT` reads well.
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// How a field's bytes become a value. Widths are in [`crate::record::Field::width`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Little-endian unsigned.
    Uint,
    /// Little-endian signed.
    Int,
    /// 0 is success, otherwise a positive Linux errno.
    Errno,
    /// Permission and type bits of a file, shown in octal.
    Mode,
    /// Nanoseconds since 1970, UTC.
    Time,
    /// Nanoseconds since boot, `CLOCK_BOOTTIME`.
    BootTime,
    /// Nanoseconds.
    Duration,
    /// Device number, shown as `major:minor`.
    Device,
    /// Bytes in the tail, usually UTF-8.
    Text,
    /// NUL-separated texts in the tail.
    TextList,
    /// Bytes in the tail, shown in hexadecimal.
    Bytes,
    /// IPv6 address; IPv4 is mapped into `::ffff:0:0/96`.
    Ip,
    /// 16-byte addresses in the tail.
    IpList,
    /// SHA-256.
    Hash,
    /// A [`ProcessKey`].
    ProcessKey,
    /// A number with a name.
    Name(&'static [(u64, &'static str)]),
    /// Bits with names; the first column is the bit's number.
    Flags(&'static [(u64, &'static str)]),
    /// Nothing: keeps the layout free of hidden padding.
    Pad,
}

impl Type {
    /// Whether the field is a [`Span`] into the tail.
    pub const fn in_tail(self) -> bool {
        matches!(self, Type::Text | Type::TextList | Type::Bytes | Type::IpList)
    }
}

/// Rust types a body may contain.
pub trait Typed: Copy {
    /// The type recorded in the field table.
    const TYPE: Type;
    /// The value that says "not known".
    const ABSENT: Self;
}

macro_rules! plain {
    ($($ty:ty => $kind:ident, $absent:expr;)+) => { $(
        impl Typed for $ty { const TYPE: Type = Type::$kind; const ABSENT: Self = $absent; }
    )+ };
}
plain! {
    u32 => Uint, u32::MAX;
    u64 => Uint, u64::MAX;
    i32 => Int, i32::MIN;
    i64 => Int, i64::MIN;
}

macro_rules! wrapped {
    ($($(#[doc = $about:literal])+ $name:ident($ty:ty) => $kind:ident, $absent:expr;)+) => { $(
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
                 FromBytes, IntoBytes, Immutable, KnownLayout)]
        #[repr(transparent)]
        pub struct $name(pub $ty);
        impl Typed for $name {
            const TYPE: Type = Type::$kind;
            const ABSENT: Self = Self($absent);
        }
    )+ };
}
wrapped! {
    /// 0 is success, otherwise a positive errno.
    Errno(i32) => Errno, i32::MIN;
    /// `st_mode`.
    Mode(u32) => Mode, u32::MAX;
    /// Nanoseconds since 1970.
    Time(u64) => Time, u64::MAX;
    /// Nanoseconds since boot.
    BootTime(u64) => BootTime, u64::MAX;
    /// Nanoseconds.
    Duration(u64) => Duration, u64::MAX;
    /// Kernel device number: major << 20 | minor.
    Device(u32) => Device, u32::MAX;
    /// IPv6 or mapped IPv4 address; all ones is absent (no host can have it).
    Ip([u8; 16]) => Ip, [0xff; 16];
    /// SHA-256; all zeros is absent.
    Hash([u8; 32]) => Hash, [0; 32];
    /// Text in the tail.
    Text(Span) => Text, Span::ABSENT;
    /// NUL-separated texts in the tail.
    TextList(Span) => TextList, Span::ABSENT;
    /// Bytes in the tail.
    Bytes(Span) => Bytes, Span::ABSENT;
    /// 16-byte addresses in the tail.
    IpList(Span) => IpList, Span::ABSENT;
    /// Explicit padding.
    Pad4(u32) => Pad, 0;
}

/// Bytes in the tail, addressed from the start of the tail.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    FromBytes,
    IntoBytes,
    Immutable,
    KnownLayout,
)]
#[repr(C)]
pub struct Span {
    /// First byte.
    pub start: u16,
    /// Byte count.
    pub len: u16,
}

impl Span {
    /// "Not known", as opposed to an empty text.
    pub const ABSENT: Span = Span { start: u16::MAX, len: u16::MAX };
}

/// A process for ever: thread group id and the leader's start, never the pid alone.
///
/// `pid` is 64 bits wide so that the layout has no padding; the upper half is zero.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    FromBytes,
    IntoBytes,
    Immutable,
    KnownLayout,
)]
#[repr(C)]
pub struct ProcessKey {
    /// `start_boottime` of the thread group leader, nanoseconds since boot.
    pub start_ns: u64,
    /// Thread group id in the initial pid namespace.
    pub pid: u64,
}

impl Typed for ProcessKey {
    const TYPE: Type = Type::ProcessKey;
    const ABSENT: Self = ProcessKey { start_ns: 0, pid: u64::MAX };
}

/// The content of a file, told without reading it: who has the same of all five has the same
/// bytes, unless somebody set the clock back on purpose.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    FromBytes,
    IntoBytes,
    Immutable,
    KnownLayout,
)]
#[repr(C)]
pub struct FileIdentity {
    /// Inode number.
    pub inode: u64,
    /// Last change of content, nanoseconds since 1970.
    pub mtime_ns: u64,
    /// Last change of the inode, nanoseconds since 1970.
    pub ctime_ns: u64,
    /// Size in bytes.
    pub size: u64,
    /// Kernel device number, widened so that the layout has no padding.
    pub device: u64,
}
