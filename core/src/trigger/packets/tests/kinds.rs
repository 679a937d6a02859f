//! When each kind is told, and when not.

use std::time::Duration;

use super::packets::{CLIENT, SERVER, Watched, at, seconds, tcp, udp};
use super::robust::every_kind;
use crate::clock::Monotonic;
use crate::packet::Tcp;
use crate::pcapng::LinkType;
use crate::trigger::packets::{
    Gap, Often, PacketCondition, PacketError, PacketKind, PacketWatch, PayloadText, TrafficUnit,
};
use crate::trigger::rules::{LeafId, What};

const RESETS: &str = "tcp[tcpflags] & tcp-rst != 0";

fn reset() -> Vec<u8> {
    tcp(SERVER, CLIENT, 1, Tcp::RST, b"")
}

fn filter(often: Often) -> PacketKind {
    PacketKind::Filter {
        filter: RESETS.into(),
        often,
    }
}

fn often(times: u32, within: Duration) -> Often {
    Often { times, within }
}

fn regex(text: &str) -> Watched {
    Watched::new(PacketKind::Payload {
        text: PayloadText::Regex(text.into()),
        often: Often::ONCE,
    })
}

fn no_answer(ports: Vec<u16>) -> Watched {
    Watched::new(PacketKind::NoAnswer {
        after: seconds(5),
        ports,
        often: Often::ONCE,
    })
}

#[test]
fn a_filter_tells_each_packet_that_passes() {
    let mut watched = Watched::new(filter(Often::ONCE));
    watched.packet(10, &tcp(CLIENT, SERVER, 1, Tcp::ACK, b"x"));
    watched.packet(20, &reset());
    watched.packet(60, &reset());
    let told = &watched.told[0];
    assert_eq!((told.leaf, told.what), (LeafId(7), What::Happened));
    assert_eq!(told.at, at(20));
    assert_eq!(
        told.evidence,
        format!("a packet matches {RESETS}: 127.0.0.1:9973 → 127.0.0.1:40000")
    );
    assert_eq!(watched.moments(), [20, 60]);
    assert!(watched.watch.take_problems().is_empty());
}

#[test]
fn a_filter_tells_so_many_within_a_span() {
    let mut watched = Watched::new(filter(often(3, seconds(1))));
    for millis in [0, 600, 1_500, 1_550, 1_700, 1_710] {
        watched.packet(millis, &reset());
    }
    assert!(
        watched.told[0]
            .evidence
            .starts_with("3 packets within 1 s match")
    );
    assert_eq!(watched.moments(), [1_550]);
}

#[test]
fn a_filter_that_has_no_meaning_for_a_link_type_is_told_once() {
    let mut watched = Watched::new(PacketKind::Filter {
        filter: "ether host 02:00:00:00:00:01".into(),
        often: Often::ONCE,
    });
    watched.packet(1, &reset());
    watched.packet(2, &reset());
    let problems = watched.watch.take_problems();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].contains("ether host"), "{}", problems[0]);
    assert!(watched.told.is_empty());
}

#[test]
fn a_payload_is_found_across_segments_of_one_direction() {
    let mut watched = regex(r"HTTP/1\.1 5\d\d");
    watched.say(1, true, 1, b"GET / HTTP/1.1\r\n\r\n");
    watched.say(2, false, 1, b"HTTP/1.");
    // The other direction does not disturb it, and is not taken for it.
    watched.say(3, true, 19, b"1 500");
    watched.say(4, false, 8, b"1 50");
    assert!(watched.told.is_empty());
    watched.say(5, false, 12, b"0 Internal");
    let evidence = &watched.told[0].evidence;
    assert!(
        evidence.starts_with(r#"a payload holds "HTTP/1\.1 5\d\d": 127.0.0.1:9973 → "#),
        "{evidence}"
    );
    assert_eq!(watched.moments(), [5]);
}

#[test]
fn what_is_sent_again_is_found_once_and_a_gap_joins_nothing() {
    let mut watched = regex("secret");
    watched.say(1, false, 1, b"a secret");
    watched.say(50, false, 1, b"a secret");
    // Again, and something new behind it.
    watched.say(100, false, 1, b"a secret more");
    assert_eq!(watched.moments(), [1]);
    watched.say(150, false, 14, b"sec");
    // Bytes 17 to 19 are missing.
    watched.say(200, false, 20, b"ret");
    assert!(watched.moments().is_empty());
    // What fills the gap is looked at by itself.
    watched.say(250, false, 17, b"...");
    watched.say(300, false, 23, b"secret");
    assert_eq!(watched.moments(), [300]);
}

#[test]
fn a_payload_that_was_cut_off_joins_nothing() {
    let mut watched = regex("secret");
    let whole = tcp(SERVER, CLIENT, 1, Tcp::ACK, b"sec......");
    let original = u32::try_from(whole.len()).unwrap();
    watched.cut_packet(1, &whole[..whole.len() - 6], original);
    watched.say(2, false, 10, b"ret");
    assert!(watched.moments().is_empty());
    watched.say(3, false, 13, b"secret");
    assert_eq!(watched.moments(), [3]);
}

#[test]
fn a_beginning_is_where_a_side_begins_to_speak() {
    let mut watched = regex(r"^HTTP/1\.1 5");
    for (turn, answer) in [b"HTTP/1.1 200", b"HTTP/1.1 500", b"HTTP/1.1 503"]
        .iter()
        .enumerate()
    {
        let sequence = u32::try_from(turn).unwrap();
        let millis = 100 * u64::from(sequence);
        watched.say(millis, true, 1 + 3 * sequence, b"GET");
        watched.say(millis + 1, false, 1 + 12 * sequence, *answer);
    }
    // In the middle of an answer it is none.
    watched.say(300, false, 37, b"HTTP/1.1 500");
    assert_eq!(watched.moments(), [101, 201]);
}

#[test]
fn a_payload_is_found_in_datagrams() {
    let mut watched = Watched::new(PacketKind::Payload {
        text: PayloadText::Bytes(b"\x00\xffERR".to_vec()),
        often: Often::ONCE,
    });
    watched.packet(1, &udp(b"..\x00\xff"));
    watched.packet(2, &udp(b"ERR"));
    assert!(watched.told.is_empty());
    watched.packet(3, &udp(b"..\x00\xffERR.."));
    assert_eq!(watched.moments(), [3]);
}

#[test]
fn a_request_without_an_answer_is_told_on_an_idle_link_too() {
    let mut watched = no_answer(vec![]);
    watched.say(100, true, 1, b"GET / HTTP/1.1\r\n\r\n");
    watched.tick(5_099);
    assert!(watched.told.is_empty());
    watched.tick(5_140);
    let told = &watched.told[0];
    assert_eq!(
        told.evidence,
        "no answer for 5 s: 127.0.0.1:40000 → 127.0.0.1:9973"
    );
    // The moment is when it was so, not when it was looked at.
    assert_eq!(watched.moments(), [5_100]);
    watched.tick(60_000);
    assert!(watched.told.is_empty(), "one request is told once");
    // An answer, and the next request waits anew.
    watched.say(60_001, false, 1, b"HTTP/1.1 200 OK");
    watched.say(60_002, true, 19, b"GET / HTTP/1.1\r\n\r\n");
    watched.say(70_000, false, 16, b"late");
    assert_eq!(watched.moments(), [65_002]);
}

#[test]
fn an_answered_request_and_other_ports_tell_nothing() {
    let mut answered = no_answer(vec![]);
    let mut elsewhere = no_answer(vec![80, 443]);
    for watched in [&mut answered, &mut elsewhere] {
        watched.say(100, true, 1, b"GET / HTTP/1.1\r\n\r\n");
    }
    answered.say(5_000, false, 1, b"HTTP/1.1 200 OK");
    for watched in [&mut answered, &mut elsewhere] {
        watched.tick(60_000);
        assert!(watched.told.is_empty());
    }
}

#[test]
fn packets_nobody_looked_at_may_have_been_answers() {
    let mut watched = no_answer(vec![]);
    watched.say(100, true, 1, b"GET / HTTP/1.1\r\n\r\n");
    watched.watch.missed(at(6_000), &mut watched.told);
    watched.tick(60_000);
    assert!(watched.told.is_empty());
}

#[test]
fn silence_is_told_once_until_a_packet_comes() {
    let mut watched = Watched::new(PacketKind::Silence { after: seconds(2) });
    watched.packet(500, b"anything");
    watched.tick(2_499);
    assert!(watched.told.is_empty());
    watched.tick(2_501);
    assert_eq!(watched.told[0].evidence, "no packet for 2 s");
    watched.tick(20_000);
    watched.packet(20_100, b"anything");
    watched.watch.missed(at(22_050), &mut watched.told);
    watched.tick(24_000);
    assert_eq!(watched.moments(), [2_500]);
    watched.packet(26_000, b"a packet after a gap of a file");
    assert_eq!(watched.moments(), [24_050]);
}

#[test]
fn traffic_is_measured_second_by_second_and_in_silence() {
    let mut packets = Watched::new(PacketKind::Traffic(TrafficUnit::PacketsPerSecond));
    let mut bits = Watched::new(PacketKind::Traffic(TrafficUnit::BitsPerSecond));
    for watched in [&mut packets, &mut bits] {
        for millis in (0..1_000).step_by(100) {
            watched.cut_packet(millis, &[0; 50], 125);
        }
        watched.tick(1_050);
        watched.packet(1_900, &[0; 10]);
        watched.tick(4_010);
    }
    assert_eq!(packets.told[0].evidence, "10 packets/s");
    let told = [(1_000, 10.0), (2_000, 1.0), (3_000, 0.0), (4_000, 0.0)];
    assert_eq!(packets.numbers(), told);
    assert_eq!(bits.numbers()[0], (1_000, 10_000.0));
    // An hour of a file in which nothing was sent is told in a few words.
    packets.packet(3_600_500, b"x");
    packets.tick(3_601_000);
    let told = packets.numbers();
    assert!(told.len() < 5, "{told:?}");
    assert_eq!(*told.last().unwrap(), (3_601_000, 1.0));
    packets.watch.missed(at(3_601_500), &mut packets.told);
    packets.tick(3_603_000);
    assert_eq!(packets.numbers(), [(3_602_000, -1.0), (3_603_000, 0.0)]);
}

#[test]
fn retransmissions_are_a_share_of_what_carries_something() {
    let within = seconds(10);
    let mut watched = Watched::new(PacketKind::Retransmissions { within });
    for index in 0..90 {
        let millis = 10 * u64::from(index);
        watched.say(millis, false, 1 + 10 * index, b"0123456789");
        watched.say(millis, true, 1, b"");
        // One in nine is sent again.
        if index % 9 == 0 {
            watched.say(millis + 5, false, 1 + 10 * index, b"0123456789");
        }
    }
    watched.tick(1_000);
    assert_eq!(
        watched.told[0].evidence,
        "10.0 % of 100 TCP segments within 10 s were sent again"
    );
    assert_eq!(watched.numbers(), [(1_000, 10.0)]);
    watched.tick(11_000);
    let told = watched.numbers();
    assert_eq!(told[told.len() - 2], (10_000, 10.0));
    assert_eq!(told[told.len() - 1], (11_000, -1.0), "too few to say");
}

#[test]
fn time_does_not_go_back() {
    let mut watched = Watched::new(PacketKind::Silence { after: seconds(1) });
    watched.packet(5_000, b"x");
    watched.packet(1_000, b"earlier");
    assert_eq!(watched.watch.now().monotonic, Monotonic(5_000_000_000));
    assert_eq!(watched.moments(), [1_000]);
    watched.tick(7_000);
    assert_eq!(watched.moments(), [6_000]);
}

#[test]
fn what_cannot_be_is_refused_in_a_sentence() {
    let refused = |kind: PacketKind| kind.check(&[LinkType::ETHERNET]).unwrap_err().to_string();
    let wrong = refused(PacketKind::Filter {
        filter: "tcp prot 80".into(),
        often: Often::ONCE,
    });
    assert!(wrong.contains("tcp prot 80"), "{wrong}");
    let zero = refused(filter(often(0, seconds(1))));
    assert!(zero.contains("0 times"), "{zero}");
    refused(filter(often(1_000_000, seconds(1))));
    refused(filter(often(2, Duration::ZERO)));
    let short = refused(PacketKind::Silence {
        after: Duration::from_millis(1),
    });
    assert!(short.contains("1.0 ms is not possible"), "{short}");
    refused(PacketKind::Retransmissions {
        within: Duration::from_millis(10),
    });
    let payload = PacketCondition {
        leaf: LeafId(0),
        kind: PacketKind::Payload {
            text: PayloadText::Bytes(b"x".to_vec()),
            often: Often::ONCE,
        },
    };
    let many = PacketWatch::new(&vec![payload; 9]);
    assert!(matches!(many, Err(PacketError::TooMany { count: 9, .. })));
}

#[test]
fn what_was_not_seen_is_noted_of_those_that_may_have_missed_it() {
    let mut watch = PacketWatch::new(&every_kind()).unwrap();
    watch.tick(at(0), &mut Vec::new());
    let noted = |gap| {
        let mut out = Vec::new();
        watch.note(gap, "20 were not seen", &mut out);
        assert!(out.iter().all(|one| one.what == What::Unknown));
        out.iter().map(|one| one.leaf.0).collect::<Vec<_>>()
    };
    assert_eq!(noted(Gap::Skipped), [0, 1, 2]);
    assert_eq!(noted(Gap::GivenUp), [1, 2]);
}

#[test]
fn how_near_it_is_to_happening_is_told() {
    let near = |watched: &Watched| watched.watch.near().first().map(|(_, near)| *near);
    let mut resets = Watched::new(filter(often(3, seconds(10))));
    assert_eq!(near(&resets), Some(0.0));
    resets.packet(1_000, &reset());
    resets.packet(2_000, &reset());
    assert_eq!(near(&resets), Some(2.0));
    resets.tick(11_500);
    assert_eq!(near(&resets), Some(1.0));
    assert_eq!(near(&Watched::new(filter(Often::ONCE))), None);

    let mut silence = Watched::new(PacketKind::Silence { after: seconds(5) });
    silence.packet(1_000, &reset());
    silence.tick(4_000);
    assert_eq!(near(&silence), Some(3.0));

    let mut unanswered = Watched::new(PacketKind::NoAnswer {
        after: seconds(5),
        ports: vec![SERVER],
        often: Often::ONCE,
    });
    unanswered.say(1_000, true, 1, b"GET / HTTP/1.1\r\n\r\n");
    unanswered.tick(3_000);
    assert_eq!(near(&unanswered), Some(2.0));
    unanswered.say(3_000, false, 1, b"HTTP/1.1 200 OK\r\n\r\n");
    unanswered.tick(9_000);
    assert_eq!(near(&unanswered), Some(0.0));
}
