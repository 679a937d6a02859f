//! What gives the right to capture, in words.

use std::path::Path;

/// What to do without rights, on this system: the program that runs now is named
/// by its path, since it need not be the one that a shell finds by its name.
pub(super) fn remedy() -> String {
    if cfg!(target_os = "linux") {
        let program = std::env::current_exe();
        let program = program.unwrap_or_else(|_| "crashcap".into());
        let command = setcap_command(&program);
        format!("run Crashcap as root, or give this program the right once: {command}")
    } else if cfg!(target_os = "macos") {
        "run Crashcap with sudo, or install ChmodBPF from Wireshark".into()
    } else {
        "run Crashcap as administrator, or install Npcap without the restriction to administrators"
            .into()
    }
}

/// What gives a program file the right to capture on Linux, for whoever may run it
/// and until another file takes its place (setcap(8), capabilities(7)).
#[must_use]
pub fn setcap_command(program: &Path) -> String {
    format!("sudo setcap cap_net_raw+ep {}", quoted(program))
}

/// A path as a POSIX shell takes it.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let plain = |one: char| one.is_ascii_alphanumeric() || "_-./+,@%".contains(one);
    if path.chars().all(plain) {
        return path;
    }
    format!("'{}'", path.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_names_the_program_by_its_path() {
        let command = |path: &str| setcap_command(Path::new(path));
        assert_eq!(
            command("/opt/crashcap/crashcap"),
            "sudo setcap cap_net_raw+ep /opt/crashcap/crashcap"
        );
        assert_eq!(
            command("/home/o'neil/my build/crashcap"),
            r"sudo setcap cap_net_raw+ep '/home/o'\''neil/my build/crashcap'"
        );
        if cfg!(target_os = "linux") {
            let own = std::env::current_exe().unwrap();
            assert!(remedy().ends_with(&setcap_command(&own)), "{}", remedy());
        }
    }
}
