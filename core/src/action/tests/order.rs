//! All actions in their order, and what is recorded of them.

use super::*;
use crate::incident::added_comments;
#[cfg(unix)]
use crate::limits::OUTPUT_BYTES_MAX;
use crate::pcapng::survey;
use std::fs;
use std::net::TcpListener;
use std::sync::Mutex;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(20);

/// A line of the system's shell.
fn shell(line: &str, timeout: Duration) -> Action {
    let program = if cfg!(windows) { "cmd" } else { "sh" };
    let first = if cfg!(windows) { "/C" } else { "-c" };
    let arguments = vec![first.into(), line.into()];
    Action::Program(Program::new(program.into(), arguments, timeout).unwrap())
}

/// What is shown, and whether it can be.
struct Desktop {
    shown: Mutex<Vec<(String, String)>>,
    works: bool,
}

impl Notifier for Desktop {
    fn notify(&self, title: &str, text: &str) -> Result<String, String> {
        let mut shown = self.shown.lock().unwrap();
        shown.push((title.to_owned(), text.to_owned()));
        if self.works {
            Ok("shown".to_owned())
        } else {
            Err("no bus".to_owned())
        }
    }
}

#[test]
fn a_failure_keeps_nothing_from_running_and_all_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let facts = facts();
    let incident = saved(folder.path(), &facts, Format::Pcapng);
    let before = fs::read(&incident).unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/secret", nobody.local_addr().unwrap());
    drop(nobody);
    let missing = Program::new("/nowhere/at-all".into(), vec![], LONG).unwrap();
    let actions = [
        Action::Program(missing),
        shell("exit 3", LONG),
        Action::Notify,
        Action::Webhook(Webhook::new(&url, &[], LONG, 1).unwrap()),
        Action::Exit,
        shell("echo still here", LONG),
    ];
    let ran = run_plainly(&actions, &incident, &facts);
    assert!(ran.exit && ran.beside.is_empty());
    let ok: Vec<_> = ran.results.iter().map(|result| result.ok).collect();
    assert_eq!(ok, [false, false, false, false, true, true]);
    for (result, said) in ran.results.iter().zip([
        "there is no such file",
        "it exited with status 3",
        "notifications come from the window only",
        "refused the connection: look whether it runs and at its port (2 tries)",
        "the recording ends",
        "it exited with status 0",
    ]) {
        assert!(result.told.contains(said), "{result:?}");
    }
    assert_eq!(ran.results[5].output.trim_end(), "still here");
    assert!(ran.results.is_sorted_by_key(|result| result.at));

    assert_eq!(recorded(&incident).unwrap(), ran.results);
    let after = fs::read(&incident).unwrap();
    assert_eq!(after[..before.len()], before);
    assert_eq!((after.len() - before.len()) as u64, ran.bytes.0);
    assert!(!after.windows(6).any(|part| part == b"secret"));
    let words = &added_comments(&incident).unwrap()[0];
    assert!(words.contains("\n2. run "), "{words}");
    assert!(
        words.contains("FAILED: it exited with status 3, in "),
        "{words}"
    );
    assert!(survey(&incident).unwrap().broken.is_none());
}

#[test]
fn a_program_has_the_facts_in_its_environment() {
    let folder = tempfile::tempdir().unwrap();
    let facts = facts();
    let incident = saved(folder.path(), &facts, Format::Pcapng);
    let print = if cfg!(windows) {
        "set CRASHCAP_"
    } else {
        "env"
    };
    let ran = run_plainly(&[shell(print, LONG)], &incident, &facts);
    let output = &ran.results[0].output;
    for (name, value) in Fields::new(&incident, &facts).environment() {
        let line = format!("{}={}", name.to_str().unwrap(), value.to_str().unwrap());
        assert!(
            output.lines().any(|found| found == line),
            "no {line} in {output}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_program_that_hangs_or_floods_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let facts = facts();
    let incident = saved(folder.path(), &facts, Format::Pcapng);
    let actions = [
        shell(
            "echo begun; sleep 600 & sleep 600",
            Duration::from_millis(300),
        ),
        shell("yes 'a flood' | head -c 50000000; exit 1", LONG),
        shell("kill -TERM $$", LONG),
    ];
    let started = now().monotonic;
    let ran = run_plainly(&actions, &incident, &facts);
    assert!(now().monotonic.since(started) < LONG * 2);
    let [hangs, floods, killed] = &ran.results[..] else {
        panic!("{ran:?}");
    };
    assert!(
        hangs.told.contains("had not ended after 300 ms"),
        "{hangs:?}"
    );
    assert!(hangs.took_ns >= 300_000_000);
    assert_eq!(hangs.output, "begun\n");
    assert!(floods.output_cut && floods.output.len() < OUTPUT_BYTES_MAX + 100);
    assert!(killed.told.contains("was killed by SIGTERM"), "{killed:?}");
    // Together they are more than one comment holds: cut further, none left out.
    let read = recorded(&incident).unwrap();
    assert_eq!(read.len(), 3);
    assert_eq!(read[2], *killed);
}

#[test]
fn a_notification_is_shown_by_who_can() {
    let folder = tempfile::tempdir().unwrap();
    let facts = facts();
    let incident = saved(folder.path(), &facts, Format::Pcapng);
    let (_sender, stop) = stop();
    for works in [true, false] {
        let desktop = Desktop {
            shown: Mutex::default(),
            works,
        };
        let context = Context {
            notifier: Some(&desktop),
            ..context(&stop)
        };
        let ran = run_all(&[Action::Notify], &incident, &facts, &context);
        assert_eq!(ran.results[0].ok, works);
        let shown = desktop.shown.lock().unwrap();
        let title = "router_runner (pid 4121) was killed by SIGSEGV and dumped core";
        assert_eq!(shown[0].0, title);
        assert!(shown[0].1.starts_with(title));
    }
    // Two rounds, one after the other, are both there.
    assert_eq!(recorded(&incident).unwrap().len(), 2);
}

#[test]
fn classic_pcap_holds_no_results_and_that_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let facts = facts();
    let incident = saved(folder.path(), &facts, Format::Pcap);
    let before = fs::read(&incident).unwrap();
    let ran = run_plainly(&[Action::Exit], &incident, &facts);
    assert!(ran.exit && ran.results[0].ok);
    assert!(ran.results[0].told.contains("is not pcapng"), "{ran:?}");
    assert_eq!(fs::read(&incident).unwrap(), before);
    assert!(recorded(&incident).unwrap().is_empty());
}

#[test]
fn no_actions_leave_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    let facts = facts();
    let incident = saved(folder.path(), &facts, Format::Pcapng);
    let before = fs::read(&incident).unwrap();
    assert_eq!(run_plainly(&[], &incident, &facts), Ran::default());
    assert_eq!(fs::read(&incident).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn ending_the_recording_ends_a_program_and_the_next_still_runs() {
    let folder = tempfile::tempdir().unwrap();
    let facts = facts();
    let incident = saved(folder.path(), &facts, Format::Pcapng);
    let begun = folder.path().join("begun");
    let line = format!("echo > {}; sleep 600", begun.display());
    let actions = [shell(&line, LONG * 30), Action::Exit];
    let (sender, stop) = stop();
    let ender = std::thread::spawn(move || {
        let (_never, nothing) = bounded::<()>(0);
        while !begun.exists() {
            let _ = nothing.recv_timeout(Duration::from_millis(5));
        }
        drop(sender);
    });
    let ran = run_all(&actions, &incident, &facts, &context(&stop));
    ender.join().unwrap();
    assert_eq!(ran.results[0].told, "it was ended, since the recording was");
    assert!(!ran.results[0].ok && ran.exit);
}
