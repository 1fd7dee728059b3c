// SPDX-License-Identifier: Apache-2.0
//! Removes debug information from a BPF object and keeps what loaders need.
//!
//! The same as `llvm-strip -g`, without needing LLVM's tools: `.debug_*` sections and their
//! relocations go, `.BTF` and `.BTF.ext` stay. It refuses an object without BTF: such probes
//! would load and then find no field of any kernel.

use anyhow::{Context as _, Result, ensure};
use object::build::elf::{Builder, SectionData};
use object::elf;

/// The object without debug sections.
pub fn debug_sections(object: &[u8]) -> Result<Vec<u8>> {
    let mut builder = Builder::read(object).context("the built object is not ELF")?;
    let mut names = Vec::new();
    for section in builder.sections.iter_mut() {
        let name = section.name.to_string();
        section.delete = name.starts_with(".debug") || name.starts_with(".rel.debug");
        names.push(name);
    }
    for needed in [".BTF", ".BTF.ext"] {
        ensure!(names.iter().any(|name| name == needed), "the built object has no {needed}");
    }
    // LLVM keeps section and symbol names in one table; the writer wants one for each.
    if !names.iter().any(|name| name == ".shstrtab") {
        let table = builder.sections.add();
        table.name = ".shstrtab".into();
        table.sh_type = elf::SHT_STRTAB;
        table.sh_addralign = 1;
        table.data = SectionData::SectionString;
    }
    builder.delete_orphans();
    builder.delete_unused_versions();
    let mut stripped = Vec::new();
    builder.write(&mut stripped).context("cannot write the stripped object")?;
    Ok(stripped)
}
