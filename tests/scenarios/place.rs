// SPDX-License-Identifier: Apache-2.0
//! The same deeds seen from other roots, mounts and namespaces.

use crate::mount::{bind_to, own_namespace, two_directories};
use crate::raw;
use crate::truth::{Ground, Scenario, Truth, nothing};
use anyhow::Result;
use nix::libc::{CLONE_NEWNS, CLONE_NEWPID};
use nix::mount::{MsFlags, mount};
use std::fs;
use std::os::unix::fs::{MetadataExt as _, chroot};
use std::path::Path;
use std::process::Command;

/// Elsewhere.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "place.chroot", setup: root_with_program, act: in_chroot },
    Scenario { name: "place.namespaces", setup: nothing, act: in_namespaces },
    Scenario { name: "place.bind", setup: bound, act: bind },
    Scenario { name: "place.overlay", setup: layers, act: overlay },
    Scenario { name: "place.deep", setup: nothing, act: deep },
];

/// A root with this program in it, and what the program needs if it is not static.
fn root_with_program(ground: &Ground) -> Result<()> {
    let root = ground.path("root");
    fs::create_dir(&root)?;
    fs::copy(std::env::current_exe()?, root.join("program"))?;
    let maps = fs::read_to_string("/proc/self/maps")?;
    for line in maps.lines().filter(|line| line.contains(".so")) {
        let Some(at) = line.find('/') else { continue };
        let library = Path::new(&line[at..]);
        let inside = root.join(library.strip_prefix("/")?);
        fs::create_dir_all(inside.parent().unwrap_or(&root))?;
        fs::copy(library, inside)?;
    }
    if let Ok(interpreter) = fs::canonicalize("/lib64/ld-linux-x86-64.so.2") {
        fs::create_dir_all(root.join("lib64"))?;
        fs::copy(interpreter, root.join("lib64/ld-linux-x86-64.so.2"))?;
    }
    Ok(())
}

fn in_chroot(ground: &Ground) -> Result<Truth> {
    let root = ground.path("root");
    let truth = Truth::new().file(&root.join("program"))?;
    chroot(&root)?;
    std::env::set_current_dir("/")?;
    let mut child = Command::new("/program").arg("noop").spawn()?;
    let pid = child.id();
    child.wait()?;
    fs::write("/made", "inside")?;
    Ok(truth.with("child", pid).with("made", fs::metadata("/made")?.ino()))
}

/// A child that is pid 1 of its own pid namespace, with mounts of its own.
fn in_namespaces(ground: &Ground) -> Result<Truth> {
    let path = ground.path("made");
    let child = raw::fork_into(CLONE_NEWNS | CLONE_NEWPID, || {
        i32::from(fs::write(&path, "inside").is_err())
    })?;
    raw::wait(child)?;
    Truth::new().with("child", child.as_raw()).file(&path)
}

fn bound(ground: &Ground) -> Result<()> {
    two_directories(ground)?;
    Ok(fs::write(ground.path("a").join("file"), "x")?)
}

/// Written by the name the bind mount gives it.
fn bind(ground: &Ground) -> Result<Truth> {
    own_namespace()?;
    bind_to(&ground.path("a"), &ground.path("b"))?;
    let path = ground.path("b").join("file");
    fs::write(&path, "longer")?;
    Truth::new().file(&path)
}

fn layers(ground: &Ground) -> Result<()> {
    for name in ["lower", "upper", "work", "merged"] {
        fs::create_dir(ground.path(name))?;
    }
    Ok(fs::write(ground.path("lower").join("old"), "below")?)
}

/// One write that copies up, one new file: each once, by its name in the overlay.
fn overlay(ground: &Ground) -> Result<Truth> {
    own_namespace()?;
    let at = |name: &str| ground.path(name).display().to_string();
    let options =
        format!("lowerdir={},upperdir={},workdir={}", at("lower"), at("upper"), at("work"));
    let merged = ground.path("merged");
    mount(Some("layers"), &merged, Some("overlay"), MsFlags::empty(), Some(options.as_str()))?;
    fs::write(merged.join("old"), "above")?;
    fs::write(merged.join("new"), "above")?;
    Ok(Truth::new()
        .path("merged", &merged)
        .path("old", &merged.join("old"))
        .path("new", &merged.join("new")))
}

/// More components than a walk follows: the tail is kept and the cut is said.
fn deep(ground: &Ground) -> Result<Truth> {
    let mut path = ground.dir.clone();
    for level in 0..90 {
        path.push(format!("d{level:02}"));
    }
    fs::create_dir_all(&path)?;
    let path = path.join("file");
    fs::write(&path, "deep")?;
    Truth::new().file(&path)
}
