// SPDX-License-Identifier: Apache-2.0
//! Events as bytes for somebody else: one file a format, one row below.
//!
//! An output is a pure function of fields: it walks the field tables and knows no kind, so that a
//! new kind needs nothing here.
use crate::event::Event;
use jiff::tz::TimeZone;
use std::io::{self, Write};

pub mod escape;
mod json;
pub mod show;
pub mod table;
mod text;

pub use text::{command_of, flags_of, process_of, user_of, words_of};

/// Writes events in one format.
pub trait Output {
    /// Before the first event.
    ///
    /// # Errors
    /// What the sink said.
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()>;
    /// One event.
    ///
    /// # Errors
    /// What the sink said.
    fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()>;
    /// After the last event.
    ///
    /// # Errors
    /// What the sink said.
    fn end(&mut self, out: &mut dyn Write) -> io::Result<()>;
}

/// How people want to read it.
#[derive(Clone, Debug)]
pub struct Style {
    /// Colours by class.
    pub color: bool,
    /// Zone of times shown to people; machines always get UTC.
    pub zone: TimeZone,
}

/// One row of the table of formats.
pub struct Format {
    /// What people call it.
    pub name: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// Makes a writer.
    pub open: fn(&Style) -> Box<dyn Output>,
}

/// Every format.
pub const FORMATS: &[Format] = &[
    Format {
        name: "text",
        about: "One line an event, for people.",
        open: |style| Box::new(text::Text::new(style.clone())),
    },
    Format {
        name: "json",
        about: "One JSON object a line, with ECS field names.",
        open: |_| Box::new(json::Json),
    },
];

/// The writer people or a machine asked for.
pub fn open(json: bool, style: &Style) -> Box<dyn Output> {
    if json { Box::new(json::Json) } else { Box::new(text::Text::new(style.clone())) }
}
