//! The real window where something is amiss: no rights to capture, an interface
//! that goes away, a disk that is full.
#![cfg(target_os = "linux")]

use std::fs::{self, Permissions};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crashcap_core::inspect::info;
use crashcap_tests::lab::fault::Fault;
use crashcap_tests::lab::process::LabServer;
use crashcap_tests::live::{
    Capture, Display, Load, Namespaces, PLAIN_USER, Place, Window, WindowProfile, as_user,
    copy_program, crashcap, crashcap_desktop, crashlab, give_to_plain_user, inside,
    may_be_other_users, mount_memory, server, whole_file,
};

/// A plain user's place, with copies of the programs that every user may run, and
/// this in the place of pkexec.
fn plain_place(pkexec: &str) -> (Place, PathBuf) {
    let place = Place::new();
    let programs = place.path("programs");
    for folder in [place.path("home"), programs.clone()] {
        fs::create_dir(folder).unwrap();
    }
    for program in [crashcap(), crashcap_desktop(), crashlab()] {
        copy_program(&program, &programs.join(program.file_name().unwrap()));
    }
    let asks = programs.join("pkexec");
    fs::write(&asks, pkexec).unwrap();
    fs::set_permissions(&asks, Permissions::from_mode(0o755)).unwrap();
    give_to_plain_user(&place);
    (place, programs)
}

#[test]
fn who_may_not_capture_is_told_at_once_and_at_start() {
    if !may_be_other_users("who_may_not_capture_is_told_at_once_and_at_start") {
        return;
    }
    // As pkexec answers when no password was given (pkexec(1)).
    let (place, programs) = plain_place("#!/bin/sh\nexit 126\n");
    // A port's owner is seen by the user whose process it is.
    let lab = as_user(PLAIN_USER, "", &programs.join("crashlab"));
    let server = LabServer::start_by(lab, Fault::Segv, &["--threads", "8"]).unwrap();
    let profile = WindowProfile::new(&place, server.address().port()).write(&place);
    fs::set_permissions(&profile, Permissions::from_mode(0o644)).unwrap();
    let mut command = as_user(PLAIN_USER, "", &programs.join("crashcap-desktop"));
    command.arg("--profile").arg(profile);
    command.env("PATH", format!("{}:/usr/bin:/bin", programs.display()));
    let mut window = Window::open_by(command, Display::new(), &place);
    // The first thing seen, with its remedy.
    window.wait_for_text("You may not capture on this computer yet.");
    window.wait_for("the remedy", |one| one.is("Button", "Allow this time…"));
    window.wait_for_text("you may not capture yet");
    // At Start it is told again, and the remedy is still the same.
    window.key("ctrl+e");
    window.wait_for_text("Recording did not start: the right to capture is missing.");
    assert_eq!(window.title(), "Crashcap");
    // The remedy, refused, is told too.
    window.click_on("Button", "Allow this time…");
    window.wait_for_text("the administrator's password was not given");
    assert!(window.is_open());
    assert!(!window.title().starts_with("Recording"));
    assert!(place.saved_files().is_empty());
}

#[test]
fn where_nobody_can_be_asked_a_command_for_a_terminal_is_told() {
    if !may_be_other_users("where_nobody_can_be_asked_a_command_for_a_terminal_is_told") {
        return;
    }
    let (place, programs) = plain_place("");
    fs::remove_file(programs.join("pkexec")).unwrap();
    // As one who builds it owns it.
    let program = programs.join("crashcap");
    chown(&program, Some(PLAIN_USER), Some(PLAIN_USER)).unwrap();
    // This test may need programs of the search path, the window none.
    let mut command = as_user(PLAIN_USER, "", Path::new("/usr/bin/env"));
    command.arg(format!("PATH={}", programs.display()));
    command.arg(programs.join("crashcap-desktop"));
    let window = Window::open_by(command, Display::new(), &place);
    window.wait_for_text("You may not capture on this computer yet.");
    // By the program's own path: no shell need find it by its name.
    window.wait_for_text(&format!("sudo setcap cap_net_raw+ep {}", program.display()));
    window.wait_for("to copy", |one| one.is("Button", "Copy this command"));
    window.wait_until_gone("Allow this time…");
}

/// Runs `ip` in this network namespace.
fn ip(arguments: &str) {
    let status = Command::new("ip").args(arguments.split(' ')).status();
    assert!(status.unwrap().success(), "ip {arguments}");
}

#[test]
fn an_interface_that_goes_away_is_told_of_and_nothing_is_lost() {
    let test = "an_interface_that_goes_away_is_told_of_and_nothing_is_lost";
    if !inside(test, Namespaces::Network) {
        return;
    }
    const ATTEMPTS: u64 = 5;
    ip("link set lo up");
    // What is sent to 10.9.0.2 leaves through the first end, and nobody answers.
    ip("link add gone0 type veth peer name gone1");
    ip("addr add 10.9.0.1/24 dev gone0");
    ip("link set gone1 up");
    ip("link set gone0 up");
    ip("neigh replace 10.9.0.2 lladdr 02:00:00:00:00:02 nud permanent dev gone0");
    let place = Place::new();
    let server = server(Fault::Segv, &[]);
    let profile = WindowProfile {
        interface: "gone0",
        ..WindowProfile::new(&place, server.address().port())
    };
    let window = Window::open(&place, &profile.write(&place));
    window.key("ctrl+e");
    window.wait_for_title("^Recording");
    // Each attempt is one packet; another would follow after a second.
    let nobody = SocketAddr::from(([10, 9, 0, 2], server.address().port()));
    for _ in 0..ATTEMPTS {
        TcpStream::connect_timeout(&nobody, Duration::from_millis(50)).unwrap_err();
    }
    ip("link del gone0");
    window.wait_for_text("gone0 is gone");
    window.wait_for_title("^Recording");
    window.key("F9");
    window.wait_for_title("^Frozen: ");
    let file = place.first_file();
    assert_eq!(info(&file).unwrap().survey.packets.0, ATTEMPTS);
    Capture::read(&file).assert_whole(ATTEMPTS);
}

/// Takes all room that is left in a folder.
fn fill(folder: &Path) {
    fs::write(folder.join("filling"), vec![0; 32 << 20]).unwrap_err();
}

#[test]
fn what_a_full_disk_does_not_take_is_saved_elsewhere() {
    let test = "what_a_full_disk_does_not_take_is_saved_elsewhere";
    if !inside(test, Namespaces::Mounts) {
        return;
    }
    let (place, full) = (Place::new(), mount_memory("size=16m"));
    let server = server(Fault::Segv, &[]);
    let profile = WindowProfile {
        folder: full.path().to_owned(),
        fallback: place.path("no/where"),
        ..WindowProfile::new(&place, server.address().port())
    };
    let window = Window::open(&place, &profile.write(&place));
    window.key("ctrl+e");
    window.wait_for_title("^Recording");
    fill(full.path());
    let truth = place.path("truth.json");
    let options = [
        "--poison-after",
        "300ms",
        "--truth",
        truth.to_str().unwrap(),
    ];
    Load::start(&server.address().to_string(), &options).end_with_truth(&truth);
    window.wait_for("the banner", |one| {
        one.says("Not saved: ") && one.says("The incident is safe in memory.")
    });
    // Whoever sees no more than the title sees that it is in memory alone.
    window.wait_for_title("^Not saved");
    window.click_on("Button", "Save elsewhere…");
    window.wait_for_title("^Save the incident elsewhere");
    let elsewhere = place.path("elsewhere");
    window.fill("Folder", elsewhere.to_str().unwrap());
    window.key("Return");
    window.wait_for_title("^Frozen: ");
    window.wait_until_gone("Not saved: ");
    let file = whole_file(&elsewhere).unwrap();
    let told = info(&file).unwrap();
    let sentence = told.sentence.unwrap();
    assert!(sentence.contains("was killed by SIGSEGV"), "{sentence}");
    assert!(told.survey.packets.0 > 0);
    Capture::read(&file).assert_whole(told.survey.packets.0);
}
