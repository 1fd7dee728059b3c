// SPDX-License-Identifier: Apache-2.0
//! A query once understood: comparisons joined by `and`, `or` and `not`.
//!
//! A comparison with a field the event does not have is false, `!=` included: what is not known
//! is neither this nor something else. `not (a = b)` is the opposite of `a = b` and so true there.
use super::catalog::Known;
use super::test::Test;

/// A tree of comparisons.
#[derive(Clone, Debug)]
pub enum Expr {
    /// All must hold; of nothing, it holds.
    And(Vec<Expr>),
    /// One must hold.
    Or(Vec<Expr>),
    /// It must not hold.
    Not(Box<Expr>),
    /// One comparison.
    Compare(Comparison),
}

/// A field, and what is asked of it.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The field.
    pub field: Known,
    /// The question.
    pub test: Test,
    /// A present value must answer no (`!=`, `not in`).
    pub differs: bool,
}

impl Expr {
    /// Holds for every event.
    pub fn everything() -> Expr {
        Expr::And(Vec::new())
    }
}
