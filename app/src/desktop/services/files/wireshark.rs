//! Wireshark, found by itself or told once.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::launch::{Front, apart};

/// Where it is as a rule, beside the search path: a program that was started
/// from a desktop has a short one.
const USUAL: [&str; 7] = [
    "/Applications/Wireshark.app/Contents/MacOS/Wireshark",
    r"C:\Program Files\Wireshark\Wireshark.exe",
    "/usr/bin/wireshark",
    "/usr/local/bin/wireshark",
    "/opt/homebrew/bin/wireshark",
    "/snap/bin/wireshark",
    "/var/lib/flatpak/exports/bin/org.wireshark.Wireshark",
];
/// The variables that name the folder of programs on Windows.
const PROGRAM_FOLDERS: [&str; 3] = ["ProgramFiles", "ProgramW6432", "ProgramFiles(x86)"];
/// Where the program is within what macOS calls an application.
const WITHIN_APP: &str = "Contents/MacOS/Wireshark";

/// Opens a file in Wireshark; `told` is where the user said that it is.
///
/// # Errors
/// A sentence: it was not found, or does not start.
pub(crate) fn open_in_wireshark(path: &Path, told: &str) -> Result<(), String> {
    let program = match told.trim() {
        "" => find().ok_or(
            "Wireshark was not found on this computer. Install it from wireshark.org, or tell where it is.",
        )?,
        told => as_told(Path::new(told))?,
    };
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut command = Command::new(&program);
    command
        .arg("-r")
        .arg(&path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    apart(&mut command, Front::Window);
    let mut child = command
        .spawn()
        .map_err(|error| format!("start {}: {error}; tell where it is", program.display()))?;
    // Somebody has to wait for it, or a zombie stays as long as the window.
    let _ = std::thread::Builder::new()
        .name("wireshark".into())
        .spawn(move || child.wait());
    Ok(())
}

/// The program itself, or the application that macOS shows in its place.
fn as_told(told: &Path) -> Result<PathBuf, String> {
    let within = told.join(WITHIN_APP);
    let found = [told, &within].into_iter().find(|path| path.is_file());
    found.map(Path::to_owned).ok_or_else(|| {
        format!(
            "{} is not a program: tell where Wireshark is, or leave the field empty",
            told.display()
        )
    })
}

fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let programs = PROGRAM_FOLDERS.iter().filter_map(std::env::var_os);
    find_in(&path, programs.map(PathBuf::from))
}

fn find_in(path: &OsStr, programs: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    let name = format!("wireshark{}", std::env::consts::EXE_SUFFIX);
    let on_path = std::env::split_paths(path).map(|folder| folder.join(&name));
    let among_programs = programs.map(|folder| folder.join("Wireshark").join(&name));
    on_path
        .chain(among_programs)
        .chain(USUAL.map(PathBuf::from))
        .find(|program| program.is_file())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::fs;
    use std::time::Duration;

    /// A program that says its arguments into a pipe beside itself. Made by
    /// another process: one that this process had open for writing might be busy.
    fn stand_in(path: &Path) {
        const MAKE: &str = r#"mkdir -p "$(dirname "$0")" && mkfifo "$0.says" &&
            echo '#!/bin/sh
                printf "%s|" "$@" > "$0.says"' > "$0" && chmod 755 "$0""#;
        let made = Command::new("sh").args(["-c", MAKE]).arg(path).status();
        assert!(made.unwrap().success());
    }

    #[test]
    fn the_search_path_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        let name = format!("wireshark{}", std::env::consts::EXE_SUFFIX);
        let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
        stand_in(&two.join(&name));
        let path = std::env::join_paths([&one, &two]).unwrap();
        assert_eq!(find_in(&path, std::iter::empty()), Some(two.join(&name)));
        let programs = folder.path().join("programs");
        stand_in(&programs.join("Wireshark").join(&name));
        let found = find_in(OsStr::new(""), std::iter::once(programs.clone()));
        assert_eq!(found, Some(programs.join("Wireshark").join(&name)));
    }

    #[test]
    fn what_was_told_is_started_with_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let app = folder.path().join("Wireshark.app");
        stand_in(&app.join(WITHIN_APP));
        let says = app.join(format!("{WITHIN_APP}.says"));
        let (heard, hears) = crossbeam_channel::bounded(1);
        std::thread::spawn(move || heard.send(fs::read_to_string(says)));
        open_in_wireshark(Path::new("/a file.pcapng"), &app.display().to_string()).unwrap();
        let said = hears.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_eq!(said.unwrap(), "-r|/a file.pcapng|");
    }

    #[test]
    fn what_is_no_program_is_told_before_anything_starts() {
        let folder = tempfile::tempdir().unwrap();
        let told = folder.path().display().to_string();
        let refused = open_in_wireshark(Path::new("/x"), &told).unwrap_err();
        assert!(refused.contains("is not a program"), "{refused}");
    }
}
