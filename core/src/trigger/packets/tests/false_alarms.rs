//! Seeded random traffic in which nothing is wrong: nothing is ever told. And the
//! same traffic with one thing wrong in it: that is told, and when it happens.

use std::time::Duration;

use super::packets::{SERVER, at, segment};
use crate::packet::Tcp;
use crate::pcapng::{InterfaceId, LinkType};
use crate::trigger::packets::{
    Noticed, Often, PacketCondition, PacketKind, PacketWatch, PayloadText, Seen, TrafficUnit,
};
use crate::trigger::rules::{LeafId, What};

const RUNS: u64 = 30;
const SECONDS: u64 = 20;
const RESETS: LeafId = LeafId(0);
const ERRORS: LeafId = LeafId(1);
const UNANSWERED: LeafId = LeafId(2);
const SILENT: LeafId = LeafId(3);
const BUSY: LeafId = LeafId(4);
const AGAIN: LeafId = LeafId(5);

/// A small generator of numbers (xorshift64*); the seed is printed by what fails.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % bound
    }
}

fn conditions() -> Vec<PacketCondition> {
    let condition = |leaf, kind| PacketCondition { leaf, kind };
    let often = Often::ONCE;
    vec![
        condition(
            RESETS,
            PacketKind::Filter {
                filter: "tcp[tcpflags] & tcp-rst != 0".into(),
                often,
            },
        ),
        condition(
            ERRORS,
            PacketKind::Payload {
                text: PayloadText::Regex(r"HTTP/1\.1 5\d\d".into()),
                often,
            },
        ),
        condition(
            UNANSWERED,
            PacketKind::NoAnswer {
                after: Duration::from_secs(1),
                ports: vec![SERVER],
                often,
            },
        ),
        condition(
            SILENT,
            PacketKind::Silence {
                after: Duration::from_secs(1),
            },
        ),
        condition(BUSY, PacketKind::Traffic(TrafficUnit::PacketsPerSecond)),
        condition(
            AGAIN,
            PacketKind::Retransmissions {
                within: Duration::from_secs(2),
            },
        ),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Wrong {
    Nothing,
    Reset,
    Error,
    Unanswered,
    Silence,
    /// Every segment of an answer is sent again for two seconds.
    SentAgain,
    /// Ten thousand packets within a second.
    Flood,
}

/// Whether what lasts for a while is wrong now.
fn in_trouble(millis: u64) -> bool {
    (SECONDS * 500..SECONDS * 500 + 2_000).contains(&millis)
}

/// Packets with their times in milliseconds: connections with a few requests each,
/// answers cut into segments anywhere, one in fifty sent again.
fn traffic(seed: u64, wrong: Wrong) -> Vec<(u64, Vec<u8>)> {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut packets = Vec::new();
    let wrong_at = SECONDS * 500;
    let mut done = false;
    for index in 0..SECONDS * 20 {
        let port = 20_000 + u16::try_from(index).unwrap();
        let mut millis = index * 50 + random.below(50);
        let is_wrong = !done && millis >= wrong_at;
        done |= is_wrong;
        if is_wrong && wrong == Wrong::Silence {
            break;
        }
        let sent_again = wrong == Wrong::SentAgain && in_trouble(millis);
        let first = random.below(1 << 32) as u32;
        let other = random.below(1 << 32) as u32;
        let mut put = |millis, from_client: bool, numbers, flags, payload: &[u8]| {
            let (from, to) = if from_client {
                (port, SERVER)
            } else {
                (SERVER, port)
            };
            packets.push((millis, segment(from, to, numbers, flags, payload)));
        };
        put(millis, true, (first, 0), Tcp::SYN, b"");
        let (mut asked, mut answered) = (first.wrapping_add(1), other.wrapping_add(1));
        put(millis, false, (other, asked), Tcp::SYN | Tcp::ACK, b"");
        let requests = 1 + random.below(4);
        for request in 0..requests {
            millis += random.below(20);
            let is_last = request + 1 == requests;
            put(
                millis,
                true,
                (asked, answered),
                Tcp::ACK,
                b"GET /HTTP/1.1 HTTP/1.1\r\n\r\n",
            );
            asked = asked.wrapping_add(26);
            if is_wrong && is_last && wrong == Wrong::Unanswered {
                break;
            }
            millis += random.below(900);
            let status = if is_wrong && is_last && wrong == Wrong::Error {
                "HTTP/1.1 500 Internal Server Error\r\n\r\n"
            } else {
                "HTTP/1.1 200 OK\r\nx: HTTP/1.1 4500\r\n\r\n"
            };
            let mut rest = status.as_bytes();
            while !rest.is_empty() {
                let length = 1 + random.below(rest.len() as u64) as usize;
                let (now, later) = rest.split_at(length);
                put(millis, false, (answered, asked), Tcp::ACK, now);
                if random.below(50) == 0 || sent_again {
                    put(millis + 5, false, (answered, asked), Tcp::ACK, now);
                }
                answered = answered.wrapping_add(u32::try_from(length).unwrap());
                rest = later;
            }
        }
        let end = match wrong {
            Wrong::Reset if is_wrong => Tcp::RST,
            // The server hangs: it does not even end the connection.
            Wrong::Unanswered if is_wrong => Tcp::ACK,
            _ => Tcp::FIN | Tcp::ACK,
        };
        put(
            millis + 10,
            true,
            (asked, answered),
            Tcp::FIN | Tcp::ACK,
            b"",
        );
        put(millis + 11, false, (answered, asked), end, b"");
    }
    if wrong == Wrong::Flood {
        let empty = segment(1, 2, (1, 1), Tcp::ACK, b"");
        packets.extend((0..10_000).map(|index| (wrong_at + index / 10, empty.clone())));
    }
    packets.sort_by_key(|(millis, _)| *millis);
    packets
}

/// What is told; time passes also between packets and for two seconds after.
fn run(packets: &[(u64, Vec<u8>)]) -> Vec<Noticed> {
    let mut watch = PacketWatch::new(&conditions()).unwrap();
    let mut told = Vec::new();
    watch.tick(at(0), &mut told);
    for (millis, bytes) in packets {
        let seen = Seen {
            interface: InterfaceId(0),
            link_type: LinkType::RAW,
            original: u32::try_from(bytes.len()).unwrap(),
            captured: bytes,
        };
        watch.packet(&seen, at(*millis), &mut told);
    }
    let last = packets.last().unwrap().0;
    watch.tick(at(last + 500), &mut told);
    if last < SECONDS * 800 {
        watch.tick(at(last + 2_000), &mut told);
    }
    told
}

/// Whether a test with sensible numbers would take it for a firing.
fn is_alarm(noticed: &Noticed) -> bool {
    match noticed.what {
        What::Happened => true,
        What::Measured(share) if noticed.leaf == AGAIN => share > 10.0,
        What::Measured(packets) => packets > 5_000.0,
        What::Unknown => false,
    }
}

#[test]
fn nothing_is_told_where_nothing_is_wrong() {
    for seed in 1..=RUNS {
        let told = run(&traffic(seed, Wrong::Nothing));
        let alarm = told.iter().find(|noticed| is_alarm(noticed));
        assert_eq!(alarm, None, "seed {seed}");
        let measured = told.iter().filter(|noticed| noticed.leaf == BUSY);
        assert!(measured.count() as u64 >= SECONDS, "seed {seed}");
    }
}

#[test]
fn one_thing_wrong_is_told_at_its_moment() {
    for (wrong, leaf) in [
        (Wrong::Reset, RESETS),
        (Wrong::Error, ERRORS),
        (Wrong::Unanswered, UNANSWERED),
        (Wrong::Silence, SILENT),
    ] {
        for seed in 1..=RUNS {
            let packets = traffic(seed, wrong);
            let told = run(&packets);
            let alarms: Vec<_> = told.iter().filter(|noticed| is_alarm(noticed)).collect();
            let [alarm] = *alarms else {
                panic!("{wrong:?}, seed {seed}: {alarms:#?}");
            };
            assert_eq!(alarm.leaf, leaf, "{wrong:?}, seed {seed}");
            if wrong == Wrong::Silence {
                let last = packets.last().unwrap().0;
                assert_eq!(alarm.at, at(last + 1_000), "seed {seed}");
            }
        }
    }
}

#[test]
fn what_is_measured_crosses_its_threshold_when_it_is_wrong() {
    for (wrong, leaf) in [(Wrong::SentAgain, AGAIN), (Wrong::Flood, BUSY)] {
        for seed in 1..=RUNS {
            let told = run(&traffic(seed, wrong));
            let alarms: Vec<_> = told.iter().filter(|noticed| is_alarm(noticed)).collect();
            assert!(!alarms.is_empty(), "{wrong:?}, seed {seed}");
            let (begins, ends) = (at(SECONDS * 500), at(SECONDS * 500 + 5_000));
            for alarm in &alarms {
                assert_eq!(alarm.leaf, leaf, "{wrong:?}, seed {seed}");
                let moment = alarm.at.monotonic;
                let in_time = begins.monotonic < moment && moment <= ends.monotonic;
                assert!(in_time, "{wrong:?}, seed {seed}: {alarm:?}");
            }
            let first = alarms[0].at.monotonic.since(begins.monotonic);
            assert!(
                first <= Duration::from_millis(1_500),
                "{wrong:?}, seed {seed}: {first:?}"
            );
        }
    }
}
