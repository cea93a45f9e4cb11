//! The smallest program a kernel starts: it exits with status 0 and needs no compiler, libc or loader.
//!
//! The run probe needs a program to put into an image `FROM scratch`. On a machine where even the linker
//! may be missing, and where no image can be fetched, this is the only one that is always to be had.

/// Where the one segment is loaded; any page-aligned address above the kernel's lowest will do.
const BASE: u64 = 0x40_0000;
const EHDR_SIZE: u16 = 64;
const PHDR_SIZE: u16 = 56;

/// The bytes of an ELF executable for `arch` whose only work is `exit(0)`.
pub(crate) fn exit_zero(arch: &str) -> Option<Vec<u8>> {
    let (machine, code): (u16, &[u8]) = match arch {
        "x86_64" => (62, &X86_64),
        "aarch64" => (183, &AARCH64),
        _ => return None,
    };
    let headers = u64::from(EHDR_SIZE + PHDR_SIZE);
    let size = headers + code.len() as u64;
    let mut elf = Vec::new();

    // The file header. First 16 bytes of identification: magic, 64 bit, little endian, version 1, System V.
    elf.extend_from_slice(b"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00");
    elf.extend_from_slice(&2u16.to_le_bytes()); // e_type: an executable at a fixed address
    elf.extend_from_slice(&machine.to_le_bytes()); // e_machine
    elf.extend_from_slice(&1u32.to_le_bytes()); // e_version
    elf.extend_from_slice(&(BASE + headers).to_le_bytes()); // e_entry: right behind the headers
    elf.extend_from_slice(&u64::from(EHDR_SIZE).to_le_bytes()); // e_phoff: the program header follows this one
    elf.extend_from_slice(&0u64.to_le_bytes()); // e_shoff: there are no sections
    elf.extend_from_slice(&0u32.to_le_bytes()); // e_flags
    elf.extend_from_slice(&EHDR_SIZE.to_le_bytes()); // e_ehsize
    elf.extend_from_slice(&PHDR_SIZE.to_le_bytes()); // e_phentsize
    elf.extend_from_slice(&1u16.to_le_bytes()); // e_phnum: one segment
    elf.extend_from_slice(&[0; 6]); // e_shentsize, e_shnum, e_shstrndx: no sections

    // The program header: map the whole file, readable and executable, at BASE.
    elf.extend_from_slice(&1u32.to_le_bytes()); // p_type: PT_LOAD
    elf.extend_from_slice(&5u32.to_le_bytes()); // p_flags: read (4) and execute (1)
    elf.extend_from_slice(&0u64.to_le_bytes()); // p_offset
    elf.extend_from_slice(&BASE.to_le_bytes()); // p_vaddr
    elf.extend_from_slice(&BASE.to_le_bytes()); // p_paddr: unused
    elf.extend_from_slice(&size.to_le_bytes()); // p_filesz
    elf.extend_from_slice(&size.to_le_bytes()); // p_memsz
    elf.extend_from_slice(&0x1_0000u64.to_le_bytes()); // p_align: aarch64 kernels may have 64 KiB pages

    elf.extend_from_slice(code);
    Some(elf)
}

const X86_64: [u8; 9] = [
    0xb8, 60, 0, 0, 0, // mov eax, 60: the number of `exit`
    0x31, 0xff, // xor edi, edi: status 0
    0x0f, 0x05, // syscall
];

const AARCH64: [u8; 12] = [
    0xa8, 0x0b, 0x80, 0xd2, // mov x8, #93: the number of `exit`
    0x00, 0x00, 0x80, 0xd2, // mov x0, #0: status 0
    0x01, 0x00, 0x00, 0xd4, // svc #0
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_for_this_machine_runs_and_exits_with_zero() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("bytes"), exit_zero(std::env::consts::ARCH).unwrap()).unwrap();
        // A copy by another process: a file that is open for writing here, while a test beside this one
        // forks, cannot be executed.
        let copy_and_run = "cp bytes probe && chmod 755 probe && exec ./probe";
        let finished = scenario_core::process::Command::shell(copy_and_run).dir(folder.path()).run().unwrap();
        assert_eq!((finished.status, finished.stdout.as_str()), (0, ""));
    }

    #[test]
    fn the_program_for_aarch64_is_the_one_that_qemu_ran() {
        // `qemu-aarch64-static -strace` of Debian 12 said `exit(0)` of these bytes.
        let expected = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\xb7\0\x01\0\0\0\x78\0\x40\0\0\0\0\0\x40\0\0\0\0\0\0\0\
            \0\0\0\0\0\0\0\0\0\0\0\0\x40\0\x38\0\x01\0\0\0\0\0\0\0\x01\0\0\0\x05\0\0\0\0\0\0\0\0\0\0\0\0\0\x40\0\0\0\0\0\
            \0\0\x40\0\0\0\0\0\x84\0\0\0\0\0\0\0\x84\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\xa8\x0b\x80\xd2\0\0\x80\xd2\x01\0\0\xd4";
        assert_eq!(exit_zero("aarch64").as_deref(), Some(&expected[..]));
    }

    #[test]
    fn headers_have_the_sizes_they_claim() {
        for (arch, code) in [("x86_64", X86_64.len()), ("aarch64", AARCH64.len())] {
            assert_eq!(exit_zero(arch).unwrap().len(), 64 + 56 + code);
        }
        assert_eq!(exit_zero("riscv64"), None);
    }
}
