//! The ways in which the lab's server can end.

use std::fmt;
use std::process::ExitStatus;

use super::system::{self, Ending};

/// What the poisonous request does to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Fault {
    /// A read past the end of memory: SIGSEGV, or an access violation.
    Segv,
    /// The process aborts itself.
    Abort,
    /// The process exits with status 3.
    Exit3,
    /// The process exits with status 0, as if all were well.
    Exit0,
    /// The process stays, and answers nobody any more.
    Hang,
    /// The process stays, and closes no connection any more that its client has closed.
    CloseWait,
}

impl Fault {
    /// The status that a process with this fault ends with; `None` when it does not end.
    pub fn expected(self) -> Option<Ending> {
        match self {
            Self::Segv => Some(system::BAD_ACCESS),
            Self::Abort => Some(system::ABORTED),
            Self::Exit3 => Some(Ending::Code(3)),
            Self::Exit0 => Some(Ending::Code(0)),
            Self::Hang | Self::CloseWait => None,
        }
    }

    /// The option's value on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Segv => "segv",
            Self::Abort => "abort",
            Self::Exit3 => "exit3",
            Self::Exit0 => "exit0",
            Self::Hang => "hang",
            Self::CloseWait => "close-wait",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl From<ExitStatus> for Ending {
    fn from(status: ExitStatus) -> Self {
        system::ending(status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn the_names_are_those_of_the_command_line() {
        for fault in Fault::value_variants() {
            assert_eq!(Fault::from_str(fault.name(), false), Ok(*fault));
        }
    }
}
