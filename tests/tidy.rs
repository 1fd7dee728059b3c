// SPDX-License-Identifier: Apache-2.0
//! The rules of ARCHITECTURE.md that a machine can hold, so that review can be about ideas.
//!
//! Everything here reads text: no parser, no dependency. A rule that is broken names the file,
//! the line and what to write instead. An exception is a row with its reason.

#[path = "tidy/arrows.rs"]
mod arrows;
#[path = "tidy/documents.rs"]
mod documents;
#[path = "tidy/names.rs"]
mod names;
#[path = "tidy/reach.rs"]
mod reach;
#[path = "tidy/rooms.rs"]
mod rooms;
#[path = "tidy/sizes.rs"]
mod sizes;
#[path = "tidy/source.rs"]
mod source;
#[path = "tidy/words.rs"]
mod words;

use std::fmt::Write as _;

/// Fails with every broken place at once, so that one run shows all there is to do.
fn hold(rule: &str, broken: &[String]) {
    let mut report = String::new();
    for place in broken {
        writeln!(report, "  {place}").expect("a String takes everything");
    }
    assert!(broken.is_empty(), "{rule}\n{report}");
}

#[test]
fn arrows_point_down() {
    hold("a module names only layers below its own", &arrows::broken());
}

#[test]
fn every_kind_has_its_files() {
    hold("one name per event kind, everywhere", &names::broken());
}

#[test]
fn unsafe_stays_in_its_rooms() {
    hold("unsafe lives in named rooms, each block with `// SAFETY:`", &rooms::broken());
}

#[test]
fn common_is_pure() {
    hold("common has no cfg, no unsafe, no allocation, no std", &rooms::impure());
}

#[test]
fn sizes_fit_a_screen() {
    hold("functions <= 70 lines, files <= 500, lines <= 100", &sizes::broken());
}

#[test]
fn words_are_the_agreed_ones() {
    hold("words that are not used here", &words::broken());
}

#[test]
fn events_are_listed() {
    hold("docs/events.md lists the kinds as they are", &documents::events_untold());
}

#[test]
fn files_say_licence_and_purpose() {
    hold("line 1 is the licence, then `//!` says what the file is", &documents::unsaid());
}

#[test]
fn probes_state_their_contract() {
    hold("a probe says Hook, Why, Blind and Cost", &documents::probes());
}

#[test]
fn dependencies_have_reasons() {
    hold("each dependency once, with its reason beside it", &documents::dependencies());
}

#[test]
fn the_changelog_has_its_shape() {
    hold("CHANGELOG.md is Keep-a-Changelog", &documents::changelog());
}

#[test]
fn no_file_is_dead() {
    hold("every .rs is reachable from a crate root", &reach::dead());
}
