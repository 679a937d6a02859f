//! What a user may ask to be done after an incident has been saved, as values
//! that can only be valid. Whether it can be done here and now is for
//! [`check`](super::check()).

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ureq::http::{HeaderName, HeaderValue, Uri, header};

use crate::limits::{
    ACTION_TIMEOUT_MAX, LOG_LINES_MAX, LOGS_MAX, WEBHOOK_HEADERS_MAX, WEBHOOK_RETRIES_MAX,
    WEBHOOK_TIMEOUT_MAX,
};
use crate::units::duration_in_words;

/// One thing to do after an incident has been saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Run a program with the incident's facts in its environment.
    Program(Program),
    /// Tell it on the desktop.
    Notify,
    /// POST the facts as JSON.
    Webhook(Webhook),
    /// Collect what else there is to know of the target.
    Evidence(Evidence),
    /// End the recording.
    Exit,
}

impl fmt::Display for Action {
    /// In words, without secrets: of a webhook's URL only its server.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program(program) => write!(f, "run {}", program.program.display()),
            Self::Notify => f.write_str("notify"),
            Self::Webhook(webhook) => write!(f, "tell {}", webhook.server()),
            Self::Evidence(evidence) => write!(f, "collect {}", evidence.what()),
            Self::Exit => f.write_str("exit"),
        }
    }
}

/// Why a choice makes no sense.
#[derive(Debug, thiserror::Error)]
pub enum BadAction {
    /// No program is named.
    #[error("no program to run is named: write its path, or its name if it is in the PATH")]
    NoProgram,
    /// A zero byte, which no system takes in an argument.
    #[error("an argument of {} holds a zero byte: remove it", program.display())]
    ZeroByte {
        /// The program.
        program: PathBuf,
    },
    /// Too short or too long.
    #[error("a timeout of {} is not possible: choose one from 100 ms to {}",
        duration_in_words(*timeout), duration_in_words(*most))]
    Timeout {
        /// What was asked for.
        timeout: Duration,
        /// The most.
        most: Duration,
    },
    /// Not a URL that can be posted to.
    #[error("the webhook's URL {reason}: write one like https://example.org/crashes")]
    Url {
        /// What is wrong; the URL itself may hold a secret.
        reason: String,
    },
    /// Not a header.
    #[error("the webhook's header {name}: {reason}")]
    Header {
        /// Its name.
        name: String,
        /// What is wrong; the value may be a secret.
        reason: &'static str,
    },
    /// Too many headers.
    #[error("{count} headers for a webhook are too many: at most {WEBHOOK_HEADERS_MAX}")]
    Headers {
        /// How many.
        count: usize,
    },
    /// Too many tries.
    #[error("{retries} retries of a webhook are too many: at most {WEBHOOK_RETRIES_MAX}")]
    Retries {
        /// How many were asked for.
        retries: u32,
    },
    /// Nothing is to be collected.
    #[error("no evidence is named: choose sockets, process, logs or the core dump")]
    NoEvidence,
    /// Too many logs.
    #[error("{count} logs are too many: at most {LOGS_MAX}")]
    Logs {
        /// How many.
        count: usize,
    },
    /// No lines, or too many.
    #[error("{lines} lines of {} are not possible: choose from 1 to {LOG_LINES_MAX}", path.display())]
    LogLines {
        /// The log.
        path: PathBuf,
        /// How many were asked for.
        lines: u32,
    },
}

/// The shortest time that anything is given.
const TIMEOUT_MIN: Duration = Duration::from_millis(100);

fn timeout_within(timeout: Duration, most: Duration) -> Result<Duration, BadAction> {
    if timeout < TIMEOUT_MIN || timeout > most {
        return Err(BadAction::Timeout { timeout, most });
    }
    Ok(timeout)
}

/// A program to run; never through a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    program: PathBuf,
    arguments: Vec<OsString>,
    timeout: Duration,
}

impl Program {
    /// A program by its path, or by its name in the PATH; when `timeout` has
    /// passed it is ended.
    ///
    /// # Errors
    /// [`BadAction::NoProgram`], [`BadAction::ZeroByte`], [`BadAction::Timeout`].
    pub fn new(
        program: PathBuf,
        arguments: Vec<OsString>,
        timeout: Duration,
    ) -> Result<Self, BadAction> {
        if program.as_os_str().is_empty() {
            return Err(BadAction::NoProgram);
        }
        let zero = |text: &OsStr| text.as_encoded_bytes().contains(&0);
        if zero(program.as_os_str()) || arguments.iter().any(|argument| zero(argument)) {
            return Err(BadAction::ZeroByte { program });
        }
        Ok(Self {
            program,
            arguments,
            timeout: timeout_within(timeout, ACTION_TIMEOUT_MAX)?,
        })
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Its arguments.
    #[must_use]
    pub fn arguments(&self) -> &[OsString] {
        &self.arguments
    }

    /// How long it may run.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeout
    }
}

/// Where to POST the facts.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    url: Uri,
    headers: Vec<(HeaderName, HeaderValue)>,
    timeout: Duration,
    retries: u32,
}

impl fmt::Debug for Webhook {
    /// URLs and headers hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("server", &self.server())
            .field("headers", &self.headers.len())
            .field("timeout", &self.timeout)
            .field("retries", &self.retries)
            .finish()
    }
}

impl Webhook {
    /// A URL of http or https, headers beside those that every request has, the
    /// time that each try may take as a whole, and how often it is tried again.
    ///
    /// # Errors
    /// [`BadAction`], which never holds the URL or a header's value.
    pub fn new(
        url: &str,
        headers: &[(String, String)],
        timeout: Duration,
        retries: u32,
    ) -> Result<Self, BadAction> {
        if headers.len() > WEBHOOK_HEADERS_MAX {
            return Err(BadAction::Headers {
                count: headers.len(),
            });
        }
        if retries > WEBHOOK_RETRIES_MAX {
            return Err(BadAction::Retries { retries });
        }
        let headers = headers.iter().map(|(name, value)| checked(name, value));
        Ok(Self {
            url: checked_url(url)?,
            headers: headers.collect::<Result<_, _>>()?,
            timeout: timeout_within(timeout, WEBHOOK_TIMEOUT_MAX)?,
            retries,
        })
    }

    /// The URL, which may hold a secret.
    #[must_use]
    pub fn url(&self) -> String {
        self.url.to_string()
    }

    /// Scheme, host and port: what may be shown.
    #[must_use]
    pub fn server(&self) -> String {
        let host = self.url.host().unwrap_or_default();
        let scheme = self.url.scheme_str().unwrap_or_default();
        match self.url.port() {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        }
    }

    /// The headers, whose values may be secrets.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let headers = self.headers.iter();
        headers.map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()))
    }

    /// How long one try may take.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// How often it is tried again.
    #[must_use]
    pub fn retries(&self) -> u32 {
        self.retries
    }

    pub(super) fn uri(&self) -> &Uri {
        &self.url
    }

    pub(super) fn checked_headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.headers
    }
}

fn checked_url(url: &str) -> Result<Uri, BadAction> {
    let bad = |reason: String| BadAction::Url { reason };
    let uri: Uri = url
        .trim()
        .parse()
        .map_err(|error| bad(format!("cannot be read ({error})")))?;
    match uri.scheme_str() {
        Some("http" | "https") => {}
        Some(other) => return Err(bad(format!("begins with {other}:, not http or https"))),
        None => return Err(bad("does not begin with http:// or https://".to_owned())),
    }
    if uri.host().unwrap_or_default().is_empty() {
        return Err(bad("names no host".to_owned()));
    }
    let port = uri.authority().and_then(|authority| {
        // What stands before an @ is a user's name and password.
        let after_user = authority.as_str().rsplit('@').next()?;
        let (_, port) = after_user.rsplit_once(':')?;
        // What follows an IPv6 address's last colon ends in its bracket.
        (!port.ends_with(']')).then(|| port.to_owned())
    });
    if let Some(port) = port
        && !matches!(port.parse::<u16>(), Ok(1..))
    {
        return Err(bad(format!("has {port} for a port, which is none")));
    }
    Ok(uri)
}

/// Headers that say how the request itself is sent.
const OWN_HEADERS: [HeaderName; 5] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::CONNECTION,
    header::EXPECT,
];

fn checked(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), BadAction> {
    let bad = |reason| BadAction::Header {
        name: name.escape_debug().to_string(),
        reason,
    };
    let known: HeaderName = name
        .parse()
        .map_err(|_| bad("a name has letters, digits and hyphens only"))?;
    if OWN_HEADERS.contains(&known) {
        return Err(bad("crashcap sets it itself: remove it"));
    }
    let visible = value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let value = HeaderValue::from_str(value)
        .ok()
        .filter(|_| visible)
        .ok_or_else(|| bad("its value has a character that no header may have"))?;
    Ok((known, value))
}

/// What else there is to know of the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    sockets: bool,
    process: bool,
    logs: Vec<LogEnd>,
    core_dump: bool,
    form: Form,
}

/// The last lines of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEnd {
    /// The file.
    pub path: PathBuf,
    /// How many lines.
    pub lines: u32,
}

/// Which parts of the evidence are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EvidenceParts {
    /// The target's table of open sockets.
    pub sockets: bool,
    /// Details of its processes: state, limits, command line, open files.
    pub process: bool,
    /// Ends of logs.
    pub logs: Vec<LogEnd>,
    /// Where the system put a core dump.
    pub core_dump: bool,
}

/// How evidence is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// One `.zip` beside the incident.
    #[default]
    Zip,
    /// Comments in the incident's file.
    Comments,
}

impl Evidence {
    /// Parts in a form.
    ///
    /// # Errors
    /// [`BadAction::NoEvidence`], [`BadAction::Logs`], [`BadAction::LogLines`].
    pub fn new(parts: EvidenceParts, form: Form) -> Result<Self, BadAction> {
        let EvidenceParts {
            sockets,
            process,
            logs,
            core_dump,
        } = parts;
        if !sockets && !process && logs.is_empty() && !core_dump {
            return Err(BadAction::NoEvidence);
        }
        if logs.len() > LOGS_MAX {
            return Err(BadAction::Logs { count: logs.len() });
        }
        if let Some(log) = logs
            .iter()
            .find(|log| !(1..=LOG_LINES_MAX).contains(&log.lines))
        {
            return Err(BadAction::LogLines {
                path: log.path.clone(),
                lines: log.lines,
            });
        }
        Ok(Self {
            sockets,
            process,
            logs,
            core_dump,
            form,
        })
    }

    /// Whether the target's sockets are asked for.
    #[must_use]
    pub fn sockets(&self) -> bool {
        self.sockets
    }

    /// Whether details of its processes are.
    #[must_use]
    pub fn process(&self) -> bool {
        self.process
    }

    /// The logs.
    #[must_use]
    pub fn logs(&self) -> &[LogEnd] {
        &self.logs
    }

    /// Whether the core dump's place is.
    #[must_use]
    pub fn core_dump(&self) -> bool {
        self.core_dump
    }

    /// How it is kept.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    fn what(&self) -> String {
        let logs = match self.logs.len() {
            0 => None,
            1 => Some("the end of 1 log".to_owned()),
            many => Some(format!("the ends of {many} logs")),
        };
        let parts = [
            self.sockets.then(|| "sockets".to_owned()),
            self.process.then(|| "process details".to_owned()),
            logs,
            self.core_dump.then(|| "the core dump's place".to_owned()),
        ];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        let form = match self.form {
            Form::Zip => "a .zip",
            Form::Comments => "comments",
        };
        format!("{} as {form}", parts.join(", "))
    }
}
