//! Programs in a network namespace of their own, as containers run them: seen
//! among all processes, with a loopback that nobody else has.

use std::path::Path;
use std::process::Command;

use super::crashlab;
use crate::lab::fault::Fault;
use crate::lab::process::LabServer;

/// A command that runs `program` in a new network namespace with its loopback up,
/// and becomes it: the command's pid is the program's.
pub fn apart(program: &Path) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--net", "--", "sh", "-c"]);
    command
        .arg("ip link set lo up && exec \"$0\" \"$@\"")
        .arg(program);
    command
}

/// A command that runs `program` in the network namespace of a process.
pub fn beside(pid: u32, program: &Path) -> Command {
    let mut command = Command::new("nsenter");
    command.arg(format!("--net=/proc/{pid}/ns/net"));
    command.arg("--").arg(program);
    command
}

/// A server of the crash lab in a network namespace of its own.
///
/// # Panics
/// When it does not start.
pub fn server_apart(fault: Fault, more: &[&str]) -> LabServer {
    LabServer::start_by(apart(&crashlab()), fault, more).unwrap()
}
