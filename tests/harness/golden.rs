// SPDX-License-Identifier: Apache-2.0
//! Texts that must stay as they are, in `fixtures/`; `BLESS=1` writes them anew.
use std::fs;
use std::path::Path;

/// Compares `text` with a file under `fixtures/`.
///
/// # Panics
/// They differ; shows the first line that does.
pub fn check(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, text).expect("a fixture that is blessed can be written");
        return;
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    if golden == text {
        return;
    }
    let mut pairs = golden.lines().zip(text.lines()).enumerate();
    let first = pairs.find(|(_, (old, new))| old != new);
    let common = golden.lines().count().min(text.lines().count());
    let (line, old, new) = first.map_or((common, "", ""), |(line, (old, new))| (line, old, new));
    panic!(
        "{} differs from line {}; BLESS=1 if it was meant\n  was: {old}\n  is:  {new}",
        path.display(),
        line + 1
    );
}
