//! Why a network namespace cannot be entered.

use std::path::PathBuf;

use super::NetworkNamespace;

/// Why a network namespace cannot be entered, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NamespaceError {
    /// No process has this number.
    #[error(
        "enter the network namespace of pid {pid}: there is no such process; look for it with `crashcap processes`"
    )]
    NoSuchProcess {
        /// The number.
        pid: u32,
    },
    /// There is no such file.
    #[error(
        "enter the network namespace {}: there is no such file; name a process's pid, or a file such as /run/netns/shop",
        path.display()
    )]
    NoSuchFile {
        /// What was named.
        path: PathBuf,
    },
    /// The file is something else.
    #[error(
        "enter the network namespace {}: that file is none; name a process's pid, or a file such as /run/netns/shop",
        path.display()
    )]
    NoNamespace {
        /// What was named.
        path: PathBuf,
    },
    /// This user may not enter it.
    #[error(
        "enter {namespace}: {words}; run Crashcap as root (it takes CAP_SYS_ADMIN), or run it inside without --netns: sudo nsenter {} crashcap record …",
        nsenter(namespace)
    )]
    NoRights {
        /// Which.
        namespace: NetworkNamespace,
        /// The system's words.
        words: String,
    },
    /// The system refuses for another reason.
    #[error("enter {namespace}: {words}; end other programs and try again")]
    System {
        /// Which.
        namespace: NetworkNamespace,
        /// The system's words.
        words: String,
    },
    /// This system has none.
    #[error("enter {namespace}: only Linux has network namespaces; record from interfaces here")]
    OnlyLinux {
        /// Which.
        namespace: NetworkNamespace,
    },
}

/// The options of nsenter(1).
fn nsenter(namespace: &NetworkNamespace) -> String {
    match namespace {
        NetworkNamespace::OfProcess(pid) => format!("-t {pid} -n"),
        NetworkNamespace::File(path) => format!("--net={}", path.display()),
    }
}
