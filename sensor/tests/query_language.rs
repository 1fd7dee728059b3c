// SPDX-License-Identifier: Apache-2.0
//! The query language: what is understood, what is refused and how it is told.
mod made;

use jiff::tz::TimeZone;
use made::Made;
use sensor::event::{Event, Joined};
use sensor::query::{Clock, Plan, parse};

/// 2026-11-22T12:00:00Z
const NOON: u64 = 1_795_348_800_000_000_000;

fn clock() -> Clock {
    Clock { now_ns: NOON, zone: TimeZone::UTC }
}

fn matches(query: &str, event: &Event) -> bool {
    let expr = parse(query, &clock()).unwrap_or_else(|why| panic!("{why}"));
    let plan = Plan::new(&expr, 0..u64::MAX);
    let found = plan.matches(&event.parts());
    if found {
        let context = plan.context_may(&event.context, &event.context_tail, &Joined::default());
        assert!(context || plan.asks_hash(), "{query}: its context was ruled out");
        let time = event.head.time.0;
        assert!(plan.times.contains(&time), "{query}: its time was ruled out");
        if let Some((name, number)) = plan.number() {
            let value = event.parts().body(name).and_then(sensor::query::test::number);
            assert_eq!(value, Some(number.into()), "{query}: its number was ruled out");
        }
        let mut texts = made::texts(event);
        let text = !plan.asks_texts() || texts.any(|text| plan.text_may(&text));
        assert!(text, "{query}: its texts were ruled out");
    }
    found
}

#[test]
fn what_hits_and_what_misses() {
    let rename = Made::rename(b"/etc/passwd-", b"/etc/passwd").at(NOON - 60_000_000_000).event();
    let connect = Made::connect([93, 184, 216, 34], 443).failed(101).event();
    let mode = Made::mode(b"/usr/bin/x", 0o100_644, 0o104_755).event();
    let answer = Made::answer("example.com", &[[10, 1, 2, 3], [10, 9, 9, 9]]).event();
    let exit = Made::exit(Some(3)).event();
    for (query, event, expect) in [
        ("", &rename, true),
        ("event.action = file_rename", &rename, true),
        ("event.action in (write, rename)", &rename, true),
        ("event.action in (write, create)", &rename, false),
        ("event.action not in (write, create)", &rename, true),
        ("event.category = file and event.type=change and tarsier.class = file", &rename, true),
        ("event.kind = event", &rename, true),
        ("file.path ^= /etc/", &rename, true),
        ("file.path ^= '/etc/pass'", &rename, true),
        ("file.path ^= /et/", &rename, false),
        ("file.path ~ '/etc/*'", &rename, true),
        ("file.path ~ '/*'", &rename, false),
        ("file.path glob '/**'", &rename, true),
        ("file.path contains asswd", &rename, true),
        ("file.name = passwd and file.directory = /etc", &rename, true),
        ("file.name ~ 'pass*' or file.name = group", &rename, true),
        ("tarsier.file.path_old = \"/etc/passwd\\x2d\"", &rename, true),
        ("file.path != /etc/shadow", &rename, true),
        ("file.path != /etc/passwd", &rename, false),
        ("file.path != x", &connect, false),
        ("not file.path = x", &connect, true),
        ("not file.path = x", &exit, true),
        ("exists file.path", &rename, true),
        ("exists file.path", &connect, false),
        ("not exists file.path", &connect, true),
        ("time > -2m", &rename, true),
        ("@timestamp >= 2026-11-22T11:59:00Z and @timestamp < now", &rename, true),
        ("@timestamp < '2026-11-22 11:59'", &rename, false),
        ("@timestamp < today or file.name = passwd", &rename, true),
        ("destination.ip in 93.184.0.0/16", &connect, true),
        ("destination.ip in (10.0.0.0/8, 2001:db8::/32)", &connect, false),
        ("destination.ip = 93.184.216.34 and destination.port = 443", &connect, true),
        ("destination.port in (80, 0x1bb)", &connect, true),
        ("destination.port < 1024 and destination.port >= 443", &connect, true),
        ("tarsier.result = ENETUNREACH", &connect, true),
        ("tarsier.result = enetunreach and event.outcome = failure", &connect, true),
        ("tarsier.result != success", &connect, true),
        ("network.transport = tcp and network.direction = outbound", &connect, true),
        ("file.mode = 04755 and tarsier.file.mode_old = 644", &mode, true),
        ("file.mode contains 04000 and file.type = file", &mode, true),
        ("file.mode contains 02000", &mode, false),
        ("dns.resolved_ip in 10.9.0.0/16", &answer, true),
        ("dns.resolved_ip in 10.8.0.0/16", &answer, false),
        ("dns.question.name ~ '*.com'", &answer, true),
        ("process.exit_code = 3", &exit, true),
        ("process.exit_code > 3", &exit, false),
        ("process.pid = 4711 and user.name = ann", &exit, true),
        ("process.args = '-c'", &exit, true),
        ("process.command_line = 'sh -c exit 3'", &exit, true),
        ("process.command_line ~ '*exit*'", &exit, true),
        ("process.entity_id = 4711-rs", &exit, true),
        ("tarsier.flags = as_asked", &rename, true),
        ("tarsier.flags = maybe", &rename, false),
        ("tarsier.flags != maybe", &rename, true),
        ("tarsier.flags != maybe", &connect, true),
        ("process.start < now and user.id = 1000", &exit, true),
        ("not (user.id = 1000 or user.id = 0)", &exit, false),
        ("process.name = sh AND NOT user.id = 0", &exit, true),
    ] {
        assert_eq!(matches(query, event), expect, "{query}");
    }
}

#[test]
fn a_hash_is_compared_once_it_is_joined() {
    let mut event = Made::exit(None).event();
    let query = format!("process.hash.sha256 = {}", "AB".repeat(32));
    assert!(!matches(&query, &event));
    event.joined.executable_hash = Some([0xab; 32]);
    assert!(matches(&query, &event));
    assert!(matches("process.hash.sha256 ^= ABAB", &event));
}

#[test]
fn a_plan_rules_out_what_cannot_match() {
    let plan = |query: &str| Plan::new(&parse(query, &clock()).unwrap(), 5..NOON);
    let kinds = |query: &str| -> Vec<&str> { plan(query).kinds().map(|k| k.name()).collect() };
    assert_eq!(kinds("event.action in (write, rename)"), ["file_write", "file_rename"]);
    assert_eq!(
        kinds("destination.port = 1 and tarsier.class = network"),
        ["connect", "accept", "listen", "close", "flow"]
    );
    assert_eq!(kinds("dns.id = 7 or event.action = exec"), ["exec", "dns_query", "dns_response"]);
    assert!(kinds("dns.id = 7 and event.action = exec").is_empty());
    assert!(kinds("not event.category = file").iter().all(|name| !name.starts_with("file")));
    let window = plan("time >= -1h and time < -30m or time = now and exists file.path");
    assert_eq!(window.times, 5..NOON, "`=` on a time says nothing to the plan");
    let window = plan("time >= -1h and time < -30m and exists file.path");
    assert_eq!(window.times, NOON - 3_600_000_000_000..NOON - 1_800_000_000_000);
    assert!(plan("file.path = /a or tarsier.file.path_old ^= /b/").asks_texts());
    assert!(!plan("file.path = /a or process.pid = 1").asks_texts());
    assert!(plan("file.path = /a and process.pid = 1").asks_texts());
    assert!(!plan("not file.path = /a").asks_texts());
    assert!(plan("process.pid = 1 and file.path = /a").asks_contexts());
    assert!(!plan("process.pid = 1 or file.path = /a").asks_contexts());
    assert_eq!(plan("file.inode = 7 and file.device = 8:1").number(), Some(("file.inode", 7)));
    assert_eq!(plan("destination.port = 443 and process.pid = 1").number().unwrap().1, 443);
    assert_eq!(plan("file.inode = 7 or file.inode = 8").number(), None);
    assert_eq!(plan("file.inode in (7, 8)").number(), None);
    assert_eq!(plan("file.mode = 0644").number(), None, "type bits are stored with it");
    let ann = Made::exit(None).event();
    let other = plan("user.name = bob");
    assert!(!other.context_may(&ann.context, &ann.context_tail, &Joined::default()));
}

/// Every refusal as people read it; bless with `BLESS=1`.
#[test]
fn refusals_point_at_the_place() {
    let queries = [
        "file.pat = /etc/passwd",
        "path = /etc/passwd",
        "file.path",
        "file.path /etc",
        "file.path =",
        "file.path = /etc and",
        "(file.path = /etc",
        "file.path = /etc)",
        "file.path = /etc file.name = x",
        "file.path < /etc",
        "file.path = \"/etc",
        "file.path = \"\\q\"",
        "file.path ~ '/etc/[ab'",
        "file.path ~ '/etc/{a,b}'",
        "file.mode = 0999",
        "file.mode = rwx",
        "destination.ip = 300.1.1.1",
        "destination.ip ^= 10.",
        "destination.port = https",
        "event.action = load",
        "event.action = wrte",
        "event.outcome = ok",
        "network.transport = sctp",
        "tarsier.result = EPREM",
        "tarsier.flags = (maybe, torn)",
        "tarsier.flags in (maybe, torn)",
        "@timestamp > soon",
        "event.duration > 5 parsecs",
        "event.duration > fast",
        "process.entity_id = 4711",
        "process.hash.sha256 = abcd",
        "file.path in (a, b",
        "file.path in (a b)",
        "file.path in ()",
        "file.path ! /etc",
        "ä = 1 and file.path = 'ö' and file.naem = x",
        "a and b",
        "&& file.path = x",
    ];
    let mut text = String::new();
    for query in queries {
        let why = match parse(query, &clock()) {
            Ok(expr) => panic!("{query} was understood as {expr:?}"),
            Err(why) => why,
        };
        text.push_str(&format!("{why}\n\n"));
    }
    made::golden("query_errors.txt", &text);
}

/// What random queries are made of.
const WORDS: &[&str] = &[
    "file.path",
    "=",
    "!=",
    "(",
    ")",
    "in",
    "not",
    "and",
    "or",
    "exists",
    "'",
    "\"",
    "\\x",
    "\\",
    ",",
    "~",
    "^=",
    "<",
    "0755",
    "é",
    "\u{0}",
    "[",
    "2h",
    "user.id",
    "@timestamp",
    "tarsier.flags",
    "maybe",
    "10.0.0.0/8",
    "event.action",
    "load",
    "🦀",
    "\n",
    "!",
];

#[test]
fn the_parser_never_panics() {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed >> 33).unwrap()
    };
    let (mut good, mut bad) = (0, 0);
    for round in 0..12_000 {
        let mut query = String::new();
        for _ in 0..next() % 9 {
            query.push_str(WORDS[next() % WORDS.len()]);
            query.push_str([" ", ""][next() % 2]);
        }
        if round % 4 == 0 {
            let cut = next() % (query.len() + 1);
            query = String::from_utf8_lossy(&query.as_bytes()[..cut]).into_owned();
        }
        match parse(&query, &clock()) {
            Ok(expr) => {
                good += 1;
                let plan = Plan::new(&expr, 0..u64::MAX);
                let event = Made::exit(None).event();
                let _either = plan.matches(&event.parts());
            }
            Err(why) => {
                bad += 1;
                assert!(why.start <= why.end && why.end <= query.len());
                assert!(why.to_string().contains('^'));
            }
        }
    }
    assert!(good > 50 && bad > 50, "{good} good, {bad} bad: the words prove nothing");
    let deep = "(".repeat(100_000);
    assert!(parse(&deep, &clock()).is_err());
    assert!(parse(&"not ".repeat(10_000), &clock()).is_err());
}
