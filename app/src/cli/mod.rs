//! The command line: what was asked becomes calls into the engine, and what
//! comes back becomes plain text or JSON.

mod args;
mod ask;
mod check;
mod exit;
#[cfg(target_os = "linux")]
mod grant;
mod info;
mod lists;
mod record;
mod serve;
mod table;
mod text;

use clap::{CommandFactory, Parser};

use args::{Args, Verb};
use exit::Exit;

/// Runs the program.
pub(crate) fn run() -> std::process::ExitCode {
    crate::launch::pass_gate();
    let exit = match Args::parse().verb {
        Verb::Record(record) => record::run(&record),
        Verb::Serve => serve::run(),
        #[cfg(target_os = "linux")]
        Verb::GrantRights(grant) => grant::run(&grant),
        Verb::Check(check) => check::run(&check),
        Verb::Interfaces(list) => lists::interfaces(&list),
        Verb::Processes(list) => lists::processes(&list),
        Verb::Info(info) => info::run(&info),
        Verb::Status(which) => ask::status(&which),
        Verb::Freeze(which) => ask::freeze(&which),
        Verb::Snapshot(which) => ask::snapshot(&which),
        Verb::SaveTo(save_to) => ask::save_to(&save_to),
        Verb::Completions { shell } => {
            let mut command = Args::command();
            clap_complete::generate(shell, &mut command, "crashcap", &mut std::io::stdout());
            Ok(Exit::Done)
        }
    };
    exit.unwrap_or_else(|failure| {
        text::complain(&failure.sentence);
        failure.exit
    })
    .into()
}
