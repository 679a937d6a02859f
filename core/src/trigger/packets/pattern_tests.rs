//! Patterns in streams that are cut into pieces anywhere.

use proptest::prelude::*;

use super::*;

fn regex(text: &str) -> Pattern {
    Pattern::compile(&PayloadText::Regex(text.into())).unwrap()
}

/// Where matches end, counted from the first piece's beginning.
fn ends(pattern: &Pattern, pieces: &[&[u8]]) -> Vec<usize> {
    let (mut progress, mut ends, mut before) = (pattern.start(), Vec::new(), 0);
    for piece in pieces {
        pattern.feed(&mut progress, piece, |end| ends.push(before + end));
        before += piece.len();
    }
    ends
}

#[test]
fn a_match_is_found_across_pieces_and_once() {
    let pattern = regex(r"HTTP/1\.[01] 5\d\d");
    assert!(ends(&pattern, &[b"HTTP/1.1 200 OK"]).is_empty());
    assert_eq!(ends(&pattern, &[b"..HTTP/1.1 500"]), [14]);
    assert_eq!(ends(&pattern, &[b"HTT", b"P/1.1 5", b"00", b" OK"]), [12]);
    assert_eq!(ends(&pattern, &[b"HTTP/1.1 503HTTP/1.1 504 x"]), [12, 24]);
    let bytes = Pattern::compile(&PayloadText::Bytes(vec![0, 0xff, b'.'])).unwrap();
    assert_eq!(ends(&bytes, &[&[1, 0], &[0xff], b".x"]), [4]);
    assert!(ends(&bytes, &[&[0, 0xff], b"x"]).is_empty());
    assert_eq!(bytes.shown(), r"\x00\xff.");
}

#[test]
fn a_beginning_is_a_streams_beginning() {
    let pattern = regex("^GET");
    assert!(pattern.is_anchored());
    assert_eq!(ends(&pattern, &[b"GET / GET"]), [3]);
    assert!(ends(&pattern, &[b"xGET", b"GET"]).is_empty());
    let lines = regex("(?m)^GET");
    assert!(!lines.is_anchored());
    assert_eq!(ends(&lines, &[b"GET\nGET GET\n", b"GET"]), [3, 7, 15]);
    assert_eq!(ends(&regex(r"\bok\b"), &[b"took ok"]), [7]);
}

#[test]
fn what_cannot_be_is_refused() {
    let refused = |text: &str| match Pattern::compile(&PayloadText::Regex(text.into())) {
        Ok(_) => panic!("{text} compiles"),
        Err(error) => error.to_string(),
    };
    assert!(refused("a(b").contains("a(b"));
    for nothing in ["", "a*", r"\b", "^", "(a|)"] {
        assert!(
            refused(nothing).contains("where there is nothing"),
            "{nothing}"
        );
    }
    // These grow beyond any memory: bounded, and quickly.
    assert!(refused("[01]*1[01]{60}").contains("simpler"));
    refused("((((a{100}){100}){100}){100})");
    refused(&"(".repeat(500));
    assert!(refused(&"a".repeat(5_000)).contains("5000 bytes"));
}

proptest! {
    #[test]
    fn pieces_do_not_matter(
        text in prop::collection::vec(prop::sample::select(b"ab\n".to_vec()), 0..60),
        cuts in prop::collection::vec(0_usize..60, 0..6),
        pattern in prop::sample::select(vec!["ab", "a+b", "aab|ba", "(?m)^ab", "b[^a]", "a\nb"]),
    ) {
        let pattern = regex(pattern);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
        prop_assert_eq!(ends(&pattern, &pieces), ends(&pattern, &[&text]));
    }
}
