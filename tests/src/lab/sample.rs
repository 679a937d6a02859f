//! Small captures made by hand, to prove that what judges a capture can say no.

use std::collections::HashMap;
use std::net::SocketAddrV4;

use etherparse::PacketBuilder;

/// A pcapng file (draft-ietf-opsawg-pcapng) that grows block by block: one section, one
/// Ethernet interface, nanoseconds.
#[derive(Clone, Debug)]
pub struct SampleCapture {
    bytes: Vec<u8>,
    /// The next sequence number from each end to the other.
    sequence: HashMap<(SocketAddrV4, SocketAddrV4), u32>,
}

const SECTION: u32 = 0x0A0D_0D0A;
const INTERFACE: u32 = 1;
const STATISTICS: u32 = 5;
const PACKET: u32 = 6;
const COMMENT: u16 = 1;
const IF_TSRESOL: u16 = 9;
const ISB_IFDROP: u16 = 5;

impl SampleCapture {
    /// An empty capture with a comment.
    pub fn new(comment: &str) -> Self {
        let mut sample = Self {
            bytes: Vec::new(),
            sequence: HashMap::new(),
        };
        let mut section = Vec::new();
        section.extend_from_slice(&0x1A2B_3C4D_u32.to_le_bytes());
        section.extend_from_slice(&1_u16.to_le_bytes());
        section.extend_from_slice(&0_u16.to_le_bytes());
        section.extend_from_slice(&(-1_i64).to_le_bytes());
        option(&mut section, COMMENT, comment.as_bytes());
        option(&mut section, 0, &[]);
        sample.block(SECTION, &section);
        let mut interface = vec![1, 0, 0, 0, 0, 0, 4, 0];
        option(&mut interface, IF_TSRESOL, &[9]);
        option(&mut interface, 0, &[]);
        sample.block(INTERFACE, &interface);
        sample
    }

    /// Adds a TCP segment that follows those of its direction before it.
    pub fn tcp(&mut self, at_ns: u64, from: SocketAddrV4, to: SocketAddrV4, payload: &[u8]) {
        let sequence = self.sequence.entry((from, to)).or_insert(1);
        let builder = PacketBuilder::ethernet2([2; 6], [4; 6])
            .ipv4(from.ip().octets(), to.ip().octets(), 64)
            .tcp(from.port(), to.port(), *sequence, 65_000);
        *sequence += payload.len() as u32;
        let mut packet = Vec::new();
        // Writing to a Vec fails only for payloads that no packet can hold.
        if builder.write(&mut packet, payload).is_ok() {
            self.packet(at_ns, &packet);
        }
    }

    /// Adds a packet of these bytes.
    pub fn packet(&mut self, at_ns: u64, packet: &[u8]) {
        let length = packet.len() as u32;
        let mut body = timed(at_ns);
        body.extend_from_slice(&length.to_le_bytes());
        body.extend_from_slice(&length.to_le_bytes());
        padded(&mut body, packet);
        self.block(PACKET, &body);
    }

    /// Adds the interface's statistics.
    pub fn drops(&mut self, drops: u64) {
        let mut body = timed(0);
        option(&mut body, ISB_IFDROP, &drops.to_le_bytes());
        option(&mut body, 0, &[]);
        self.block(STATISTICS, &body);
    }

    /// The file so far.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn block(&mut self, kind: u32, body: &[u8]) {
        let length = (body.len() as u32 + 12).to_le_bytes();
        self.bytes.extend_from_slice(&kind.to_le_bytes());
        self.bytes.extend_from_slice(&length);
        self.bytes.extend_from_slice(body);
        self.bytes.extend_from_slice(&length);
    }
}

/// Interface 0 and a time, as statistics and packets begin.
fn timed(at_ns: u64) -> Vec<u8> {
    let mut body = 0_u32.to_le_bytes().to_vec();
    body.extend_from_slice(&((at_ns >> 32) as u32).to_le_bytes());
    body.extend_from_slice(&(at_ns as u32).to_le_bytes());
    body
}

fn option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    body.extend_from_slice(&code.to_le_bytes());
    body.extend_from_slice(&(value.len() as u16).to_le_bytes());
    padded(body, value);
}

fn padded(body: &mut Vec<u8>, bytes: &[u8]) {
    body.extend_from_slice(bytes);
    body.resize(body.len().next_multiple_of(4), 0);
}
