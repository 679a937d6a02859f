//! What was found, how it stands against the targets, and how it is written down.

mod firing;
mod looking;
mod markdown;
mod soak;
mod table;
mod targets;

use std::fs;
use std::path::Path;

use serde::Serialize;

use super::failure::Failure;
use super::machine::Machine;
use super::parts::Extent;
use super::parts::cost::Cost;
use super::parts::firing::Firings;
use super::parts::freeze::Deaths;
use super::parts::looking::Looking;
use super::parts::rate::Rate;
use super::parts::save::Saving;
use super::parts::soak::Soaks;
use super::parts::window::Window;

pub(crate) use markdown::render;
use targets::Verdict;

/// Everything that one run found. Parts that were not asked for are `None`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Results {
    /// The layout of this record.
    pub(crate) version: u32,
    /// The day, in UTC, as YYYY-MM-DD.
    pub(crate) date: String,
    /// The revision of the sources.
    pub(crate) revision: Option<String>,
    /// True for a smoke run: its figures mean nothing.
    pub(crate) quick: bool,
    pub(crate) machine: Machine,
    pub(crate) extent: Extent,
    pub(crate) cost: Option<Vec<Cost>>,
    pub(crate) rate: Option<Vec<Rate>>,
    pub(crate) freeze: Option<Vec<Deaths>>,
    pub(crate) save: Option<Saving>,
    pub(crate) window: Option<Window>,
    pub(crate) looking: Option<Looking>,
    pub(crate) firing: Option<Vec<Firings>>,
    pub(crate) soak: Option<Soaks>,
    /// How the figures stand against the targets.
    pub(crate) verdicts: Vec<Verdict>,
}

impl Results {
    /// The layout written now.
    pub(crate) const VERSION: u32 = 1;

    /// Compares the figures with the targets; a smoke run claims nothing.
    pub(crate) fn judge(&mut self) {
        self.verdicts = if self.quick {
            Vec::new()
        } else {
            targets::judge(self)
        };
    }

    /// Writes the figures as JSON.
    pub(crate) fn write_json(&self, path: &Path) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| Failure::Impossible(format!("write the figures as JSON: {error}")))?;
        write(path, &(text + "\n"))
    }
}

/// Writes a text file, with the folder that it belongs in.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .map_err(|source| Failure::Write {
            path: path.to_owned(),
            source,
        })
}
