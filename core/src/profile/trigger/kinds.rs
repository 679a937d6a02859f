//! Every kind of trigger and every field of one.

use crate::profile::vocabulary::{FieldForm, FieldInfo, KindInfo, Vocabulary};

/// All that can be written of triggers.
pub const TRIGGERS: Vocabulary = Vocabulary {
    what: "trigger",
    kinds: KINDS,
    fields: FIELDS,
    everywhere: EVERYWHERE,
};

/// What every trigger may say beside its own fields.
const EVERYWHERE: &[&str] = &["name", "enabled", "grace", "cool_down", "max_count"];
macro_rules! kinds {
    ($($word:literal, $title:literal, $says:literal, [$($field:literal),*], $example:literal;)*) => {
        const KINDS: &[KindInfo] = &[$(KindInfo {
            word: $word,
            title: $title,
            says: $says,
            fields: &[$($field),*],
            example: $example,
        }),*];
    };
}

kinds! {
    "exit", "Target ends", "A target process ends, however.", [], "exit";
    "crash", "Target crashes", "A target process ends by a signal, an exception or a status that is not clean.",
        ["clean_codes", "clean_signals"], "crash clean_codes=0,3";
    "restart", "Target was started again", "A new process matches after the old one ended.", [], "restart";
    "appears", "Target appears", "A process matches that did not before.", [], "appears";
    "processes", "Number of processes", "The number of target processes is above or below a number.",
        ["above", "below", "grows_by", "within", "sustained", "every"], "processes below=4 sustained=2s";
    "sockets", "TCP sockets", "The number of TCP sockets in some states is above or below a number, or grows.",
        ["states", "above", "below", "grows_by", "within", "scope", "port", "sustained", "every"],
        "sockets states=CLOSE_WAIT above=100 sustained=5s";
    "accept_queue", "Accept queue", "Connections wait to be accepted: a server that hangs does not take them.",
        ["above", "below", "grows_by", "within", "scope", "port", "sustained", "every"], "accept_queue above=50 sustained=3s";
    "cpu", "CPU use", "The target uses more or less of a processor than this, in per cent of one core.",
        ["above", "below", "grows_by", "within", "combine", "sustained", "every"], "cpu above=95 sustained=30s";
    "memory", "Resident memory", "The target holds more or less memory than this.",
        ["above", "below", "grows_by", "within", "combine", "sustained", "every"], "memory above=2GB combine=sum";
    "threads", "Threads", "The target has more or fewer threads than this.",
        ["above", "below", "grows_by", "within", "combine", "sustained", "every"], "threads above=500";
    "open_files", "Open files", "The target has more or fewer open files, sockets among them (Windows: handles).",
        ["above", "below", "grows_by", "within", "combine", "sustained", "every"], "open_files above=900";
    "stuck", "Process hangs in the system", "A target process is stopped, or in a system call that no signal ends.",
        ["how", "sustained", "every"], "stuck how=stopped sustained=10s";
    "packet", "Packets that match a filter", "A packet passes a filter in libpcap's language, or so many within a time.",
        ["filter", "times", "within"], "packet filter='tcp[tcpflags] & tcp-rst != 0' times=20 within=1s";
    "payload", "Bytes in payloads", "A text or a regular expression stands in what TCP or UDP carries.",
        ["text", "regex", "times", "within"], "payload regex='^HTTP/1\\.[01] 5'";
    "no_answer", "Request without an answer", "A TCP connection's request has had no answer for so long.",
        ["after", "ports", "times", "within"], "no_answer after=5s ports=9973";
    "silence", "No packet at all", "No packet comes for so long.", ["after"], "silence after=30s";
    "traffic", "Traffic", "Packets or bits per second are above or below a number.",
        ["unit", "above", "below", "grows_by", "within", "sustained"], "traffic unit=packets below=10 sustained=5s";
    "retransmissions", "Retransmissions", "The share of TCP segments that were sent again is above so many per cent.",
        ["above", "within", "sustained"], "retransmissions above=5 within=10s";
    "log", "Line in a log", "A line that is written matches a regular expression: of a file, a unit's journal, the Windows event log, or what a launched target says.",
        ["regex", "file", "journal", "event_log", "output", "times", "within"], "log file=/var/log/shop.log regex='panic|OutOfMemory'";
    "health", "Health check", "A server does not answer, or not well, or a program fails, several times in a row.",
        ["url", "status", "connect", "command", "times", "timeout", "every"], "health url=http://127.0.0.1:9973/health times=3 every=5s";
    "command", "Command", "A program that is run again and again exits with status 0, fails, or says something.",
        ["command", "says", "regex", "timeout", "every", "sustained"], "command command='/usr/local/bin/check-queue --max 100' says=fails every=30s";
    "time", "Time", "It is a time of day, or so long after the start.", ["at", "after"], "time at=03:30";
    "any", "Any of several", "Any of several conditions.", ["of", "sustained"],
        "kind = \"any\"\nof = [{ kind = \"crash\" }, { kind = \"memory\", above = \"2GB\" }]";
    "all", "All of several", "All of several conditions, at once or within a time.", ["of", "within", "sustained"],
        "kind = \"all\"\nof = [{ kind = \"cpu\", below = 1 }, { kind = \"accept_queue\", above = 10 }]";
    "then", "One, then another", "One condition, and within a time another.", ["of", "within"],
        "kind = \"then\"\nwithin = \"10s\"\nof = [{ kind = \"packet\", filter = \"tcp port 53\" }, { kind = \"crash\" }]";
}

macro_rules! fields {
    ($($word:literal, $form:expr, $says:literal;)*) => {
        const FIELDS: &[FieldInfo] = &[$(FieldInfo { word: $word, says: $says, form: $form }),*];
    };
}

fields! {
    "kind", FieldForm::Text, "what it looks at";
    "name", FieldForm::Text, "what it is called in the incident";
    "enabled", FieldForm::Flag, "false: it is kept and does nothing";
    "clean_codes", FieldForm::Numbers, "exit statuses that are no crash (0)";
    "clean_signals", FieldForm::Texts, "signals that are no crash (HUP, INT, TERM)";
    "states", FieldForm::Texts, "states as ss names them: CLOSE_WAIT, SYN_RECV, ESTABLISHED, TIME_WAIT, …";
    "scope", FieldForm::Choice(&["target", "host"]), "whose: the target's, or all of this host";
    "port", FieldForm::Number, "instead of scope: those with this local port";
    "combine", FieldForm::Choice(&["highest", "lowest", "sum"]), "several processes: the highest, the lowest, or their sum";
    "how", FieldForm::Choice(&["stopped", "uninterruptible"]), "stopped (SIGSTOP, a debugger) or in uninterruptible sleep";
    "filter", FieldForm::Text, "a filter, see pcap-filter(7); zero windows: 'tcp[14:2] = 0 and tcp[tcpflags] & tcp-rst = 0'; ICMP errors: 'icmp[0] = 3 or icmp[0] = 11 or icmp6[0] < 128'";
    "text", FieldForm::Text, "this text, byte for byte";
    "regex", FieldForm::Text, "a regular expression over bytes, or over a line; over the first and last 32 KiB that a command says";
    "after", FieldForm::Span, "for so long; of time: so long after the start";
    "file", FieldForm::Text, "the log; it may be rotated, and need not be there yet";
    "journal", FieldForm::Text, "instead of a file: the systemd journal of this unit";
    "event_log", FieldForm::Text, "instead of a file: this channel of the Windows event log, as in Application";
    "output", FieldForm::Choice(&["stdout", "stderr", "both"]), "instead of a file: what a target says that is launched for the recording";
    "url", FieldForm::Text, "what is asked for with GET, http or https";
    "status", FieldForm::Number, "the status that is well (any below 400)";
    "connect", FieldForm::Text, "instead of a URL: host:port takes a TCP connection";
    "command", FieldForm::Command, "the program and its arguments, run without a shell, with CRASHCAP_… facts in its environment; of health: fails when it does not exit with 0 in its time";
    "says", FieldForm::Choice(&["success", "fails"]), "it is so when it exits with 0, or when it does not, or hangs (success; with regex: what it says)";
    "timeout", FieldForm::Span, "how long an answer or a run may take (2s; of a command 10s); a health check that is slower fails";
    "at", FieldForm::Text, "a time of day as in 03:30, each day";
    "ports", FieldForm::Numbers, "servers' ports (all)";
    "unit", FieldForm::Choice(&["packets", "bits"]), "packets or bits, per second";
    "above", FieldForm::Amount, "above this";
    "below", FieldForm::Amount, "below this";
    "grows_by", FieldForm::Amount, "by so much at least above what it was, within the time";
    "times", FieldForm::Number, "so many times (1; of a health check 3, in a row)";
    "within", FieldForm::Span, "within so long";
    "every", FieldForm::Span, "how often it is looked at (1s; a health check 5s, a command 10s)";
    "sustained", FieldForm::Span, "for so long without a break";
    "grace", FieldForm::Span, "not before so long after the start";
    "cool_down", FieldForm::Span, "not again before so long after it fired";
    "max_count", FieldForm::Number, "so many times at most";
    "of", FieldForm::Triggers, "the conditions";
}
