// SPDX-License-Identifier: Apache-2.0
//! What events look like: golden lines, blessed with `BLESS=1`, never typed.
mod made;

use common::event::{Close, Exec, Ledger, LossEvent, Privilege};
use common::loss::Loss;
use common::names::{Capabilities, Class, EventFlags, Transport, Via};
use common::value::{Duration, Ip, Mode, Text, Time};
use jiff::tz::{Offset, TimeZone};
use made::{Made, mapped};
use sensor::event::Event;
use sensor::output::{Style, open};

fn events() -> Vec<Event> {
    let exec = Made::new(|t| Exec {
        path: Text(t.add(b"/usr/bin/dash")),
        asked: Text(t.add(b"/bin/sh")),
        mode: Mode(0o100_755),
        inode: 7,
        ..Exec::ABSENT
    });
    let close = Made::new(|_| Close {
        source_ip: Ip(mapped([192, 0, 2, 7])),
        source_port: 40_000,
        destination_ip: Ip([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
        destination_port: 443,
        source_bytes: 12,
        destination_bytes: 9_007_199_254_740_993,
        duration: Duration(1_500_000_000),
        transport: Transport::TCP,
        ..Close::ABSENT
    });
    let privilege = Made::new(|_| Privilege {
        uid_old: 1000,
        uid: 1000,
        euid_old: 1000,
        euid: 0,
        capabilities_old: Capabilities(Capabilities::CHOWN.0),
        capabilities: Capabilities(Capabilities::SYS_ADMIN.0),
        via: Via::EXEC,
        ..Privilege::ABSENT
    });
    let loss = Made::new(|_| LossEvent {
        start: Time(1_795_348_790_000_000_000),
        end: Time(1_795_348_791_000_000_000),
        count: 17,
        class: Class::FILE,
        cause: Loss::RING_FULL,
    });
    let ledger = Made::new(|_| Ledger { seen: 5, stored: 5, class: Class::DNS, ..Ledger::ABSENT });
    let mut known = Made::exit(Some(3)).event();
    known.joined.executable_hash = Some([0xab; 32]);
    known.joined.host_id = Some("0123456789abcdef".into());
    vec![
        exec.flagged(EventFlags::SCRIPT).event(),
        known,
        Made::rename(b"/tmp/\x1b[31ma b\n", b"/tmp/caf\xe9\\x").event(),
        Made::mode(b"/usr/bin/x", 0o100_644, 0o104_755).failed(1).event(),
        Made::connect([93, 184, 216, 34], 443).failed(101).event(),
        close.event(),
        Made::answer("example.com", &[[10, 1, 2, 3], [10, 9, 9, 9]]).event(),
        privilege.event(),
        loss.event(),
        ledger.event(),
    ]
}

fn written(json: bool, style: &Style) -> String {
    let mut bytes = Vec::new();
    let mut output = open(json, style);
    output.begin(&mut bytes).unwrap();
    for event in events() {
        output.event(&event, &mut bytes).unwrap();
    }
    output.end(&mut bytes).unwrap();
    String::from_utf8(bytes).expect("every output is UTF-8")
}

fn style(color: bool) -> Style {
    Style { color, zone: TimeZone::fixed(Offset::constant(1)) }
}

#[test]
fn json_lines() {
    let text = written(true, &style(false));
    for line in text.lines() {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(object["@timestamp"].is_string() && object["event"]["action"].is_string());
    }
    made::golden("events.json", &text);
}

#[test]
fn text_lines() {
    let text = written(false, &style(false));
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "a name drives the terminal");
    assert_eq!(text.lines().count(), events().len());
    made::golden("events.txt", &text);
}

#[test]
fn colors_only_add_escapes() {
    let mut plain = written(false, &style(true));
    assert!(plain.contains("\x1b[36m"));
    while let Some(start) = plain.find('\x1b') {
        let end = plain[start..].find('m').unwrap() + start;
        plain.replace_range(start..=end, "");
    }
    assert_eq!(plain, written(false, &style(false)));
}
