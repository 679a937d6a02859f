//! Showing a file in the file manager. On Linux the desktop's file manager is
//! asked by its bus name, else whatever opens folders; whether that worked is
//! waited for, and no child is left behind.

use std::path::Path;

/// Shows a file in its folder.
///
/// # Errors
/// A sentence with the path, which can be copied: nothing here shows folders.
pub(super) fn reveal(path: &Path) -> Result<(), String> {
    system(path).map_err(|why| {
        let path = path.display();
        format!("Nothing here shows folders ({why}). The file is {path}")
    })
}

#[cfg(target_os = "linux")]
fn system(path: &Path) -> Result<(), String> {
    if by_name(path) {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(path);
    run(std::process::Command::new("xdg-open").arg(folder))
}

/// The file manager of the desktop: org.freedesktop.FileManager1
/// (freedesktop.org, "File Manager D-Bus Interface").
#[cfg(target_os = "linux")]
fn by_name(path: &Path) -> bool {
    use crate::services::bus;

    const NAME: &str = "org.freedesktop.FileManager1";
    const OBJECT: &str = "/org/freedesktop/FileManager1";
    let (Some(bus), Ok(path)) = (bus::connect(), std::path::absolute(path)) else {
        return false;
    };
    let words = (vec![uri(&path)], "");
    bus.call_method(Some(NAME), OBJECT, Some(NAME), "ShowItems", &words)
        .is_ok()
}

/// A path as a URI (RFC 8089); whatever is no plain character is escaped (RFC 3986).
#[cfg(target_os = "linux")]
fn uri(path: &Path) -> String {
    let mut out = String::from("file://");
    for byte in path.as_os_str().as_encoded_bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"/-._~".contains(byte);
        if plain {
            out.push(char::from(*byte));
        } else {
            out += &format!("%{byte:02X}");
        }
    }
    out
}

/// Runs a program to its end.
#[cfg(target_os = "linux")]
fn run(command: &mut std::process::Command) -> Result<(), String> {
    use std::process::Stdio;

    let command = command.stdin(Stdio::null()).stdout(Stdio::null());
    let program = command.get_program().to_string_lossy().into_owned();
    match command.stderr(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{program}: {status}")),
        Err(error) => Err(format!("{program}: {error}")),
    }
}

#[cfg(not(target_os = "linux"))]
fn system(path: &Path) -> Result<(), String> {
    opener::reveal(path).map_err(|error| error.to_string())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn what_a_uri_cannot_hold_is_escaped() {
        let path = Path::new("/srv/my files/größe%.pcapng");
        assert_eq!(
            uri(path),
            "file:///srv/my%20files/gr%C3%B6%C3%9Fe%25.pcapng"
        );
    }

    #[test]
    fn what_shows_no_folder_is_told() {
        assert_eq!(run(&mut Command::new("true")), Ok(()));
        let failed = run(Command::new("sh").args(["-c", "exit 3"])).unwrap_err();
        assert_eq!(failed, "sh: exit status: 3");
        let missing = run(&mut Command::new("/no/such/xdg-open")).unwrap_err();
        assert!(missing.starts_with("/no/such/xdg-open: "), "{missing}");
    }
}
