// SPDX-License-Identifier: Apache-2.0
//! Questions to the history: words in, a plan the store can skip by, events out.
pub mod catalog;
pub mod error;
pub mod expr;
mod lex;
mod literal;
pub mod parse;
pub mod plan;
pub mod test;
pub mod when;

pub use error::QueryError;
pub use expr::Expr;
pub use parse::parse;
pub use plan::Plan;
pub use when::Clock;
