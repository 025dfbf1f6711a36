//! System calls of another program, as what they do to a folder.
//!
//! Arguments are read when a call begins, what they point to when it has ended: nobody
//! but the caller may change a buffer meanwhile, and it stands still.

use super::Operation;
use nix::libc;
use nix::sys::ptrace;
use nix::unistd::Pid;
use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

/// What the kernel has in the register of the result while a call begins.
const BEGINS: i64 = -(libc::ENOSYS as i64);

/// The longest path, and more than that of a buffer is never written at once.
const PATH_BYTES_MAX: usize = libc::PATH_MAX as usize;

/// A call that began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pending {
    number: i64,
    arguments: [u64; 5],
}

/// Where in a call a thread stands still.
pub(super) enum Call {
    Begins(Pending),
    Ends(i64),
}

/// Looks where a thread stands still; nothing if it was killed meanwhile.
pub(super) fn at(thread: Pid) -> Option<Call> {
    let registers = ptrace::getregs(thread).ok()?;
    let result = registers.rax.cast_signed();
    if result != BEGINS {
        return Some(Call::Ends(result));
    }
    Some(Call::Begins(Pending {
        number: registers.orig_rax.cast_signed(),
        arguments: [
            registers.rdi,
            registers.rsi,
            registers.rdx,
            registers.r10,
            registers.r8,
        ],
    }))
}

/// Notes what a call did that succeeded, if it did something below a folder.
pub(super) fn note(
    noted: &mut Vec<Operation>,
    program: Pid,
    folder: &Path,
    pending: Pending,
    result: i64,
) {
    let of = Caller { program, folder };
    let [first, second, third, fourth, _] = pending.arguments;
    match pending.number {
        libc::SYS_open => of.opened(noted, None, first, second, result),
        libc::SYS_openat => of.opened(noted, Some(first), second, third, result),
        libc::SYS_creat => {
            let flags = (libc::O_CREAT | libc::O_TRUNC) as u64;
            of.opened(noted, None, first, flags, result);
        }
        libc::SYS_write => of.written(noted, first, second, result, None),
        libc::SYS_pwrite64 => of.written(noted, first, second, result, Some(fourth)),
        libc::SYS_ftruncate => noted.extend(of.file(first).map(|(file, _)| Operation::Cut {
            file,
            bytes: second,
        })),
        libc::SYS_fsync | libc::SYS_fdatasync => noted.extend(of.synced(first)),
        libc::SYS_rename => of.renamed(noted, (None, first), (None, second)),
        libc::SYS_renameat | libc::SYS_renameat2 => {
            of.renamed(noted, (Some(first), second), (Some(third), fourth));
        }
        libc::SYS_unlink => noted.extend(of.removed(None, first)),
        libc::SYS_unlinkat => noted.extend(of.removed(Some(first), second)),
        libc::SYS_mkdir | libc::SYS_rmdir | libc::SYS_link | libc::SYS_truncate => {
            of.not_understood(noted, None, first, pending.number);
        }
        libc::SYS_mkdirat | libc::SYS_linkat => {
            of.not_understood(noted, Some(first), second, pending.number);
        }
        libc::SYS_writev
        | libc::SYS_pwritev
        | libc::SYS_pwritev2
        | libc::SYS_fallocate
        | libc::SYS_sendfile => noted.extend(of.file(first).map(|(_, path)| Operation::Unknown {
            call: format!("{} on {}", pending.number, path.display()),
        })),
        libc::SYS_copy_file_range => noted.extend(of.file(third).map(|_| Operation::Unknown {
            call: "copy_file_range".to_owned(),
        })),
        _ => {}
    }
}

/// The program, and which of its calls matter.
struct Caller<'c> {
    program: Pid,
    folder: &'c Path,
}

impl Caller<'_> {
    fn opened(
        &self,
        noted: &mut Vec<Operation>,
        base: Option<u64>,
        path: u64,
        flags: u64,
        result: i64,
    ) {
        let Some(path) = self.path(base, path) else {
            return;
        };
        let Some((file, _)) = self.file(result.cast_unsigned()) else {
            return;
        };
        if flags & libc::O_CREAT as u64 != 0 {
            noted.push(Operation::Made { file, path });
        }
        if flags & libc::O_TRUNC as u64 != 0 {
            noted.push(Operation::Cut { file, bytes: 0 });
        }
    }

    fn written(
        &self,
        noted: &mut Vec<Operation>,
        descriptor: u64,
        buffer: u64,
        written: i64,
        offset: Option<u64>,
    ) {
        let Some((file, _)) = self.file(descriptor) else {
            return;
        };
        let count = usize::try_from(written).unwrap_or_default();
        let offset = offset.or_else(|| self.stands_at(descriptor)?.checked_sub(count as u64));
        let bytes = self.memory(buffer, count);
        noted.push(match (offset, bytes) {
            (Some(offset), Some(bytes)) => Operation::Written {
                file,
                offset,
                bytes,
            },
            _ => Operation::Unknown {
                call: "a write that cannot be read".to_owned(),
            },
        });
    }

    fn synced(&self, descriptor: u64) -> Option<Operation> {
        let metadata = self.metadata(descriptor)?;
        let path = self.leads_to(descriptor)?;
        Some(match metadata.is_dir() {
            true => Operation::FolderSynced { path },
            false => Operation::FileSynced {
                file: metadata.ino(),
            },
        })
    }

    fn renamed(
        &self,
        noted: &mut Vec<Operation>,
        from: (Option<u64>, u64),
        to: (Option<u64>, u64),
    ) {
        let (from, to) = (self.path(from.0, from.1), self.path(to.0, to.1));
        if let (Some(from), Some(to)) = (from, to) {
            noted.push(Operation::Renamed { from, to });
        }
    }

    fn removed(&self, base: Option<u64>, path: u64) -> Option<Operation> {
        let path = self.path(base, path)?;
        Some(Operation::Removed { path })
    }

    fn not_understood(
        &self,
        noted: &mut Vec<Operation>,
        base: Option<u64>,
        path: u64,
        number: i64,
    ) {
        noted.extend(self.path(base, path).map(|path| Operation::Unknown {
            call: format!("{number} on {}", path.display()),
        }));
    }

    /// The number of a file below the folder, and where it is or was.
    fn file(&self, descriptor: u64) -> Option<(u64, PathBuf)> {
        let path = self.leads_to(descriptor)?;
        let metadata = self.metadata(descriptor)?;
        metadata.is_file().then(|| (metadata.ino(), path))
    }

    fn leads_to(&self, descriptor: u64) -> Option<PathBuf> {
        let path = fs::read_link(self.process(&format!("fd/{descriptor}"))).ok()?;
        path.starts_with(self.folder).then_some(path)
    }

    fn metadata(&self, descriptor: u64) -> Option<Metadata> {
        fs::metadata(self.process(&format!("fd/{descriptor}"))).ok()
    }

    /// Where in a file its next byte goes.
    fn stands_at(&self, descriptor: u64) -> Option<u64> {
        let told = fs::read_to_string(self.process(&format!("fdinfo/{descriptor}"))).ok()?;
        let position = told.lines().find_map(|line| line.strip_prefix("pos:"))?;
        position.trim().parse().ok()
    }

    /// A path that the program names, if it leads below the folder.
    fn path(&self, base: Option<u64>, address: u64) -> Option<PathBuf> {
        let named = self.text(address)?;
        let whole = if named.is_absolute() {
            named
        } else {
            // Kept in 32 bits by the kernel, whatever else is in the register.
            let base = base.map(|base| base as u32 as i32);
            let place = match base {
                None | Some(libc::AT_FDCWD) => "cwd".to_owned(),
                Some(descriptor) => format!("fd/{descriptor}"),
            };
            fs::read_link(self.process(&place)).ok()?.join(named)
        };
        whole.starts_with(self.folder).then_some(whole)
    }

    fn text(&self, address: u64) -> Option<PathBuf> {
        let mut bytes = Vec::new();
        let memory = File::open(self.process("mem")).ok()?;
        let mut piece = [0; 256];
        while bytes.len() < PATH_BYTES_MAX {
            // A page's end may be where the program's memory ends.
            let at = address + bytes.len() as u64;
            let read = memory
                .read_at(&mut piece, at)
                .ok()
                .filter(|read| *read > 0)?;
            if let Some(end) = piece[..read].iter().position(|byte| *byte == 0) {
                bytes.extend(&piece[..end]);
                return Some(OsString::from_vec(bytes).into());
            }
            bytes.extend(&piece[..read]);
        }
        None
    }

    fn memory(&self, address: u64, count: usize) -> Option<Vec<u8>> {
        let mut bytes = vec![0; count];
        let memory = File::open(self.process("mem")).ok()?;
        memory.read_exact_at(&mut bytes, address).ok()?;
        Some(bytes)
    }

    fn process(&self, place: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{place}", self.program))
    }
}
