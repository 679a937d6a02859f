//! An action as written, before it is checked.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::kinds::ACTIONS;
use crate::profile::raw::{Span, Words};
use crate::profile::{ProfileError, line};

/// One table `[[action]]`. Which fields belong to which kind, and what they mean,
/// is told by [`ACTIONS`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "ACTIONS says of each what it means, to users too"
)]
pub struct RawAction {
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Words>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retries: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logs: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<String>,
}

impl RawAction {
    /// The same with nothing in it that is a secret: an incident is handed on.
    #[must_use]
    pub fn without_secrets(&self) -> Self {
        let hidden = |url: &String| {
            let end = url.find("://").map_or(0, |scheme| scheme + 3);
            let host = url[end..].split(['/', '?', '#']).next().unwrap_or_default();
            let host = host.rsplit('@').next().unwrap_or_default();
            format!("{}{host}/…", &url[..end])
        };
        let name = |header: &String| {
            let name = header.split(':').next().unwrap_or_default();
            format!("{name}: …")
        };
        Self {
            url: self.url.as_ref().map(hidden),
            headers: self
                .headers
                .as_ref()
                .map(|headers| headers.iter().map(name).collect()),
            ..self.clone()
        }
    }
}

/// An action written in one line: `run command='/usr/local/bin/page-me --urgent'`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionText(pub RawAction);

impl FromStr for ActionText {
    type Err = ProfileError;

    fn from_str(text: &str) -> Result<Self, ProfileError> {
        line::read(&ACTIONS, text).map(Self)
    }
}

impl fmt::Display for ActionText {
    /// The line that reads back as the same action.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        line::write(&ACTIONS, &self.0, f)
    }
}
