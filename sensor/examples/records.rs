// SPDX-License-Identifier: Apache-2.0
//! Prints what the probes see, record by record: `cargo run -p tarsier --example records -- 5`.
//!
//! Arguments: seconds, then names of kinds to show (all when none). `-q` prints totals only.
#![allow(clippy::print_stdout, reason = "a program for contributors")]
use common::record::{Field, span_at};
use common::value::Type;
use common::wire::Record;
use sensor::source::{Batch, Options, SOURCES, Source};
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let seconds: f64 = arguments.first().and_then(|a| a.parse().ok()).unwrap_or(5.0);
    let quiet = arguments.iter().any(|a| a == "-q");
    let kinds: Vec<&String> = arguments.iter().skip(1).filter(|a| *a != "-q").collect();
    let begun = Instant::now();
    let mut source = (SOURCES[0].open)(&Options::default())?;
    println!("loaded in {:?}", begun.elapsed());
    show_hooks(source.as_ref());
    let mut batch = Batch::new();
    let (mut records, mut malformed) = (0_u64, 0_u64);
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    while Instant::now() < end {
        batch.clear();
        source.next_batch(&mut batch, Duration::from_millis(100))?;
        for bytes in batch.iter() {
            records += 1;
            match Record::parse(bytes) {
                Ok(record) if quiet || !shown(&record, &kinds) => {}
                Ok(record) => show(&record, bytes),
                Err(why) => {
                    malformed += 1;
                    println!("malformed {why:?}, {} bytes", bytes.len());
                }
            }
        }
    }
    let totals = source.losses()?;
    println!("records {records} malformed {malformed} emitted {}", totals.emitted);
    println!("seen {:?}", totals.seen);
    for (class, lost) in totals.lost.iter().enumerate().filter(|(_, l)| l.iter().any(|n| *n > 0)) {
        println!("lost class {class}: {lost:?}");
    }
    show_cost(source.as_ref());
    Ok(())
}

fn shown(record: &Record, kinds: &[&String]) -> bool {
    kinds.is_empty() || kinds.iter().any(|kind| *kind == record.kind.name())
}

fn show_hooks(source: &dyn Source) {
    for hook in source.hooks() {
        let state = if hook.attached { "ok" } else { "NO" };
        let reason = hook.reason.as_deref().unwrap_or("");
        println!("{state} {:14} {:10} {} {reason}", hook.program, hook.tier.name(), hook.hook);
    }
}

fn show_cost(source: &dyn Source) {
    for info in source.probe_info() {
        let each = info.time.as_nanos() as u64 / info.runs.max(1);
        println!(
            "{:16} runs {:8} each {each:6} ns verified {:6} code {:5} bytes",
            info.program, info.runs, info.verified, info.code_bytes
        );
    }
}

fn show(record: &Record, bytes: &[u8]) {
    let header = record.header;
    let comm: Vec<u8> = header.comm.iter().copied().take_while(|b| *b != 0).collect();
    println!(
        "{} #{} cpu{} {:.6} {}/{}@{} parent {}@{} ns_pid {} pid_ns {} mnt_ns {} cgroup {} \
         uid {} euid {} gid {} login {} session {} {:?} flags {:#x}",
        record.kind.name(),
        header.sequence,
        header.cpu,
        header.time_ns as f64 / 1e9,
        header.process.pid,
        header.tid,
        header.process.start_ns,
        header.parent.pid,
        header.parent.start_ns,
        header.ns_pid,
        header.pid_ns,
        header.mnt_ns,
        header.cgroup_id,
        header.uid,
        header.euid,
        header.gid,
        header.loginuid.cast_signed(),
        header.session.cast_signed(),
        String::from_utf8_lossy(&comm),
        header.flags,
    );
    let body = &bytes[size_of::<common::wire::Header>()..];
    for field in record.kind.fields() {
        let text = value(record, body, field);
        if !text.is_empty() {
            println!("    {:20} {text}", field.name);
        }
    }
}

fn number(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    word[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(word)
}

fn value(record: &Record, body: &[u8], field: &Field) -> String {
    let bytes = &body[field.offset..field.offset + field.width];
    if field.ty.in_tail() {
        let text = span_at(body, field).and_then(|span| record.text(span));
        return text.map_or(String::new(), |text| match field.ty {
            Type::Text | Type::TextList => format!("{:?}", String::from_utf8_lossy(text)),
            _ => format!("{text:02x?}"),
        });
    }
    if bytes.iter().all(|byte| *byte == 0xff) || matches!(field.ty, Type::Pad) {
        return String::new();
    }
    match field.ty {
        Type::Mode => format!("{:#o}", number(bytes)),
        Type::Device => format!("{}:{}", number(bytes) >> 20, number(bytes) & 0xf_ffff),
        Type::Errno | Type::Int if field.width == 4 => {
            format!("{}", i32::from_le_bytes(bytes.try_into().unwrap_or_default()))
        }
        Type::Flags(_) => format!("{:#x}", number(bytes)),
        Type::Ip | Type::Hash => format!("{bytes:02x?}"),
        Type::ProcessKey => format!("{}@{}", number(&bytes[8..16]), number(&bytes[..8])),
        _ => format!("{}", number(bytes)),
    }
}
