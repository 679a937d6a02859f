//! Signals, and what Windows has in their place, become commands.

#[cfg(unix)]
pub(in crate::cli) use unix::listen;
#[cfg(windows)]
pub(in crate::cli) use windows::listen;

#[cfg(unix)]
mod unix {
    use crossbeam_channel::Sender;
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2};
    use signal_hook::iterator::Signals;

    use crashcap_core::recorder::Command;

    /// Signals that are caught from now on.
    pub(in crate::cli) struct Caught(Signals);

    /// Catches what would end this process or is meant for it.
    pub(in crate::cli) fn listen() -> std::io::Result<Caught> {
        Signals::new([SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2]).map(Caught)
    }

    impl Caught {
        /// Passes signals on to a recorder, on a thread of their own.
        pub(in crate::cli) fn pass_on(mut self, commands: Sender<Command>, save_on_stop: bool) {
            // Without the thread the signals stay caught, and keys and the socket still work.
            let _ = std::thread::Builder::new()
                .name("signals".into())
                .spawn(move || {
                    let mut save_on_stop = save_on_stop;
                    for signal in self.0.forever() {
                        if commands.send(command(signal, save_on_stop)).is_err() {
                            return;
                        }
                        // A second Ctrl-C gives up what no folder took.
                        save_on_stop &= signal != SIGINT;
                    }
                });
        }
    }

    fn command(signal: i32, save_on_stop: bool) -> Command {
        let stop = |save, reason: &str| Command::Stop {
            save,
            reason: reason.into(),
        };
        match signal {
            SIGUSR1 => Command::Freeze {
                by: "SIGUSR1".into(),
            },
            SIGUSR2 => Command::Snapshot {
                by: "SIGUSR2".into(),
            },
            SIGINT => stop(save_on_stop, "Ctrl-C"),
            SIGHUP => stop(true, "the terminal was closed (SIGHUP)"),
            _ => stop(true, "SIGTERM"),
        }
    }
}

#[cfg(windows)]
mod windows {
    use std::sync::OnceLock;

    use crossbeam_channel::{Receiver, Sender, bounded};
    use windows_sys::Win32::System::Console::{
        CTRL_BREAK_EVENT, CTRL_C_EVENT, CTRL_CLOSE_EVENT, SetConsoleCtrlHandler,
    };
    use windows_sys::core::BOOL;

    use crashcap_core::recorder::Command;

    static EVENTS: OnceLock<Sender<u32>> = OnceLock::new();

    /// Console events that are caught from now on.
    pub(in crate::cli) struct Caught(Receiver<u32>);

    unsafe extern "system" fn handler(event: u32) -> BOOL {
        let Some(events) = EVENTS.get() else {
            return 0;
        };
        let _ = events.try_send(event);
        if event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT {
            // Windows ends the process when this returns: the saving needs the time.
            let (_open, nothing) = bounded::<()>(0);
            let _ = nothing.recv();
        }
        1
    }

    /// Catches Ctrl-C, the console's close and the session's end.
    pub(in crate::cli) fn listen() -> std::io::Result<Caught> {
        let (sender, receiver) = bounded(16);
        let _ = EVENTS.set(sender);
        // SAFETY: the handler lives as long as the program and touches only the channel.
        if unsafe { SetConsoleCtrlHandler(Some(handler), 1) } == 0 {
            return Err(std::io::Error::last_os_error());
        }
        Ok(Caught(receiver))
    }

    impl Caught {
        /// Passes events on to a recorder, on a thread of their own.
        pub(in crate::cli) fn pass_on(self, commands: Sender<Command>, save_on_stop: bool) {
            // Without the thread, keys and the pipe still work.
            let _ = std::thread::Builder::new()
                .name("signals".into())
                .spawn(move || {
                    for event in self.0 {
                        let (save, reason) = match event {
                            CTRL_C_EVENT | CTRL_BREAK_EVENT => (save_on_stop, "Ctrl-C"),
                            CTRL_CLOSE_EVENT => (true, "the terminal was closed"),
                            _ => (true, "the end of the Windows session"),
                        };
                        let reason = reason.into();
                        if commands.send(Command::Stop { save, reason }).is_err() {
                            return;
                        }
                    }
                });
        }
    }
}
