//! "Allow always": a recorder that members of a group may run, and that really
//! captures.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crashcap_tests::live::{
    OTHER_USER, PLAIN_USER, Place, Recording, as_user, crashcap, may_be_other_users, run,
};
use rustix::fs::{Uid, chown};
use rustix::process::Signal;

const RECORDER: &str = "usr/local/libexec/crashcap/recorder";

/// A system below the place's root, with one user.
fn system(place: &Place) {
    let etc = place.path("etc");
    fs::create_dir(&etc).unwrap();
    let users = format!("root:x:0:0::/:/bin/sh\nplain:x:{PLAIN_USER}:{PLAIN_USER}::/:/bin/sh\n");
    fs::write(etc.join("passwd"), users).unwrap();
    fs::write(etc.join("group"), "root:x:0:\n").unwrap();
    let owner = Uid::from_raw(PLAIN_USER);
    for folder in [place.incidents(), place.fallback(), place.path("run")] {
        chown(&folder, Some(owner), None).unwrap();
    }
    let readable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(place.path(""), readable).unwrap();
}

fn grant(place: &Place, asker: u32) -> Command {
    let root = place.path("").display().to_string();
    let mut command = place.crashcap(&["grant-rights", "--root", &root]);
    command.env("PKEXEC_UID", asker.to_string());
    command
}

/// Runs the recorder as this user in these groups. From a shell: setpriv itself
/// may still do everything when it starts its program.
fn as_member(place: &Place, user: u32, groups: &str) -> Command {
    let mut command = Command::new("setpriv");
    let user = user.to_string();
    command.args(["--reuid", &user, "--regid", &user]);
    if groups.is_empty() {
        command.arg("--clear-groups");
    } else {
        command.args(["--groups", groups]);
    }
    command
        .args(["--", "sh", "-c", "exec \"$0\" \"$@\""])
        .arg(place.path(RECORDER));
    place.environment(&mut command);
    command
}

#[test]
fn who_was_allowed_captures_and_others_do_not() {
    if !may_be_other_users("who_was_allowed_captures_and_others_do_not") {
        return;
    }
    let place = Place::new();
    system(&place);
    for _ in 0..2 {
        let granted = run(&mut grant(&place, PLAIN_USER));
        assert_eq!(granted.code, Some(0), "{granted:?}");
        assert_eq!(granted.output.lines().count(), 2, "{granted:?}");
    }
    let groups = fs::read_to_string(place.path("etc/group")).unwrap();
    let line = groups.lines().find(|line| line.starts_with("crashcap:"));
    let fields: Vec<&str> = line.unwrap().split(':').collect();
    assert_eq!(fields[3], "plain");

    let mut member = as_member(&place, PLAIN_USER, fields[2]);
    member.args(place.record_arguments(&["--filter", "udp port 9"]));
    let mut recording = Recording::start(&mut member);
    recording.wait_until_recording();
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    for _ in 0..20 {
        socket.send_to(b"x", "127.0.0.1:9").unwrap();
    }
    recording.wait_for_status("20 packets", |status| status.packets.0 >= 20);
    recording.signal(Signal::USR1);
    let ended = recording.end();
    ended.assert_frozen_and_saved();
    assert_eq!(ended.saved()[0].packets, 20);

    let other = run(as_member(&place, OTHER_USER, "").arg("interfaces"));
    // What a shell says of a program that it may not run.
    assert_eq!(other.code, Some(126), "{other:?}");
}

#[test]
fn only_root_grants_and_only_to_users() {
    if !may_be_other_users("only_root_grants_and_only_to_users") {
        return;
    }
    let place = Place::new();
    system(&place);
    run(&mut grant(&place, 12_345)).assert_refused(1, &["there is no user 12345"]);
    let mut nobody = grant(&place, PLAIN_USER);
    nobody.env_remove("PKEXEC_UID").env_remove("SUDO_UID");
    run(&mut nobody).assert_refused(1, &["not known who asked"]);
    crashcap_tests::live::copy_program(&crashcap(), &place.path("crashcap"));
    let mut plain = as_user(PLAIN_USER, "", &place.path("crashcap"));
    plain.arg("grant-rights").env("PKEXEC_UID", "0");
    run(&mut plain).assert_refused(3, &["only an administrator can"]);
    assert!(!place.path(RECORDER).exists());
}
