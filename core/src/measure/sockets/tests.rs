//! Real sockets on loopback, and a process that holds them and never closes one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::time::Duration;

use rustix::thread::UnshareFlags;

use super::*;
use crate::clock::now;
use crate::measure::{Probe, Reading};

/// The longest wait for anything; only a failing test waits that long.
const PATIENCE: Duration = Duration::from_secs(10);

/// A process that holds sockets and does nothing with them.
struct Holder(Child);

impl Holder {
    fn of(sockets: Vec<OwnedFd>) -> Self {
        let raw: Vec<i32> = sockets.iter().map(AsRawFd::as_raw_fd).collect();
        let mut command = Command::new("sleep");
        command.arg("600");
        // SAFETY: between fork and exec only a system call is made, on
        // descriptors that stay open until the process is started.
        unsafe {
            command.pre_exec(move || {
                for socket in &raw {
                    if libc::fcntl(*socket, libc::F_SETFD, 0) != 0 {
                        return Err(std::io::Error::last_os_error());
                    }
                }
                Ok(())
            });
        }
        let holder = Self(command.spawn().unwrap());
        drop(sockets);
        holder
    }

    fn target(&self) -> Vec<ProcessIdentity> {
        vec![ProcessIdentity {
            pid: self.0.id(),
            started: 0,
        }]
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn listener(ip: impl Into<IpAddr>) -> TcpListener {
    TcpListener::bind(SocketAddr::new(ip.into(), 0)).unwrap()
}

/// Both ends of new connections.
fn connect(listener: &TcpListener, count: usize) -> (Vec<TcpStream>, Vec<TcpStream>) {
    let address = listener.local_addr().unwrap();
    (0..count)
        .map(|_| {
            let client = TcpStream::connect(address).unwrap();
            (client, listener.accept().unwrap().0)
        })
        .unzip()
}

fn owned(sockets: Vec<TcpStream>) -> Vec<OwnedFd> {
    sockets.into_iter().map(OwnedFd::from).collect()
}

fn count(states: &[SocketState], scope: SocketScope) -> SocketCount {
    SocketCount::new(states.iter().copied().collect(), scope, "server").unwrap()
}

/// Looks until the value is reached, which needs a moment where the kernel still works.
fn reaches(probe: &mut dyn Probe, targets: &[ProcessIdentity], value: f64) -> Reading {
    let start = now();
    let (_open, nothing) = crossbeam_channel::bounded::<()>(0);
    loop {
        let reading = probe.read(targets, now()).unwrap();
        if (reading.value - value).abs() < 0.5 {
            return reading;
        }
        assert!(
            now().monotonic.since(start.monotonic) < PATIENCE,
            "{value} is awaited: {reading:?}"
        );
        let _ = nothing.recv_timeout(Duration::from_millis(2));
    }
}

#[test]
fn what_the_peer_closed_and_the_target_did_not_is_counted() {
    for ip in [
        IpAddr::from(Ipv4Addr::LOCALHOST),
        IpAddr::from(Ipv6Addr::LOCALHOST),
    ] {
        let listener = listener(ip);
        let port = listener.local_addr().unwrap().port();
        let (mut clients, servers) = connect(&listener, 12);
        let mut sockets = owned(servers);
        sockets.push(listener.into());
        let holder = Holder::of(sockets);
        let target = holder.target();

        let mut of_target = count(&[SocketState::CloseWait], SocketScope::Target);
        let mut of_port = count(&[SocketState::CloseWait], SocketScope::Port(port));
        let mut both = count(
            &[SocketState::CloseWait, SocketState::Established],
            SocketScope::Target,
        );
        let mut listening = count(&[SocketState::Listen], SocketScope::Target);
        reaches(&mut of_target, &target, 0.0);
        reaches(&mut both, &target, 12.0);
        clients.truncate(1);
        let told = reaches(&mut of_target, &target, 11.0);
        let note = told.note.unwrap();
        assert!(
            note.starts_with(&format!("all of them with {ip}")),
            "{note}"
        );
        reaches(&mut of_port, &[], 11.0);
        let told = reaches(&mut both, &target, 12.0).note.unwrap();
        assert!(told.starts_with("ESTABLISHED 1, CLOSE_WAIT 11; "), "{told}");
        reaches(&mut listening, &target, 1.0);
        assert_eq!(of_target.what(), "TCP sockets in CLOSE_WAIT of server");
        assert_eq!(
            of_port.what(),
            format!("TCP sockets in CLOSE_WAIT of local port {port}")
        );
    }
}

#[test]
fn sockets_that_come_later_are_counted_too() {
    let listener = listener(Ipv4Addr::LOCALHOST);
    let mut probe = count(&[SocketState::Established], SocketScope::Target);
    let (_first_clients, first) = connect(&listener, 2);
    let first = Holder::of(owned(first));
    reaches(&mut probe, &first.target(), 2.0);
    let (_more_clients, more) = connect(&listener, 3);
    let more = Holder::of(owned(more));
    // The clients' ends and those of other tests are not the target's.
    let mut target = first.target();
    reaches(&mut probe, &target, 2.0);
    target.extend(more.target());
    reaches(&mut probe, &target, 5.0);
    drop(first);
    reaches(&mut probe, &more.target(), 3.0);
}

#[test]
fn what_is_new_at_the_targets_port_is_presumed_to_be_its_own() {
    let listener = listener(Ipv4Addr::LOCALHOST);
    let holder = Holder::of(vec![listener.try_clone().unwrap().into()]);
    let mut probe = count(&[SocketState::Established], SocketScope::Target);
    let mut at = now();
    let mut value = |after| {
        at.monotonic = at.monotonic.after(after);
        probe.read(&holder.target(), at).unwrap().value
    };
    assert!(value(Duration::ZERO) < 0.5);
    // A process that is no target accepts.
    let (_clients, _servers) = connect(&listener, 2);
    let soon = value(Duration::from_micros(1));
    assert!((soon - 2.0).abs() < 0.5, "{soon}");
    let looked = value(Duration::from_secs(600));
    assert!(looked < 0.5, "{looked}");
}

#[test]
fn the_host_has_at_least_what_its_ports_have() {
    let listener = listener(Ipv4Addr::LOCALHOST);
    let (clients, _servers) = connect(&listener, 5);
    drop(clients);
    let port = listener.local_addr().unwrap().port();
    let mut of_port = count(&[SocketState::CloseWait], SocketScope::Port(port));
    reaches(&mut of_port, &[], 5.0);
    let mut of_host = count(&[SocketState::CloseWait], SocketScope::Host);
    let told = of_host.read(&[], now()).unwrap();
    assert!(told.value >= 5.0, "{told:?}");
    assert_eq!(of_host.what(), "TCP sockets in CLOSE_WAIT of this host");
}

#[test]
fn a_connection_that_nobody_accepts_is_the_listeners() {
    let listener = listener(Ipv4Addr::LOCALHOST);
    let address = listener.local_addr().unwrap();
    let holder = Holder::of(vec![listener.into()]);
    let target = holder.target();
    let mut waiting = count(&[SocketState::Established], SocketScope::Target);
    let mut left = count(&[SocketState::CloseWait], SocketScope::Target);
    let clients: Vec<_> = (0..3)
        .map(|_| TcpStream::connect(address).unwrap())
        .collect();
    let told = reaches(&mut waiting, &target, 3.0).note.unwrap();
    assert!(told.contains("3 held by no process"), "{told}");
    drop(clients);
    reaches(&mut left, &target, 3.0);
}

#[test]
fn half_a_handshake_is_the_listeners() {
    let listener = listener(Ipv4Addr::LOCALHOST);
    // Until data comes the handshake is not done, as far as the server sees.
    let seconds: libc::c_int = 30;
    // SAFETY: the kernel reads the four bytes of the number.
    let set = unsafe {
        libc::setsockopt(
            listener.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_DEFER_ACCEPT,
            (&raw const seconds).cast(),
            4,
        )
    };
    assert_eq!(set, 0);
    let address = listener.local_addr().unwrap();
    let holder = Holder::of(vec![listener.into()]);
    let _clients: Vec<_> = (0..4)
        .map(|_| TcpStream::connect(address).unwrap())
        .collect();
    let mut of_target = count(&[SocketState::SynRecv], SocketScope::Target);
    let told = reaches(&mut of_target, &holder.target(), 4.0).note.unwrap();
    assert!(told.contains("4 held by no process"), "{told}");
    let mut of_port = count(&[SocketState::SynRecv], SocketScope::Port(address.port()));
    reaches(&mut of_port, &[], 4.0);
}

#[test]
fn what_the_server_closed_first_waits_at_its_port() {
    let listener = listener(Ipv4Addr::LOCALHOST);
    let port = listener.local_addr().unwrap().port();
    let (clients, servers) = connect(&listener, 6);
    let holder = Holder::of(vec![listener.into()]);
    // Told and not dropped: what another test starts may hold the same sockets
    // for a moment, and then the other side would be the first.
    let close = |sockets: &[TcpStream]| {
        for socket in sockets {
            socket.shutdown(Shutdown::Write).unwrap();
        }
    };
    close(&servers[..2]);
    let mut half = count(&[SocketState::FinWait2], SocketScope::Port(port));
    reaches(&mut half, &[], 2.0);
    close(&servers[2..]);
    close(&clients);
    let mut waiting = count(&[SocketState::TimeWait], SocketScope::Target);
    reaches(&mut waiting, &holder.target(), 6.0);
}

#[test]
fn connections_that_wait_are_told_with_their_limit() {
    let listener = listener(Ipv4Addr::LOCALHOST);
    rustix::net::listen(&listener, 2).unwrap();
    let address = listener.local_addr().unwrap();
    let port = address.port();
    let mut of_port = AcceptQueue::new(SocketScope::Port(port), "server").unwrap();
    let mut of_target = AcceptQueue::new(SocketScope::Target, "server").unwrap();
    let holder = Holder::of(vec![listener.try_clone().unwrap().into()]);
    reaches(&mut of_port, &[], 0.0);
    let _clients: Vec<_> = (0..2)
        .map(|_| TcpStream::connect(address).unwrap())
        .collect();
    let told = reaches(&mut of_port, &[], 2.0).note.unwrap();
    assert_eq!(told, format!("2 at 127.0.0.1:{port}, of which 2 may wait"));
    let _one_more = TcpStream::connect(address).unwrap();
    let told = reaches(&mut of_target, &holder.target(), 3.0).note.unwrap();
    assert!(told.ends_with(": full"), "{told}");
    for _ in 0..3 {
        listener.accept().unwrap();
    }
    reaches(&mut of_port, &[], 0.0);
    drop((listener, holder));
    // What another test starts holds it too until it is another program.
    let start = now();
    while of_port.read(&[], now()).unwrap().note.unwrap() != "nobody listens there" {
        assert!(now().monotonic.since(start.monotonic) < PATIENCE);
        std::thread::yield_now();
    }
}

#[test]
fn without_a_target_or_rights_there_is_no_number() {
    let mut probe = count(&[SocketState::CloseWait], SocketScope::Target);
    assert_eq!(probe.read(&[], now()), Err(Unmeasured::NoTarget));
    let first = [ProcessIdentity { pid: 1, started: 0 }];
    // Rights are a thread's own: this one gives them up and ends.
    let refused = std::thread::spawn(move || {
        let nobody = 65534;
        // SAFETY: plain numbers; the bare call changes this thread alone.
        let _ = unsafe { libc::syscall(libc::SYS_setresuid, nobody, nobody, nobody) };
        probe.read(&first, now()).unwrap_err()
    });
    let refused = refused.join().unwrap().to_string();
    assert!(
        refused.contains("pid 1 belong to another user") && refused.contains("or as root"),
        "{refused}"
    );
}

#[test]
fn a_target_in_another_network_namespace_is_refused_and_not_none() {
    let mut command = Command::new("sleep");
    command.arg("600");
    // SAFETY: between fork and exec only a system call is made.
    unsafe {
        command.pre_exec(|| {
            rustix::thread::unshare_unsafe(UnshareFlags::NEWUSER | UnshareFlags::NEWNET)
                .map_err(std::io::Error::from)
        });
    }
    let Ok(child) = command.spawn() else {
        eprintln!("skipped: this machine allows no user namespaces");
        return;
    };
    let holder = Holder(child);
    let mut probe = count(&[SocketState::CloseWait], SocketScope::Target);
    let refused = probe.read(&holder.target(), now()).unwrap_err().to_string();
    assert!(
        refused.contains("in a network namespace of its own"),
        "{refused}"
    );
}
