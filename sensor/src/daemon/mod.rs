// SPDX-License-Identifier: Apache-2.0
//! A recorder from its start to its end, and the ways to talk to it.
pub mod client;
mod control;
pub mod coverage;
pub mod host;
pub mod log;
mod machine;
pub mod notify;
pub mod privilege;
pub mod protocol;
mod recorder;
mod roles;
mod running;
mod share;
pub mod sources;
mod start_error;
mod stop;
pub mod usage;

pub use control::Socket;
pub use machine::each;
pub use recorder::record;
pub use running::{Machine, Running, kernel_release};
pub use start_error::StartError;
pub use stop::Caught;
