//! The session bus, by which a Linux desktop offers its portal.
//!
//! - Nothing here waits for ever: a bus or a portal that does not answer is none.

#[cfg(test)]
pub(crate) mod session;

use std::time::Duration;

use crossbeam_channel::bounded;
use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;

/// The desktop's portal.
pub(super) const PORTAL: &str = "org.freedesktop.portal.Desktop";
/// The object that it serves.
pub(super) const PORTAL_PATH: &str = "/org/freedesktop/portal/desktop";

const BUS: &str = "org.freedesktop.DBus";
const BUS_PATH: &str = "/org/freedesktop/DBus";
/// A local socket answers at once, or something is wrong with it.
const CONNECT_MAX: Duration = Duration::from_secs(2);
/// A portal that the bus starts first takes seconds on a slow machine.
const ANSWER_MAX: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 10 });

/// Connects to the bus of this session. `None` where there is none.
pub(super) fn connect() -> Option<Connection> {
    let (connected, connection) = bounded(1);
    // The first words that are exchanged know no limit of their own.
    let _ = std::thread::Builder::new()
        .name("session bus".into())
        .spawn(move || {
            let built = Builder::session().and_then(|bus| bus.method_timeout(ANSWER_MAX).build());
            // Too late is as good as never.
            let _ = connected.send(built);
        });
    connection.recv_timeout(CONNECT_MAX).ok()?.ok()
}

/// Whether somebody has this name, or the bus knows how to start somebody.
pub(super) fn offers(bus: &Connection, name: &str) -> bool {
    owner(bus, name).is_some() || startable(bus).iter().any(|one| one == name)
}

/// Who has this name now.
pub(super) fn owner(bus: &Connection, name: &str) -> Option<String> {
    let reply = bus.call_method(Some(BUS), BUS_PATH, Some(BUS), "GetNameOwner", &name);
    reply.ok()?.body().deserialize().ok()
}

fn startable(bus: &Connection) -> Vec<String> {
    let reply = bus.call_method(Some(BUS), BUS_PATH, Some(BUS), "ListActivatableNames", &());
    let names = reply.ok().and_then(|reply| reply.body().deserialize().ok());
    names.unwrap_or_default()
}
