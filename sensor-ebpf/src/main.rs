// SPDX-License-Identifier: MIT OR GPL-2.0-only
//! The Linux kernel side: small programs at kernel hooks that write records into one ring.
#![no_std]
#![no_main]
#![feature(asm_experimental_arch, core_intrinsics)]
#![allow(internal_features, reason = "atomic exchange and add have no stable form on this target")]

mod emit;
mod kernel;
mod maps;
mod probe;

#[unsafe(no_mangle)]
#[unsafe(link_section = "license")]
static LICENSE: [u8; 13] = *b"Dual MIT/GPL\0";

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}
