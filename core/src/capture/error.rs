//! Why packets cannot be had.

/// Why a source cannot be opened. Each is a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaptureError {
    /// libpcap, Npcap, is not on this machine.
    #[error("{0}")]
    NoLibrary(String),
    /// The system does not list its interfaces.
    #[error("list the interfaces: {words}")]
    List {
        /// libpcap's words.
        words: String,
    },
    /// There is no such interface.
    #[error(
        "open interface {name}: there is no such interface{similar}; `crashcap interfaces` lists them"
    )]
    UnknownInterface {
        /// What was asked for.
        name: String,
        /// " (did you mean eth0?)" or nothing.
        similar: String,
    },
    /// This user may not capture.
    #[error("open interface {name}: {words}; {remedy}")]
    NoRights {
        /// The interface.
        name: String,
        /// libpcap's words.
        words: String,
        /// What to do on this system.
        remedy: String,
    },
    /// The interface is down.
    #[error("open interface {name}: it is down; bring it up first")]
    Down {
        /// The interface.
        name: String,
    },
    /// Anything else that libpcap says.
    #[error("open interface {name}: {words}")]
    Open {
        /// The interface.
        name: String,
        /// libpcap's words.
        words: String,
    },
    /// The filter does not compile for the link type.
    #[error(
        "compile the filter \"{filter}\" for {place}: {words}; pcap-filter(7) explains the language"
    )]
    Filter {
        /// The filter as written.
        filter: String,
        /// For which interface or link type.
        place: String,
        /// libpcap's words.
        words: String,
    },
    /// A capture file cannot be read.
    #[error("{sentence}")]
    File {
        /// Which, and why.
        sentence: String,
    },
    /// The system gives no thread or no descriptor.
    #[error("start reading {name}: {words}; end other programs and try again")]
    System {
        /// The interface.
        name: String,
        /// What the system said.
        words: String,
    },
}

/// libpcap's own words, without what the pcap crate puts before them.
pub(super) fn words(error: &pcap::Error) -> String {
    match error {
        pcap::Error::PcapError(words) => words.clone(),
        other => other.to_string(),
    }
}
