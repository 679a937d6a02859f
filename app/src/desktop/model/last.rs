//! The last packets before the moment, as rows of a table.

use crashcap_core::inspect::LastPacket;
use crashcap_core::units::duration_in_words;

use super::escaped;

/// Bytes shown of a payload that is no text.
const HEX_BYTES: usize = 16;

/// One packet: how long before, from whom, to whom, bytes of payload, whether it
/// was answered, how the payload begins.
pub(super) fn row(of: &LastPacket) -> [String; 6] {
    let answer = if of.unanswered { "no answer" } else { "" };
    [
        duration_in_words(of.before),
        of.from.to_string(),
        of.to.to_string(),
        super::size(of.payload),
        answer.into(),
        beginning(&of.start),
    ]
}

/// The heading: what a stranger looks for is among those without an answer.
pub(super) fn heading(all: &[LastPacket]) -> String {
    const LAST: &str = "Last before the moment";
    match all.iter().filter(|one| one.unanswered).count() {
        0 => LAST.into(),
        1 => format!("{LAST}: 1 request got no answer"),
        count => format!("{LAST}: {count} requests got no answer"),
    }
}

/// The first line, where it is text; else the first bytes.
fn beginning(payload: &[u8]) -> String {
    let line = payload.split(|byte| matches!(byte, b'\r' | b'\n')).next();
    let line = line.unwrap_or_default();
    let text = line.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    // The payload may have been cut within a character.
    let whole = line.len() - text.len() < 4;
    if whole && !text.is_empty() && !text.chars().any(char::is_control) {
        return escaped(text);
    }
    let bytes = payload.iter().take(HEX_BYTES);
    let bytes: Vec<String> = bytes.map(|byte| format!("{byte:02X}")).collect();
    bytes.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_begins_with_its_first_line_or_its_bytes() {
        for (payload, shown) in [
            (
                &b"GET /crash?x=1 HTTP/1.1\r\nHost: a\r\n"[..],
                "GET /crash?x=1 HTTP/1.1",
            ),
            (b"\x16\x03\x01\x02\x00", "16 03 01 02 00"),
            ("größer".as_bytes(), "größer"),
            (&"größe".as_bytes()[..4], "grö"),
            (b"\r\n", "0D 0A"),
            (b"", ""),
        ] {
            assert_eq!(beginning(payload), shown);
        }
        assert_eq!(beginning(&[0; 99]).len(), 16 * 3 - 1);
    }
}
