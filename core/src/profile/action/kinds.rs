//! Every kind of action and every field of one.

use crate::profile::vocabulary::{FieldForm, FieldInfo, KindInfo, Vocabulary};

/// All that can be written of actions.
pub const ACTIONS: Vocabulary = Vocabulary {
    what: "action",
    kinds: KINDS,
    fields: FIELDS,
    everywhere: &["enabled"],
};

const fn kind(
    word: &'static str,
    title: &'static str,
    says: &'static str,
    fields: &'static [&'static str],
    example: &'static str,
) -> KindInfo {
    KindInfo {
        word,
        title,
        says,
        fields,
        example,
    }
}

const KINDS: &[KindInfo] = &[
    kind(
        "run",
        "Run a program",
        "A program is run, with the incident's path and facts in its environment (CRASHCAP_…).",
        &["command", "timeout"],
        "run command='/usr/local/bin/page-me --urgent' timeout=30s",
    ),
    kind(
        "notify",
        "Notify",
        "The desktop shows a notification; from the window only, elsewhere it is left out.",
        &[],
        "notify",
    ),
    kind(
        "webhook",
        "Tell a server",
        "The facts are sent to a server as JSON (POST), and again where it does not answer.",
        &["url", "headers", "timeout", "retries"],
        "webhook url=https://example.org/crashes headers='Authorization: Bearer abc'",
    ),
    kind(
        "evidence",
        "Collect evidence",
        "More about the target is kept beside the incident, or in it.",
        &["parts", "logs", "lines", "form"],
        "evidence parts=sockets,process,core_dump logs=/var/log/syslog lines=500",
    ),
    kind(
        "exit",
        "End the recording",
        "The recording ends, also one that would go on.",
        &[],
        "exit",
    ),
];

const fn field(word: &'static str, form: FieldForm, says: &'static str) -> FieldInfo {
    FieldInfo { word, says, form }
}

const FIELDS: &[FieldInfo] = &[
    field("kind", FieldForm::Text, "what is done"),
    field("enabled", FieldForm::Flag, "false: it is kept and not done"),
    field(
        "command",
        FieldForm::Command,
        "the program and its arguments",
    ),
    field(
        "timeout",
        FieldForm::Span,
        "for how long at most: a program (1m), one try of a webhook (10s)",
    ),
    field(
        "url",
        FieldForm::Text,
        "where to, http or https, signed by an authority that this system trusts (Linux: or that SSL_CERT_FILE names)",
    ),
    field(
        "headers",
        FieldForm::Texts,
        "what the server wants to see, as in 'Name: value'",
    ),
    field(
        "retries",
        FieldForm::Number,
        "how often it is tried again (3)",
    ),
    field(
        "parts",
        FieldForm::Texts,
        "sockets, process, core_dump (sockets, process)",
    ),
    field("logs", FieldForm::Texts, "files whose ends are kept"),
    field(
        "lines",
        FieldForm::Number,
        "so many lines of each log (1000)",
    ),
    field(
        "form",
        FieldForm::Choice(&["zip", "comments"]),
        "a .zip beside the incident, or comments in it (zip)",
    ),
];
