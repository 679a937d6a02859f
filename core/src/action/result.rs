//! What came of each action, as it is recorded in the incident and read back.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::incident::{add_comments, added_comments};
use crate::limits::FACTS_BYTES_MAX;
use crate::pcapng::{AppendError, FileError};
use crate::units::{Timestamp, duration_in_words};

/// What a comment with results begins with.
const PREFIX: &str = "crashcap-actions: ";
/// The layout that this program writes and reads.
const VERSION: u32 = 1;
/// Texts are not cut below this.
const TEXT_BYTES_MIN: usize = 64;

/// The kinds of actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// A program was run.
    Program,
    /// It was told on the desktop.
    Notify,
    /// It was told to a server.
    Webhook,
    /// Evidence was collected.
    Evidence,
    /// The recording was to end.
    Exit,
}

/// What came of one action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionResult {
    /// Which kind.
    pub kind: ActionKind,
    /// The action in words, without secrets: "run /usr/bin/logger".
    pub action: String,
    /// When it began.
    pub at: Timestamp,
    /// How long it took, in nanoseconds.
    pub took_ns: u64,
    /// What was done, as a clause: "exited with status 0"; for one that failed
    /// why, and what to do.
    pub told: String,
    /// Whether it was done.
    pub ok: bool,
    /// What a program or server answered, bounded, with � for what is no text.
    pub output: String,
    /// Whether there was more of it than is kept.
    pub output_cut: bool,
}

impl ActionResult {
    /// One line: "run /usr/bin/logger: exited with status 0, in 12 ms".
    #[must_use]
    pub fn sentence(&self) -> String {
        let took = duration_in_words(Duration::from_nanos(self.took_ns));
        let failed = if self.ok { "" } else { "FAILED: " };
        format!("{}: {failed}{}, in {took}", self.action, self.told)
    }
}

#[derive(Serialize, Deserialize)]
struct Recorded {
    version: u32,
    results: Vec<ActionResult>,
}

/// Why results could not be read though there are some.
#[derive(Debug, thiserror::Error)]
pub enum ResultsError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A newer program wrote them.
    #[error(
        "the file's actions have version {version} and this program reads up to {VERSION}: \
        use a newer crashcap"
    )]
    Newer {
        /// The version that it says.
        version: u32,
    },
    /// Not the JSON that they should be.
    #[error("the file's actions cannot be read: {source}")]
    Malformed {
        /// What is wrong, and where.
        source: serde_json::Error,
    },
}

/// Adds the results to a saved incident's file, in words and as JSON, and says by
/// how many bytes it grew.
///
/// # Errors
/// [`AppendError`]: classic pcap holds no comments, or the system refuses; the
/// file is as it was then.
pub fn record(results: &[ActionResult], incident: &Path) -> Result<u64, AppendError> {
    if results.is_empty() {
        return Ok(0);
    }
    let mut words = String::from("What was done after saving:");
    for (index, result) in results.iter().enumerate() {
        words += &format!("\n{}. {}", index + 1, result.sentence());
    }
    add_comments(incident, vec![words, to_comment(results)])
}

/// The results that a saved incident's file holds, without reading its packets;
/// none where no actions were recorded.
///
/// # Errors
/// [`ResultsError`].
pub fn recorded(incident: &Path) -> Result<Vec<ActionResult>, ResultsError> {
    let mut all = Vec::new();
    for comment in added_comments(incident)? {
        if let Some(results) = results_of(&comment) {
            all.extend(results?);
        }
    }
    Ok(all)
}

/// Reads results from a section's comment; `None` for any other comment.
///
/// # Errors
/// Inside: a newer version, or JSON that is not as it should be.
#[must_use]
pub fn results_of(comment: &str) -> Option<Result<Vec<ActionResult>, ResultsError>> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    let json = comment.strip_prefix(PREFIX)?;
    let malformed = |source| ResultsError::Malformed { source };
    let read = || {
        let Version { version } = serde_json::from_str(json).map_err(malformed)?;
        if version > VERSION {
            return Err(ResultsError::Newer { version });
        }
        let recorded: Recorded = serde_json::from_str(json).map_err(malformed)?;
        Ok(recorded.results)
    };
    Some(read())
}

/// Whether a comment is the same in words, which stands before it.
#[must_use]
pub fn is_results_in_words(comment: &str) -> bool {
    comment.starts_with("What was done after saving:")
}

/// As JSON in one comment. Where that is too long outputs are cut first, then
/// sentences, then the last results go.
fn to_comment(results: &[ActionResult]) -> String {
    let mut recorded = Recorded {
        version: VERSION,
        results: results.to_vec(),
    };
    loop {
        let json = serde_json::to_string(&recorded).unwrap_or_default();
        if PREFIX.len() + json.len() <= FACTS_BYTES_MAX || !shorten(&mut recorded.results) {
            return format!("{PREFIX}{json}");
        }
    }
}

/// Cuts what can be spared; false where nothing is left.
fn shorten(results: &mut Vec<ActionResult>) -> bool {
    let mut some = false;
    for result in &mut *results {
        if halve(&mut result.output) {
            result.output_cut = true;
            some = true;
        }
    }
    if some {
        return true;
    }
    for result in &mut *results {
        some |= halve(&mut result.told) | halve(&mut result.action);
    }
    some || results.pop().is_some()
}

fn halve(text: &mut String) -> bool {
    let long = text.len() > TEXT_BYTES_MIN;
    if long {
        text.truncate(text.floor_char_boundary(text.len() / 2));
    }
    long
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(output: &str) -> ActionResult {
        ActionResult {
            kind: ActionKind::Program,
            action: "run /bin/true".into(),
            at: Timestamp(1_795_410_753_123_000_000),
            took_ns: 12_000_000,
            told: "exited with status 0".into(),
            ok: true,
            output: output.into(),
            output_cut: false,
        }
    }

    #[test]
    fn results_travel_in_a_comment() {
        let results = [result("a \"quoted\" line\nand another\u{fffd}"), result("")];
        let comment = to_comment(&results);
        assert_eq!(results_of(&comment).unwrap().unwrap(), results);
        assert!(results_of("another comment").is_none());
        assert!(results_of("crashcap-actions: {").unwrap().is_err());
        let newer = results_of("crashcap-actions: {\"version\": 2}").unwrap();
        assert!(matches!(newer, Err(ResultsError::Newer { version: 2 })));
    }

    #[test]
    fn a_flood_is_cut_and_says_so() {
        let many = vec![result(&"\u{1}é".repeat(50_000)); 40];
        let comment = to_comment(&many);
        assert!(comment.len() <= FACTS_BYTES_MAX);
        let read = results_of(&comment).unwrap().unwrap();
        assert_eq!(read.len(), 40);
        assert!(read.iter().all(|result| result.output_cut));
        assert_eq!(read[0].told, "exited with status 0");
        // Even without outputs there may be too many.
        let comment = to_comment(&vec![result(""); 2_000]);
        assert!(comment.len() <= FACTS_BYTES_MAX);
        assert!(!results_of(&comment).unwrap().unwrap().is_empty());
    }

    #[test]
    fn a_result_reads_as_a_sentence() {
        let mut result = result("");
        assert_eq!(
            result.sentence(),
            "run /bin/true: exited with status 0, in 12 ms"
        );
        result.ok = false;
        result.told = "did not end within 5 s".into();
        assert_eq!(
            result.sentence(),
            "run /bin/true: FAILED: did not end within 5 s, in 12 ms"
        );
    }
}
