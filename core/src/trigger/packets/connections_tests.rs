//! The table of connections, and what a request is.

use std::net::{IpAddr, Ipv4Addr};

use super::*;

const CLIENT: u16 = 40_000;
const SERVER: u16 = 9_973;
const HERE: u64 = 1;

fn segment(from: u16, to: u16, payload: u32) -> Transport<'static> {
    let end = |port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    Transport {
        from: end(from),
        to: end(to),
        payload: b"",
        payload_on_wire: payload,
        tcp: None,
    }
}

fn tcp(sequence: u32, acknowledged: u32, flags: u8) -> Tcp {
    Tcp {
        sequence,
        acknowledged: Some(acknowledged),
        flags,
    }
}

struct Table(Connections);

impl Table {
    fn new(ports: &[u16]) -> Self {
        Self(Connections::new(ports.to_vec()))
    }

    fn ask(&mut self, sequence: u32, acknowledged: u32, payload: u32, flags: u8) -> Option<Step> {
        let segment = segment(CLIENT, SERVER, payload);
        let tcp = tcp(sequence, acknowledged, flags);
        self.0.segment(&segment, tcp, HERE, Monotonic(1))
    }

    fn answer(&mut self, sequence: u32, payload: u32, flags: u8) -> Option<Step> {
        let segment = segment(SERVER, CLIENT, payload);
        let tcp = tcp(sequence, 0, flags);
        self.0.segment(&segment, tcp, HERE, Monotonic(1))
    }

    fn waiting(&mut self) -> usize {
        self.0.waiting().count()
    }
}

#[test]
fn a_request_waits_until_something_new_comes_back() {
    let mut table = Table::new(&[]);
    table.ask(9, 0, 0, Tcp::SYN);
    table.answer(99, 0, Tcp::SYN | Tcp::ACK);
    assert!(table.ask(10, 100, 50, Tcp::ACK).unwrap().asks);
    assert_eq!(table.waiting(), 1);
    // Acknowledged is not answered, and sent again is nothing new.
    table.answer(100, 0, Tcp::ACK);
    assert!(!table.ask(10, 100, 50, Tcp::ACK).unwrap().asks);
    assert_eq!(table.waiting(), 1);
    table.answer(100, 1_000, Tcp::ACK);
    assert_eq!(table.waiting(), 0);
    // The old answer, sent again, is none to the next request.
    table.ask(60, 1_100, 50, Tcp::ACK);
    table.answer(100, 1_000, Tcp::ACK);
    assert_eq!(table.waiting(), 1);
    // The client has seen what the capture has not.
    table.ask(110, 1_200, 0, Tcp::ACK);
    assert_eq!(table.waiting(), 0);
}

#[test]
fn a_connection_that_ends_waits_no_more() {
    for (end, waits) in [(Tcp::FIN, 0), (Tcp::RST, 0), (Tcp::ACK, 1)] {
        let mut table = Table::new(&[]);
        table.ask(10, 100, 50, Tcp::ACK);
        // The client's own end is not the server's.
        table.ask(60, 100, 0, Tcp::ACK | Tcp::FIN);
        assert_eq!(table.waiting(), 1);
        table.answer(100, 0, end);
        assert_eq!(table.waiting(), waits, "{end}");
    }
}

#[test]
fn a_keep_alive_is_no_request() {
    let mut table = Table::new(&[]);
    assert!(!table.ask(9, 100, 1, Tcp::ACK).unwrap().asks);
    assert!(table.ask(10, 100, 1, Tcp::ACK).unwrap().asks);
    table.answer(100, 10, Tcp::ACK);
    assert!(!table.ask(10, 110, 1, Tcp::ACK).unwrap().asks);
    assert_eq!(table.waiting(), 0);
}

#[test]
fn who_asks_is_seen_or_guessed() {
    let asks = |ports: &[u16], from, to, flags| {
        let mut table = Connections::new(ports.to_vec());
        let step = table.segment(&segment(from, to, 50), tcp(1, 1, flags), HERE, Monotonic(1));
        step.unwrap().asks
    };
    assert!(asks(&[], 40_000, 80, Tcp::ACK));
    assert!(!asks(&[], 80, 40_000, Tcp::ACK));
    assert!(asks(&[50_000], 40_000, 50_000, Tcp::ACK));
    assert!(!asks(&[50_000], 50_000, 40_000, Tcp::ACK));
    // Who opens it is seen, whatever the ports say.
    assert!(asks(&[], 80, 40_000, Tcp::SYN));
    assert!(!asks(&[], 40_000, 80, Tcp::SYN | Tcp::ACK));
}

#[test]
fn a_new_connection_of_the_same_ends_is_a_new_one() {
    let mut table = Table::new(&[]);
    assert!(table.ask(9, 0, 0, Tcp::SYN).unwrap().is_new);
    assert_eq!(table.ask(9, 0, 0, Tcp::SYN).unwrap().place, Place::Again);
    table.ask(10, 100, 50, Tcp::ACK);
    assert_eq!(table.waiting(), 1);
    let reopened = table.ask(5_000, 0, 0, Tcp::SYN).unwrap();
    assert!(reopened.is_new);
    assert_eq!(reopened.place, Place::Next { seen: 0 });
    assert_eq!(table.waiting(), 0);
}

#[test]
fn a_copy_on_another_interface_is_not_counted_until_the_first_is_silent() {
    let mut table = Table::new(&[]);
    table.ask(9, 0, 0, Tcp::SYN);
    let mut elsewhere = |sequence, at| {
        let tcp = tcp(sequence, 0, Tcp::ACK);
        let segment = segment(CLIENT, SERVER, 50);
        table.0.segment(&segment, tcp, HERE + 1, Monotonic(at))
    };
    assert_eq!(elsewhere(10, 2), None);
    assert!(elsewhere(10, 2_000_000_000).is_some());
}

#[test]
fn the_connection_silent_for_longest_is_given_up() {
    let mut table = Connections::new(Vec::new());
    let most = u16::try_from(limits::CONNECTIONS_FOLLOWED_MAX).unwrap();
    let mut ask = |port: u16| {
        let step = table.segment(&segment(port, 80, 9), tcp(1, 1, 0), HERE, Monotonic(1));
        step.unwrap()
    };
    for port in 1_000..1_000 + most {
        assert!(ask(port).is_new);
    }
    // The first speaks again, so the second is the oldest.
    assert!(!ask(1_000).is_new);
    assert!(ask(60_000).is_new);
    assert!(!ask(1_000).is_new);
    assert!(ask(1_001).is_new);
    assert_eq!(table.given_up(), 2);
    assert_eq!(table.waiting().count(), usize::from(most));
    assert_eq!(table.slots.len(), usize::from(most));
    table.forget();
    assert_eq!(table.waiting().count(), 0);
}
