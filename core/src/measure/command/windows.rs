//! Windows: a job object, and a pipe whose reading is called off.

use std::env;
use std::ffi::OsStr;
use std::fs::Metadata;
use std::io::{self, PipeReader, Read};
use std::os::windows::io::{AsHandle, AsRawHandle, FromRawHandle, OwnedHandle};
use std::os::windows::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use windows_sys::Win32::Foundation::{ERROR_BAD_EXE_FORMAT, INVALID_HANDLE_VALUE};
use windows_sys::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, TH32CS_SNAPTHREAD, THREADENTRY32, Thread32First, Thread32Next,
};
use windows_sys::Win32::System::IO::CancelSynchronousIo;
use windows_sys::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, TerminateJobObject,
};
use windows_sys::Win32::System::Threading::{
    CREATE_NO_WINDOW, CREATE_SUSPENDED, INFINITE, OpenThread, ResumeThread, THREAD_SUSPEND_RESUME,
    WaitForSingleObject,
};

use crate::watch::ExitStatus;

/// From here on exit codes are exceptions: STATUS_SEVERITY_ERROR of ntstatus.h.
const EXCEPTIONS: u32 = 0xC000_0000;

/// How often a reader is called off that may not have begun to read yet.
const CALL_OFF_INTERVAL: Duration = Duration::from_millis(5);

/// Where a program is looked for: the system's folder comes first.
pub(super) fn folders(path: Option<&OsStr>) -> Vec<PathBuf> {
    let system = env::var_os("SystemRoot").map(|root| PathBuf::from(root).join("System32"));
    let path = path.into_iter().flat_map(env::split_paths);
    system.into_iter().chain(path).collect()
}

/// The files that a path may mean: ".exe" need not be written.
pub(super) fn spellings(path: &Path) -> Vec<PathBuf> {
    let mut with = path.as_os_str().to_owned();
    with.push(".exe");
    vec![path.to_path_buf(), with.into()]
}

/// It is seen when it is run.
pub(super) fn may_run(_: &Path, _: &Metadata) -> io::Result<()> {
    Ok(())
}

/// There are no such bits.
pub(super) fn has_mode(_: &Metadata) -> bool {
    true
}

pub(super) fn is_no_program(error: &io::Error) -> bool {
    error.raw_os_error() == Some(ERROR_BAD_EXE_FORMAT.cast_signed())
}

/// It is resumed when it is within its job, which so has all that it starts.
pub(super) fn prepare(command: &mut Command) {
    command.creation_flags(CREATE_NO_WINDOW | CREATE_SUSPENDED);
}

/// A child and all that it starts.
#[derive(Clone, Debug)]
pub(super) struct Group {
    job: Arc<OwnedHandle>,
    leader: Arc<OwnedHandle>,
}

impl Group {
    /// Takes a prepared child into a job and lets it run.
    pub(super) fn of(child: &Child) -> io::Result<Self> {
        // SAFETY: no attributes and no name are allowed.
        let job = unsafe { CreateJobObjectW(std::ptr::null(), std::ptr::null()) };
        if job.is_null() {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the handle was just opened and nobody else has it.
        let job = unsafe { OwnedHandle::from_raw_handle(job) };
        // SAFETY: both handles are open.
        let taken = unsafe { AssignProcessToJobObject(job.as_raw_handle(), child.as_raw_handle()) };
        if taken == 0 {
            return Err(io::Error::last_os_error());
        }
        let leader = child.as_handle().try_clone_to_owned()?;
        resume(child.id())?;
        Ok(Self {
            job: Arc::new(job),
            leader: Arc::new(leader),
        })
    }

    /// Waits until its first process has ended.
    pub(super) fn wait(&self) {
        // SAFETY: the handle is open and has the right to wait.
        unsafe { WaitForSingleObject(self.leader.as_raw_handle(), INFINITE) };
    }

    /// Ends all of it.
    pub(super) fn kill(&self) {
        // SAFETY: the handle is open. A job without processes is what was wanted.
        unsafe { TerminateJobObject(self.job.as_raw_handle(), 1) };
    }
}

/// Resumes the threads of a process that has only its first.
fn resume(pid: u32) -> io::Result<()> {
    // SAFETY: it takes no pointer.
    let snapshot = unsafe { CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0) };
    if snapshot == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle was just opened and nobody else has it.
    let snapshot = unsafe { OwnedHandle::from_raw_handle(snapshot) };
    let mut entry = THREADENTRY32 {
        dwSize: size_of::<THREADENTRY32>() as u32,
        ..THREADENTRY32::default()
    };
    let mut resumed = Err(io::ErrorKind::NotFound.into());
    // SAFETY: the snapshot is open, and the entry says how long it is.
    let mut more = unsafe { Thread32First(snapshot.as_raw_handle(), &mut entry) };
    while more != 0 {
        if entry.th32OwnerProcessID == pid {
            resumed = resume_thread(entry.th32ThreadID);
        }
        // SAFETY: as above.
        more = unsafe { Thread32Next(snapshot.as_raw_handle(), &mut entry) };
    }
    resumed
}

fn resume_thread(thread: u32) -> io::Result<()> {
    // SAFETY: the system checks the id and answers null where it is none.
    let handle = unsafe { OpenThread(THREAD_SUSPEND_RESUME, 0, thread) };
    if handle.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle was just opened and nobody else has it.
    let handle = unsafe { OwnedHandle::from_raw_handle(handle) };
    // SAFETY: the handle is open and has the right to resume.
    if unsafe { ResumeThread(handle.as_raw_handle()) } == u32::MAX {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// How a child ended.
pub(super) fn status(status: process::ExitStatus) -> ExitStatus {
    match status.code() {
        Some(code) if code.cast_unsigned() >= EXCEPTIONS => ExitStatus::Exception {
            code: code.cast_unsigned(),
        },
        Some(code) => ExitStatus::Code { code },
        None => ExitStatus::Unknown {
            reason: "Windows told no exit code".to_owned(),
        },
    }
}

/// Reads a pipe; at an end when nobody can write any more, or when it is told
/// to stop.
#[derive(Debug)]
pub(in crate::measure) struct Reader {
    pipe: PipeReader,
    stopped: Arc<AtomicBool>,
}

/// Stops a [`Reader`] by [`stop`].
pub(super) type Stop = Arc<AtomicBool>;

/// A reader, and what stops it.
pub(super) fn reader(pipe: PipeReader) -> io::Result<(Reader, Stop)> {
    let stopped = Arc::new(AtomicBool::new(false));
    let reader = Reader {
        pipe,
        stopped: Arc::clone(&stopped),
    };
    Ok((reader, stopped))
}

/// Calls off what the thread reads, until it has ended.
pub(super) fn stop<T>(stop: Stop, thread: &JoinHandle<T>) {
    stop.store(true, Ordering::SeqCst);
    while !thread.is_finished() {
        // SAFETY: the thread's handle is open. One that reads nothing is no harm.
        unsafe { CancelSynchronousIo(thread.as_raw_handle()) };
        std::thread::park_timeout(CALL_OFF_INTERVAL);
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stopped.load(Ordering::SeqCst) {
            return Ok(0);
        }
        match self.pipe.read(buffer) {
            Err(_) if self.stopped.load(Ordering::SeqCst) => Ok(0),
            read => read,
        }
    }
}
