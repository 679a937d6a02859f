//! The program, on Linux.

mod apart;
mod lab;
mod picture;
mod story;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

/// Draws pictures of the window's screens. `cargo xtask screenshots` runs it.
#[derive(Debug, Parser)]
#[command(name = "crashcap-screenshots", version)]
struct Options {
    /// The folder for the pictures
    #[arg(long)]
    folder: PathBuf,
}

/// Why there are no pictures. What the window does not do ends the program with what it showed.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{doing}: {source}")]
    System {
        doing: &'static str,
        source: io::Error,
    },
    #[error("`{command}` failed: {said}")]
    Refused { command: String, said: String },
    #[error("the picture of {what}: {why}")]
    Picture { what: String, why: String },
}

/// Goes into namespaces of its own first.
pub(crate) fn main() -> ExitCode {
    let options = Options::parse();
    let done = if apart::is_apart() {
        pictures(&options.folder)
    } else {
        return apart::go();
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("crashcap-screenshots: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn pictures(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|source| Failure::System {
        doing: "make the folder for the pictures",
        source,
    })?;
    apart::furnish()?;
    for theme in ["dark", "light"] {
        story::play(theme, folder)?;
    }
    Ok(())
}
