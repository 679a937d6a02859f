//! The bytes of sock_diag(7): requests written, answers read with every bound checked.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::measure::sockets::{SocketState, SocketStates};

/// linux/sock_diag.h: SOCK_DIAG_BY_FAMILY.
const BY_FAMILY: u16 = 20;
/// linux/netlink.h: NLM_F_REQUEST and NLM_F_DUMP.
const REQUEST_AND_DUMP: u16 = 0x1 | 0x300;
/// linux/netlink.h: NLMSG_ERROR and NLMSG_DONE.
const ERROR: u16 = 2;
const DONE: u16 = 3;
/// struct nlmsghdr.
const HEADER: usize = 16;
/// struct inet_diag_req_v2 and struct inet_diag_msg.
const ASKED: usize = 56;
const TOLD: usize = 72;
const PROTOCOL_TCP: u8 = 6;

/// Address families, as bits/socket.h numbers them on every architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Family {
    V4 = 2,
    V6 = 10,
}

/// A request for the sockets in these states; of one local port unless that is 0.
pub(super) fn request(family: Family, states: SocketStates, port: u16, sequence: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + ASKED);
    bytes.extend(72_u32.to_ne_bytes());
    bytes.extend(BY_FAMILY.to_ne_bytes());
    bytes.extend(REQUEST_AND_DUMP.to_ne_bytes());
    bytes.extend(sequence.to_ne_bytes());
    // Our own address, which the kernel knows.
    bytes.extend([0; 4]);
    // No extension is asked for: each would make every answer longer.
    bytes.extend([family as u8, PROTOCOL_TCP, 0, 0]);
    bytes.extend(mask(states).to_ne_bytes());
    // struct inet_diag_sockid: the local port; the rest is for single sockets.
    bytes.extend(port.to_be_bytes());
    bytes.resize(HEADER + ASKED, 0);
    bytes
}
const _: () = assert!(HEADER + ASKED == 72);

/// net/tcp_states.h: one bit for each state. SYN_RECV stands for
/// TCP_NEW_SYN_RECV as well, which the kernel adds by itself.
fn mask(states: SocketStates) -> u32 {
    SocketState::ALL
        .into_iter()
        .filter(|state| states.contains(*state))
        .fold(0, |mask, state| mask | 1 << number_of(state))
}

fn number_of(state: SocketState) -> u8 {
    match state {
        SocketState::Established => 1,
        SocketState::SynSent => 2,
        SocketState::SynRecv => 3,
        SocketState::FinWait1 => 4,
        SocketState::FinWait2 => 5,
        SocketState::TimeWait => 6,
        SocketState::CloseWait => 8,
        SocketState::LastAck => 9,
        SocketState::Listen => 10,
        SocketState::Closing => 11,
    }
}

fn state_of(number: u8) -> Option<SocketState> {
    match number {
        1 => Some(SocketState::Established),
        2 => Some(SocketState::SynSent),
        3 | 12 => Some(SocketState::SynRecv),
        4 => Some(SocketState::FinWait1),
        5 => Some(SocketState::FinWait2),
        6 => Some(SocketState::TimeWait),
        8 => Some(SocketState::CloseWait),
        9 => Some(SocketState::LastAck),
        10 => Some(SocketState::Listen),
        11 => Some(SocketState::Closing),
        _ => None,
    }
}

/// One socket, as the kernel tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Socket {
    pub(super) state: SocketState,
    pub(super) local: IpAddr,
    pub(super) local_port: u16,
    pub(super) peer: IpAddr,
    /// 0: no process holds it.
    pub(super) inode: u32,
    /// Of a listening socket: connections that wait, and how many may.
    pub(super) receive_queue: u32,
    pub(super) send_queue: u32,
}

/// One message of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Socket(Socket),
    /// That was all.
    Done,
    /// The kernel's error number.
    Failed(i32),
}

/// The answers in one datagram to the request of this sequence number. What is
/// torn, or of a kind that is not known, is left out.
pub(super) fn answers(datagram: &[u8], sequence: u32) -> impl Iterator<Item = Answer> {
    let mut rest = datagram;
    std::iter::from_fn(move || {
        let length = usize::try_from(u32_at(rest, 0)?).ok()?;
        let message = rest
            .get(..length)
            .filter(|message| message.len() >= HEADER)?;
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or(&[]);
        Some(message)
    })
    .filter(move |message| u32_at(message, 8) == Some(sequence))
    .filter_map(answer)
}

fn answer(message: &[u8]) -> Option<Answer> {
    let body = message.get(HEADER..)?;
    match u16_at(message, 4)? {
        // An older kernel ends without a number.
        DONE => match u32_at(body, 0).map(u32::cast_signed) {
            None | Some(0) => Some(Answer::Done),
            Some(error) => Some(Answer::Failed(error.saturating_abs())),
        },
        ERROR => {
            let error = u32_at(body, 0)?.cast_signed();
            (error != 0).then_some(Answer::Failed(error.saturating_abs()))
        }
        BY_FAMILY => socket(body).map(Answer::Socket),
        _ => None,
    }
}

/// struct inet_diag_msg: family, state, timer, retransmits (a byte each), then
/// struct inet_diag_sockid (ports and addresses in network order), expiry,
/// queues, user and inode.
fn socket(body: &[u8]) -> Option<Socket> {
    let body: &[u8; TOLD] = body.get(..TOLD)?.try_into().ok()?;
    let family = match body[0] {
        2 => Family::V4,
        10 => Family::V6,
        _ => return None,
    };
    Some(Socket {
        state: state_of(body[1])?,
        local: address(family, body, 8)?,
        local_port: u16::from_be_bytes([body[4], body[5]]),
        peer: address(family, body, 24)?,
        inode: u32_at(body, 68)?,
        receive_queue: u32_at(body, 56)?,
        send_queue: u32_at(body, 60)?,
    })
}

/// IPv4 peers of an IPv6 socket are told as the IPv4 addresses that they are.
fn address(family: Family, body: &[u8; TOLD], at: usize) -> Option<IpAddr> {
    Some(match family {
        Family::V4 => IpAddr::V4(Ipv4Addr::from(four(body, at)?)),
        Family::V6 => {
            let sixteen: [u8; 16] = body.get(at..at.checked_add(16)?)?.try_into().ok()?;
            IpAddr::V6(Ipv6Addr::from(sixteen)).to_canonical()
        }
    })
}

fn four(bytes: &[u8], at: usize) -> Option<[u8; 4]> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok()
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    four(bytes, at).map(u32::from_ne_bytes)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_ne_bytes(two.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn message(kind: u16, sequence: u32, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(HEADER + body.len()).unwrap();
        let mut bytes = Vec::new();
        bytes.extend(length.to_ne_bytes());
        bytes.extend(kind.to_ne_bytes());
        bytes.extend([0; 2]);
        bytes.extend(sequence.to_ne_bytes());
        bytes.extend([0; 4]);
        bytes.extend(body);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn close_wait() -> Vec<u8> {
        let mut body = vec![0; TOLD];
        body[..2].copy_from_slice(&[2, 8]);
        body[4..6].copy_from_slice(&9973_u16.to_be_bytes());
        body[8..12].copy_from_slice(&[127, 0, 0, 1]);
        body[24..28].copy_from_slice(&[192, 0, 2, 7]);
        body[56..60].copy_from_slice(&1_u32.to_ne_bytes());
        body[68..72].copy_from_slice(&48151_u32.to_ne_bytes());
        body
    }

    #[test]
    fn an_answer_is_read() {
        let mut datagram = message(BY_FAMILY, 7, &close_wait());
        // Attributes may follow the structure.
        datagram.extend(message(BY_FAMILY, 7, &[close_wait(), vec![9; 12]].concat()));
        datagram.extend(message(DONE, 7, &[0; 4]));
        let expected = Answer::Socket(Socket {
            state: SocketState::CloseWait,
            local: IpAddr::from([127, 0, 0, 1]),
            local_port: 9973,
            peer: IpAddr::from([192, 0, 2, 7]),
            inode: 48151,
            receive_queue: 1,
            send_queue: 0,
        });
        let read: Vec<Answer> = answers(&datagram, 7).collect();
        assert_eq!(read, [expected, expected, Answer::Done]);
        assert_eq!(answers(&datagram, 6).count(), 0, "an answer to another");
    }

    #[test]
    fn a_mapped_address_is_the_address_that_it_maps() {
        let mut body = close_wait();
        body[0] = 10;
        body[24..40].copy_from_slice(&Ipv4Addr::new(192, 0, 2, 7).to_ipv6_mapped().octets());
        let socket = socket(&body).unwrap();
        assert_eq!(socket.peer, IpAddr::from([192, 0, 2, 7]));
    }

    #[test]
    fn errors_are_told_by_their_number() {
        let refused = message(ERROR, 1, &(-2_i32).to_ne_bytes());
        assert_eq!(
            answers(&refused, 1).collect::<Vec<_>>(),
            [Answer::Failed(2)]
        );
        let late = message(DONE, 1, &(-22_i32).to_ne_bytes());
        assert_eq!(answers(&late, 1).collect::<Vec<_>>(), [Answer::Failed(22)]);
        let least = message(ERROR, 1, &i32::MIN.to_ne_bytes());
        assert_eq!(
            answers(&least, 1).collect::<Vec<_>>(),
            [Answer::Failed(i32::MAX)]
        );
    }

    #[test]
    fn torn_answers_are_left_out() {
        let whole = message(BY_FAMILY, 1, &close_wait());
        for end in 0..whole.len() {
            assert_eq!(answers(&whole[..end], 1).count(), 0, "{end}");
        }
        let short = message(BY_FAMILY, 1, &close_wait()[..TOLD - 1]);
        assert_eq!(answers(&short, 1).count(), 0);
        let mut unknown = close_wait();
        unknown[1] = 200;
        assert_eq!(answers(&message(BY_FAMILY, 1, &unknown), 1).count(), 0);
        unknown[..2].copy_from_slice(&[99, 1]);
        assert_eq!(answers(&message(BY_FAMILY, 1, &unknown), 1).count(), 0);
        assert_eq!(answers(&[0; 64], 0).count(), 0, "a length of 0 ends it");
    }

    #[test]
    fn states_go_there_and_back() {
        for state in SocketState::ALL {
            assert_eq!(state_of(number_of(state)), Some(state));
            assert_eq!(mask(state.into()), 1 << number_of(state));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            // A length that is possible, so that bodies are reached too.
            let mut bytes = bytes;
            if bytes.len() >= 4 {
                let length = u32::from(bytes[0]).to_ne_bytes();
                bytes[..4].copy_from_slice(&length);
            }
            let sequence = u32_at(&bytes, 8).unwrap_or(0);
            prop_assert!(answers(&bytes, sequence).count() <= bytes.len() / HEADER);
        }
    }
}
