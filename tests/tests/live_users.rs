//! The recorder as a user without rights, and on another user's process:
//! needs root over all users, to become them.
#![cfg(target_os = "linux")]

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::PathBuf;

use crashcap_core::watch::ExitStatus;
use crashcap_tests::lab::fault::Fault;
use crashcap_tests::lab::process::LabServer;
use crashcap_tests::live::{
    OTHER_USER, PLAIN_USER, Place, Recording, Said, as_user, copy_program, crash, crashcap,
    crashlab, may_be_other_users, run,
};
use rustix::process::Signal;

/// Exit codes, as `crashcap record --help` lists them.
const NO_RIGHTS: i32 = 3;
const NOT_SAVED: i32 = 5;

/// A place that belongs to a plain user, with copies of the programs that
/// every user may run.
struct PlainPlace {
    place: Place,
}

impl PlainPlace {
    /// `None` where this is not root over all users.
    fn new(test: &str) -> Option<Self> {
        if !may_be_other_users(test) {
            return None;
        }
        let place = Place::new();
        let owner = Some(PLAIN_USER);
        for folder in [
            place.incidents(),
            place.fallback(),
            place.path("run"),
            place.path(""),
        ] {
            fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
            chown(folder, owner, owner).unwrap();
        }
        for program in [crashcap(), crashlab()] {
            let name = program.file_name().unwrap().to_str().unwrap();
            copy_program(&program, &place.path(name));
        }
        fs::set_permissions(place.path("run"), Permissions::from_mode(0o700)).unwrap();
        Some(Self { place })
    }

    fn program(&self, original: PathBuf) -> PathBuf {
        self.place
            .path(original.file_name().unwrap().to_str().unwrap())
    }

    fn record(&self, capabilities: &str, more: &[&str]) -> std::process::Command {
        let mut command = as_user(PLAIN_USER, capabilities, &self.program(crashcap()));
        command.args(self.place.record_arguments(more));
        self.place.environment(&mut command);
        command
    }

    fn refused(&self, capabilities: &str, more: &[&str]) -> Said {
        run(&mut self.record(capabilities, more))
    }

    fn strangers_server(&self, fault: Fault) -> LabServer {
        let command = as_user(OTHER_USER, "", &self.program(crashlab()));
        LabServer::start_by(command, fault, &["--threads", "8"]).unwrap()
    }
}

#[test]
fn without_rights_it_says_how_to_get_them() {
    let Some(place) = PlainPlace::new("without_rights_it_says_how_to_get_them") else {
        return;
    };
    let parts = [
        "open interface lo: ",
        "run Crashcap as root",
        "sudo setcap cap_net_raw+ep",
    ];
    place.refused("", &[]).assert_refused(NO_RIGHTS, &parts);
}

#[test]
fn one_capability_is_enough() {
    let Some(place) = PlainPlace::new("one_capability_is_enough") else {
        return;
    };
    let mut recording = Recording::start(&mut place.record("+net_raw", &[]));
    recording.wait_until_recording();
    recording.signal(Signal::USR1);
    let ended = recording.end();
    ended.assert_frozen_and_saved();
    ended.saved()[0].check();
}

#[test]
fn a_folder_of_somebody_else_is_refused() {
    let Some(place) = PlainPlace::new("a_folder_of_somebody_else_is_refused") else {
        return;
    };
    for mode in [0o555, 0o700] {
        let folder = place.place.path(&format!("roots-{mode:o}"));
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(mode)).unwrap();
        let path = folder.to_str().unwrap();
        let said = place.refused("+net_raw", &["--folder", path]);
        let parts = [
            "no permission to write into ",
            path,
            "choose a folder that you own",
        ];
        said.assert_refused(NOT_SAVED, &parts);
    }
}

#[test]
fn a_strangers_end_fires_and_is_never_told_wrongly() {
    let Some(place) = PlainPlace::new("a_strangers_end_fires_and_is_never_told_wrongly") else {
        return;
    };
    let ways = [
        (Fault::Segv, "was killed by SIGSEGV"),
        (Fault::Abort, "was killed by SIGABRT"),
        (Fault::Exit3, "exited with status 3"),
        (Fault::Exit0, "exited with status 0"),
    ];
    for (fault, right) in ways {
        let server = place.strangers_server(fault);
        let pid = server.pid();
        let target = pid.to_string();
        let command = &mut place.record("+net_raw", &["--target-pid", &target]);
        let mut recording = Recording::start(command);
        recording.wait_until_recording();
        crash(&server);
        let ended = recording.end();
        ended.assert_frozen_and_saved();
        let saved = ended.saved().remove(0);
        let told_right = saved.incident.contains(right);
        let unknown = saved.incident.contains("another user");
        println!("{fault}: {}", saved.incident);
        assert!(told_right || unknown, "{fault}: {saved:?}");
        assert!(
            saved.incident.contains(&format!("(pid {pid})")),
            "{saved:?}"
        );
        saved.check();
    }
}

#[test]
fn a_strangers_crash_fires_the_crash_trigger() {
    let Some(place) = PlainPlace::new("a_strangers_crash_fires_the_crash_trigger") else {
        return;
    };
    for fault in [Fault::Segv, Fault::Exit3] {
        let server = place.strangers_server(fault);
        let target = server.pid().to_string();
        let options = ["--target-pid", &target, "--trigger", "crash"];
        let mut recording = Recording::start(&mut place.record("+net_raw", &options));
        recording.wait_until_recording();
        crash(&server);
        let status = recording.wait_for_end_of(server.pid());
        assert_ne!(status, ExitStatus::Code { code: 0 }, "{fault}");
        let saved = recording.wait_until_saved();
        recording.end().assert_frozen_and_saved();
        saved.check();
    }
}
