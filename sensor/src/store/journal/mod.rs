// SPDX-License-Identifier: Apache-2.0
//! The journal: the rows of blocks that are not sealed yet, as frames in a preallocated file.
//!
//! The file has a few slots; each block under way (a *generation*) writes its frames into slot
//! `generation % slots`. A slot is used again only when its generation is sealed, so a reader that
//! copies the journal first and looks at the sealed blocks second can neither miss nor repeat.
mod change;
mod file;
mod frame;
mod view;

pub use file::JournalFile;
#[cfg(test)]
pub use frame::FrameHeader;
pub use frame::{Frame, FrameBuilder};
pub use view::{JournalView, Slot};

/// "TJNL", little-endian: the start of the file.
const FILE_MAGIC: u32 = 0x4c4e_4a54;
/// "TJF1", little-endian: the start of a frame.
const FRAME_MAGIC: u32 = 0x3146_4a54;
/// Bytes before the first slot.
const FILE_HEAD: u64 = 4096;
/// Slots of a journal.
pub const SLOTS: u64 = 4;
/// Longest frame payload a reader believes.
const FRAME_MAX: usize = 64 << 20;
