// SPDX-License-Identifier: Apache-2.0
//! Questions to the history: words in, a plan the store can skip by, events out.
//!
//! What the language decides, so that answers can be relied on:
//! * A comparison with a field the event does not have is false, `!=` and `not in` included;
//!   `not (a = b)` is the opposite of `a = b`, and so true there. Flags are never unknown.
//! * Of a list (`process.args`, `dns.resolved_ip`) any element may match; with `!=` none may.
//! * `^=` is bytes, but a pattern that ends in `/` is a directory: itself and all below it.
//! * `*` in a glob stays in its directory for fields that hold paths, and is anything elsewhere.
//! * `file.mode` is compared by its permission bits; `contains 04000` asks for bits.
//! * Nothing folds case, except names of numbers (`EPERM`, `sigkill`) and hexadecimal.
pub mod catalog;
pub mod error;
pub mod expr;
pub mod gaps;
pub mod lineage;
pub mod parse;
pub mod path;
pub mod plan;
pub mod run;
pub mod test;
pub mod when;

mod lex;
mod literal;

pub use error::QueryError;
pub use expr::Expr;
pub use gaps::Gap;
pub use parse::parse;
pub use plan::Plan;
pub use run::{Effort, History, Which};
pub use when::Clock;
