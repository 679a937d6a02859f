//! Conditions over packets, with the real thing: connections that are reset, a
//! server that answers wrongly, or not at all, a link without a packet.
//!
//! Each test is a thread in a network namespace of its own, whose loopback is
//! captured as a recording does it. Linux only.
#![cfg(target_os = "linux")]

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::Command;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crashcap_core::capture::{
    self, FromSource, InterfaceRegistry, LiveSource, OpenOptions, SourceCommand, SourceConfig,
    SourceHandle,
};
use crashcap_core::clock::{Now, now};
use crashcap_core::limits;
use crashcap_core::recorder::follow::{Followed, Follower, FromFollower};
use crashcap_core::ring::{Sealed, SegmentWriter, SourceId};
use crashcap_core::trigger::packets::{
    Noticed, Often, PacketCondition, PacketKind, PacketWatch, PayloadText, TrafficUnit,
};
use crashcap_core::trigger::rules::{LeafId, What};
use crossbeam_channel::{Receiver, Sender, after, bounded};
use rustix::net::sockopt::set_socket_linger;
use rustix::thread::{UnshareFlags, unshare_unsafe};

/// The longest that anything here is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
const SEGMENT: usize = 256 << 10;
const RUNS: usize = 30;
const REQUEST: &[u8] = b"GET /orders HTTP/1.1\r\nHost: lab\r\n\r\n";

/// Runs a test on a thread in a network namespace of its own.
fn apart(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::spawn(|| {
        // SAFETY: only sharing file descriptors is unsafe to end, and it goes on.
        unsafe { unshare_unsafe(UnshareFlags::NEWNET) }.unwrap();
        let up = Command::new("ip")
            .args(["link", "set", "lo", "up"])
            .status();
        assert!(up.unwrap().success());
        test();
    });
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

/// A source that runs, and a follower beside it.
struct Watching {
    told: Receiver<FromFollower>,
    /// Ends the keeper's thread, which answers with the follower.
    stop: Option<Sender<()>>,
    keeper: Option<JoinHandle<(SourceHandle, Follower)>>,
}

impl Watching {
    /// Captures a device for conditions, whose leaves are numbered from 0.
    fn start(device: &str, kinds: &[PacketKind]) -> Self {
        let numbered = kinds.iter().cloned().zip(0..);
        let conditions: Vec<_> = numbered
            .map(|(kind, leaf)| PacketCondition {
                leaf: LeafId(leaf),
                kind,
            })
            .collect();
        let watch = PacketWatch::new(&conditions).unwrap();
        let options = OpenOptions {
            snaplen: limits::SNAPLEN_MAX,
            promiscuous: false,
            buffer: limits::KERNEL_BUFFER_MIN,
            filter: None,
            read_timeout: limits::READ_TIMEOUT,
        };
        let opened = capture::open(device, &options).unwrap();
        let config = SourceConfig {
            id: SourceId(0),
            name: device.into(),
            headers_only: false,
            interfaces: Arc::new(InterfaceRegistry::default()),
        };
        let (empties, ready) = bounded(8);
        let (to_keeper, from_source) = bounded(64);
        let live = LiveSource { opened, options };
        let source = capture::spawn_live(config, live, ready, to_keeper).unwrap();
        let (out, told) = bounded(limits::EVENTS_QUEUED_MAX);
        let follower = Follower::start(watch, vec![Followed::Live], out).unwrap();
        let (stop, stopped) = bounded(0);
        let keeper = std::thread::spawn(move || {
            keep(&from_source, &empties, &follower, &stopped);
            source.send(SourceCommand::Stop);
            (source, follower)
        });
        Self {
            told,
            stop: Some(stop),
            keeper: Some(keeper),
        }
    }

    /// The next signal of a leaf, and when it was heard.
    fn next(&self, leaf: u16) -> (Noticed, Now) {
        let over = after(PATIENCE);
        loop {
            let message = crossbeam_channel::select! {
                recv(self.told) -> message => message.unwrap(),
                recv(over) -> _ => panic!("waited in vain for leaf {leaf}"),
            };
            match message {
                FromFollower::Noticed(noticed) if noticed.leaf == LeafId(leaf) => {
                    return (noticed, now());
                }
                FromFollower::Problem(problem) => panic!("{problem}"),
                _ => {}
            }
        }
    }

    /// What was told until now of other leaves than this.
    fn told_beside(&self, leaf: u16) -> Vec<Noticed> {
        let noticed = self.told.try_iter().filter_map(|message| match message {
            FromFollower::Noticed(noticed) => Some(noticed),
            _ => None,
        });
        noticed
            .filter(|noticed| noticed.leaf != LeafId(leaf))
            .collect()
    }

    /// Ends; nothing was skipped.
    fn end(mut self) {
        drop(self.stop.take());
        let keeper = self.keeper.take().unwrap();
        let (source, follower) = keeper.join().unwrap();
        assert_eq!(follower.not_looked_at().0, 0);
        drop(follower);
        source.join();
    }
}

/// A keeper with a ring of four segments, and four that lie ready.
fn keep(
    from_source: &Receiver<FromSource>,
    empties: &Sender<SegmentWriter>,
    follower: &Follower,
    stopped: &Receiver<()>,
) {
    for _ in 0..4 {
        empties
            .send(SegmentWriter::allocate(SEGMENT).unwrap())
            .unwrap();
    }
    let mut ring = VecDeque::<Sealed>::new();
    loop {
        crossbeam_channel::select! {
            recv(stopped) -> _ => return,
            recv(from_source) -> message => {
                let Ok(message) = message else { return };
                follower.heard(&message);
                if let FromSource::Full { segment, .. } = message {
                    ring.push_back(segment);
                    let oldest = (ring.len() > 4).then(|| ring.pop_front()).flatten();
                    let empty = oldest.and_then(|oldest| oldest.recycle().ok());
                    let empty = empty.unwrap_or_else(|| SegmentWriter::allocate(SEGMENT).unwrap());
                    empties.send(empty).unwrap();
                }
            }
        }
    }
}

/// Answers so many connections, one after another, each as `serve` does.
fn server(
    connections: usize,
    serve: impl Fn(&mut TcpStream) + Send + 'static,
) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        for _ in 0..connections {
            serve(&mut listener.accept().unwrap().0);
        }
    });
    (address, thread)
}

/// Reads one request.
fn hear(stream: &mut TcpStream) {
    let mut heard = Vec::new();
    while !heard.ends_with(b"\r\n\r\n") {
        let mut part = [0; 512];
        let length = stream.read(&mut part).unwrap();
        assert_ne!(length, 0);
        heard.extend_from_slice(&part[..length]);
    }
}

fn answer(stream: &mut TcpStream) {
    hear(stream);
    stream
        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        .unwrap();
}

fn filter(filter: &str) -> PacketKind {
    PacketKind::Filter {
        filter: filter.into(),
        often: Often::ONCE,
    }
}

fn error_500() -> PacketKind {
    PacketKind::Payload {
        text: PayloadText::Regex(r"HTTP/1\.1 5\d\d".into()),
        often: Often::ONCE,
    }
}

fn no_answer(after: Duration, ports: Vec<u16>) -> PacketKind {
    PacketKind::NoAnswer {
        after,
        ports,
        often: Often::ONCE,
    }
}

/// What follows sooner upon a signal is told together with it.
fn let_spacing_pass() {
    after(2 * limits::PULSE_SPACING).recv().unwrap();
}

/// From a packet's stamp to its signal.
fn later(noticed: &Noticed, heard: Now) -> Duration {
    heard.wall.since(noticed.at.wall)
}

fn tell_times(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let (middle, longest) = (times[times.len() / 2], times[times.len() - 1]);
    println!(
        "{what}: median {middle:?}, longest {longest:?} of {}",
        times.len()
    );
    assert!(longest < Duration::from_secs(2), "{times:?}");
}

#[test]
fn connections_really_reset_are_noticed_on_each_device() {
    for device in ["lo", "any"] {
        apart(move || {
            let resets = filter("tcp[tcpflags] & tcp-rst != 0");
            let watching = Watching::start(device, &[resets]);
            let (address, thread) = server(RUNS, |stream| {
                hear(stream);
                // An end without waiting for what was sent is a reset.
                set_socket_linger(&*stream, Some(Duration::ZERO)).unwrap();
            });
            let mut times = Vec::new();
            for _ in 0..RUNS {
                let mut client = TcpStream::connect(address).unwrap();
                client.write_all(REQUEST).unwrap();
                let (noticed, heard) = watching.next(0);
                let port = client.local_addr().unwrap().port();
                assert!(
                    noticed
                        .evidence
                        .ends_with(&format!("{address} → 127.0.0.1:{port}")),
                    "{}",
                    noticed.evidence
                );
                times.push(later(&noticed, heard));
                let_spacing_pass();
            }
            thread.join().unwrap();
            tell_times(&format!("reset on {device}"), times);
            watching.end();
        });
    }
}

#[test]
fn an_answer_that_should_not_exist_is_noticed_across_its_segments() {
    apart(|| {
        let watching = Watching::start("lo", &[error_500()]);
        let (address, thread) = server(RUNS, |stream| {
            stream.set_nodelay(true).unwrap();
            hear(stream);
            stream.write_all(b"HTTP/1.1 2").unwrap();
            stream
                .write_all(b"00 OK\r\nContent-Length: 0\r\n\r\n")
                .unwrap();
            hear(stream);
            stream.write_all(b"HTTP/1.").unwrap();
            stream.write_all(b"1 50").unwrap();
            stream
                .write_all(b"3 Busy\r\nContent-Length: 0\r\n\r\n")
                .unwrap();
        });
        let mut times = Vec::new();
        for _ in 0..RUNS {
            let mut client = TcpStream::connect(address).unwrap();
            client.write_all(REQUEST).unwrap();
            let mut all = [0; 38];
            client.read_exact(&mut all).unwrap();
            client.write_all(REQUEST).unwrap();
            let (noticed, heard) = watching.next(0);
            assert!(noticed.evidence.contains("\"HTTP/1\\.1 5\\d\\d\""));
            times.push(later(&noticed, heard));
            let_spacing_pass();
        }
        thread.join().unwrap();
        tell_times("an answer with status 503", times);
        watching.end();
    });
}

#[test]
fn a_server_that_hangs_is_noticed_on_a_link_that_is_idle_otherwise() {
    const WAIT: Duration = Duration::from_millis(300);
    apart(|| {
        let (release, held) = bounded::<()>(0);
        let (address, thread) = server(RUNS, move |stream| {
            answer(stream);
            hear(stream);
            let _ = held.recv();
        });
        let watching = Watching::start("lo", &[no_answer(WAIT, vec![address.port()])]);
        let mut times = Vec::new();
        for _ in 0..RUNS {
            let mut client = TcpStream::connect(address).unwrap();
            client.write_all(REQUEST).unwrap();
            let mut answer = [0; 38];
            client.read_exact(&mut answer).unwrap();
            let asked = now();
            client.write_all(REQUEST).unwrap();
            let (noticed, heard) = watching.next(0);
            let from = client.local_addr().unwrap();
            assert_eq!(
                noticed.evidence,
                format!("no answer for 300 ms: {from} → {address}")
            );
            let waited = heard.monotonic.since(asked.monotonic);
            assert!(waited >= WAIT, "{waited:?}");
            times.push(waited - WAIT);
            release.send(()).unwrap();
        }
        thread.join().unwrap();
        tell_times("no answer, beyond its 300 ms", times);
        watching.end();
    });
}

#[test]
fn silence_and_traffic_are_measured_on_an_idle_link() {
    apart(|| {
        let after = Duration::from_millis(200);
        let watching = Watching::start(
            "lo",
            &[
                PacketKind::Silence { after },
                PacketKind::Traffic(TrafficUnit::PacketsPerSecond),
            ],
        );
        // Not a packet was ever there.
        let (silence, _) = watching.next(0);
        assert_eq!(silence.evidence, "no packet for 200 ms");
        let (idle, _) = watching.next(1);
        assert_eq!(idle.what, What::Measured(0.0));
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        // Somebody has to be there, or each datagram is answered by an error.
        let nobody = UdpSocket::bind("127.0.0.1:0").unwrap();
        let sent = now();
        for _ in 0..200 {
            socket.send_to(b"x", nobody.local_addr().unwrap()).unwrap();
        }
        let (silence, _) = watching.next(0);
        let silent = silence.at.monotonic.since(sent.monotonic);
        assert!(silent >= after, "{silent:?}");
        // They may lie on both sides of a second's end.
        let mut counted = 0.0;
        while counted < 200.0 {
            let (second, _) = watching.next(1);
            let What::Measured(packets) = second.what else {
                panic!("{second:?}");
            };
            counted += packets;
        }
        assert!((counted - 200.0).abs() < 0.5, "{counted}");
        watching.end();
    });
}

#[test]
fn connections_that_nobody_accepts_are_retransmissions() {
    const WAITING: usize = 20;
    apart(|| {
        let within = Duration::from_secs(5);
        let watching = Watching::start("lo", &[PacketKind::Retransmissions { within }]);
        // A queue of one: who comes later asks again and again.
        let socket = rustix::net::socket(
            rustix::net::AddressFamily::INET,
            rustix::net::SocketType::STREAM,
            None,
        );
        let socket = socket.unwrap();
        rustix::net::bind(&socket, &SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        rustix::net::listen(&socket, 0).unwrap();
        let listener = TcpListener::from(socket);
        let address = listener.local_addr().unwrap();
        let first = TcpStream::connect(address).unwrap();
        let connect = move |_| {
            std::thread::spawn(move || {
                TcpStream::connect_timeout(&address, Duration::from_millis(3_500)).is_ok()
            })
        };
        let others: Vec<_> = (0..WAITING).map(connect).collect();
        let share = loop {
            let (noticed, _) = watching.next(0);
            if let What::Measured(share) = noticed.what
                && share > 50.0
            {
                break noticed;
            }
        };
        println!("{}", share.evidence);
        assert!(share.evidence.contains("% of"), "{}", share.evidence);
        for other in others {
            other.join().unwrap();
        }
        drop((first, listener));
        watching.end();
    });
}

#[test]
fn nothing_is_noticed_where_nothing_is_wrong() {
    apart(|| {
        let (address, thread) = server(RUNS, |stream| {
            for _ in 0..100 {
                answer(stream);
            }
        });
        let watching = Watching::start(
            "any",
            &[
                PacketKind::Traffic(TrafficUnit::PacketsPerSecond),
                filter("tcp[tcpflags] & tcp-rst != 0"),
                error_500(),
                no_answer(Duration::from_millis(500), vec![]),
            ],
        );
        for run in 0..RUNS {
            let mut client = TcpStream::connect(address).unwrap();
            client.set_nodelay(true).unwrap();
            for _ in 0..100 {
                client.write_all(REQUEST).unwrap();
                let mut answer = [0; 38];
                client.read_exact(&mut answer).unwrap();
            }
            let wrong = watching.told_beside(0);
            assert!(wrong.is_empty(), "run {run}: {wrong:?}");
        }
        thread.join().unwrap();
        // What the last ones would have had to say is said a second later.
        watching.next(0);
        watching.next(0);
        let wrong = watching.told_beside(0);
        assert!(wrong.is_empty(), "{wrong:?}");
        watching.end();
    });
}
