//! Looking at the machine: which needs are met.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use crate::packages::Need;
use crate::process::{find, read};

/// What building takes. Windows loads its capture library when it runs, and linking there is the
/// toolchain's own matter.
pub(crate) fn needs_to_build() -> Vec<Need> {
    if cfg!(windows) {
        Vec::new()
    } else {
        vec![Need::Compiler, Need::Libpcap]
    }
}

/// Those of `needs` that are not met.
pub(crate) fn missing(needs: &[Need]) -> Vec<Need> {
    needs.iter().copied().filter(|need| !met(*need)).collect()
}

fn met(need: Need) -> bool {
    match need {
        Need::Compiler => find("cc").is_some(),
        Need::Libpcap => links_libpcap(),
        Need::Tshark => find("tshark").is_some(),
        Need::Dumpcap => find("dumpcap").is_some(),
        Need::Tcpdump => find("tcpdump").is_some(),
        Need::Ip => find("ip").is_some(),
        Need::SystemdAnalyze => find("systemd-analyze").is_some(),
        Need::Window => loads(&WINDOW_LIBRARIES),
        Need::Display => DISPLAY.iter().all(|program| find(program).is_some()),
        Need::WindowDump => find("xwd").is_some(),
        Need::Lavapipe => lavapipe().is_some(),
        Need::DebianRust => debian_rust_is_whole(),
        Need::Dlltool => find("x86_64-w64-mingw32-dlltool").is_some(),
    }
}

/// The programs of a display without a screen.
const DISPLAY: [&str; 5] = ["Xvfb", "xdotool", "openbox", "wmctrl", "xprop"];

/// What winit and the renderers open by these names; without the keyboard's
/// library the window panics.
const WINDOW_LIBRARIES: [&str; 6] = [
    "libX11.so.6",
    "libX11-xcb.so.1",
    "libXcursor.so.1",
    "libXi.so.6",
    "libxkbcommon-x11.so.0",
    "libGL.so.1",
];

/// Whether the loader's list has them all.
fn loads(libraries: &[&str]) -> bool {
    let list = ["ldconfig", "/sbin/ldconfig", "/usr/sbin/ldconfig"]
        .iter()
        .find_map(|program| Command::new(program).arg("-p").output().ok());
    let list = list.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    list.is_some_and(|list| {
        let has = |library: &&str| {
            list.lines()
                .any(|line| line.trim_start().starts_with(*library))
        };
        libraries.iter().all(has)
    })
}

/// The file by which Vulkan's loader finds lavapipe.
pub(crate) fn lavapipe() -> Option<PathBuf> {
    ["/etc/vulkan/icd.d", "/usr/share/vulkan/icd.d"]
        .iter()
        .flat_map(fs::read_dir)
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .find(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("lvp_icd.")
        })
}

/// The only test that is right everywhere is to compile and link a program that uses libpcap.
fn links_libpcap() -> bool {
    let folder = env::temp_dir();
    let program = folder.join(format!("xtask-libpcap-{}", std::process::id()));
    let linked = compile_with_libpcap(&program);
    // Absent when it did not link.
    let _ = fs::remove_file(&program);
    linked
}

fn compile_with_libpcap(program: &Path) -> bool {
    use std::io::Write;

    let compiler = Command::new("cc")
        .args(["-x", "c", "-", "-lpcap", "-o"])
        .arg(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut compiler) = compiler else {
        return false;
    };
    let written = compiler.stdin.take().is_some_and(|mut stdin| {
        stdin
            .write_all(
                b"#include <pcap/pcap.h>\nint main(void) { return pcap_lib_version() == 0; }\n",
            )
            .is_ok()
    });
    compiler.wait().is_ok_and(|status| status.success()) && written
}

/// Debian keeps rustc, cargo and clippy in /usr/bin; the sources below the sysroot /usr.
fn debian_rust_is_whole() -> bool {
    [
        "/usr/bin/cargo",
        "/usr/bin/cargo-clippy",
        "/usr/bin/clippy-driver",
    ]
    .iter()
    .all(|path| Path::new(path).exists())
        && Path::new("/usr/lib/rustlib/src/rust/library/std/Cargo.toml").exists()
        && read(Command::new("/usr/bin/rustc").arg("--version"))
            .is_ok_and(|said| is_new_enough(&said, env!("CARGO_PKG_RUST_VERSION")))
}

/// Whether `rustc 1.96.0 (…)` is at least the version that this workspace needs. A stale list of
/// packages brings an older one.
fn is_new_enough(said: &str, needed: &str) -> bool {
    let numbers = |version: &str| -> Vec<u32> {
        let parts = version.split('.');
        parts.map_while(|part| part.parse().ok()).collect()
    };
    let version = said.split_whitespace().nth(1).unwrap_or_default();
    numbers(version) >= numbers(needed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_compiler_is_told_from_a_newer_one() {
        for (said, enough) in [
            ("rustc 1.96.0 (built from a source tarball)", true),
            ("rustc 1.95.0", true),
            ("rustc 1.100.1-nightly (abc)", true),
            ("rustc 1.85.0 (4d91de4e4 2025-02-17)", false),
            ("", false),
        ] {
            assert_eq!(is_new_enough(said, "1.95"), enough, "{said:?}");
        }
    }
}
