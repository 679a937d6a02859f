//! Bringing the machine what a task needs, through its own package manager.

use std::env;
use std::io::{IsTerminal, stdin};
use std::process::Command;

use crate::machine::missing;
use crate::packages::{Manager, Need, packages_of};
use crate::problem::Problem;
use crate::process::{find, run, succeeds};

/// What to do about things that are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Install {
    Missing,
    OnlyName,
}

/// Returns when all `needs` are met. What is missing is named, then installed if `install` says so.
///
/// # Errors
/// [`Problem::Missing`] with the command to type when installing is not wanted or not possible,
/// [`Problem::Failed`] when the package manager fails, [`Problem::StillMissing`] when it did not help.
pub(crate) fn ensure(needs: &[Need], install: Install) -> Result<(), Problem> {
    let lacking = missing(needs);
    if lacking.is_empty() {
        return Ok(());
    }
    let what = names(&lacking);
    let manager = Manager::choose(env::consts::OS, |program| find(program).is_some());
    let Some(manager) = manager.filter(|_| install == Install::Missing) else {
        return Err(Problem::Missing {
            what,
            how: advice(&lacking, manager, env::consts::OS),
        });
    };
    let packages = packages_of(&lacking, manager);
    if packages.is_empty() {
        return Err(Problem::Missing {
            what,
            how: advice(&lacking, Some(manager), env::consts::OS),
        });
    }
    println!("Missing on this machine: {what}.");
    println!(
        "Installing with {}: {}.",
        manager.program(),
        packages.join(" ")
    );
    install_packages(manager, &packages)?;
    let mut lacking = missing(&lacking);
    if !lacking.is_empty() && manager.refresh().is_some() {
        // A stale list may have brought what is too old.
        refresh(manager)?;
        run(&mut install_command(
            manager,
            &packages_of(&lacking, manager),
        ))?;
        lacking = missing(&lacking);
    }
    if lacking.is_empty() {
        Ok(())
    } else {
        Err(Problem::StillMissing {
            what: names(&lacking),
        })
    }
}

/// True if apt offers all `packages`, with the list that it has or a fresh one.
pub(crate) fn apt_offers(packages: &[&str]) -> bool {
    let offers = || succeeds(Command::new("apt-cache").arg("show").args(packages));
    offers() || (refresh(Manager::Apt).is_ok() && offers())
}

/// A bare machine has no list of packages, an old one a stale list: after a refresh it is tried
/// once more.
fn install_packages(manager: Manager, packages: &[&str]) -> Result<(), Problem> {
    if manager == Manager::Apt && !succeeds(Command::new("apt-cache").arg("show").args(packages)) {
        refresh(manager)?;
        return run(&mut install_command(manager, packages));
    }
    let first = run(&mut install_command(manager, packages));
    if first.is_ok() || manager.refresh().is_none() {
        return first;
    }
    refresh(manager)?;
    run(&mut install_command(manager, packages))
}

fn install_command(manager: Manager, packages: &[&str]) -> Command {
    let mut command = privileged(manager, manager.install());
    command.args(packages);
    command
}

fn refresh(manager: Manager) -> Result<(), Problem> {
    match manager.refresh() {
        Some(words) => run(&mut privileged(manager, words)),
        None => Ok(()),
    }
}

/// As root itself or through sudo, which asks for a password only where somebody can answer.
/// tshark's package asks a question too; the front end `noninteractive` answers it with no.
fn privileged(manager: Manager, words: &[&str]) -> Command {
    let mut line: Vec<&str> = Vec::new();
    if manager.needs_root() && !is_root() {
        line.push("sudo");
        if !stdin().is_terminal() {
            line.push("-n");
        }
    }
    if manager == Manager::Apt {
        line.extend(["env", "DEBIAN_FRONTEND=noninteractive"]);
    }
    line.extend(words);
    let mut command = Command::new(line[0]);
    command.args(&line[1..]);
    command
}

#[cfg(unix)]
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
pub(crate) fn is_root() -> bool {
    false
}

fn names(needs: &[Need]) -> String {
    let names: Vec<_> = needs.iter().map(|need| need.name()).collect();
    names.join(", ")
}

/// What to type, or what to do by hand, for all of `needs`.
fn advice(needs: &[Need], manager: Option<Manager>, os: &str) -> String {
    let mut sentences = Vec::new();
    if let Some(manager) = manager {
        let packages = packages_of(needs, manager);
        if !packages.is_empty() {
            let sudo = if manager.needs_root() { "sudo " } else { "" };
            let command = manager.install().join(" ");
            sentences.push(format!(
                "Install with: {sudo}{command} {}",
                packages.join(" ")
            ));
        }
    }
    for need in needs {
        if manager.is_none_or(|manager| need.packages(manager).is_empty()) {
            sentences.push(format!("For {}: {}", need.name(), need.by_hand(os)));
        }
    }
    sentences.join(". ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_one_line_to_type() {
        assert_eq!(
            advice(&[Need::Libpcap, Need::Tshark], Some(Manager::Dnf), "linux"),
            "Install with: sudo dnf install --assumeyes libpcap-devel wireshark-cli"
        );
    }

    #[test]
    fn advice_covers_what_the_manager_does_not_bring() {
        assert_eq!(
            advice(
                &[Need::Compiler, Need::Tshark],
                Some(Manager::Brew),
                "macos"
            ),
            "Install with: brew install wireshark. \
             For a C compiler and linker (cc): run `xcode-select --install`"
        );
        assert_eq!(
            advice(&[Need::Tshark], None, "windows"),
            "For tshark: install Wireshark from https://www.wireshark.org"
        );
    }

    #[test]
    fn nothing_needed_is_nothing_done() {
        ensure(&[], Install::OnlyName).expect("there is nothing to miss");
    }

    #[test]
    fn apt_is_told_not_to_ask() {
        let command = install_command(Manager::Apt, &["tshark"]);
        let line: Vec<_> = command.get_args().filter_map(|arg| arg.to_str()).collect();
        assert!(line.contains(&"DEBIAN_FRONTEND=noninteractive"), "{line:?}");
        assert_eq!(line.last(), Some(&"tshark"));
    }
}
