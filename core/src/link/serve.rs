//! What a window and the recorder that it started as a child say to each other,
//! as frames on the child's standard input and output.
//!
//! - The child says nothing before it has read the greeting.
//! - Input that ends without [`ToRecorder::Goodbye`] means that the window is
//!   gone: freeze, save, say why in the file, end.

use std::io::{self, ErrorKind, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::frame;
use crate::recorder::{Command, Event};
use crate::units::ByteCount;

/// The writing half of a line.
#[derive(Debug)]
pub struct Speaker<W> {
    stream: W,
}

impl<W: Write> Speaker<W> {
    /// Writes what a line begins with.
    ///
    /// # Errors
    /// The other side is gone.
    pub fn new(mut stream: W) -> io::Result<Self> {
        frame::write_greeting(&mut stream)?;
        stream.flush()?;
        Ok(Self { stream })
    }

    /// Says one thing.
    ///
    /// # Errors
    /// The other side is gone, or the value is longer than a frame may be.
    pub fn say(&mut self, value: &impl Serialize) -> io::Result<()> {
        frame::write(&mut self.stream, value)
    }
}

/// The reading half of a line.
#[derive(Debug)]
pub struct Hearer<R> {
    stream: R,
}

impl<R: Read> Hearer<R> {
    /// Reads what a line begins with.
    ///
    /// # Errors
    /// The other side is gone, another program, or of another version.
    pub fn new(mut stream: R) -> io::Result<Self> {
        frame::read_greeting(&mut stream)?;
        Ok(Self { stream })
    }

    /// The next thing said; `None` when the other side has ended.
    ///
    /// # Errors
    /// What came is no frame, or the line broke in the middle of one.
    pub fn hear<T: DeserializeOwned>(&mut self) -> io::Result<Option<T>> {
        match frame::read(&mut self.stream) {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// From the window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum ToRecorder {
    /// Record. Once per child.
    Start(Box<StartRequest>),
    /// To the recording that runs.
    Command {
        /// What.
        command: Command,
    },
    /// Compile a filter for the link types of these interfaces; needs no rights.
    CheckFilter {
        /// Comes back with the answer.
        id: u64,
        /// The filter as typed.
        filter: String,
        /// Interfaces by name; none means all.
        interfaces: Vec<String>,
    },
    /// The window ends in order: nothing is frozen for that.
    Goodbye,
}

/// What to record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartRequest {
    /// The profile as TOML.
    pub profile: String,
    /// A target that the window launched.
    pub launched: Option<u32>,
    /// The window's name and version, for the file.
    pub program: String,
}

/// From the recorder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum FromRecorder {
    /// Recording has begun; events follow.
    Started {
        /// What is recorded, in words.
        about: String,
        /// Memory that it takes, all told.
        memory: ByteCount,
    },
    /// Nothing runs and nothing was captured; the child ends.
    NotStarted {
        /// What kind of refusal, for the remedy that the window offers.
        refusal: Refusal,
        /// The sentence: what, why, what to do.
        sentence: String,
    },
    /// Something happened. [`Event::Finished`] is the last.
    Event {
        /// What.
        event: Event,
    },
    /// An action asks for a notification on the desktop.
    Notify {
        /// Its title.
        title: String,
        /// Its text.
        text: String,
    },
    /// The answer to [`ToRecorder::CheckFilter`].
    FilterChecked {
        /// Of the question.
        id: u64,
        /// libpcap's own words, if it does not compile.
        problem: Option<String>,
    },
}

/// Why a recording was not started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// This process may not capture.
    NoRights,
    /// libpcap or Npcap is not there.
    NoLibrary,
    /// An interface is missing or cannot be opened.
    Interface,
    /// The filter does not compile.
    Filter,
    /// No process matches, or it cannot be watched.
    Target,
    /// The ring does not fit into memory.
    Memory,
    /// The folder cannot take the incident.
    Folder,
    /// The profile is not valid.
    Profile,
    /// Anything else.
    Other,
}
