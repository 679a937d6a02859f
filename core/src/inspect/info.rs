//! What `crashcap info FILE` tells: any capture file, and the incident where
//! it is one of ours.

use std::path::{Path, PathBuf};

use crate::action::{ActionResult, EvidenceComment, evidence_of, is_results_in_words, results_of};
use crate::incident::Facts;
use crate::pcapng::{FileError, Survey, survey};

/// What is known of a capture file.
#[derive(Debug)]
pub struct Info {
    /// The file.
    pub path: PathBuf,
    /// What it holds.
    pub survey: Survey,
    /// The incident in words, as the program that saved it put it.
    pub sentence: Option<String>,
    /// The incident's facts.
    pub facts: Option<Facts>,
    /// Why its facts could not be read, though there are some.
    pub facts_unreadable: Option<String>,
    /// What was done after it had been saved, in order.
    pub actions: Vec<ActionResult>,
    /// Why that could not be read, though there is some.
    pub actions_unreadable: Option<String>,
    /// Evidence that was kept in the file.
    pub evidence: Vec<EvidenceComment>,
    /// Comments on the file that are not ours.
    pub comments: Vec<String>,
}

/// Reads a pcap or pcapng file of any program from start to end.
///
/// # Errors
/// Nothing could be read. A file that breaks later is no error: what could be
/// read is told, and where it broke.
pub fn info(path: &Path) -> Result<Info, FileError> {
    Ok(Info::new(path, survey(path)?))
}

impl Info {
    /// Tells our comments from those of others.
    pub(super) fn new(path: &Path, mut survey: Survey) -> Self {
        let told = Told::new(std::mem::take(&mut survey.comments));
        Self {
            path: path.to_owned(),
            survey,
            sentence: told.sentence,
            facts: told.facts,
            facts_unreadable: told.facts_unreadable,
            actions: told.actions,
            actions_unreadable: told.actions_unreadable,
            evidence: told.evidence,
            comments: told.others,
        }
    }
}

/// What a section's comments tell.
#[derive(Default)]
pub(super) struct Told {
    pub(super) sentence: Option<String>,
    pub(super) facts: Option<Facts>,
    pub(super) facts_unreadable: Option<String>,
    pub(super) actions: Vec<ActionResult>,
    pub(super) actions_unreadable: Option<String>,
    pub(super) evidence: Vec<EvidenceComment>,
    /// Those that are not ours.
    pub(super) others: Vec<String>,
}

impl Told {
    pub(super) fn new(mut comments: Vec<String>) -> Self {
        let mut told = Self::default();
        let found = comments
            .iter()
            .enumerate()
            .find_map(|(index, comment)| Some((index, Facts::from_comment(comment)?)));
        let found_facts = found.is_some();
        if let Some((index, facts)) = found {
            comments.remove(index);
            // We write the sentence right before the facts.
            told.sentence = index.checked_sub(1).map(|before| comments.remove(before));
            match facts {
                Ok(facts) => told.facts = Some(facts),
                Err(error) => told.facts_unreadable = Some(error.to_string()),
            }
        }
        for comment in comments {
            told.sort(comment, found_facts);
        }
        told
    }

    /// What was added after saving is ours only where the facts are.
    fn sort(&mut self, comment: String, ours: bool) {
        if !ours {
            self.others.push(comment);
        } else if let Some(evidence) = evidence_of(&comment) {
            self.evidence.push(evidence);
        } else if let Some(results) = results_of(&comment) {
            match results {
                Ok(results) => self.actions.extend(results),
                Err(error) => self.actions_unreadable = Some(error.to_string()),
            }
        } else if !is_results_in_words(&comment) {
            self.others.push(comment);
        }
    }
}
