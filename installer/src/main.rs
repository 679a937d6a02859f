//! `cargo xtask`: everything a developer does with this workspace beyond plain cargo.
//!
//! It compiles without libpcap, so that it can install libpcap. It never changes the machine
//! except through the system's package manager, and says each command before running it.

mod bench;
mod demo;
mod icons;
mod install;
mod live;
mod loom;
mod machine;
mod packages;
mod pictures;
mod platforms;
mod problem;
mod process;
mod report;
mod rights;
mod run;
mod screenshots;
mod test;
mod workspace;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::install::Install;
use crate::problem::Problem;

/// Build, try and check Crashcap.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Play a whole story once: a server crashes under load (or hangs, or leaves connections open),
    /// the ring freezes, tshark opens the file.
    Demo {
        /// Which story.
        #[arg(value_enum, default_value_t)]
        story: Story,
        #[command(flatten)]
        machine: Machine,
        /// Don't open the incident in the window, even where there is a display.
        #[arg(long)]
        no_window: bool,
        /// Passed on to `crashlab demo`.
        #[arg(last = true)]
        args: Vec<OsString>,
    },
    /// Build the window and open it.
    Run {
        #[command(flatten)]
        machine: Machine,
        /// Passed on to `crashcap-desktop`.
        #[arg(last = true)]
        args: Vec<OsString>,
    },
    /// Draw every icon file from the SVG files in `icons`.
    Icons,
    /// Draw the screens' pictures that the tests compare with anew (`app/tests/snapshots`).
    Pictures {
        #[command(flatten)]
        machine: Machine,
    },
    /// Take pictures of the real window's screens for the README (`app/pictures`).
    Screenshots {
        #[command(flatten)]
        machine: Machine,
    },
    /// Run the whole check of this system: formatting, clippy, unit, integration, live and loom tests.
    Test {
        #[command(flatten)]
        machine: Machine,
    },
    /// Compile the whole workspace for Windows and macOS with clippy, on this machine.
    CheckPlatforms {
        #[command(flatten)]
        machine: Machine,
        /// Rust target triples; without any: all that are supported.
        targets: Vec<String>,
    },
    /// Measure Crashcap beside tcpdump and dumpcap.
    Bench {
        #[command(flatten)]
        machine: Machine,
        /// Passed on to `crashcap-bench`.
        #[arg(last = true)]
        args: Vec<OsString>,
    },
    /// Enter new namespaces, prove the rights there, then become the command.
    #[command(name = rights::ENTER, hide = true)]
    Enter {
        /// Keep the user's own id instead of becoming root inside.
        #[arg(long)]
        keep_user: bool,
        #[arg(last = true)]
        command: Vec<OsString>,
    },
    /// Prove the rights of this process as it is.
    #[command(name = rights::PROVE, hide = true)]
    Prove {
        /// New network and mount namespaces must be possible too.
        #[arg(long)]
        namespaces: bool,
    },
}

/// What the server of the demo does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Story {
    /// It dies of one request.
    #[default]
    Crash,
    /// It leaves connections in CLOSE_WAIT.
    CloseWait,
    /// It answers nobody any more.
    Hang,
}

#[derive(Args)]
struct Machine {
    /// Only name what is missing on this machine; install nothing.
    #[arg(long)]
    no_install: bool,
}

impl Machine {
    fn install(&self) -> Install {
        if self.no_install {
            Install::OnlyName
        } else {
            Install::Missing
        }
    }
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Namespaces are entered here, before anything could have started a thread: the kernel gives a
/// new user namespace to single-threaded processes alone.
fn run(cli: Cli) -> Result<ExitCode, Problem> {
    match cli.task {
        Task::Enter { keep_user, command } => rights::enter(keep_user, &command),
        Task::Prove { namespaces } => rights::prove(namespaces),
        Task::Demo {
            story,
            machine,
            no_window,
            args,
        } => demo::run(machine.install(), !no_window, story, &args),
        Task::Run { machine, args } => run::run(machine.install(), &args),
        Task::Icons => icons::run(),
        Task::Pictures { machine } => pictures::draw(machine.install()),
        Task::Screenshots { machine } => screenshots::run(machine.install()),
        Task::Test { machine } => test::run(machine.install()),
        Task::CheckPlatforms { machine, targets } => platforms::run(machine.install(), &targets),
        Task::Bench { machine, args } => bench::run(machine.install(), &args),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn arguments_after_the_dashes_are_passed_on_untouched() {
        let cli = Cli::try_parse_from(["x", "demo", "--", "--no-install", "-v"]).expect("parses");
        let Task::Demo { machine, args, .. } = cli.task else {
            panic!("not the demo");
        };
        assert!(!machine.no_install);
        assert_eq!(args, ["--no-install", "-v"]);
    }

    #[test]
    fn the_demos_story_is_named_plainly() {
        let story = |line: &[&str]| {
            let words = ["x", "demo"].iter().chain(line);
            match Cli::try_parse_from(words).expect("parses").task {
                Task::Demo { story, .. } => story,
                _ => panic!("not the demo"),
            }
        };
        assert_eq!(story(&[]), Story::Crash);
        assert_eq!(story(&["close-wait"]), Story::CloseWait);
        assert_eq!(story(&["hang", "--", "--rate", "100"]), Story::Hang);
    }
}
