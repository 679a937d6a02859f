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
    let mut survey = survey(path)?;
    let mut comments = std::mem::take(&mut survey.comments);
    let found = comments
        .iter()
        .enumerate()
        .find_map(|(index, comment)| Some((index, Facts::from_comment(comment)?)));
    let mut info = Info {
        path: path.to_owned(),
        survey,
        sentence: None,
        facts: None,
        facts_unreadable: None,
        comments: Vec::new(),
    };
    if let Some((index, facts)) = found {
        comments.remove(index);
        // We write the sentence right before the facts.
        info.sentence = index.checked_sub(1).map(|before| comments.remove(before));
        match facts {
            Ok(facts) => info.facts = Some(facts),
            Err(error) => info.facts_unreadable = Some(error.to_string()),
        }
    }
    info.comments = comments;
    Ok(info)
}
