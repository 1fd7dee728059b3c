// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! Records that describe themselves: a fixed body, a variable tail, and a table of fields.
//!
//! Layout, public name and help are one declaration ([`record!`]); nobody downstream matches on
//! kinds. `IntoBytes` refuses hidden padding, so no kernel stack byte can leak.
use crate::value::{Span, Type};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// One row of a record's field table.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Public name, ECS where ECS has one.
    pub name: &'static str,
    /// One sentence for `tarsier fields` and the schema page.
    pub help: &'static str,
    /// Byte offset in the body.
    pub offset: usize,
    /// Bytes in the body.
    pub width: usize,
    /// How to read it.
    pub ty: Type,
}

/// Implemented by [`record!`] only.
pub trait Body: FromBytes + IntoBytes + Immutable + KnownLayout + Copy {
    /// Every field, in layout order.
    const FIELDS: &'static [Field];
    /// Nothing known: the base of a struct literal.
    const ABSENT: Self;
}

/// Why bytes were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// Shorter than a header.
    Short,
    /// The length in the header disagrees with the bytes received.
    Length,
    /// A kind this build does not know.
    Kind,
    /// Shorter than its kind's body.
    Body,
    /// A span leaves the tail.
    Tail,
}

/// Splits `bytes` into a checked body and its tail.
///
/// # Errors
/// [`Malformed::Body`] when `bytes` is shorter than `body_len`, [`Malformed::Tail`] when a span
/// of `fields` leaves the tail.
pub fn split<'a>(
    bytes: &'a [u8],
    body_len: usize,
    fields: &[Field],
) -> Result<(&'a [u8], &'a [u8]), Malformed> {
    let (body, tail) = bytes.split_at_checked(body_len).ok_or(Malformed::Body)?;
    for field in fields.iter().filter(|field| field.ty.in_tail()) {
        let span = span_at(body, field).ok_or(Malformed::Body)?;
        if span != Span::ABSENT && text(tail, span).is_none() {
            return Err(Malformed::Tail);
        }
    }
    Ok((body, tail))
}

/// The span a tail field holds.
pub fn span_at(body: &[u8], field: &Field) -> Option<Span> {
    Some(Span::read_from_prefix(body.get(field.offset..)?).ok()?.0)
}

/// The bytes of a span.
pub fn text(tail: &[u8], span: Span) -> Option<&[u8]> {
    let start = usize::from(span.start);
    tail.get(start..start.checked_add(usize::from(span.len))?)
}

/// Declares a body's layout and its field table together.
///
/// ```
/// common::record! {
///     /// A socket was asked to reach a peer.
///     Example {
///         /// Peer port, host order.
///         port: u32 => "destination.port",
///     }
/// }
/// # use common::record::Body;
/// assert_eq!(Example::FIELDS[0].name, "destination.port");
/// assert_eq!(Example { ..Example::ABSENT }.port, u32::MAX);
/// ```
/// expands to one `#[repr(C)]` struct with zerocopy's derives, `Body::FIELDS` (one [`Field`] per
/// line; the public name is the field's own where `=> "name"` is left out) and `Body::ABSENT`.
#[macro_export]
macro_rules! record {
    ($(#[doc = $about:literal])+ $name:ident {
        $( $(#[doc = $help:literal])+ $field:ident: $ty:ty $(=> $public:literal)?, )+
    }) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, zerocopy::FromBytes, zerocopy::IntoBytes,
                 zerocopy::Immutable, zerocopy::KnownLayout)]
        #[repr(C)]
        pub struct $name { $( $(#[doc = $help])+ pub $field: $ty, )+ }

        impl $name {
            /// Nothing known: the base of a struct literal, usable in constants.
            pub const ABSENT: Self =
                $name { $( $field: <$ty as $crate::value::Typed>::ABSENT, )+ };
        }

        impl $crate::record::Body for $name {
            const FIELDS: &'static [$crate::record::Field] = &[ $( $crate::record::Field {
                name: $crate::record!(@name $field $($public)?),
                help: concat!($($help),+),
                offset: core::mem::offset_of!($name, $field),
                width: size_of::<$ty>(),
                ty: <$ty as $crate::value::Typed>::TYPE,
            }, )+ ];
            const ABSENT: Self = $name::ABSENT;
        }
    };
    (@name $field:ident $public:literal) => { $public };
    (@name $field:ident) => { stringify!($field) };
}
