//! Windows: a target is created with its only thread suspended, and resumed at
//! the gate.

use std::ffi::{OsStr, OsString};
use std::io;
use std::mem;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::os::windows::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use windows_sys::Win32::Foundation::INVALID_HANDLE_VALUE;
use windows_sys::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, TH32CS_SNAPTHREAD, THREADENTRY32, Thread32First, Thread32Next,
};
use windows_sys::Win32::System::Threading::{
    CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW, CREATE_SUSPENDED, OpenThread, ResumeThread,
    THREAD_SUSPEND_RESUME,
};

use super::{Front, Outputs, apart};

/// The suspended process; dropped, it is ended without having run.
#[derive(Debug)]
pub(super) struct Gate(Option<Child>);

impl Gate {
    pub(super) fn open(mut self) {
        if let Some(mut child) = self.0.take()
            && resume(child.id()).is_err()
        {
            // One that can't run is ended, which the watcher tells.
            let _ = child.kill();
        }
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            // One that is gone already is what was wanted.
            let _ = child.kill();
        }
    }
}

pub(super) fn launch(
    program: &OsStr,
    arguments: &[OsString],
    outputs: Outputs,
    front: Front,
) -> io::Result<(u32, Gate)> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(outputs.out)
        .stderr(outputs.err);
    apart(&mut command, front);
    // In the place of those that were just set.
    command.creation_flags(group(front) | CREATE_SUSPENDED);
    let child = command.spawn()?;
    Ok((child.id(), Gate(Some(child))))
}

pub(super) fn own_group(command: &mut Command, front: Front) {
    command.creation_flags(group(front));
}

/// No process becomes another here.
pub(super) fn pass_gate() {}

/// A pipe of Windows is waited for while it is full.
pub(super) fn never_wait_for_the_copy() {}

/// It was waited for.
pub(super) fn room_comes(_: Duration) -> bool {
    false
}

fn group(front: Front) -> u32 {
    let console = match front {
        Front::Terminal => 0,
        Front::Window => CREATE_NO_WINDOW,
    };
    CREATE_NEW_PROCESS_GROUP | console
}

/// Resumes the threads of a process that has only its first.
fn resume(pid: u32) -> io::Result<()> {
    let mut resumed = Err(io::ErrorKind::NotFound.into());
    for thread in threads_of(pid)? {
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
        resumed = Ok(());
    }
    resumed
}

fn threads_of(pid: u32) -> io::Result<Vec<u32>> {
    // SAFETY: it takes no pointer.
    let snapshot = unsafe { CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0) };
    if snapshot == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle was just opened and nobody else has it.
    let snapshot = unsafe { OwnedHandle::from_raw_handle(snapshot) };
    let mut entry = THREADENTRY32 {
        dwSize: mem::size_of::<THREADENTRY32>() as u32,
        ..THREADENTRY32::default()
    };
    let mut threads = Vec::new();
    // SAFETY: the snapshot is open, and the entry says how long it is.
    let mut more = unsafe { Thread32First(snapshot.as_raw_handle(), &mut entry) };
    while more != 0 {
        if entry.th32OwnerProcessID == pid {
            threads.push(entry.th32ThreadID);
        }
        // SAFETY: as above.
        more = unsafe { Thread32Next(snapshot.as_raw_handle(), &mut entry) };
    }
    Ok(threads)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn echo(out: Stdio) -> (u32, Gate) {
        let outputs = Outputs {
            out,
            err: Stdio::null(),
        };
        let arguments = ["/c", "echo ran"].map(OsString::from);
        launch(OsStr::new("cmd"), &arguments, outputs, Front::Window).unwrap()
    }

    #[test]
    fn a_target_runs_only_when_it_is_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let (_, gate) = echo(std::fs::File::create(&path).unwrap().into());
        drop(gate);
        let (pid, mut gate) = echo(std::fs::File::create(&path).unwrap().into());
        assert_eq!(threads_of(pid).unwrap().len(), 1);
        assert_eq!(std::fs::read(&path).unwrap(), b"");
        let mut child = gate.0.take().unwrap();
        resume(child.id()).unwrap();
        assert!(child.wait().unwrap().success());
        assert_eq!(std::fs::read(&path).unwrap(), b"ran\r\n");
    }
}
