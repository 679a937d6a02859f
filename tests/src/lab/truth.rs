//! What the load really did, written by the one who did it: tests hold Crashcap's answer
//! against it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use std::{fs, io};

use serde::{Deserialize, Serialize};

/// The record of one run of `crashlab load`. Times are nanoseconds since the epoch by the
/// wall clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroundTruth {
    /// The layout of this record: [`GroundTruth::VERSION`].
    pub version: u32,
    /// What all requests were drawn from.
    pub seed: u64,
    /// Connections opened.
    pub connections: u32,
    /// Requests a second that were asked for.
    pub rate_asked: u32,
    /// Requests a second sent, from the first to the last.
    pub rate_reached: f64,
    /// When request 0 was due.
    pub started_ns: u64,
    /// When the last connection was done.
    pub ended_ns: u64,
    /// Requests written completely, the poison included.
    pub sent: u64,
    /// Requests of short connections beside them.
    #[serde(default)]
    pub visits: u64,
    /// Requests that were answered completely.
    pub answered: u64,
    /// Requests sent more than 10 ms after they were due.
    pub sent_late: u64,
    /// Why the run ended.
    pub end: RunEnd,
    /// When the first connection noticed that the server was gone or silent.
    pub server_gone_ns: Option<u64>,
    /// The poisonous request, once it was sent.
    pub poison: Option<Poison>,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunEnd {
    /// All requests were sent.
    AllSent,
    /// The server closed or reset a connection.
    ServerGone,
    /// An answer did not come in time.
    NoAnswer,
    /// The run took far longer than planned and was stopped.
    OutOfTime,
}

/// The request that ends the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Poison {
    /// Just before the write.
    pub at_ns: u64,
    /// Its number among all requests, from 0.
    pub index: u64,
    /// The client's end of its connection.
    pub local: SocketAddr,
    /// The server's end.
    pub remote: SocketAddr,
    /// The bytes as text, for people.
    pub text: String,
    /// The exact bytes, in base 16.
    pub base16: String,
}

/// Why a ground truth could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum TruthError {
    /// The file could not be written.
    #[error("write the ground truth {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file could not be read.
    #[error("read the ground truth {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file is not such a record.
    #[error("read the ground truth {path}: {source}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// What is wrong, and in which line.
        source: serde_json::Error,
    },
    /// The bytes of the poison are not base 16.
    #[error("the ground truth's base16 is not an even number of hexadecimal digits")]
    NotBase16,
}

impl GroundTruth {
    /// The layout written by this version of the lab.
    pub const VERSION: u32 = 1;

    /// Writes the record as JSON, replacing what was there.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), TruthError> {
        let failed = |source| TruthError::Write {
            path: path.to_owned(),
            source,
        };
        let mut text = serde_json::to_string_pretty(self)
            .map_err(|source| failed(io::Error::other(source)))?;
        text.push('\n');
        fs::write(path, text).map_err(failed)
    }

    /// Reads a record back.
    ///
    /// # Errors
    /// When the file cannot be read or is not such a record.
    pub fn read(path: &Path) -> Result<Self, TruthError> {
        let text = fs::read_to_string(path).map_err(|source| TruthError::Read {
            path: path.to_owned(),
            source,
        })?;
        serde_json::from_str(&text).map_err(|source| TruthError::Parse {
            path: path.to_owned(),
            source,
        })
    }
}

impl Poison {
    /// The record of `bytes` sent at `at_ns` from `local` to `remote`.
    pub fn new(
        at_ns: u64,
        index: u64,
        local: SocketAddr,
        remote: SocketAddr,
        bytes: &[u8],
    ) -> Self {
        Self {
            at_ns,
            index,
            local,
            remote,
            text: String::from_utf8_lossy(bytes).into_owned(),
            base16: bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }

    /// The exact bytes.
    ///
    /// # Errors
    /// When `base16` is not what its name says.
    pub fn bytes(&self) -> Result<Vec<u8>, TruthError> {
        let digits: Option<Vec<u8>> = self
            .base16
            .chars()
            .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect();
        let digits = digits.ok_or(TruthError::NotBase16)?;
        let (pairs, []) = digits.as_chunks::<2>() else {
            return Err(TruthError::NotBase16);
        };
        Ok(pairs.iter().map(|[high, low]| high << 4 | low).collect())
    }
}

/// The wall clock, in nanoseconds since the epoch; 0 before it.
pub fn wall_ns(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| u64::try_from(since.as_nanos()).ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(bytes: &[u8]) -> GroundTruth {
        let address = SocketAddr::from(([127, 0, 0, 1], 40_001));
        let server = SocketAddr::from(([127, 0, 0, 1], 9973));
        GroundTruth {
            version: GroundTruth::VERSION,
            seed: u64::MAX,
            connections: 50,
            rate_asked: 3000,
            rate_reached: 2999.5,
            started_ns: 1_795_000_000_000_000_001,
            ended_ns: 1_795_000_007_000_000_003,
            sent: 21_000,
            visits: 0,
            answered: 20_999,
            sent_late: 2,
            end: RunEnd::ServerGone,
            server_gone_ns: Some(1_795_000_006_999_999_999),
            poison: Some(Poison::new(
                1_795_000_006_900_000_007,
                20_700,
                address,
                server,
                bytes,
            )),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("truth.json");
        let every_byte: Vec<u8> = (0..=255).collect();
        let truth = sample(&every_byte);
        truth.write(&path).unwrap();
        let again = GroundTruth::read(&path).unwrap();
        assert_eq!(again, truth);
        assert_eq!(again.poison.unwrap().bytes().unwrap(), every_byte);
    }

    #[test]
    fn errors_name_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("absent.json");
        let said = GroundTruth::read(&path).unwrap_err().to_string();
        assert!(said.contains("absent.json"), "{said}");
        fs::write(&path, "{\"version\": 1}").unwrap();
        let said = GroundTruth::read(&path).unwrap_err().to_string();
        assert!(said.contains("missing field"), "{said}");
    }

    #[test]
    fn broken_base16_is_an_error() {
        let mut poison = sample(b"x").poison.unwrap();
        for broken in ["0", "0g", "é"] {
            poison.base16 = broken.to_owned();
            assert!(matches!(poison.bytes(), Err(TruthError::NotBase16)));
        }
    }
}
