//! A filter is compiled as it is typed, before anything may be opened.

use crashcap_core::capture::{self, CaptureError};
use crashcap_core::pcapng::LinkType;

/// What is wrong with a filter, in libpcap's words.
///
/// Without rights the link types of the interfaces are not known, so the likely
/// ones are taken: cooked packets for all interfaces on Linux, Ethernet else.
/// It is compiled again for the real one when recording starts.
pub(super) fn problem(filter: &str, interfaces: &[String]) -> Option<String> {
    if filter.trim().is_empty() {
        return None;
    }
    let all = interfaces.is_empty() || interfaces.iter().any(|name| name == "any");
    let link_type = if all && cfg!(target_os = "linux") {
        LinkType::LINUX_SLL2
    } else {
        LinkType::ETHERNET
    };
    match capture::check_filter(filter, link_type) {
        Ok(()) => None,
        Err(CaptureError::Filter { words, .. }) => Some(words),
        Err(error) => Some(error.to_string()),
    }
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
}
