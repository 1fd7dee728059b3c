// SPDX-License-Identifier: Apache-2.0
//! The journal's file, the writer's side: made once in full size, so that a full disk cannot stop
//! it, and written with `pwrite`, never through a mapping.
use super::frame::Frame;
use super::{FILE_HEAD, FILE_MAGIC, SLOTS};
use crate::store::StoreError;
use crate::store::number::long;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, LE, U32, U64, Unaligned};

/// The fixed start of the file.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct FileHeader {
    /// "TJNL".
    pub magic: U32<LE>,
    /// Version of the journal's layout.
    pub version: U32<LE>,
    /// Slots after the first 4096 bytes.
    pub slots: U64<LE>,
    /// Bytes of a slot.
    pub slot_bytes: U64<LE>,
    /// CRC-32C of the fields before.
    pub checksum: U32<LE>,
}

/// Version of the journal's layout.
const VERSION: u32 = 1;

impl FileHeader {
    fn new(slot_bytes: u64) -> FileHeader {
        let mut header = FileHeader {
            magic: U32::new(FILE_MAGIC),
            version: U32::new(VERSION),
            slots: U64::new(SLOTS),
            slot_bytes: U64::new(slot_bytes),
            checksum: U32::new(0),
        };
        header.checksum = U32::new(header.sum());
        header
    }

    fn sum(&self) -> u32 {
        let bytes = self.as_bytes();
        crc32c::crc32c(&bytes[..bytes.len() - 4])
    }

    /// Reads and checks the start of a journal; `None` when it is none (a crash while making it).
    pub fn read(file: &File) -> io::Result<Option<FileHeader>> {
        let mut bytes = [0; size_of::<FileHeader>()];
        match file.read_exact_at(&mut bytes, 0) {
            Err(why) if why.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let header = FileHeader::read_from_bytes(&bytes).ok();
        Ok(header.filter(|header| {
            let sane = header.slots.get() > 0 && header.slots.get() <= 64;
            let sane = sane && header.slot_bytes.get() <= 1 << 32;
            let marked = header.magic.get() == FILE_MAGIC && header.version.get() == VERSION;
            marked && sane && header.checksum.get() == header.sum()
        }))
    }
}

/// Where a slot begins.
pub fn slot_start(slot: u64, slot_bytes: u64) -> u64 {
    FILE_HEAD + slot * slot_bytes
}

/// The open journal.
#[derive(Debug)]
pub struct JournalFile {
    path: PathBuf,
    file: File,
    slot_bytes: u64,
    /// Generation and end of the frames in each slot.
    ends: Vec<(u64, u64)>,
    identity: (u64, u64),
}

impl JournalFile {
    /// Opens the journal under `dir`, empty: the rows in it must have been sealed before. It is
    /// made anew when there is none or it has another size.
    ///
    /// # Errors
    /// What the system said, with the path.
    pub fn open(dir: &Path, bytes: u64) -> Result<JournalFile, StoreError> {
        let path = dir.join("journal");
        let failed = |doing| {
            let path = path.clone();
            move |why| StoreError::file(&path, doing, why)
        };
        let slot_bytes = (bytes.saturating_sub(FILE_HEAD) / SLOTS) & !4095;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(&path).map_err(failed("open the journal"))?;
        let header = FileHeader::read(&file).map_err(failed("read the journal"))?;
        let length = file.metadata().map_err(failed("read the journal"))?.len();
        let same = header.is_some_and(|header| {
            header.slot_bytes.get() == slot_bytes && header.slots.get() == SLOTS
        });
        if !same || length < slot_start(SLOTS, slot_bytes) {
            if length > 0 {
                // A fresh file rather than the old one cut: readers may be in the middle of it.
                std::fs::remove_file(&path).map_err(failed("replace the journal"))?;
                file = options.open(&path).map_err(failed("open the journal"))?;
            }
            make(&file, slot_bytes).map_err(failed("reserve the journal"))?;
            let directory = File::open(dir).map_err(failed("open the directory of"))?;
            directory.sync_all().map_err(failed("sync the directory of"))?;
        } else {
            for slot in 0..SLOTS {
                let blank = file.write_all_at(&[0; 64], slot_start(slot, slot_bytes));
                blank.map_err(failed("clear the journal"))?;
            }
            file.sync_data().map_err(failed("sync the journal"))?;
        }
        let metadata = file.metadata().map_err(failed("read the journal"))?;
        let identity = (metadata.dev(), metadata.ino());
        Ok(JournalFile { path, file, slot_bytes, ends: vec![(0, 0); 4], identity })
    }

    /// Bytes a generation may have.
    pub fn slot_bytes(&self) -> u64 {
        self.slot_bytes
    }

    /// Whether the file under the store's path is still this one.
    pub fn in_place(&self) -> bool {
        let found = std::fs::metadata(&self.path);
        found.is_ok_and(|found| (found.dev(), found.ino()) == self.identity)
    }

    /// Writes a frame behind the others of its generation.
    ///
    /// # Errors
    /// What the system said; the frame may then be written again at the same place.
    pub fn write(&mut self, frame: &Frame) -> io::Result<()> {
        let slot = frame.generation % SLOTS;
        let index = usize::try_from(slot).unwrap_or(0);
        let (generation, end) = self.ends[index];
        let begin = if generation == frame.generation { end } else { 0 };
        let after = begin + long(frame.bytes.len());
        if after > self.slot_bytes {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the journal's slot is full"));
        }
        let start = slot_start(slot, self.slot_bytes);
        self.file.write_all_at(&frame.bytes, start + begin)?;
        self.ends[index] = (frame.generation, after);
        Ok(())
    }

    /// Makes what was written durable.
    ///
    /// # Errors
    /// What the system said; frames since the last success must be written again.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Takes back frames that a failed sync may have lost, to write them again.
    pub fn rewind(&mut self, frames: &[Frame]) {
        for frame in frames.iter().rev() {
            let index = usize::try_from(frame.generation % SLOTS).unwrap_or(0);
            let (generation, end) = &mut self.ends[index];
            if *generation == frame.generation {
                *end = end.saturating_sub(long(frame.bytes.len()));
            }
        }
    }
}

/// Writes the file in full, so that its blocks are really there.
fn make(file: &File, slot_bytes: u64) -> io::Result<()> {
    let zeros = vec![0; 1 << 18];
    let end = slot_start(SLOTS, slot_bytes);
    let mut place = 0;
    while place < end {
        let n = usize::try_from(end - place).unwrap_or(usize::MAX).min(zeros.len());
        file.write_all_at(&zeros[..n], place)?;
        place += long(n);
    }
    file.sync_all()?;
    file.write_all_at(FileHeader::new(slot_bytes).as_bytes(), 0)?;
    file.sync_all()
}
