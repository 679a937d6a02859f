//! A trigger in one line: `sockets states=CLOSE_WAIT above=100 sustained=5s`, or a
//! table of TOML.

use std::fmt;
use std::str::FromStr;

use super::kinds::TRIGGERS;
use super::raw::RawTrigger;
use crate::profile::{ProfileError, line};

/// A trigger written in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriggerText(pub RawTrigger);

impl FromStr for TriggerText {
    type Err = ProfileError;

    fn from_str(text: &str) -> Result<Self, ProfileError> {
        line::read(&TRIGGERS, text).map(Self)
    }
}

impl fmt::Display for TriggerText {
    /// The line that reads back as the same trigger; of a combination a table of TOML.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        line::write(&TRIGGERS, &self.0, f)
    }
}
