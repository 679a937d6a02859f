//! Keys on a terminal: f freezes, s saves and goes on, q stops.

use crossbeam_channel::Sender;

use crashcap_core::recorder::Command;

/// Puts the terminal back when dropped.
pub(super) struct Keys {
    #[cfg(unix)]
    before: rustix::termios::Termios,
}

/// Listens for keys where standard input is a terminal of a person.
#[cfg(unix)]
pub(super) fn listen(commands: Sender<Command>, save_on_stop: bool, json: bool) -> Option<Keys> {
    use std::io::Read;

    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcgetpgrp, tcsetattr};

    let stdin = rustix::stdio::stdin();
    if json || !rustix::termios::isatty(stdin) {
        return None;
    }
    // A job in the background must not touch its terminal: it would be stopped.
    if tcgetpgrp(stdin).ok()? != rustix::process::getpgrp() {
        return None;
    }
    let before = tcgetattr(stdin).ok()?;
    let mut single = before.clone();
    single.local_modes -= LocalModes::ICANON | LocalModes::ECHO;
    tcsetattr(stdin, OptionalActions::Now, &single).ok()?;
    std::thread::Builder::new()
        .name("keys".into())
        .spawn(move || {
            for key in std::io::stdin().lock().bytes().map_while(Result::ok) {
                let Some(command) = command(key, save_on_stop) else {
                    continue;
                };
                if commands.send(command).is_err() {
                    return;
                }
            }
        })
        .ok();
    Some(Keys { before })
}

#[cfg(unix)]
impl Drop for Keys {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        // A terminal that is gone needs nothing put back.
        let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &self.before);
    }
}

/// Windows: lines are read, so a key takes effect with Enter.
#[cfg(windows)]
pub(super) fn listen(commands: Sender<Command>, save_on_stop: bool, json: bool) -> Option<Keys> {
    use std::io::{IsTerminal, Read};

    if json || !std::io::stdin().is_terminal() {
        return None;
    }
    std::thread::Builder::new()
        .name("keys".into())
        .spawn(move || {
            for key in std::io::stdin().lock().bytes().map_while(Result::ok) {
                let Some(command) = command(key, save_on_stop) else {
                    continue;
                };
                if commands.send(command).is_err() {
                    return;
                }
            }
        })
        .ok()?;
    Some(Keys {})
}

fn command(key: u8, save_on_stop: bool) -> Option<Command> {
    match key.to_ascii_lowercase() {
        b'f' => Some(Command::Freeze { by: "a key".into() }),
        b's' => Some(Command::Snapshot { by: "a key".into() }),
        b'q' => Some(Command::Stop {
            save: save_on_stop,
            reason: "the key q".into(),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_mean_what_the_help_says() {
        assert!(matches!(command(b'F', false), Some(Command::Freeze { .. })));
        assert!(matches!(
            command(b's', false),
            Some(Command::Snapshot { .. })
        ));
        assert!(matches!(
            command(b'q', true),
            Some(Command::Stop { save: true, .. })
        ));
        assert_eq!(command(b'x', false), None);
    }
}
