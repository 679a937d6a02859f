//! What somebody may have meant by a filter that libpcap cannot read: its own
//! words name neither the mistake nor the remedy.

/// What may have been meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FilterHint {
    /// What is wrong.
    pub(crate) sentence: String,
    /// A filter that says it, where one is known.
    pub(crate) filter: Option<String>,
}

/// Words of libpcap's language (pcap-filter(7)) that are mistyped, those used
/// most first.
const WORDS: [&str; 32] = [
    "port",
    "host",
    "tcp",
    "udp",
    "net",
    "src",
    "dst",
    "and",
    "or",
    "not",
    "portrange",
    "icmp",
    "icmp6",
    "arp",
    "ip",
    "ip6",
    "ether",
    "proto",
    "vlan",
    "broadcast",
    "multicast",
    "gateway",
    "less",
    "greater",
    "inbound",
    "outbound",
    "sctp",
    "mask",
    "rarp",
    "igmp",
    "esp",
    "mpls",
];

/// After these stands a name of somebody's own.
const NAMERS: [&str; 8] = [
    "host",
    "net",
    "gateway",
    "src",
    "dst",
    "port",
    "portrange",
    "proto",
];

/// Fields of Wireshark's display filters, and how a capture filter says the same.
const FIELDS: [(&str, &str); 16] = [
    ("tcp.port", "tcp port"),
    ("tcp.srcport", "tcp src port"),
    ("tcp.dstport", "tcp dst port"),
    ("udp.port", "udp port"),
    ("udp.srcport", "udp src port"),
    ("udp.dstport", "udp dst port"),
    ("ip.addr", "host"),
    ("ip.host", "host"),
    ("ip.src", "src host"),
    ("ip.dst", "dst host"),
    ("ipv6.addr", "host"),
    ("ipv6.src", "src host"),
    ("ipv6.dst", "dst host"),
    ("eth.addr", "ether host"),
    ("eth.src", "ether src"),
    ("eth.dst", "ether dst"),
];

/// Protocols that libpcap knows by their port alone.
const BY_PORT: [(&str, &str); 15] = [
    ("http", "tcp port 80"),
    ("https", "tcp port 443"),
    ("tls", "tcp port 443"),
    ("ssl", "tcp port 443"),
    ("quic", "udp port 443"),
    ("dns", "port 53"),
    ("ssh", "tcp port 22"),
    ("smtp", "tcp port 25"),
    ("ftp", "tcp port 21"),
    ("ntp", "udp port 123"),
    ("dhcp", "udp port 67 or udp port 68"),
    ("mqtt", "tcp port 1883"),
    ("redis", "tcp port 6379"),
    ("mysql", "tcp port 3306"),
    ("postgres", "tcp port 5432"),
];

/// What may have been meant by a filter that does not compile.
pub(crate) fn hint(filter: &str) -> Option<FilterHint> {
    let filter = filter.trim();
    bare_number(filter)
        .or_else(|| display_filter(filter))
        .or_else(|| port_without_its_word(filter))
        .or_else(|| mistyped(filter))
}

fn meant(sentence: String, filter: String) -> FilterHint {
    FilterHint {
        sentence,
        filter: Some(filter),
    }
}

fn is_port(word: &str) -> bool {
    word.parse::<u16>().is_ok_and(|port| port > 0)
}

/// "8123".
fn bare_number(filter: &str) -> Option<FilterHint> {
    let number = filter.trim_start_matches(':');
    is_port(number).then(|| {
        let filter = format!("port {number}");
        meant(format!("A number alone is no filter: {filter}?"), filter)
    })
}

/// "tcp.port == 8123", "ip.addr==192.0.2.1 && http".
fn display_filter(filter: &str) -> Option<FilterHint> {
    let tokens = tokens(filter);
    let speaks_it = |token: &String| {
        let field = token.split_once('.').is_some_and(|(layer, _)| {
            layer.chars().all(|one| one.is_ascii_alphanumeric())
                && layer.chars().any(|one| one.is_ascii_alphabetic())
        });
        field && !is_name_after(&tokens, token)
    };
    let by_port = |token: &String| by_port(token).is_some() && !is_name_after(&tokens, token);
    let found = tokens
        .iter()
        .find(|one| speaks_it(one))
        .or_else(|| tokens.iter().find(|one| by_port(one)))?;
    let same = translated(&tokens);
    let sentence = match (&same, by_port(found)) {
        (Some(same), true) => {
            format!("A capture filter knows {found} by its port: {same}.")
        }
        (Some(same), false) => {
            format!("{found} is of a display filter. As a capture filter: {same}.")
        }
        (None, _) => format!(
            "{found} is of a display filter, for packets already captured. \
             A capture filter is written as in tcp port 8080."
        ),
    };
    Some(FilterHint {
        sentence,
        filter: same,
    })
}

fn by_port(word: &str) -> Option<&'static str> {
    let lower = word.to_ascii_lowercase();
    let mut all = BY_PORT.iter();
    all.find(|(name, _)| *name == lower).map(|(_, same)| *same)
}

/// "host www.example.org": a name, and nobody's field.
fn is_name_after(tokens: &[String], token: &String) -> bool {
    let at = tokens.iter().position(|one| one == token);
    let before = at.and_then(|at| tokens.get(at.checked_sub(1)?));
    before.is_some_and(|before| NAMERS.contains(&before.to_ascii_lowercase().as_str()))
}

/// Words, numbers and operators, each by itself.
pub(super) fn tokens(filter: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let kind = |one: char| match one {
        '=' | '!' | '<' | '>' | '&' | '|' => 1,
        '(' => 2,
        ')' => 3,
        _ => 4,
    };
    let mut last = 0;
    for one in filter.chars() {
        if one.is_whitespace() {
            last = 0;
            continue;
        }
        let now = kind(one);
        match all.last_mut() {
            Some(word) if now == last && now != 2 && now != 3 => word.push(one),
            _ => all.push(one.to_string()),
        }
        last = now;
    }
    all
}

/// The same as a capture filter, where all of it can be said.
fn translated(tokens: &[String]) -> Option<String> {
    let mut words: Vec<String> = Vec::new();
    let mut rest = tokens.iter();
    while let Some(token) = rest.next() {
        let lower = token.to_ascii_lowercase();
        let word = match lower.as_str() {
            "&&" | "and" => "and".to_owned(),
            "||" | "or" => "or".to_owned(),
            "!" | "not" => "not".to_owned(),
            "(" | ")" => lower,
            _ => match FIELDS.iter().find(|(field, _)| *field == lower) {
                Some((_, same)) => {
                    let operator = rest.next()?;
                    let value = rest.next()?;
                    match operator.to_ascii_lowercase().as_str() {
                        "==" | "eq" | "=" => format!("{same} {value}"),
                        "!=" | "ne" => format!("not {same} {value}"),
                        _ => return None,
                    }
                }
                None => match by_port(&lower) {
                    Some(same) if tokens.len() == 1 => same.to_owned(),
                    Some(same) if same.contains(" or ") => format!("({same})"),
                    Some(same) => same.to_owned(),
                    None if WORDS.contains(&lower.as_str()) || is_port(&lower) => lower,
                    None => return None,
                },
            },
        };
        words.push(word);
    }
    Some(words.join(" ").replace("( ", "(").replace(" )", ")"))
}

/// "tcp 8123", "port=8123", "host 192.0.2.1:80".
fn port_without_its_word(filter: &str) -> Option<FilterHint> {
    let parted: Vec<&str> = filter
        .split(|one: char| one.is_whitespace() || matches!(one, ':' | '='))
        .filter(|word| !word.is_empty())
        .collect();
    let same = match parted.as_slice() {
        [layer @ ("tcp" | "udp"), port] if is_port(port) => format!("{layer} port {port}"),
        ["port", port] if is_port(port) => format!("port {port}"),
        ["host", host, port] if is_port(port) => format!("host {host} and port {port}"),
        [host, port] if is_port(port) && host.parse::<std::net::Ipv4Addr>().is_ok() => {
            format!("host {host} and port {port}")
        }
        _ => return None,
    };
    Some(meant(format!("Did you mean {same}?"), same))
}

/// The first word that is none, and the one most like it.
fn mistyped(filter: &str) -> Option<FilterHint> {
    let words: Vec<&str> = filter.split_whitespace().collect();
    let bare = |word: &str| {
        let word = word.trim_matches(|one| matches!(one, '(' | ')'));
        word.to_ascii_lowercase()
    };
    let (at, wrong, right) = words.iter().enumerate().find_map(|(at, word)| {
        let lower = bare(word);
        let named = at > 0 && NAMERS.contains(&bare(words[at - 1]).as_str());
        let letters = lower.len() > 1 && lower.chars().all(|one| one.is_ascii_alphabetic());
        if named || !letters || WORDS.contains(&lower.as_str()) {
            return None;
        }
        Some((at, lower.clone(), nearest(&lower)?))
    })?;
    let mut same: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    same[at] = same[at].to_ascii_lowercase().replace(&wrong, right);
    Some(meant(
        format!("Did you mean {right} instead of {wrong}?"),
        same.join(" "),
    ))
}

/// The word of libpcap's that is most like this one, if one is.
fn nearest(word: &str) -> Option<&'static str> {
    let most = if word.len() <= 3 { 1 } else { 2 };
    let near = WORDS.iter().map(|one| (steps(word, one), *one));
    // Of several as near the first, which is used most.
    let nearest = near.min_by_key(|(steps, _)| *steps)?;
    (nearest.0 <= most).then_some(nearest.1)
}

/// How many letters are to be put in, left out, changed, or exchanged with the
/// next (optimal string alignment).
fn steps(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let width = other.len() + 1;
    let mut table = vec![0; (one.len() + 1) * width];
    for row in 0..=one.len() {
        for column in 0..width {
            let at = row * width + column;
            if row == 0 || column == 0 {
                table[at] = row + column;
                continue;
            }
            let changed = usize::from(one[row - 1] != other[column - 1]);
            let mut least = (table[at - width] + 1)
                .min(table[at - 1] + 1)
                .min(table[at - width - 1] + changed);
            let exchanged = row > 1
                && column > 1
                && one[row - 1] == other[column - 2]
                && one[row - 2] == other[column - 1];
            if exchanged {
                least = least.min(table[at - 2 * width - 2] + 1);
            }
            table[at] = least;
        }
    }
    table.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter_meant(by: &str) -> Option<String> {
        hint(by).and_then(|hint| hint.filter)
    }

    #[test]
    fn what_a_newcomer_types_becomes_a_filter() {
        let meant = [
            ("8123", "port 8123"),
            (":8123", "port 8123"),
            ("tcp prt 8123", "tcp port 8123"),
            ("tcp prot 8123", "tcp port 8123"),
            ("tpc port 8123", "tcp port 8123"),
            (
                "tcp port 80 adn host 192.0.2.1",
                "tcp port 80 and host 192.0.2.1",
            ),
            ("(hots 192.0.2.1) or udp", "(host 192.0.2.1) or udp"),
            ("portragne 80-90", "portrange 80-90"),
            ("tcp 8123", "tcp port 8123"),
            ("port=8123", "port 8123"),
            ("192.0.2.1:80", "host 192.0.2.1 and port 80"),
            ("tcp.port == 8123", "tcp port 8123"),
            ("tcp.port==8123", "tcp port 8123"),
            (
                "ip.addr eq 192.0.2.1 && !(udp.dstport != 53)",
                "host 192.0.2.1 and not (not udp dst port 53)",
            ),
            ("http", "tcp port 80"),
            ("dns or http", "port 53 or tcp port 80"),
        ];
        for (typed, filter) in meant {
            assert_eq!(filter_meant(typed).as_deref(), Some(filter), "{typed}");
        }
    }

    #[test]
    fn a_display_filter_is_called_so_also_where_it_cannot_be_said_otherwise() {
        let hint = hint("http.request.method == \"GET\"").unwrap();
        assert_eq!(hint.filter, None);
        assert!(
            hint.sentence.contains("display filter"),
            "{}",
            hint.sentence
        );
    }

    #[test]
    fn what_is_no_mistake_of_these_has_no_hint() {
        for typed in [
            "",
            "host www.example.org and",
            "tcp port",
            "tcp[13] & 2",
            "port http or",
        ] {
            assert_eq!(hint(typed), None, "{typed}");
        }
    }

    #[test]
    fn letters_that_changed_places_are_one_step() {
        for (one, other, apart) in [
            ("port", "port", 0),
            ("prot", "port", 1),
            ("prt", "port", 1),
            ("", "net", 3),
            ("hsot", "host", 1),
        ] {
            assert_eq!(steps(one, other), apart, "{one} {other}");
            assert_eq!(steps(other, one), apart, "{other} {one}");
        }
    }
}
