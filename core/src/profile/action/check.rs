//! From what was written to a valid action.

use std::time::Duration;

use super::kinds::ACTIONS;
use super::raw::RawAction;
use crate::action::{Action, BadAction, Evidence, EvidenceParts, Form, LogEnd, Program, Webhook};
use crate::limits;
use crate::profile::ProfileError;
use crate::profile::vocabulary::written_fields;

/// Checks an action as written.
///
/// # Errors
/// The first thing that is not possible, and what is.
pub fn check(raw: &RawAction) -> Result<Action, ProfileError> {
    let kind = ACTIONS.known(&raw.kind)?;
    for field in written_fields(raw) {
        if !ACTIONS.takes(kind, &field) {
            let own: Vec<&str> = ACTIONS.all_fields(kind).collect();
            return Err(ACTIONS.wrong(
                kind.word,
                format!(
                    "it has no field {field}{} only {}",
                    ACTIONS.owners(&field),
                    own.join(", ")
                ),
            ));
        }
    }
    let missing = |what: &str| {
        ACTIONS.wrong(
            kind.word,
            format!("{what}, as in --action \"{}\"", kind.example),
        )
    };
    // What an incident's copy of a profile leaves out, see `without_secrets`.
    let left_out = |text: &String| text.contains('…');
    if raw
        .url
        .iter()
        .chain(raw.headers.iter().flatten())
        .any(left_out)
    {
        return Err(ACTIONS.wrong(
            kind.word,
            "its secrets were left out when an incident was saved with this profile: write them again",
        ));
    }
    let bad = |error: BadAction| ACTIONS.wrong(kind.word, error.to_string());
    let timeout = |usual: Duration| raw.timeout.map_or(usual, |span| span.0);
    match kind.word {
        "run" => {
            let words = raw.command.as_ref().map_or(&[][..], |words| &words.0);
            let Some((program, arguments)) = words.split_first() else {
                return Err(missing("command is missing"));
            };
            Program::new(
                program.into(),
                arguments.iter().map(Into::into).collect(),
                timeout(limits::ACTION_TIMEOUT),
            )
            .map(Action::Program)
            .map_err(bad)
        }
        "notify" => Ok(Action::Notify),
        "webhook" => {
            let url = raw
                .url
                .as_deref()
                .ok_or_else(|| missing("url is missing"))?;
            let headers = raw.headers.iter().flatten().map(|header| {
                header
                    .split_once(':')
                    .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
                    .ok_or_else(|| missing("a header is written 'Name: value'"))
            });
            let headers: Vec<_> = headers.collect::<Result<_, _>>()?;
            Webhook::new(
                url,
                &headers,
                timeout(limits::WEBHOOK_TIMEOUT),
                raw.retries.unwrap_or(limits::WEBHOOK_RETRIES),
            )
            .map(Action::Webhook)
            .map_err(bad)
        }
        "evidence" => evidence(raw).map(Action::Evidence),
        "exit" => Ok(Action::Exit),
        other => Err(ACTIONS.wrong(other, "there is no such kind")),
    }
}

fn evidence(raw: &RawAction) -> Result<Evidence, ProfileError> {
    let wrong = |why: String| ACTIONS.wrong("evidence", why);
    let logs = raw.logs.as_deref().unwrap_or_default();
    let lines = raw.lines.unwrap_or(limits::LOG_LINES);
    let mut parts = EvidenceParts {
        logs: logs
            .iter()
            .map(|path| LogEnd {
                path: path.into(),
                lines,
            })
            .collect(),
        ..EvidenceParts::default()
    };
    match &raw.parts {
        None => (parts.sockets, parts.process) = (true, true),
        Some(written) => {
            for part in written {
                match part.as_str() {
                    "sockets" => parts.sockets = true,
                    "process" => parts.process = true,
                    "core_dump" => parts.core_dump = true,
                    other => {
                        return Err(wrong(format!(
                            "parts are sockets, process and core_dump, not {other}"
                        )));
                    }
                }
            }
        }
    }
    let form = match raw.form.as_deref() {
        None | Some("zip") => Form::Zip,
        Some("comments") => Form::Comments,
        Some(other) => return Err(wrong(format!("form is zip or comments, not {other}"))),
    };
    Evidence::new(parts, form).map_err(|error| wrong(error.to_string()))
}
