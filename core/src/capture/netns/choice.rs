//! Which network namespace, as it is written.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Which network namespace is meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum NetworkNamespace {
    /// That in which this process runs.
    OfProcess(u32),
    /// That of this file, as `ip netns` keeps them in /run/netns.
    File(PathBuf),
}

/// Not a namespace, as written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{written}' names no network namespace: write a process's pid, or a file such as /run/netns/shop"
)]
pub struct NoNamespace {
    /// What was written.
    pub written: String,
}

impl FromStr for NetworkNamespace {
    type Err = NoNamespace;

    /// A number is a pid, anything else a path.
    fn from_str(written: &str) -> Result<Self, Self::Err> {
        let no_namespace = || NoNamespace {
            written: written.to_owned(),
        };
        let text = written.trim();
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.bytes().all(|byte| byte.is_ascii_digit()) {
            let pid = text.parse().map_err(|_| no_namespace())?;
            return Ok(Self::OfProcess(pid));
        }
        if text.contains('\0') {
            return Err(no_namespace());
        }
        Ok(Self::File(text.into()))
    }
}

impl NetworkNamespace {
    /// As it is written on the command line: "4711", "/run/netns/shop".
    #[must_use]
    pub fn written(&self) -> String {
        match self {
            Self::OfProcess(pid) => pid.to_string(),
            Self::File(path) => path.display().to_string(),
        }
    }
}

impl fmt::Display for NetworkNamespace {
    /// "the network namespace of pid 4711", "the network namespace /run/netns/shop".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OfProcess(pid) => write!(f, "the network namespace of pid {pid}"),
            Self::File(path) => write!(f, "the network namespace {}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_a_pid_and_anything_else_a_path() {
        let read = |text: &str| text.parse::<NetworkNamespace>();
        assert_eq!(read("4711"), Ok(NetworkNamespace::OfProcess(4711)));
        for path in ["/run/netns/shop", "./4711", "shop", "-x"] {
            let file = NetworkNamespace::File(path.into());
            assert_eq!(read(path), Ok(file.clone()));
            assert_eq!(read(&file.written()), Ok(file));
        }
        for wrong in ["", " ", "-5", "99999999999", "a\0b"] {
            let error = read(wrong).unwrap_err().to_string();
            assert!(error.contains("/run/netns/shop"), "{error}");
        }
    }
}
