//! How others talk to a running recorder: frames, and the local socket.
//!
//! Nothing here listens on the network. The socket lies in a folder that only
//! the user who records may enter, and each peer is checked to be that user or root.

mod client;
mod frame;
mod peer;
mod place;
mod serve;
mod server;

pub use client::{AskError, RunningRecorder, ask, find};
pub use serve::{FromRecorder, Hearer, Refusal, Speaker, StartRequest, ToRecorder};
pub use server::{ServeError, Server};

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::recorder::Status;
use crate::units::{ByteCount, PacketCount};

/// How long the other side may take to say what it wants.
const PEER_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a recorder lets somebody wait for a file to be complete.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// What a running recorder can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// How things stand.
    Status,
    /// Fire the manual trigger; `by` says who asks.
    Freeze {
        /// Who asks.
        by: String,
    },
    /// Save the ring as it is; recording goes on.
    Snapshot {
        /// Who asks.
        by: String,
    },
    /// Save what no folder took into this one.
    SaveTo {
        /// An absolute path.
        folder: PathBuf,
    },
}

/// What it answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// How things stand; `None` in the first moments.
    Status {
        /// The newest status.
        status: Option<Box<Status>>,
        /// What is recorded, in words: "lo, tcp port 9973".
        about: String,
    },
    /// A file is complete on disk.
    Saved {
        /// All its files, with � for what is no UTF-8.
        paths: Vec<String>,
        /// Packets in it.
        packets: PacketCount,
        /// Bytes of the files.
        bytes: ByteCount,
    },
    /// It was not done, or not within the time that one waits.
    Refused {
        /// Why, and what to do.
        reason: String,
    },
}
