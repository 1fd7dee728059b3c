// SPDX-License-Identifier: Apache-2.0
//! The words the layers above share: an event on its way in ([`Drafts`]) and on its way out
//! ([`Event`], read as named [`Value`]s).
mod derived;
mod draft;
mod parts;
mod value;
mod view;

pub use derived::{DERIVED, Derived, DerivedField};
pub use draft::{Draft, Drafts, Moment, Tail, Who};
pub use parts::{Joined, Parts, Slot};
pub use value::{Names, Value, read_key, show_key};
pub use view::{Event, FieldSource, find_field};
