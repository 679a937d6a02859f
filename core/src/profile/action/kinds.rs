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

const fn field(
    word: &'static str,
    title: &'static str,
    form: FieldForm,
    says: &'static str,
    usual: &'static [(&'static str, &'static str)],
) -> FieldInfo {
    FieldInfo {
        word,
        title,
        says,
        form,
        usual,
    }
}

const FIELDS: &[FieldInfo] = &[
    field("kind", "Kind", FieldForm::Text, "what is done", &[]),
    field(
        "enabled",
        "Counts",
        FieldForm::Flag,
        "false: it is kept and not done",
        &[("", "true")],
    ),
    field(
        "command",
        "Program",
        FieldForm::Command,
        "with its arguments, run without a shell",
        &[],
    ),
    field(
        "timeout",
        "Waits at most",
        FieldForm::Span,
        "for the program, or for one try of a server",
        &[("run", "1m"), ("webhook", "10s")],
    ),
    field(
        "url",
        "Address (URL)",
        FieldForm::Text,
        "where to, http or https, signed by an authority that this system trusts (Linux: or that SSL_CERT_FILE names)",
        &[],
    ),
    field(
        "headers",
        "Headers",
        FieldForm::Texts,
        "what the server wants to see, as in 'Name: value'",
        &[],
    ),
    field(
        "retries",
        "Tried again",
        FieldForm::Number,
        "how often, where the server does not answer",
        &[("", "3")],
    ),
    field(
        "parts",
        "What is kept",
        FieldForm::Texts,
        "sockets, process, core_dump; several with commas",
        &[("", "sockets, process")],
    ),
    field(
        "logs",
        "Ends of logs",
        FieldForm::Texts,
        "files whose last lines are kept; several with commas",
        &[],
    ),
    field(
        "lines",
        "Lines of each",
        FieldForm::Number,
        "how many lines of each log",
        &[("", "1000")],
    ),
    field(
        "form",
        "Kept as",
        FieldForm::Choice(&["zip", "comments"]),
        "a .zip beside the incident, or comments in it",
        &[("", "zip")],
    ),
];
