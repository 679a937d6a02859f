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
    "memory", "Memory", "The target holds more or less memory (resident) than this.",
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
    "log", "Line in a log", "A new line matches: of a file, a unit's journal, an event log, a launched target.",
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
    ($($word:literal, $title:literal, $form:expr, $says:literal, [$($usual:expr),*];)*) => {
        const FIELDS: &[FieldInfo] = &[$(FieldInfo {
            word: $word,
            title: $title,
            says: $says,
            form: $form,
            usual: &[$($usual),*],
        }),*];
    };
}

fields! {
    "kind", "Kind", FieldForm::Text, "what it looks at", [];
    "name", "Called", FieldForm::Text, "its name in the incident", [];
    "enabled", "Counts", FieldForm::Flag, "false: it is kept and does nothing", [("", "true")];
    "clean_codes", "Clean statuses", FieldForm::Numbers, "exit statuses that are no crash", [("", "0")];
    "clean_signals", "Clean signals", FieldForm::Texts, "signals that are no crash", [("", "HUP, INT, TERM")];
    "states", "In these states", FieldForm::Texts,
        "CLOSE_WAIT, SYN_RECV, ESTABLISHED, TIME_WAIT, … as ss has them; with commas", [];
    "scope", "Whose", FieldForm::Choice(&["target", "host"]), "the target's, or all of this host", [("", "target")];
    "port", "On local port", FieldForm::Number, "instead of the target's: whoever has this port", [];
    "combine", "Of several processes", FieldForm::Choice(&["highest", "lowest", "sum"]),
        "which number counts: that of one process, or their sum", [("", "highest")];
    "how", "How it hangs", FieldForm::Choice(&["stopped", "uninterruptible"]),
        "stopped (SIGSTOP, a debugger), or asleep where no signal wakes it", [];
    "filter", "Filter", FieldForm::Text, "packets that it lets pass count, see pcap-filter(7); zero windows: 'tcp[14:2] = 0 and tcp[tcpflags] & tcp-rst = 0'; ICMP errors: 'icmp[0] = 3 or icmp[0] = 11 or icmp6[0] < 128'", [];
    "text", "Text", FieldForm::Text, "it stands in a payload, byte for byte", [];
    "regex", "Regular expression", FieldForm::Text, "it matches a payload, a line, or the first and last 32 KiB that a command says", [];
    "after", "After", FieldForm::Span, "without an answer, without a packet, or since the start for so long", [];
    "file", "Log file", FieldForm::Text, "it may be rotated, and need not be there yet", [];
    "journal", "Journal of unit", FieldForm::Text, "instead of a file: what systemd keeps of this unit", [];
    "event_log", "Windows event log", FieldForm::Text, "instead of a file: this channel, as in Application", [];
    "output", "Launched target's output", FieldForm::Choice(&["stdout", "stderr", "both"]),
        "instead of a file: what a target says that is launched for the recording", [];
    "url", "Address (URL)", FieldForm::Text, "what is asked for with GET, http or https", [];
    "status", "Good status", FieldForm::Number, "the answer's status that is well", [("", "any below 400")];
    "connect", "TCP connection to", FieldForm::Text, "instead of a URL: host:port must take a connection", [];
    "command", "Program", FieldForm::Command, "with its arguments, run without a shell, with CRASHCAP_… facts in its environment; of a health check: it fails when it does not exit with 0 in its time", [];
    "says", "Counts when it", FieldForm::Choice(&["success", "fails"]),
        "exits with status 0, or does not, or hangs; or what it says matches", [("", "success")];
    "timeout", "Waits at most", FieldForm::Span, "how long an answer or a run may take; a health check that is slower fails", [("command", "10s"), ("", "2s")];
    "at", "At", FieldForm::Text, "a time of day, each day", [];
    "ports", "Servers' ports", FieldForm::Numbers, "requests to these ports only", [("", "all")];
    "unit", "Counted in", FieldForm::Choice(&["packets", "bits"]), "packets or bits, per second", [("", "packets")];
    "above", "Above", FieldForm::Amount, "it counts while the number is larger than this", [];
    "below", "Below", FieldForm::Amount, "it counts while the number is smaller than this", [];
    "grows_by", "Grows by", FieldForm::Amount, "it counts when the number has risen by so much within that time", [];
    "times", "At least … times", FieldForm::Number,
        "how often before it counts; of a health check in a row", [("health", "3"), ("", "1")];
    "within", "Within", FieldForm::Span, "the time in which all that has to happen", [];
    "every", "Looked at every", FieldForm::Span, "how often it is measured or tried",
        [("health", "5s"), ("command", "10s"), ("", "1s")];
    "sustained", "For at least", FieldForm::Span, "it must be so without a break for so long", [("", "at once")];
    "grace", "Not in the first", FieldForm::Span, "so long after the start it does not fire yet", [("", "counts from the start")];
    "cool_down", "Not again for", FieldForm::Span, "so long after it fired it does not fire again", [("", "no pause")];
    "max_count", "At most … times", FieldForm::Number, "after so many firings it is silent", [("", "as often as it is so")];
    "of", "Conditions", FieldForm::Triggers, "one a line, as on the command line", [];
}
