//! Why a target cannot be watched.

use super::TargetSpec;

/// Why a target cannot be watched, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WatchError {
    /// No process has this number.
    #[error(
        "there is no process with pid {pid}: look for it with `crashcap processes`, or watch it by name"
    )]
    NoSuchPid {
        /// The number.
        pid: u32,
    },
    /// The number is that of the recorder itself.
    #[error("pid {pid} is crashcap itself, which cannot watch its own end: name another process")]
    Ourselves {
        /// The number.
        pid: u32,
    },
    /// Nothing matches.
    #[error("no process matches: looked for {target}{}; start it first, or record with --wait", similar_in_words(.similar))]
    NoMatch {
        /// What was looked for.
        target: TargetSpec,
        /// Names of running processes that look alike, the closest first.
        similar: Vec<String>,
    },
    /// More processes match than can be watched.
    #[error(
        "{count} processes match, more than the {most} that can be watched at once: looked for {target}; use a narrower pattern"
    )]
    TooManyMatches {
        /// What was looked for.
        target: TargetSpec,
        /// How many match.
        count: usize,
        /// How many may.
        most: usize,
    },
    /// The pattern is empty or cannot be read.
    #[error("'{pattern}' is not a pattern to look for processes with: {reason}")]
    BadPattern {
        /// What was written.
        pattern: String,
        /// Why not.
        reason: String,
    },
    /// Nobody listens on the port.
    #[error(
        "nobody listens on port {port} here: start the server first, or record with --wait; a process in a container is seen by its port only with --netns, else watch it by pid or name"
    )]
    NobodyListens {
        /// The port.
        port: u16,
    },
    /// Somebody listens, but it can't be seen who.
    #[error(
        "port {port} is listened on, but by whom can't be seen without rights: run as root or as the server's user, or watch it by pid or name"
    )]
    ListenerUnknown {
        /// The port.
        port: u16,
    },
    /// Nobody that can be seen listens on the port.
    #[error(
        "nobody is seen to listen on port {port}, but other users' processes are seen only with rights: run as root or as the server's user, watch it by pid or name, or record with --wait"
    )]
    NobodySeen {
        /// The port.
        port: u16,
    },
    /// The system would not tell about sockets.
    #[error("who listens on port {port} can't be found out: {reason}; watch it by pid or name")]
    PortsUnreadable {
        /// The port.
        port: u16,
        /// The system's words.
        reason: String,
    },
    /// The process ended between look-up and watch.
    #[error(
        "{name} (pid {pid}) ended before it could be watched: start it again, or record with --wait"
    )]
    EndedBefore {
        /// Its name.
        name: String,
        /// Its number.
        pid: u32,
    },
    /// The process list cannot be read.
    #[error("the list of processes can't be read: {reason}")]
    ListUnreadable {
        /// The system's words.
        reason: String,
    },
    /// The watching thread could not be started.
    #[error("watching processes could not be started: {reason}")]
    NotStarted {
        /// The system's words.
        reason: String,
    },
}

fn similar_in_words(names: &[String]) -> String {
    match names {
        [] => String::new(),
        names => format!("; running are {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_sentences_that_say_what_to_do() {
        let none = WatchError::NoMatch {
            target: TargetSpec::Name("ruoter".into()),
            similar: vec!["router".into(), "rooter".into()],
        };
        assert_eq!(
            none.to_string(),
            "no process matches: looked for processes named ruoter; running are router, rooter; \
             start it first, or record with --wait"
        );
        let many = WatchError::TooManyMatches {
            target: TargetSpec::Name("*".into()),
            count: 3000,
            most: 1024,
        };
        assert!(many.to_string().contains("3000 processes match"));
        assert!(many.to_string().contains("narrower"));
    }
}
