// SPDX-License-Identifier: Apache-2.0
//! Every scenario is recorded exactly as it happened: one recorder, all cases, one verdict each.

mod accept;
mod bpf_load;
mod close;
mod connect;
mod dns_query;
mod dns_response;
mod exec;
mod exit;
mod file_attribute;
mod file_create;
mod file_delete;
mod file_link;
mod file_mkdir;
mod file_mode;
mod file_owner;
mod file_rename;
mod file_rmdir;
mod file_symlink;
mod file_truncate;
mod file_write;
mod flow;
mod fork;
mod io_uring;
mod kill;
mod library_load;
mod listen;
mod module_load;
mod module_unload;
mod mount;
mod namespace;
mod place;
mod privilege;
mod process_write;
mod ptrace;
mod quiet;
mod unmount;

use e2e::suite::{self, Case};
use std::process::ExitCode;

/// Every file's cases.
const ALL: &[&[Case]] = &[
    accept::CASES,
    bpf_load::CASES,
    close::CASES,
    connect::CASES,
    dns_query::CASES,
    dns_response::CASES,
    exec::CASES,
    exit::CASES,
    file_attribute::CASES,
    file_create::CASES,
    file_delete::CASES,
    file_link::CASES,
    file_mkdir::CASES,
    file_mode::CASES,
    file_owner::CASES,
    file_rename::CASES,
    file_rmdir::CASES,
    file_symlink::CASES,
    file_truncate::CASES,
    file_write::CASES,
    flow::CASES,
    fork::CASES,
    io_uring::CASES,
    kill::CASES,
    library_load::CASES,
    listen::CASES,
    module_load::CASES,
    module_unload::CASES,
    mount::CASES,
    namespace::CASES,
    place::CASES,
    privilege::CASES,
    process_write::CASES,
    ptrace::CASES,
    quiet::CASES,
    unmount::CASES,
];

fn main() -> ExitCode {
    suite::main(ALL)
}
