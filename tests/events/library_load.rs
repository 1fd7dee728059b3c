// SPDX-License-Identifier: Apache-2.0
//! Shared objects, once for each process.

use e2e::expect::Seen;
use e2e::suite::Case;

/// One case each way to map code.
pub const CASES: &[Case] = &[
    Case::new("library_load.mapped", once),
    Case::new("library_load.protected", once),
    Case::new("library_load.twice", once),
    Case::new("library_load.dynamic", dynamic),
];

fn once(seen: &mut Seen<'_>) {
    seen.expect("library_load", |want| want.file().truth("file.size", "size").has("file.mtime"));
    let path = seen.truth("path").as_str().unwrap_or_default();
    let all = seen.events().filter(|event| event.action() == "library_load");
    let count = all.filter(|event| event.text("file.path") == path).count();
    seen.hold(count == 1, &format!("told {count} times"));
}

/// The loader itself and a C library; the program is no library.
fn dynamic(seen: &mut Seen<'_>) {
    let child = seen.truth("child").as_u64();
    let all = seen.events().filter(|event| event.action() == "library_load");
    let of_child = all.filter(|event| event.number("process.pid") == child);
    let paths: Vec<String> = of_child.map(|event| event.text("file.path").to_owned()).collect();
    let truth = |name: &str| seen.truth(name).as_str().unwrap_or_default().to_owned();
    let (interpreter, program) = (truth("interpreter"), truth("program"));
    seen.hold(paths.contains(&interpreter), &format!("no loader: {paths:?}"));
    seen.hold(paths.iter().any(|path| path.contains("libc.so")), "no C library");
    seen.hold(!paths.contains(&program), "the program is told as a library");
}
