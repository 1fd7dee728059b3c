// SPDX-License-Identifier: Apache-2.0
//! The reading end of the ring: sleep until it is worth it, then take everything.
//!
//! The programs wake the reader only when another watermark of bytes waits. Poll would return at
//! once while anything waits, so the wait is edge-triggered: it ends at a wake-up or after the
//! flush interval, whichever is first.
#![allow(unsafe_code, reason = "epoll has no safe wrapper among our dependencies")]
use crate::source::{Batch, SourceError};
use aya::maps::{MapData, RingBuf};
use std::io;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};
use std::time::Duration;

/// A batch is handed on when it has this many bytes, so that no stage holds more.
const BATCH_BYTES: usize = 1 << 20;

/// The ring and the wait for it.
pub struct Ring {
    ring: RingBuf<MapData>,
    epoll: OwnedFd,
    /// Whether the last batch left records behind.
    more: bool,
}

impl Ring {
    /// Takes the ring over.
    ///
    /// # Errors
    /// When the kernel refuses the wait.
    pub fn new(ring: RingBuf<MapData>) -> Result<Self, SourceError> {
        let epoll = epoll_of(ring.as_raw_fd()).map_err(|why| SourceError::Ring(why.to_string()))?;
        Ok(Ring { ring, epoll, more: false })
    }

    /// Waits for records, at most `wait`, and appends what is there.
    ///
    /// # Errors
    /// When the wait fails.
    pub fn drain(&mut self, batch: &mut Batch, wait: Duration) -> Result<(), SourceError> {
        if !self.more {
            self.sleep(wait).map_err(|why| SourceError::Ring(why.to_string()))?;
        }
        self.more = false;
        while let Some(record) = self.ring.next() {
            batch.push(&record);
            if batch.bytes() >= BATCH_BYTES {
                self.more = true;
                break;
            }
        }
        Ok(())
    }

    fn sleep(&self, wait: Duration) -> io::Result<()> {
        let mut event = libc::epoll_event { events: 0, u64: 0 };
        let millis = i32::try_from(wait.as_millis()).unwrap_or(i32::MAX);
        // SAFETY: one event, which lives until the call returns.
        let ready = unsafe { libc::epoll_wait(self.epoll.as_raw_fd(), &mut event, 1, millis) };
        if ready < 0 {
            let why = io::Error::last_os_error();
            if why.kind() != io::ErrorKind::Interrupted {
                return Err(why);
            }
        }
        Ok(())
    }
}

fn epoll_of(ring: i32) -> io::Result<OwnedFd> {
    // SAFETY: takes a flag only.
    let epoll = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
    if epoll < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: just made, owned by nobody else.
    let epoll = unsafe { OwnedFd::from_raw_fd(epoll) };
    let events = (libc::EPOLLIN | libc::EPOLLET).cast_unsigned();
    let mut event = libc::epoll_event { events, u64: 0 };
    // SAFETY: both descriptors are open and the event outlives the call.
    let failed =
        unsafe { libc::epoll_ctl(epoll.as_raw_fd(), libc::EPOLL_CTL_ADD, ring, &mut event) };
    if failed != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(epoll)
}
