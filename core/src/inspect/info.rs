//! What `crashcap info FILE` tells: any capture file, and the incident where
//! it is one of ours.

use std::path::{Path, PathBuf};

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
        if let Some((index, facts)) = found {
            comments.remove(index);
            // We write the sentence right before the facts.
            told.sentence = index.checked_sub(1).map(|before| comments.remove(before));
            match facts {
                Ok(facts) => told.facts = Some(facts),
                Err(error) => told.facts_unreadable = Some(error.to_string()),
            }
        }
        told.others = comments;
        told
    }
}
