//! Evidence of real processes, as it is found again.

use super::*;
use crate::action::evidence;
use crate::incident::added_comments;
use crate::pcapng::survey;
use std::fs::{self, File};
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use zip::ZipArchive;

fn everything(log: &Path) -> EvidenceParts {
    EvidenceParts {
        sockets: true,
        process: true,
        logs: vec![LogEnd {
            path: log.to_owned(),
            lines: 2,
        }],
        core_dump: false,
    }
}

fn action(parts: EvidenceParts, form: Form) -> Action {
    Action::Evidence(Evidence::new(parts, form).unwrap())
}

fn identity(pid: u32) -> ProcessIdentity {
    let processes = crate::watch::list().unwrap();
    let found = processes.iter().find(|one| one.identity.pid == pid);
    found.unwrap().identity
}

/// The files of a `.zip`.
fn unzipped(path: &Path) -> Vec<(String, String)> {
    let mut zip = ZipArchive::new(File::open(path).unwrap()).unwrap();
    (0..zip.len())
        .map(|index| {
            let mut file = zip.by_index(index).unwrap();
            let mut text = String::new();
            file.read_to_string(&mut text).unwrap();
            (file.name().unwrap().into_owned(), text)
        })
        .collect()
}

fn of<'a>(files: &'a [(String, String)], name: &str) -> &'a str {
    let found = files.iter().find(|(found, _)| found == name);
    &found.unwrap_or_else(|| panic!("no {name} in {files:?}")).1
}

/// A program that sleeps, and is ended with this value.
struct Sleeper(Child);

impl Sleeper {
    fn start(folder: &Path) -> Self {
        let (program, arguments): (_, &[&str]) = if cfg!(windows) {
            ("ping", &["-n", "600", "127.0.0.1"])
        } else {
            ("sleep", &["600"])
        };
        let mut command = Command::new(program);
        command.args(arguments).current_dir(folder);
        Self(command.stdout(Stdio::null()).spawn().unwrap())
    }

    fn end(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_zip_holds_what_was_asked_for_of_a_process_that_lives() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let client = TcpStream::connect(address).unwrap();
    let log = folder.path().join("server.log");
    fs::write(&log, "one\ntwo\nthree\n").unwrap();
    let me = identity(std::process::id());
    let facts = facts_of(me);
    let incident = saved(folder.path(), &facts, Format::Pcapng);
    let before = fs::read(&incident).unwrap();
    let (_sender, stop) = stop();
    let targets = [me];
    let context = Context {
        targets: &targets,
        ..context(&stop)
    };
    let actions = [
        Action::Exit,
        action(everything(&log), Form::Zip),
        Action::Notify,
    ];
    let ran = run_all(&actions, &incident, &facts, &context);
    assert!(ran.results[1].ok, "{ran:?}");
    let zip = &ran.beside[0];
    assert_eq!(*zip, incident.with_extension("zip"));
    let files = unzipped(zip);
    assert_eq!(of(&files, "logs/1-server.log"), "two\nthree\n");
    let process = of(&files, &format!("process-{}.txt", me.pid));
    assert!(process.contains("open files: "), "{process}");
    let sockets = of(&files, "sockets.txt");
    for wanted in [address.port(), client.local_addr().unwrap().port()] {
        assert!(sockets.contains(&format!(":{wanted} ")), "{sockets}");
    }
    let told: serde_json::Value = serde_json::from_str(of(&files, "facts.json")).unwrap();
    assert_eq!(told["fields"]["cause"], "crash");
    assert_eq!(told["facts"]["subject"], "router_runner");
    let done: serde_json::Value = serde_json::from_str(of(&files, "actions.json")).unwrap();
    assert_eq!(done["done"][0]["kind"], "exit");
    assert_eq!(done["to_come"][0], "notify");
    assert_eq!(fs::read(&incident).unwrap()[..before.len()], before);
    // The next one of the same incident takes no other's name.
    let ran = run_all(&actions[1..2], &incident, &facts, &context);
    assert_ne!(ran.beside[0], *zip);
    assert!(ran.beside[0].exists() && zip.exists());
    let hidden = fs::read_dir(folder.path()).unwrap().flatten();
    assert_eq!(
        hidden
            .filter(|entry| entry.file_name().as_encoded_bytes().starts_with(b"."))
            .count(),
        0
    );
}

#[cfg(unix)]
#[test]
fn a_zip_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    fs::write(&log, "x").unwrap();
    let facts = facts();
    let incident = saved(folder.path(), &facts, Format::Pcapng);
    let parts = EvidenceParts {
        sockets: false,
        process: false,
        ..everything(&log)
    };
    let ran = run_plainly(&[action(parts, Form::Zip)], &incident, &facts);
    let mode = fs::metadata(&ran.beside[0]).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn of_a_process_that_is_gone_what_was_seen_last_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut sleeper = Sleeper::start(folder.path());
    let pid = sleeper.0.id();
    let targets = [identity(pid)];
    let at = Timestamp(DEATH.0 - 1_000_000_000);
    let seen = LastSeen::take(&targets, true, at, None);
    assert_eq!(seen.processes[0].identity, targets[0]);
    sleeper.end();
    // Looking again keeps what is known of those that are gone.
    let seen = LastSeen::take(&targets, true, DEATH, Some(&seen));
    let process = seen.process(targets[0]).unwrap();
    if cfg!(target_os = "linux") {
        assert_eq!(
            process.folder.as_deref(),
            folder.path().canonicalize().ok().as_deref()
        );
    }
    let facts = facts_of(targets[0]);
    let incident = saved(folder.path(), &facts, Format::Pcapng);
    let parts = EvidenceParts {
        sockets: true,
        process: true,
        ..EvidenceParts::default()
    };
    let (_sender, stop) = stop();
    for last_seen in [Some(&seen), None] {
        let context = Context {
            targets: &targets,
            last_seen,
            ..context(&stop)
        };
        let actions = [action(parts.clone(), Form::Zip)];
        let ran = run_all(&actions, &incident, &facts, &context);
        let files = unzipped(&ran.beside[0]);
        let process = of(&files, &format!("process-{pid}.txt"));
        assert!(
            process.starts_with(&format!("pid {pid} was gone")),
            "{process}"
        );
        assert_eq!(ran.results[0].ok, last_seen.is_some(), "{ran:?}");
        if last_seen.is_some() {
            assert!(process.contains("at 2026-11-23T05:12:32.123Z"), "{process}");
            assert!(process.contains("command line: "), "{process}");
        } else {
            assert!(process.contains("nothing was kept of it"), "{process}");
        }
        assert!(of(&files, "sockets.txt").contains("Sockets of this host"));
    }
}

#[test]
fn comments_are_found_again_and_a_missing_log_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("server.log");
    fs::write(&log, format!("first\n{}\nlast\0line", "x".repeat(200_000))).unwrap();
    let me = identity(std::process::id());
    let facts = facts_of(me);
    let incident = saved(folder.path(), &facts, Format::Pcapng);
    let before = fs::read(&incident).unwrap();
    let mut parts = everything(&log);
    parts.logs.push(LogEnd {
        path: folder.path().join("missing.log"),
        lines: 1,
    });
    let (_sender, stop) = stop();
    let targets = [me];
    let context = Context {
        targets: &targets,
        ..context(&stop)
    };
    let actions = [action(parts, Form::Comments)];
    let ran = run_all(&actions, &incident, &facts, &context);
    assert!(!ran.results[0].ok && ran.beside.is_empty());
    assert!(
        ran.results[0].told.contains("missing.log cannot be read"),
        "{ran:?}"
    );
    let comments = added_comments(&incident).unwrap();
    let evidence: Vec<_> = comments
        .iter()
        .filter_map(|text| evidence_of(text))
        .collect();
    let names: Vec<_> = evidence.iter().map(|found| found.name.as_str()).collect();
    let process = format!("process-{}.txt", me.pid);
    assert_eq!(names, ["sockets.txt", &process, "logs/1-server.log"]);
    assert!(evidence[2].text.ends_with("xx\nlast\u{fffd}line"));
    assert!(!evidence[2].text.contains("first"));
    let after = fs::read(&incident).unwrap();
    assert_eq!(after[..before.len()], before);
    assert_eq!((after.len() - before.len()) as u64, ran.bytes.0);
    assert!(survey(&incident).unwrap().broken.is_none());
    assert_eq!(recorded(&incident).unwrap(), ran.results);
    wireshark_takes_it(&incident);
}

/// Neither tshark nor capinfos complains, and capinfos shows what was added.
fn wireshark_takes_it(incident: &Path) {
    for (program, argument) in [("tshark", "-r"), ("capinfos", "-M")] {
        let output = Command::new(program).arg(argument).arg(incident).output();
        let output = match output {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                eprintln!("skipped: {program} is not installed");
                continue;
            }
            other => other.unwrap(),
        };
        assert!(output.status.success(), "{output:?}");
        let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
        let complaints: Vec<_> = complaints
            .lines()
            .filter(|line| !line.starts_with("Running as user"))
            .collect();
        assert!(complaints.is_empty(), "{complaints:?}");
        if program == "capinfos" {
            let text = String::from_utf8_lossy(&output.stdout);
            for part in [
                "Capture comment:     router_runner",
                "crashcap-evidence: sockets.txt",
                "What was done after saving:",
            ] {
                assert!(text.contains(part), "no {part} in {text}");
            }
        }
    }
}

#[test]
fn without_a_crash_there_is_no_core_dump() {
    let (_sender, stop) = stop();
    let mut facts = facts();
    let FrozenBy::Firing(firing) = &mut facts.frozen_by else {
        unreachable!("it is a firing");
    };
    firing.status = Some(ExitStatus::Code { code: 3 });
    let parts = EvidenceParts {
        core_dump: true,
        ..EvidenceParts::default()
    };
    let evidence = Evidence::new(parts, Form::Zip).unwrap();
    let collected = evidence::collect(&evidence, &facts, &context(&stop));
    assert_eq!(collected.pieces.len(), 1);
    let why = "router_runner exited with status 3 by itself, so there is no core dump";
    assert_eq!(collected.missing, [why]);
}

/// Where the kernel writes core dumps into the process's folder, a real one is found.
#[cfg(target_os = "linux")]
#[test]
fn a_real_core_dump_is_found() {
    let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap();
    if pattern.starts_with(['|', '/']) {
        eprintln!("skipped: core dumps go to {}", pattern.trim_end());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -c unlimited; read line; kill -SEGV $$"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let targets = [identity(child.id())];
    let begun = now().wall;
    let seen = LastSeen::take(&targets, false, begun, None);
    drop(child.stdin.take());
    let status = child.wait().unwrap();
    if !std::os::unix::process::ExitStatusExt::core_dumped(&status) {
        eprintln!("skipped: no core dump is written here ({status})");
        return;
    }
    let facts = Facts {
        // Of the file system's clock, which is coarser.
        recording_since: Timestamp(begun.0 - 1_000_000_000),
        ..facts_of(targets[0])
    };
    let parts = EvidenceParts {
        core_dump: true,
        ..EvidenceParts::default()
    };
    let evidence = Evidence::new(parts, Form::Zip).unwrap();
    let (_sender, stop) = stop();
    let context = Context {
        targets: &targets,
        last_seen: Some(&seen),
        ..context(&stop)
    };
    let collected = evidence::collect(&evidence, &facts, &context);
    assert_eq!(collected.missing, [""; 0]);
    let dumps: Vec<_> = fs::read_dir(folder.path()).unwrap().flatten().collect();
    assert_eq!(dumps.len(), 1);
    let expected = format!("The core dump: {} (", dumps[0].path().display());
    let text = String::from_utf8_lossy(collected.pieces[0].bytes());
    assert!(text.starts_with(&expected), "{text}");
}
