// SPDX-License-Identifier: Apache-2.0
//! Columns for people: as wide as their widest cell, the last one ragged.
use std::io::{self, Write};

/// Widest a column that is not the last may push the others away.
const COLUMN_MAX: usize = 48;

/// Rows of cells that are safe on a terminal.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headings.
    pub fn new(headings: &[&str]) -> Table {
        Table { rows: vec![headings.iter().map(|heading| heading.to_uppercase()).collect()] }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// Prints all; the headings are dim when `color`.
    ///
    /// # Errors
    /// What the sink said.
    pub fn print(&self, out: &mut dyn Write, color: bool) -> io::Result<()> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(|column| self.width(column)).collect();
        for (number, row) in self.rows.iter().enumerate() {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                line.push_str(cell);
                if column + 1 < row.len() {
                    let have = cell.chars().count();
                    let want = widths.get(column).copied().unwrap_or(0).max(have);
                    line.extend(std::iter::repeat_n(' ', want - have + 2));
                }
            }
            let line = line.trim_end();
            match color && number == 0 {
                true => writeln!(out, "\x1b[2m{line}\x1b[0m")?,
                false => writeln!(out, "{line}")?,
            }
        }
        Ok(())
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        let fitting = cells.map(|cell| cell.chars().count()).filter(|width| *width <= COLUMN_MAX);
        fitting.max().unwrap_or(0)
    }
}
