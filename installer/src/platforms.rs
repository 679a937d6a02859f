//! `cargo xtask check-platforms`: clippy of the whole workspace for other systems.
//!
//! Debian's compiler brings the sources of its standard library, so it can check for any target;
//! RUSTC_BOOTSTRAP opens the unstable `-Zbuild-std` in it. Elsewhere a target is checked if
//! rustup has its standard library.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::install::{Install, apt_offers, ensure};
use crate::live;
use crate::machine::missing;
use crate::packages::{Manager, Need};
use crate::problem::Problem;
use crate::process::{cargo, find, read, run as run_command, search_path};
use crate::report::Report;
use crate::workspace::Workspace;

const TARGETS: [&str; 4] = [
    "x86_64-pc-windows-gnu",
    "x86_64-pc-windows-msvc",
    "aarch64-apple-darwin",
    "x86_64-apple-darwin",
];

/// The libpcap that other systems have at least. Without it the pcap crate would ask this
/// machine's library, or take 1.0.0.
const LIBPCAP_VERSION: &str = "1.9.1";

/// How a target can be checked here.
enum Compiler {
    Debian,
    Rustup { sysroot: PathBuf },
}

/// Checks `targets`, or all of them, and prints the report.
pub(crate) fn run(install: Install, targets: &[String]) -> Result<ExitCode, Problem> {
    let targets = chosen(targets)?;
    let compiler = compiler(install)?;
    let workspace = Workspace::ask()?;
    let mut report = Report::new();
    for target in targets {
        match &compiler {
            Compiler::Rustup { sysroot } if !sysroot.join("lib/rustlib").join(target).is_dir() => {
                report.skip(
                    target,
                    &format!("no standard library for it: `rustup target add {target}`"),
                );
            }
            compiler => {
                report.step(target, || {
                    run_command(&mut check(compiler, &workspace, target))
                });
            }
        }
    }
    Ok(report.end())
}

fn chosen(asked: &[String]) -> Result<Vec<&'static str>, Problem> {
    if asked.is_empty() {
        return Ok(TARGETS.to_vec());
    }
    asked
        .iter()
        .map(|target| {
            TARGETS
                .into_iter()
                .find(|known| known == target)
                .ok_or_else(|| Problem::UnknownTarget {
                    target: target.clone(),
                    known: TARGETS.join(", "),
                })
        })
        .collect()
}

fn compiler(install: Install) -> Result<Compiler, Problem> {
    let needs = [Need::DebianRust, Need::Dlltool];
    let packages = Need::DebianRust.packages(Manager::Apt);
    if missing(&needs).is_empty() || (find("apt-get").is_some() && apt_offers(packages)) {
        ensure(&needs, install)?;
        return Ok(Compiler::Debian);
    }
    let mut command = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let sysroot = read(command.args(["--print", "sysroot"]))?;
    Ok(Compiler::Rustup {
        sysroot: PathBuf::from(sysroot.trim()),
    })
}

/// Clippy of everything, the tests and live tests too, in a target folder of its own.
fn check(compiler: &Compiler, workspace: &Workspace, target: &str) -> Command {
    let mut command = match compiler {
        Compiler::Rustup { .. } => cargo(),
        Compiler::Debian => debian_cargo(),
    };
    command.arg("clippy");
    if let Compiler::Debian = compiler {
        command.arg("-Zbuild-std=std,panic_abort,panic_unwind");
    }
    command.args(["--workspace", "--all-targets", "--target", target]);
    if !workspace.live_tests().is_empty() {
        command.args(["--features", live::FEATURE]);
    }
    command
        .args(["--", "-D", "warnings"])
        .env("LIBPCAP_VER", LIBPCAP_VERSION)
        .env("CARGO_TARGET_DIR", workspace.target.join("platforms"));
    command
}

/// Debian's cargo with nothing of the toolchain that runs this task: /usr/bin goes first, since
/// cargo looks for `cargo-clippy` in the PATH.
fn debian_cargo() -> Command {
    let folders = std::iter::once(Path::new("/usr/bin").to_owned()).chain(search_path());
    let mut command = Command::new("/usr/bin/cargo");
    if let Ok(path) = env::join_paths(folders) {
        command.env("PATH", path);
    }
    command
        .env("CARGO", "/usr/bin/cargo")
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTC_BOOTSTRAP", "1")
        .env_remove("RUSTUP_TOOLCHAIN")
        .env_remove("LD_LIBRARY_PATH");
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_target_means_all() {
        assert_eq!(chosen(&[]).expect("all are known"), TARGETS);
    }

    #[test]
    fn a_target_is_taken_by_its_name_alone() {
        let asked = ["aarch64-apple-darwin".to_owned()];
        assert_eq!(chosen(&asked).expect("is known"), ["aarch64-apple-darwin"]);
        let problem = chosen(&["amiga".to_owned()]).expect_err("is not known");
        assert!(
            problem
                .to_string()
                .starts_with("unknown target amiga. Known: ")
        );
    }
}
