//! Windows and the rest: capturing takes no right that could be got here. On Windows Npcap
//! decides, and the recorder itself says if it refuses.

use std::env;
use std::ffi::OsString;
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

/// There is nothing to prove.
pub(crate) fn prove(_namespaces: bool) -> Result<ExitCode, Problem> {
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn enter(_keep_user: bool, _command: &[OsString]) -> Result<ExitCode, Problem> {
    Err(Problem::NoRights {
        why: "namespaces exist on Linux alone".to_owned(),
    })
}
