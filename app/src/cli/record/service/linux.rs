//! Linux: datagrams to the socket that the environment names (sd_notify(3),
//! sd_watchdog_enabled(3)).

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use crashcap_core::limits::SERVICE_TOLD_WAIT;

/// Where it listens, and what it expects of which process.
const VARIABLES: [&str; 3] = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"];

/// The service manager that started this process.
#[derive(Debug)]
pub(super) struct Manager {
    socket: UnixDatagram,
    address: SocketAddr,
    watchdog: Option<Duration>,
}

impl Manager {
    /// Takes what the environment says of it out of the environment, before
    /// this program's first thread. `None` where nobody listens.
    ///
    /// # Errors
    /// Somebody is said to listen, but cannot be reached in this way.
    pub(super) fn take() -> io::Result<Option<Self>> {
        let [Some(address), span, process] = VARIABLES.map(env::var_os) else {
            return Ok(None);
        };
        for variable in VARIABLES {
            // SAFETY: no other thread runs yet that could read the environment.
            unsafe { env::remove_var(variable) };
        }
        // Without a connection: a manager that was restarted is reached again.
        let socket = UnixDatagram::unbound()?;
        socket.set_write_timeout(Some(SERVICE_TOLD_WAIT))?;
        Ok(Some(Self {
            socket,
            address: parse(&address)?,
            watchdog: watchdog(span, process),
        }))
    }

    /// After how long a silence it ends this process, if it does.
    pub(super) fn watchdog(&self) -> Option<Duration> {
        self.watchdog
    }

    /// Tells it lines of `NAME=value`.
    ///
    /// # Errors
    /// Nobody listens any more, or it takes nothing.
    pub(super) fn tell(&self, message: &str) -> io::Result<()> {
        loop {
            // A datagram is sent whole or not at all.
            match self.socket.send_to_addr(message.as_bytes(), &self.address) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                sent => return sent.map(|_| ()),
            }
        }
    }
}

/// A path, or with `@` a name that no file system knows (unix(7)).
fn parse(address: &OsStr) -> io::Result<SocketAddr> {
    match address.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name),
        [b'/', ..] => SocketAddr::from_pathname(address),
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not the address of a local socket",
        )),
    }
}

/// The time, where it is meant for this process.
fn watchdog(span: Option<OsString>, process: Option<OsString>) -> Option<Duration> {
    let number = |text: OsString| text.to_str()?.parse::<u64>().ok();
    if let Some(process) = process
        && number(process) != Some(u64::from(std::process::id()))
    {
        return None;
    }
    let micros = number(span?).filter(|micros| *micros > 0)?;
    Some(Duration::from_micros(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_paths_or_abstract_names() {
        let path = parse(OsStr::new("/run/systemd/notify")).unwrap();
        assert!(path.as_pathname().is_some());
        let name = parse(OsStr::new("@notify")).unwrap();
        assert_eq!(name.as_abstract_name(), Some(&b"notify"[..]));
        for wrong in ["", "vsock:2:1", "notify"] {
            assert!(parse(OsStr::new(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_watchdog_counts_where_it_is_meant_for_this_process() {
        let text = |text: &str| Some(OsString::from(text));
        let me = Some(OsString::from(std::process::id().to_string()));
        let second = Some(Duration::from_secs(1));
        assert_eq!(watchdog(text("1000000"), me.clone()), second);
        assert_eq!(watchdog(text("1000000"), None), second);
        assert_eq!(watchdog(text("1000000"), text("1")), None);
        assert_eq!(watchdog(text("0"), me.clone()), None);
        assert_eq!(watchdog(text("soon"), me.clone()), None);
        assert_eq!(watchdog(None, me), None);
    }

    #[test]
    fn what_is_told_is_heard_by_whoever_listens() {
        let name = format!("crashcap-{}-heard", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let listener = UnixDatagram::bind_addr(&address).unwrap();
        let manager = Manager {
            socket: UnixDatagram::unbound().unwrap(),
            address,
            watchdog: None,
        };
        manager.tell("READY=1\nSTATUS=recording").unwrap();
        let mut heard = [0; 64];
        let length = listener.recv(&mut heard).unwrap();
        assert_eq!(&heard[..length], b"READY=1\nSTATUS=recording");
        drop(listener);
        assert!(manager.tell("STOPPING=1").is_err());
    }
}
