//! A filter is compiled as it is typed, before anything may be opened.

use crashcap_core::capture::{self, CaptureError};
use crashcap_core::pcapng::LinkType;

/// 802.11 as it is, and with a radiotap header: what monitor mode gives.
const WLAN: [LinkType; 2] = [LinkType(105), LinkType(127)];

/// What is wrong with a filter, in libpcap's words.
///
/// Without rights the link types of the interfaces are not known. So it is wrong
/// only where it compiles for none of those that there are, and the words are
/// those for the likely one: cooked packets for all interfaces on Linux, Ethernet
/// else. It is compiled again for the real one when recording starts.
pub(super) fn problem(filter: &str, interfaces: &[String]) -> Option<String> {
    if filter.trim().is_empty() {
        return None;
    }
    let all = interfaces.is_empty() || interfaces.iter().any(|name| name == "any");
    let likely = if all && cfg!(target_os = "linux") {
        LinkType::LINUX_SLL2
    } else {
        LinkType::ETHERNET
    };
    let words = match capture::check_filter(filter, likely) {
        Ok(()) => return None,
        Err(CaptureError::Filter { words, .. }) => words,
        // Without the library none compiles.
        Err(error) => return Some(error.to_string()),
    };
    let others = [
        LinkType::ETHERNET,
        LinkType::LINUX_SLL2,
        LinkType::RAW,
        LinkType::NULL,
        LinkType::LOOP,
    ];
    let compiles = |link_type| capture::check_filter(filter, link_type).is_ok();
    let mut others = others.into_iter().chain(WLAN);
    (!others.any(compiles)).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::problem;

    #[test]
    fn the_words_are_libpcaps() {
        assert_eq!(problem(" ", &[]), None);
        assert_eq!(problem("tcp port 80", &["lo".into()]), None);
        let words = problem("tcp prot 80", &[]).unwrap();
        assert!(words.contains("syntax error"), "{words}");
    }

    #[test]
    fn what_compiles_for_some_interface_is_no_problem() {
        for filter in [
            "wlan addr1 02:00:00:00:00:01",
            "type mgt subtype beacon",
            "ether host 02:00:00:00:00:01",
            "ifindex 1",
        ] {
            assert_eq!(problem(filter, &["mon0".into()]), None, "{filter}");
            assert_eq!(problem(filter, &[]), None, "{filter}");
        }
    }
}
