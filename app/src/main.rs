//! The terminal program.

mod cli;
mod launch;

fn main() -> std::process::ExitCode {
    cli::run()
}
