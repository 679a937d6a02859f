//! Ends of processes on Windows: a held handle of each, on which the system's
//! thread pool waits (RegisterWaitForSingleObject; WaitForMultipleObjects alone
//! takes no more than 64). A held handle keeps the PID from being taken anew.

use std::collections::HashMap;
use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use windows_sys::Win32::Foundation::{
    CloseHandle, ERROR_INVALID_PARAMETER, FILETIME, GetLastError, HANDLE, INVALID_HANDLE_VALUE,
    WAIT_TIMEOUT,
};
use windows_sys::Win32::System::Threading::{
    GetExitCodeProcess, GetProcessTimes, INFINITE, OpenProcess, PROCESS_QUERY_LIMITED_INFORMATION,
    PROCESS_SYNCHRONIZE, RegisterWaitForSingleObject, UnregisterWaitEx, WT_EXECUTEINWAITTHREAD,
    WT_EXECUTEONLYONCE, WaitForSingleObject,
};

use super::{AddError, EndSource, Wake};
use crate::clock::{Now, now};
use crate::limits;
use crate::watch::{ExitMethod, ExitStatus, ProcessIdentity, WatchEvent};

/// Codes from here on are those of errors and exceptions ([MS-ERREF] 2.3).
const EXCEPTIONS_FROM: u32 = 0xC000_0000;
/// Seconds from 1601, where Windows counts from, to 1970.
const EPOCH_SECONDS: u64 = 11_644_473_600;
/// A FILETIME counts in tenths of a microsecond.
const TICKS_PER_SECOND: u64 = 10_000_000;

/// What comes through the channel.
enum Message {
    Woken,
    Ended { token: u64, at: Now },
}

struct Handles {
    messages: Receiver<Message>,
    sender: Sender<Message>,
    watched: HashMap<u64, Watched>,
    next_token: u64,
}

struct ChannelWake(Sender<Message>);

impl Wake for ChannelWake {
    fn wake(&self) {
        // Full means that messages are waiting, which wake as well.
        let _ = self.0.try_send(Message::Woken);
    }
}

/// Opens it.
///
/// # Errors
/// None on this system.
pub(super) fn open() -> Result<Box<dyn EndSource>, String> {
    // One message for each that can be watched, and wake-ups, which may be lost.
    let (sender, messages) = bounded(2 * limits::TARGETS_MAX);
    Ok(Box::new(Handles {
        messages,
        sender,
        watched: HashMap::new(),
        next_token: 0,
    }))
}

impl EndSource for Handles {
    fn method(&self) -> ExitMethod {
        ExitMethod::ProcessHandle
    }

    fn add(&mut self, process: ProcessIdentity) -> Result<(), AddError> {
        let handle = ProcessHandle::open(process.pid)?;
        let same = process.started == 0 || handle.started() == Some(process.started);
        if !same || !handle.is_running() {
            return Err(AddError::Gone);
        }
        let token = self.next_token;
        self.next_token += 1;
        let watched = Watched::new(process, handle, token, self.sender.clone())?;
        self.watched.insert(token, watched);
        Ok(())
    }

    fn wait(&mut self, timeout: Duration, noticed: &mut Vec<WatchEvent>) {
        let Ok(first) = self.messages.recv_timeout(timeout) else {
            return;
        };
        let more: Vec<Message> = self.messages.try_iter().collect();
        for message in std::iter::once(first).chain(more) {
            let Message::Ended { token, at } = message else {
                continue;
            };
            if let Some(watched) = self.watched.remove(&token) {
                noticed.push(WatchEvent::Ended {
                    process: watched.process,
                    at,
                    status: Some(watched.handle.status()),
                    left: 0,
                });
            }
        }
    }

    fn waker(&self) -> Arc<dyn Wake> {
        Arc::new(ChannelWake(self.sender.clone()))
    }
}

/// An open handle of a process.
struct ProcessHandle(HANDLE);

// SAFETY: a handle of a process belongs to the whole process and may be used on any thread.
unsafe impl Send for ProcessHandle {}

impl ProcessHandle {
    fn open(pid: u32) -> Result<Self, AddError> {
        let rights = PROCESS_SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION;
        // SAFETY: takes and gives plain values.
        let handle = unsafe { OpenProcess(rights, 0, pid) };
        if !handle.is_null() {
            return Ok(Self(handle));
        }
        // SAFETY: reads this thread's last error.
        match unsafe { GetLastError() } {
            ERROR_INVALID_PARAMETER => Err(AddError::Gone),
            code => Err(AddError::Refused(format!(
                "opening the process is refused: {}",
                std::io::Error::from_raw_os_error(code.cast_signed())
            ))),
        }
    }

    /// Seconds since 1970, as the table of processes tells them.
    fn started(&self) -> Option<u64> {
        let zero = FILETIME {
            dwLowDateTime: 0,
            dwHighDateTime: 0,
        };
        let (mut created, mut ended, mut kernel, mut user) = (zero, zero, zero, zero);
        // SAFETY: the handle is open with the right to query, and the four
        // places are valid for writing.
        let told =
            unsafe { GetProcessTimes(self.0, &mut created, &mut ended, &mut kernel, &mut user) };
        let ticks = u64::from(created.dwHighDateTime) << 32 | u64::from(created.dwLowDateTime);
        (told != 0)
            .then(|| (ticks / TICKS_PER_SECOND).checked_sub(EPOCH_SECONDS))
            .flatten()
    }

    fn is_running(&self) -> bool {
        // SAFETY: the handle is open with the right to wait.
        unsafe { WaitForSingleObject(self.0, 0) == WAIT_TIMEOUT }
    }

    /// The status of a process that ended.
    fn status(&self) -> ExitStatus {
        let mut code = 0;
        // SAFETY: the handle is open with the right to query, and `code` is valid for writing.
        let told = unsafe { GetExitCodeProcess(self.0, &mut code) };
        match code {
            _ if told == 0 => ExitStatus::Unknown {
                reason: format!(
                    "Windows does not tell it: {}",
                    std::io::Error::last_os_error()
                ),
            },
            EXCEPTIONS_FROM.. => ExitStatus::Exception { code },
            _ => ExitStatus::Code {
                code: code.cast_signed(),
            },
        }
    }
}

impl Drop for ProcessHandle {
    fn drop(&mut self) {
        // SAFETY: the handle is open and nobody else closes it.
        unsafe { CloseHandle(self.0) };
    }
}

/// A process with the wait that is registered for it.
struct Watched {
    process: ProcessIdentity,
    wait: HANDLE,
    context: *mut Context,
    // Closed after the wait is unregistered: fields are dropped after `drop`.
    handle: ProcessHandle,
}

// SAFETY: the wait's handle may be used on any thread, and the context is
// touched by the thread pool until it is unregistered and by nobody after.
unsafe impl Send for Watched {}

/// What the thread pool's callback is given.
struct Context {
    token: u64,
    sender: Sender<Message>,
}

impl Watched {
    fn new(
        process: ProcessIdentity,
        handle: ProcessHandle,
        token: u64,
        sender: Sender<Message>,
    ) -> Result<Self, AddError> {
        let context = Box::into_raw(Box::new(Context { token, sender }));
        let mut wait = null_mut();
        // SAFETY: the process's handle stays open, and the context alive, until
        // `drop` has unregistered the wait and seen its callback done.
        let registered = unsafe {
            RegisterWaitForSingleObject(
                &mut wait,
                handle.0,
                Some(ended),
                context.cast_const().cast(),
                INFINITE,
                WT_EXECUTEONLYONCE | WT_EXECUTEINWAITTHREAD,
            )
        };
        if registered == 0 {
            let error = std::io::Error::last_os_error();
            // SAFETY: no wait was registered, so nobody else has the context.
            drop(unsafe { Box::from_raw(context) });
            return Err(AddError::Refused(format!("waiting is refused: {error}")));
        }
        Ok(Self {
            process,
            wait,
            context,
            handle,
        })
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // SAFETY: the wait is registered, and INVALID_HANDLE_VALUE makes this
        // return only when its callback has ended or can run no more: then the
        // context is ours alone.
        unsafe {
            UnregisterWaitEx(self.wait, INVALID_HANDLE_VALUE);
            drop(Box::from_raw(self.context));
        }
    }
}

/// Called by the thread pool when a process has ended.
unsafe extern "system" fn ended(context: *mut c_void, _timed_out: bool) {
    let at = now();
    // SAFETY: `Watched` keeps the context alive until this callback has ended.
    let context = unsafe { &*context.cast_const().cast::<Context>() };
    let token = context.token;
    // There is room for one message of each process that is watched.
    let _ = context.sender.try_send(Message::Ended { token, at });
}

/// There are no zombies.
pub(super) fn status_of_zombie(_process: ProcessIdentity) -> Option<ExitStatus> {
    None
}
