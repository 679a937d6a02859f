//! macOS: who may open a BPF device may capture. There are no namespaces.

use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::ExitCode;

use super::{PROVE, Purpose, Rights, Way};
use crate::problem::Problem;

pub(super) fn own_program() -> PathBuf {
    env::current_exe().unwrap_or_else(|_| PathBuf::from("xtask"))
}

pub(super) fn ways(_: Purpose) -> Vec<Way> {
    vec![Way {
        rights: Rights::own(),
        proof: vec![PROVE],
    }]
}

/// Proves that this process may open a BPF device (bpf(4)). A busy one shows it as well: the
/// permission is checked first.
pub(crate) fn prove(_namespaces: bool) -> Result<ExitCode, Problem> {
    match File::options().read(true).write(true).open("/dev/bpf0") {
        Ok(_) => Ok(ExitCode::SUCCESS),
        Err(error) if error.kind() == ErrorKind::ResourceBusy => Ok(ExitCode::SUCCESS),
        Err(error) => Err(Problem::NoRights {
            why: format!("open /dev/bpf0: {error}"),
        }),
    }
}

pub(crate) fn enter(_keep_user: bool, _command: &[OsString]) -> Result<ExitCode, Problem> {
    Err(Problem::NoRights {
        why: "namespaces exist on Linux alone".to_owned(),
    })
}
