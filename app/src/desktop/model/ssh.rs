//! The packets of the SSH session in which this window was started: each line
//! that it sends would be recorded, and would make another.

use std::net::IpAddr;

/// A session, as sshd tells it in SSH_CONNECTION (ssh(1)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OwnSession {
    client: IpAddr,
    client_port: u16,
    server_port: u16,
}

impl OwnSession {
    /// Reads "client port server port".
    pub(crate) fn of(connection: &str) -> Option<Self> {
        let mut words = connection.split_whitespace();
        let client = address(words.next()?)?;
        let client_port = words.next()?.parse().ok()?;
        address(words.next()?)?;
        let server_port = words.next()?.parse().ok()?;
        words.next().is_none().then_some(Self {
            client,
            client_port,
            server_port,
        })
    }

    /// What pcap-filter(7) calls its packets, in both directions.
    fn expression(&self) -> String {
        format!("host {} and tcp port {}", self.client, self.client_port)
    }

    /// The filter without them; none where it has been said already, or where
    /// they cannot match.
    pub(crate) fn left_out(&self, filter: &str) -> Option<String> {
        let filter = filter.split_whitespace().collect::<Vec<_>>().join(" ");
        let left_out = format!("not ({})", self.expression());
        if filter.contains(&left_out) || self.is_elsewhere(&filter) {
            return None;
        }
        Some(match filter.as_str() {
            "" => left_out,
            // What stands there may have an "or" in it.
            filter => format!("({filter}) and {left_out}"),
        })
    }

    /// A filter for one other port alone.
    fn is_elsewhere(&self, filter: &str) -> bool {
        let words: Vec<&str> = filter.split(' ').collect();
        let port = match words.as_slice() {
            ["udp", "port", _] => return true,
            ["port", port] | ["tcp", "port", port] => port.parse().ok(),
            _ => None,
        };
        port.is_some_and(|port: u16| port != self.client_port && port != self.server_port)
    }
}

/// An address without its zone, which filters do not know, and as IPv4 where it
/// is one within IPv6: so the packets carry it.
fn address(word: &str) -> Option<IpAddr> {
    let plain = word.split('%').next()?;
    plain
        .parse()
        .ok()
        .map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(connection: &str) -> OwnSession {
        OwnSession::of(connection).unwrap()
    }

    #[test]
    fn the_session_is_left_out_of_any_filter() {
        let four = session("192.0.2.5 51514 192.0.2.17 22");
        let six = session("2001:db8::5 51514 2001:db8::17 2222");
        let all = [
            four.left_out(""),
            four.left_out(" tcp  or udp "),
            six.left_out(""),
            six.left_out("tcp port 2222"),
            session("fe80::5%eth0 51514 fe80::17%eth0 22").left_out(""),
            session("::ffff:192.0.2.5 51514 ::ffff:192.0.2.17 22").left_out(""),
        ];
        insta::assert_snapshot!(all.map(Option::unwrap).join("\n"), @r"
        not (host 192.0.2.5 and tcp port 51514)
        (tcp or udp) and not (host 192.0.2.5 and tcp port 51514)
        not (host 2001:db8::5 and tcp port 51514)
        (tcp port 2222) and not (host 2001:db8::5 and tcp port 51514)
        not (host fe80::5 and tcp port 51514)
        not (host 192.0.2.5 and tcp port 51514)
        ");
    }

    #[test]
    fn it_is_offered_once_and_only_where_it_matters() {
        let session = session("192.0.2.5 51514 192.0.2.17 22");
        let once = session.left_out("tcp").unwrap();
        assert_eq!(session.left_out(&once), None);
        for filter in ["tcp port 9973", "port 80", "udp port 53"] {
            assert_eq!(session.left_out(filter), None, "{filter}");
        }
        for filter in ["port 22", "tcp", "tcp port 9973 or port 22", "tcp port x"] {
            assert!(session.left_out(filter).is_some(), "{filter}");
        }
    }

    #[test]
    fn what_is_no_connection_is_none() {
        for told in [
            "",
            "192.0.2.5 1 192.0.2.17",
            "a 1 b 2",
            "192.0.2.5 1 192.0.2.17 70000",
        ] {
            assert_eq!(OwnSession::of(told), None, "{told:?}");
        }
        assert_eq!(OwnSession::of("192.0.2.5 1 192.0.2.17 22 more"), None);
    }
}
