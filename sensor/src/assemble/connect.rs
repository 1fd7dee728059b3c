// SPDX-License-Identifier: Apache-2.0
//! TCP: an attempt and its outcome become one connect; accept, listen and close are turned from
//! "local and remote" into "the side that began and the side that was asked".
//!
//! A connect is told at its outcome, or as `in_progress` once a second has passed; the kernel
//! then tells the final result in a close. Both sides use the same limit
//! ([`limits::CONNECT_WAIT_NS`]) on the same clock, so that exactly one of the two tells it.
use crate::event::{Drafts, Moment, Who};
use common::event;
use common::limits;
use common::names::{Direction, EventFlags, Transport};
use common::value::{Duration, Errno, Ip, Pad4, Typed};
use common::wire::{self, Header};
use std::collections::{HashMap, VecDeque};

/// Attempts waiting for their outcome.
#[derive(Debug)]
pub struct Connects {
    waiting: HashMap<u64, Attempt>,
    /// Begin and socket in order of arrival, the settled ones included until they reach the front.
    order: VecDeque<(u64, u64)>,
    most: usize,
}

#[derive(Debug)]
struct Attempt {
    header: Header,
    body: wire::Connect,
}

/// How an attempt stands when it is told.
#[derive(Clone, Copy)]
enum Standing {
    Ended { result: Errno, local: Ip, local_port: u32 },
    InProgress,
}

impl Connects {
    /// Room for `most` attempts at once; the oldest is told as in progress when there are more.
    pub fn new(most: usize) -> Connects {
        Connects {
            waiting: HashMap::with_capacity(most),
            order: VecDeque::with_capacity(most),
            most,
        }
    }

    /// An attempt began, or failed before anything was sent.
    pub fn attempt(&mut self, header: &Header, body: &wire::Connect, out: &mut Drafts) {
        let attempt = Attempt { header: *header, body: *body };
        if body.result != Errno::ABSENT {
            let (local, local_port) = (body.local, body.local_port);
            tell(&attempt, Standing::Ended { result: body.result, local, local_port }, out);
            return;
        }
        while self.waiting.len() >= self.most && self.tell_oldest(out) {}
        self.order.push_back((header.time_ns, body.socket));
        if let Some(older) = self.waiting.insert(body.socket, attempt) {
            tell(&older, Standing::InProgress, out);
        }
    }

    /// An attempt ended. One that was told already is not told again.
    pub fn outcome(&mut self, header: &Header, body: &wire::Connected, out: &mut Drafts) {
        let Some(attempt) = self.waiting.remove(&body.socket) else { return };
        let late = header.time_ns.saturating_sub(body.began.0) >= limits::CONNECT_WAIT_NS;
        let standing = if late {
            Standing::InProgress
        } else {
            let (local, local_port) = (body.local, body.local_port);
            Standing::Ended { result: body.result, local, local_port }
        };
        tell(&attempt, standing, out);
        self.forget_settled();
    }

    /// Tells what has waited for long enough.
    pub fn tick(&mut self, now_ns: u64, out: &mut Drafts) {
        while let Some((began, _)) = self.order.front() {
            if now_ns.saturating_sub(*began) < limits::CONNECT_WAIT_NS {
                break;
            }
            self.tell_oldest(out);
        }
        self.forget_settled();
    }

    /// Tells everything that waits: the recorder stops.
    pub fn flush(&mut self, out: &mut Drafts) {
        while self.tell_oldest(out) {}
    }

    /// Whether there was one.
    fn tell_oldest(&mut self, out: &mut Drafts) -> bool {
        let Some((began, socket)) = self.order.pop_front() else { return false };
        if self.waiting.get(&socket).is_some_and(|attempt| attempt.header.time_ns == began)
            && let Some(attempt) = self.waiting.remove(&socket)
        {
            tell(&attempt, Standing::InProgress, out);
        }
        true
    }

    fn forget_settled(&mut self) {
        while let Some((began, socket)) = self.order.front() {
            if self.waiting.get(socket).is_some_and(|attempt| attempt.header.time_ns == *began) {
                break;
            }
            self.order.pop_front();
        }
    }
}

fn tell(attempt: &Attempt, standing: Standing, out: &mut Drafts) {
    let mut at = Moment::of(&attempt.header);
    let asked = &attempt.body;
    let (source_ip, source_port) = match standing {
        Standing::Ended { result, local, local_port } => {
            at.result = result;
            if result == Errno::ABSENT {
                at.flags.0 |= EventFlags::RESULT_UNKNOWN.0;
            }
            (local, local_port)
        }
        Standing::InProgress => {
            at.result = Errno::ABSENT;
            at.flags.0 |= EventFlags::IN_PROGRESS.0;
            (asked.local, asked.local_port)
        }
    };
    out.push(&Who::Header(attempt.header), at, |_| event::Connect {
        source_ip,
        destination_ip: asked.remote,
        source_port,
        destination_port: asked.remote_port,
        transport: Transport::TCP,
        network_type: asked.network_type,
        direction: Direction::OUTBOUND,
        reserved: Pad4(0),
    });
}

/// A connection was accepted.
pub fn accept(who: &Who, header: &Header, body: &wire::Accept, out: &mut Drafts) {
    let ends = Ends::of(body.local, body.local_port, body.remote, body.remote_port);
    let [source, destination] = ends.by(Direction::INBOUND);
    out.push(who, Moment::of(header), |_| event::Accept {
        source_ip: source.0,
        destination_ip: destination.0,
        source_port: source.1,
        destination_port: destination.1,
        transport: Transport::TCP,
        network_type: body.network_type,
        direction: Direction::INBOUND,
        reserved: Pad4(0),
    });
}

/// A socket began to listen.
pub fn listen(who: &Who, header: &Header, body: &wire::Listen, out: &mut Drafts) {
    out.push(who, Moment::of(header), |_| event::Listen {
        destination_ip: body.local,
        destination_port: body.local_port,
        transport: Transport::TCP,
        network_type: body.network_type,
        backlog: body.backlog,
    });
}

/// A connection ended.
pub fn close(who: &Who, header: &Header, body: &wire::Close, out: &mut Drafts) {
    let ends = Ends::of(body.local, body.local_port, body.remote, body.remote_port);
    let [source, destination] = ends.by(body.direction);
    let [source_bytes, destination_bytes] = by(body.direction, body.sent, body.received);
    let at = Moment { result: body.result, ..Moment::of(header) };
    out.push(who, at, |_| event::Close {
        source_bytes,
        destination_bytes,
        duration: Duration(header.time_ns.saturating_sub(body.began.0)),
        source_ip: source.0,
        destination_ip: destination.0,
        source_port: source.1,
        destination_port: destination.1,
        transport: Transport::TCP,
        network_type: body.network_type,
        direction: body.direction,
        reserved: Pad4(0),
    });
}

/// Both ends of a connection as this host sees them.
#[derive(Clone, Copy, Debug)]
pub struct Ends {
    local: (Ip, u32),
    remote: (Ip, u32),
}

impl Ends {
    /// Local and remote, address and port.
    pub fn of(local: Ip, local_port: u32, remote: Ip, remote_port: u32) -> Ends {
        Ends { local: (local, local_port), remote: (remote, remote_port) }
    }

    /// The side that began, then the side that was asked.
    pub fn by(self, direction: Direction) -> [(Ip, u32); 2] {
        by(direction, self.local, self.remote)
    }
}

/// What belongs to the side that began, then what belongs to the side that was asked.
pub fn by<T>(direction: Direction, local: T, remote: T) -> [T; 2] {
    if direction == Direction::INBOUND { [remote, local] } else { [local, remote] }
}

#[cfg(test)]
mod tests {
    use super::{Connects, close};
    use crate::event::{Drafts, Who};
    use common::event;
    use common::limits::CONNECT_WAIT_NS;
    use common::names::{Direction, EventFlags};
    use common::value::{BootTime, Errno, Ip, ProcessKey, Typed};
    use common::wire::{self, Header};
    use zerocopy::{FromBytes, FromZeros};

    fn header(time_ns: u64) -> Header {
        let process = ProcessKey { start_ns: 5, pid: 77 };
        Header { time_ns, process, tid: 77, ..Header::new_zeroed() }
    }

    fn ip(last: u8) -> Ip {
        Ip([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, last])
    }

    fn attempt(socket: u64) -> wire::Connect {
        let (remote, remote_port) = (ip(9), 443);
        wire::Connect { socket, local: ip(1), remote, remote_port, ..wire::Connect::ABSENT }
    }

    fn outcome(socket: u64, began: u64, result: Errno) -> wire::Connected {
        let began = BootTime(began);
        wire::Connected { socket, began, local: ip(1), local_port: 40000, result }
    }

    fn told(out: &Drafts) -> Vec<(event::Connect, Errno, u64, u64)> {
        out.iter()
            .map(|d| {
                let body = event::Connect::read_from_bytes(d.body).unwrap();
                (body, d.at.result, d.at.flags.0, d.at.time_ns)
            })
            .collect()
    }

    #[test]
    fn an_attempt_and_its_outcome_are_one_event() {
        let (mut connects, mut out) = (Connects::new(8), Drafts::default());
        connects.attempt(&header(100), &attempt(1), &mut out);
        assert!(out.is_empty());
        connects.outcome(&header(150), &outcome(1, 100, Errno(111)), &mut out);
        let [(body, result, flags, time)] = told(&out)[..] else { panic!("{}", out.len()) };
        assert_eq!((body.source_port, body.destination_port, time), (40000, 443, 100));
        assert_eq!((result, flags), (Errno(111), 0));
        assert_eq!(body.direction, Direction::OUTBOUND);
        connects.tick(u64::MAX, &mut out);
        assert_eq!(out.len(), 1);
    }

    #[test]
    fn an_early_error_is_told_at_once() {
        let (mut connects, mut out) = (Connects::new(8), Drafts::default());
        let early = wire::Connect { result: Errno(101), ..attempt(1) };
        connects.attempt(&header(100), &early, &mut out);
        assert_eq!(told(&out)[0].1, Errno(101));
    }

    #[test]
    fn after_a_second_it_is_in_progress_and_the_outcome_is_not_told_again() {
        let (mut connects, mut out) = (Connects::new(8), Drafts::default());
        connects.attempt(&header(100), &attempt(1), &mut out);
        connects.tick(100 + CONNECT_WAIT_NS - 1, &mut out);
        assert!(out.is_empty());
        connects.tick(100 + CONNECT_WAIT_NS, &mut out);
        let late = 100 + 2 * CONNECT_WAIT_NS;
        connects.outcome(&header(late), &outcome(1, 100, Errno(110)), &mut out);
        let [(_, result, flags, _)] = told(&out)[..] else { panic!("{}", out.len()) };
        assert_eq!((result, flags), (Errno::ABSENT, EventFlags::IN_PROGRESS.0));
    }

    #[test]
    fn a_late_outcome_that_overtakes_the_tick_is_in_progress_too() {
        let (mut connects, mut out) = (Connects::new(8), Drafts::default());
        connects.attempt(&header(100), &attempt(1), &mut out);
        let late = 100 + CONNECT_WAIT_NS;
        connects.outcome(&header(late), &outcome(1, 100, Errno(110)), &mut out);
        assert_eq!(told(&out)[0].2, EventFlags::IN_PROGRESS.0);
    }

    #[test]
    fn too_many_attempts_lose_nothing() {
        let (mut connects, mut out) = (Connects::new(2), Drafts::default());
        for n in 1..=5 {
            connects.attempt(&header(n), &attempt(n), &mut out);
        }
        assert_eq!(out.len(), 3);
        connects.outcome(&header(9), &outcome(5, 5, Errno(0)), &mut out);
        connects.flush(&mut out);
        assert_eq!(out.len(), 5);
    }

    #[test]
    fn an_inbound_close_begins_at_the_peer() {
        let mut out = Drafts::default();
        let body = wire::Close {
            sent: 7,
            received: 100,
            began: BootTime(40),
            local: ip(1),
            remote: ip(9),
            local_port: 80,
            remote_port: 5555,
            direction: Direction::INBOUND,
            result: Errno(0),
            ..wire::Close::ABSENT
        };
        close(&Who::Process(ProcessKey::ABSENT), &header(50), &body, &mut out);
        let draft = out.iter().next().unwrap();
        let told = event::Close::read_from_bytes(draft.body).unwrap();
        assert_eq!((told.source_bytes, told.destination_bytes, told.duration.0), (100, 7, 10));
        assert_eq!((told.source_ip, told.destination_port), (ip(9), 80));
    }
}
