//! The crash lab itself: the server ends as it was told to, the load reaches its rate and tells
//! the truth, and the demo cleans up after itself.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use crashcap_tests::lab::fault::Fault;
use crashcap_tests::lab::process::LabServer;
use crashcap_tests::lab::truth::{GroundTruth, RunEnd};

const CRASHLAB: &str = env!("CARGO_BIN_EXE_crashlab");
const LIMIT: Duration = Duration::from_secs(20);

fn server(fault: Fault, more: &[&str]) -> LabServer {
    LabServer::start(Path::new(CRASHLAB), fault, more).unwrap()
}

fn crashlab(arguments: &[&str]) -> Output {
    Command::new(CRASHLAB).args(arguments).output().unwrap()
}

/// Runs the load against `address` and reads back what it says it did.
fn load(address: SocketAddr, more: &[&str]) -> GroundTruth {
    let folder = tempfile::tempdir().unwrap();
    let truth = folder.path().join("truth.json");
    let output = Command::new(CRASHLAB)
        .args(["load", "--connect", &address.to_string()])
        .args(more)
        .arg("--truth")
        .arg(&truth)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    GroundTruth::read(&truth).unwrap()
}

const POISONED: &[&str] = &[
    "--connections",
    "8",
    "--rate",
    "500",
    "--duration",
    "2s",
    "--poison-after",
    "100ms..400ms",
];

fn ends_with_its_fault(fault: Fault) {
    let server = server(fault, &[]);
    let truth = load(server.address(), POISONED);
    assert_eq!(server.wait(LIMIT).unwrap(), fault.expected());
    assert_eq!(truth.end, RunEnd::ServerGone);
    let poison = truth.poison.unwrap();
    assert_eq!(poison.remote, server.address());
    assert!((50..=200).contains(&poison.index), "{}", poison.index);
    // All before the poison were answered, but for those under way; not all of 1000 were sent.
    assert!(truth.answered >= poison.index.saturating_sub(8));
    assert!(truth.sent > truth.answered && truth.sent < 1000);
    assert!(truth.server_gone_ns.unwrap() >= poison.at_ns);
    let bytes = poison.bytes().unwrap();
    assert!(bytes.ends_with(&[b"\r\n\r\n".as_slice(), &[b' '; 30]].concat()));
}

#[test]
fn a_bad_access_ends_the_server() {
    ends_with_its_fault(Fault::Segv);
}

#[test]
fn an_abort_ends_the_server() {
    ends_with_its_fault(Fault::Abort);
}

#[test]
fn exit_status_3_ends_the_server() {
    ends_with_its_fault(Fault::Exit3);
}

#[test]
fn a_clean_exit_ends_the_server() {
    ends_with_its_fault(Fault::Exit0);
}

#[test]
fn a_hanging_server_stays_and_answers_nobody() {
    let server = server(Fault::Hang, &[]);
    let mut patient = POISONED.to_vec();
    patient.extend(["--answer-timeout", "500ms"]);
    let truth = load(server.address(), &patient);
    assert_eq!(truth.end, RunEnd::NoAnswer);
    assert_eq!(server.wait(Duration::ZERO).unwrap(), None);
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    stream.write_all(b"GET /health HTTP/1.1\r\n\r\n").unwrap();
    assert!(stream.read(&mut [0; 1]).is_err());
}

#[test]
fn the_load_reaches_3000_a_second_and_all_are_answered() {
    let server = server(Fault::Segv, &[]);
    let truth = load(server.address(), &["--no-poison", "--duration", "2s"]);
    assert_eq!(truth.end, RunEnd::AllSent);
    assert_eq!((truth.sent, truth.answered), (6000, 6000));
    assert!(
        truth.rate_reached >= 0.95 * 3000.0,
        "{}",
        truth.rate_reached
    );
    assert_eq!(truth.poison, None);
    assert_eq!(server.wait(Duration::ZERO).unwrap(), None);
}

#[test]
fn the_seed_decides_about_the_poison() {
    let indexes = ["7", "7", "8"].map(|seed| {
        let server = server(Fault::Exit0, &[]);
        let mut seeded = POISONED.to_vec();
        seeded.extend(["--seed", seed]);
        load(server.address(), &seeded).poison.unwrap().index
    });
    assert_eq!(indexes[0], indexes[1]);
    assert_ne!(indexes[1], indexes[2]);
}

#[test]
fn bad_requests_are_refused_and_the_server_lives() {
    let server = server(Fault::Segv, &[]);
    for (request, status) in [
        ("GET /nowhere HTTP/1.1\r\n\r\n", "404"),
        ("PUT / HTTP/1.1\r\n\r\n", "405"),
        ("nonsense\r\n\r\n", "400"),
        (
            "POST /orders/ HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
            "415",
        ),
        (
            "POST /orders/ HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{",
            "400",
        ),
        (
            "POST /orders/ HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n",
            "400",
        ),
        (
            "POST /orders/ HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
            "413",
        ),
    ] {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer[9..], status.as_bytes(), "{request}");
    }
    assert_eq!(server.wait(Duration::ZERO).unwrap(), None);
}

#[test]
fn a_server_that_is_not_there_is_one_clear_sentence() {
    // The port of tcpmux, which only root could open and nobody does.
    let nobody = "127.0.0.1:1";
    let output = crashlab(&["load", "--connect", nobody]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(&format!("connect to {nobody}")), "{said}");
    assert!(said.contains("is the server running?"), "{said}");
}

#[test]
fn a_poison_after_the_end_of_the_run_is_refused() {
    let server = server(Fault::Segv, &[]);
    let output = crashlab(&[
        "load",
        "--connect",
        &server.address().to_string(),
        "--duration",
        "1s",
    ]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("--poison-after"), "{said}");
}

#[test]
fn a_port_in_use_is_one_clear_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = crashlab(&["server", "--port", &port]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains(&format!("listen on 127.0.0.1:{port}")),
        "{said}"
    );
}

#[test]
fn the_process_id_is_written_before_it_listens() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pid");
    let server = server(Fault::Segv, &["--pid-file", path.to_str().unwrap()]);
    assert_eq!(
        fs::read_to_string(path).unwrap(),
        format!("{}\n", server.pid())
    );
}

#[cfg(target_os = "linux")]
mod linux {
    use super::*;
    use crashcap_tests::lab::system::Ending;
    use rustix::process::{Pid, Signal, kill_process};

    fn proc_file(server: &LabServer, name: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{name}", server.pid())).unwrap()
    }

    fn core_limit(server: &LabServer) -> String {
        let limits = proc_file(server, "limits");
        let line = limits
            .lines()
            .find(|line| line.starts_with("Max core file size"));
        line.unwrap().split_whitespace().nth(4).unwrap().to_owned()
    }

    #[test]
    fn sigterm_ends_the_server_cleanly_even_when_it_hangs() {
        for fault in [Fault::Segv, Fault::Hang] {
            let server = server(fault, &[]);
            if fault == Fault::Hang {
                let mut patient = POISONED.to_vec();
                patient.extend(["--answer-timeout", "300ms"]);
                load(server.address(), &patient);
            }
            let pid = Pid::from_raw(i32::try_from(server.pid()).unwrap()).unwrap();
            kill_process(pid, Signal::TERM).unwrap();
            assert_eq!(server.wait(LIMIT).unwrap(), Some(Ending::Code(0)));
        }
    }

    #[test]
    fn the_process_has_the_name_that_was_asked_for() {
        let server = server(Fault::Segv, &["--name", "router_runner"]);
        assert_eq!(proc_file(&server, "comm"), "router_runner\n");
    }

    #[test]
    fn core_dumps_are_off_unless_asked_for() {
        let own = fs::read_to_string("/proc/self/limits").unwrap();
        let own = own
            .lines()
            .find(|line| line.starts_with("Max core file size"))
            .unwrap();
        let own = own.split_whitespace().nth(4).unwrap();
        let off = core_limit(&server(Fault::Segv, &[]));
        assert!(off == "0" || off == "1", "{off}");
        assert_eq!(core_limit(&server(Fault::Segv, &["--core"])), own);
    }

    #[test]
    fn ballast_is_really_in_memory() {
        let server = server(Fault::Segv, &["--ballast", "50000000"]);
        let resident = proc_file(&server, "statm");
        let pages: usize = resident.split(' ').nth(1).unwrap().parse().unwrap();
        assert!(pages * rustix::param::page_size() > 50_000_000);
    }

    #[test]
    fn a_demo_without_a_working_crashcap_fails_and_leaves_no_server() {
        // This program is not crashcap: it refuses `record`.
        for (program, sentence) in [
            (CRASHLAB, "exited with 2 too early"),
            ("/nowhere/crashcap", "start crashcap"),
        ] {
            let output = crashlab(&["demo", "--port", "0", "--crashcap", program]);
            let said = String::from_utf8(output.stderr).unwrap();
            let story = String::from_utf8(output.stdout).unwrap();
            assert_eq!(output.status.code(), Some(1), "{said}");
            assert!(said.contains(sentence), "{said}");
            let (_, rest) = story.split_once("(pid ").unwrap();
            let (pid, _) = rest.split_once(')').unwrap();
            assert!(!Path::new("/proc").join(pid).exists(), "{story}");
        }
    }
}
