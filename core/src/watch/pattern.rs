//! Patterns with `*` and `?`, as a user writes them to name processes.

use wildcard::{Wildcard, WildcardBuilder};

use super::WatchError;

/// A checked pattern. Case counts, except on Windows.
#[derive(Debug)]
pub(super) struct Pattern {
    wildcard: Wildcard<'static>,
}

impl Pattern {
    /// A pattern that the whole text must match.
    ///
    /// # Errors
    /// [`WatchError::BadPattern`] when it is empty.
    pub(super) fn whole(pattern: &str) -> Result<Self, WatchError> {
        Self::build(pattern, pattern.as_bytes().to_vec())
    }

    /// A pattern that the whole text must match if it has `*` or `?`, and
    /// that may stand anywhere in it otherwise.
    ///
    /// # Errors
    /// [`WatchError::BadPattern`] when it is empty.
    pub(super) fn anywhere(pattern: &str) -> Result<Self, WatchError> {
        if pattern.contains(['*', '?']) {
            return Self::whole(pattern);
        }
        Self::build(pattern, format!("*{pattern}*").into_bytes())
    }

    fn build(written: &str, bytes: Vec<u8>) -> Result<Self, WatchError> {
        let bad = |reason: String| WatchError::BadPattern {
            pattern: written.to_owned(),
            reason,
        };
        if written.trim().is_empty() {
            return Err(bad("it is empty".to_owned()));
        }
        // A backslash is part of a path on Windows and escapes nothing here.
        let wildcard = WildcardBuilder::from_owned(bytes)
            .without_escape()
            .case_insensitive(cfg!(windows))
            .build()
            .map_err(|error| bad(error.to_string()))?;
        Ok(Self { wildcard })
    }

    /// Whether the text matches.
    pub(super) fn matches(&self, text: &str) -> bool {
        self.wildcard.is_match(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_matches_as_a_whole() {
        let exact = Pattern::whole("router").unwrap();
        assert!(exact.matches("router"));
        assert!(!exact.matches("router_runner"));
        assert!(!exact.matches("xrouter"));
        let pattern = Pattern::whole("rou*_run?er").unwrap();
        assert!(pattern.matches("router_runner"));
        assert!(!pattern.matches("router_runer"));
        assert_eq!(exact.matches("Router"), cfg!(windows));
    }

    #[test]
    fn a_command_line_without_wildcards_matches_anywhere() {
        let anywhere = Pattern::anywhere("server.py --port 99").unwrap();
        assert!(anywhere.matches("python3 /srv/server.py --port 9973"));
        let whole = Pattern::anywhere("python* --port 99").unwrap();
        assert!(!whole.matches("python3 /srv/server.py --port 9973"));
        assert!(whole.matches("python3 /srv/server.py --port 99"));
    }

    #[test]
    fn an_empty_pattern_is_refused_and_a_backslash_is_a_letter() {
        assert!(matches!(
            Pattern::whole("  "),
            Err(WatchError::BadPattern { .. })
        ));
        assert!(Pattern::whole(r"a\*").unwrap().matches(r"a\bc"));
        assert!(Pattern::whole("größe*").unwrap().matches("größer"));
    }
}
