// SPDX-License-Identifier: Apache-2.0
//! One question to the running recorder, with the failures people meet in their words.
use super::Failure;
use crate::config::Settings;
use crate::daemon::client::{AskError, ask};
use crate::daemon::protocol::{Reply, Request};

/// The recorder's answer; `None` when no recorder runs.
///
/// # Errors
/// The socket is closed to this user, the recorder refused, or it does not answer.
pub fn recorder(settings: &Settings, request: Request) -> Result<Option<Reply>, Failure> {
    let place = settings.describe("control.socket");
    match ask(&settings.config.control.socket, request) {
        Ok(Reply::Refused(why)) => {
            let failure = Failure::unreachable("the recorder refused");
            Err(why.into_iter().fold(failure, Failure::at))
        }
        Ok(reply) => Ok(Some(reply)),
        Err(AskError::NotRunning) => Ok(None),
        Err(why @ AskError::Denied(_)) => Err(Failure::unreachable(why.to_string())
            .at(place)
            .next("run as root, or as a member of a group in control.groups.operator")),
        Err(why @ AskError::Broken(_)) => Err(Failure::unreachable(why.to_string())
            .at(place)
            .next("try again; if it stays so, restart the recorder")),
    }
}
