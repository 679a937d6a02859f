//! Packets: such as pass a filter, carry a text, are not answered, do not come, come in numbers,
//! or come again.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use etherparse::PacketBuilder;

use super::super::super::child::wall_ns;
use super::super::super::failure::Failure;
use super::super::super::recording::Recording;
use super::super::super::traffic::FrameSocket;
use super::{Case, LOOK, measured, now_doing, options};

/// A request waits for its answer, and a link for a packet, so long.
const AFTER: Duration = Duration::from_millis(300);
/// How often conditions over packets look, and how late they take a packet to be.
const FOLLOW: Duration = Duration::from_millis(25 + 50);
/// Traffic and shares are of a whole second, and what begins within one may count in the next.
const SECONDS: Duration = Duration::from_secs(2);
/// Packets a second below the limit of 500, and above.
const BELOW: u64 = 300;
const ABOVE: u64 = 2_000;
/// So often the pacer sends.
const TURN: Duration = Duration::from_millis(10);
const COPIES: usize = 32;
const ROUND: Duration = Duration::from_millis(50);
const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const BROKEN: &[u8] = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
const REQUEST: &[u8] = b"GET /orders HTTP/1.1\r\nHost: lab\r\n\r\n";

#[derive(Clone, Copy)]
enum Kind {
    Packet,
    Payload,
    NoAnswer,
    Silence,
    Traffic,
    Retransmissions,
}

struct Packets {
    kind: Kind,
    pair: Pair,
    pacer: Pacer,
    /// Somebody has to be there, or each datagram is answered by an error.
    wanted: UdpSocket,
    other: UdpSocket,
    sender: UdpSocket,
}

/// All kinds about packets.
pub(super) fn cases() -> Result<Vec<Box<dyn Case>>, Failure> {
    let all = [
        Kind::Packet,
        Kind::Payload,
        Kind::NoAnswer,
        Kind::Silence,
        Kind::Traffic,
        Kind::Retransmissions,
    ];
    all.into_iter()
        .map(|kind| -> Result<Box<dyn Case>, Failure> {
            Ok(Box::new(Packets {
                kind,
                pair: Pair::connect()?,
                pacer: Pacer::start()?,
                wanted: udp()?,
                other: udp()?,
                sender: udp()?,
            }))
        })
        .collect()
}

fn system() -> impl FnOnce(std::io::Error) -> Failure {
    Failure::system("send on loopback")
}

fn udp() -> Result<UdpSocket, Failure> {
    UdpSocket::bind("127.0.0.1:0").map_err(system())
}

fn port(socket: &UdpSocket) -> Result<u16, Failure> {
    socket.local_addr().map(|own| own.port()).map_err(system())
}

/// Both ends of one connection.
struct Pair {
    client: TcpStream,
    server: TcpStream,
    address: SocketAddr,
}

impl Pair {
    fn connect() -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(system())?;
        let address = listener.local_addr().map_err(system())?;
        let client = TcpStream::connect(address).map_err(system())?;
        let (server, _) = listener.accept().map_err(system())?;
        Ok(Self {
            client,
            server,
            address,
        })
    }

    fn ask(&mut self) -> Result<(), Failure> {
        self.client.write_all(REQUEST).map_err(system())?;
        let mut heard = [0; REQUEST.len()];
        self.server.read_exact(&mut heard).map_err(system())
    }

    fn answer(&mut self, answer: &[u8]) -> Result<(), Failure> {
        self.server.write_all(answer).map_err(system())?;
        let mut heard = vec![0; answer.len()];
        self.client.read_exact(&mut heard).map_err(system())
    }
}

/// A thread that sends datagrams at a rate, which may be none.
struct Pacer {
    per_second: Arc<AtomicU64>,
    last_ns: Arc<AtomicU64>,
}

/// Ends the thread.
const END: u64 = u64::MAX;

impl Pacer {
    fn start() -> Result<Self, Failure> {
        let per_second = Arc::new(AtomicU64::new(0));
        let last_ns = Arc::new(AtomicU64::new(0));
        let (rate, last) = (Arc::clone(&per_second), Arc::clone(&last_ns));
        let (to, from) = (udp()?, udp()?);
        let address = to.local_addr().map_err(system())?;
        thread::Builder::new()
            .name("sends datagrams".to_owned())
            .spawn(move || {
                let _to = to;
                let turns = crossbeam_channel::tick(TURN);
                let mut due = 0;
                while turns.recv().is_ok() {
                    let rate = rate.load(Ordering::SeqCst);
                    if rate == END {
                        return;
                    }
                    due += rate * 10;
                    while due >= 1000 {
                        due -= 1000;
                        last.store(wall_ns(), Ordering::SeqCst);
                        let _ = from.send_to(b"x", address);
                    }
                }
            })
            .map_err(Failure::system("start a thread"))?;
        Ok(Self {
            per_second,
            last_ns,
        })
    }

    fn at(&self, per_second: u64) {
        self.per_second.store(per_second, Ordering::SeqCst);
    }
}

impl Drop for Pacer {
    fn drop(&mut self) {
        self.at(END);
    }
}

/// The same segment of a connection that nobody has, again and again.
fn send_again() -> Result<(), Failure> {
    let builder = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2])
        .ipv4([10, 9, 9, 1], [10, 9, 9, 2], 64)
        .tcp(40_000, 9_973, 7, 64_000)
        .ack(1);
    let mut frame = Vec::new();
    builder
        .write(&mut frame, REQUEST)
        .map_err(|error| Failure::Impossible(format!("make a segment: {error}")))?;
    let mut socket = FrameSocket::open("lo", frame).map_err(system())?;
    socket.send(COPIES).map(drop).map_err(system())
}

impl Packets {
    fn send_to(&self, socket: &UdpSocket) -> Result<(), Failure> {
        let address = socket.local_addr().map_err(system())?;
        self.sender
            .send_to(b"x", address)
            .map(drop)
            .map_err(system())
    }

    /// Requests that are answered, the answer so much later.
    fn exchanges(
        &mut self,
        recording: &mut Recording,
        quiet: Duration,
        wait: Duration,
    ) -> Result<(), Failure> {
        for _ in 0..quiet.as_millis() / (wait + ROUND).as_millis() {
            self.pair.ask()?;
            recording.listen(wait)?;
            self.pair.answer(OK)?;
            recording.listen(ROUND)?;
        }
        Ok(())
    }
}

impl Case for Packets {
    fn kind(&self) -> &'static str {
        match self.kind {
            Kind::Packet => "packet",
            Kind::Payload => "payload",
            Kind::NoAnswer => "no_answer",
            Kind::Silence => "silence",
            Kind::Traffic => "traffic",
            Kind::Retransmissions => "retransmissions",
        }
    }

    fn what(&self) -> &'static str {
        match self.kind {
            Kind::Packet => "a datagram to a port",
            Kind::Payload => "an answer with 503",
            Kind::NoAnswer => "a request, for 300 ms",
            Kind::Silence => "the last packet, for 300 ms",
            Kind::Traffic => "2,000 packets/s, above 500",
            Kind::Retransmissions => "31 of 32 segments again, above 5 %",
        }
    }

    fn options(&mut self) -> Result<Vec<String>, Failure> {
        let trigger = match self.kind {
            Kind::Packet => format!("packet filter='udp dst port {}'", port(&self.wanted)?),
            Kind::Payload => "payload regex='HTTP/1\\.1 5\\d\\d'".to_owned(),
            Kind::NoAnswer => format!("no_answer after=300ms ports={}", self.pair.address.port()),
            Kind::Silence => "silence after=300ms".to_owned(),
            Kind::Traffic => "traffic unit=packets above=500".to_owned(),
            Kind::Retransmissions => "retransmissions above=5 within=1s".to_owned(),
        };
        // Before the recording runs: silence is so from its start.
        if matches!(self.kind, Kind::Silence) {
            self.pacer.at(BELOW);
        }
        Ok(options(&["--trigger", &trigger]))
    }

    fn bound(&self) -> Duration {
        match self.kind {
            Kind::Packet | Kind::Payload => FOLLOW + LOOK,
            Kind::NoAnswer | Kind::Silence => AFTER + FOLLOW + LOOK,
            Kind::Traffic | Kind::Retransmissions => SECONDS + FOLLOW + LOOK,
        }
    }

    fn ready(&mut self, recording: &mut Recording) -> Result<(), Failure> {
        match self.kind {
            Kind::Traffic => measured(recording),
            Kind::Retransmissions => {
                let low = |one: &super::super::super::recording::Condition| !one.counts;
                recording.wait_for_status("no share of retransmissions", |status| {
                    status.conditions.first().is_some_and(low)
                })?;
                Ok(())
            }
            _ => recording.listen(2 * ROUND),
        }
    }

    fn just_below(&mut self, recording: &mut Recording, quiet: Duration) -> Result<(), Failure> {
        match self.kind {
            Kind::Packet => {
                for _ in 0..quiet.as_millis() / ROUND.as_millis() {
                    self.send_to(&self.other)?;
                    recording.listen(ROUND)?;
                }
                Ok(())
            }
            Kind::NoAnswer => self.exchanges(recording, quiet, AFTER / 2),
            Kind::Payload | Kind::Retransmissions => {
                self.exchanges(recording, quiet, Duration::from_millis(5))
            }
            Kind::Silence => {
                // Five a second are rare, but not silent.
                self.pacer.at(5);
                recording.listen(quiet)?;
                self.pacer.at(BELOW);
                Ok(())
            }
            Kind::Traffic => {
                self.pacer.at(BELOW);
                recording.listen(quiet)?;
                self.pacer.at(0);
                Ok(())
            }
        }
    }

    fn provoke(&mut self, recording: &mut Recording) -> Result<u64, Failure> {
        let done = |(at_ns, ())| at_ns;
        match self.kind {
            Kind::Packet => now_doing(|| self.send_to(&self.wanted)).map(done),
            Kind::Payload => {
                self.pair.ask()?;
                now_doing(|| self.pair.answer(BROKEN)).map(done)
            }
            Kind::NoAnswer => now_doing(|| self.pair.ask()).map(done),
            Kind::Silence => {
                self.pacer.at(0);
                recording.listen(2 * TURN)?;
                Ok(self.pacer.last_ns.load(Ordering::SeqCst))
            }
            Kind::Traffic => now_doing(|| {
                self.pacer.at(ABOVE);
                Ok(())
            })
            .map(done),
            Kind::Retransmissions => now_doing(send_again).map(done),
        }
    }

    fn relax(&mut self, recording: &mut Recording) -> Result<(), Failure> {
        match self.kind {
            Kind::NoAnswer => self.pair.answer(OK),
            Kind::Silence => {
                self.pacer.at(BELOW);
                recording.listen(AFTER)
            }
            Kind::Traffic => {
                self.pacer.at(0);
                Ok(())
            }
            Kind::Packet | Kind::Payload | Kind::Retransmissions => Ok(()),
        }
    }
}
