//! Health checks of real servers on loopback.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use crossbeam_channel::bounded;

use super::*;
use crate::measure::Word;

const LONG: Duration = Duration::from_secs(20);

/// What it says that is well.
fn well(check: &HealthCheck) -> String {
    let answered = check.ask().unwrap();
    assert!(answered.well, "{answered:?}");
    answered.sentence
}

/// What it says that is not.
fn ill(check: &HealthCheck) -> String {
    let answered = check.ask().unwrap();
    assert!(!answered.well, "{answered:?}");
    answered.sentence
}

/// Answers each connection with the next of these, and then nobody any more.
fn server(answers: Vec<&'static [u8]>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(answer);
        }
    });
    address
}

fn get(address: SocketAddr, status: Option<u16>) -> HealthCheck {
    HealthCheck {
        question: Question::get(&format!("http://{address}/health?key=hidden"), status).unwrap(),
        every: Duration::from_millis(10),
        timeout: LONG,
    }
}

const FINE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
const BROKEN: &[u8] =
    b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
const CUT: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\nConnection: close\r\n\r\nok";

#[test]
fn what_a_server_answers_is_told_in_words_without_secrets() {
    let address = server(vec![FINE, BROKEN, BROKEN, CUT, b"nonsense"]);
    let said = well(&get(address, None));
    assert!(said.contains("/health: it answered 200 after"), "{said}");
    assert!(!said.contains("hidden"), "{said}");
    let said = ill(&get(address, None));
    assert!(said.contains("it answered 500"), "{said}");
    well(&get(address, Some(500)));
    let said = ill(&get(address, None));
    assert!(said.contains("broke off"), "{said}");
    ill(&get(address, None));
    // It has gone.
    let said = ill(&get(address, None));
    assert!(said.contains("nobody listens there"), "{said}");
}

#[test]
fn a_server_that_hangs_is_told_after_the_time_it_had() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut check = get(listener.local_addr().unwrap(), None);
    check.timeout = Duration::from_millis(100);
    // The kernel takes the connection; nobody answers.
    let said = ill(&check);
    assert!(said.contains("no whole answer after"), "{said}");
    check.question = Question::connect(&listener.local_addr().unwrap().to_string()).unwrap();
    assert!(well(&check).contains("it was accepted"));
}

#[test]
fn failures_in_a_row_are_counted_until_it_serves_again() {
    let address = server(vec![FINE, BROKEN, BROKEN, FINE, BROKEN]);
    let (words, heard) = bounded(64);
    let listener = get(address, None)
        .listen(3, words, Facts::default())
        .unwrap();
    let mut counted = Vec::new();
    while counted.len() < 6 {
        let told = heard.recv_timeout(LONG).unwrap();
        assert_eq!(told.by, 3);
        let Word::Measured { reading, .. } = told.word else {
            panic!("{told:?}");
        };
        counted.push(reading.value);
    }
    drop(listener);
    assert_eq!(counted, [0.0, 1.0, 2.0, 0.0, 1.0, 2.0]);
}

/// A server that takes connections and never answers.
fn hangs() -> (TcpListener, HealthCheck) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut check = get(listener.local_addr().unwrap(), None);
    check.timeout = crate::limits::HEALTH_TIMEOUT_MAX;
    (listener, check)
}

#[test]
fn a_check_of_a_server_that_hangs_is_stopped_at_once() {
    let (server, check) = hangs();
    let (words, heard) = bounded(64);
    let listener = check.listen(3, words, Facts::default()).unwrap();
    // It is being asked.
    let (_asks, _) = server.accept().unwrap();
    let begun = now().monotonic;
    drop(listener);
    let took = now().monotonic.since(begun);
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert!(heard.recv().is_err(), "nothing is told of it");
}

#[test]
fn all_addresses_of_a_name_have_one_deadline() {
    let open = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = open.local_addr().unwrap().port();
    let timeout = Duration::from_millis(400);
    let connect = |name: &str| HealthCheck {
        question: Question::connect(&format!("{name}:{port}")).unwrap(),
        every: LONG,
        timeout,
    };
    // Where ::1 comes first nobody listens there.
    assert!(well(&connect("localhost")).contains("it was accepted"));
    let begun = now().monotonic;
    let said = ill(&connect("no-such-host.invalid"));
    assert!(said.contains("the host"), "{said}");
    assert!(now().monotonic.since(begun) < timeout * 4);
}

#[cfg(unix)]
#[test]
fn a_program_is_asked_for_its_health_and_may_hang() {
    let folder = tempfile::tempdir().unwrap();
    let (ill_mark, hang_mark) = (folder.path().join("ill"), folder.path().join("hangs"));
    let script = format!(
        "[ -e {} ] && exec sleep 600; [ -e {} ] && echo full && exit 3; test -n \"$CRASHCAP_X\"",
        hang_mark.display(),
        ill_mark.display()
    );
    let check = HealthCheck {
        question: Question::Command(Program::new("sh", ["-c", &script])),
        every: Duration::from_millis(20),
        timeout: Duration::from_millis(300),
    };
    let facts = Facts::default();
    facts.set("CRASHCAP_X", "1");
    let (words, heard) = bounded(1024);
    let listener = check.listen(3, words, facts).unwrap();
    let until = |value: f64, part: &str| {
        loop {
            match heard.recv_timeout(LONG).unwrap().word {
                Word::Measured { reading, .. } if reading.value >= value => {
                    let note = reading.note.unwrap();
                    assert!(note.contains(part), "{note}");
                    return reading.value;
                }
                Word::Measured { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    };
    until(0.0, "sh exited with status 0");
    std::fs::write(&ill_mark, "").unwrap();
    until(3.0, "sh exited with status 3");
    std::fs::write(&hang_mark, "").unwrap();
    loop {
        let Word::Measured { reading, .. } = heard.recv_timeout(LONG).unwrap().word else {
            panic!("no number");
        };
        let note = reading.note.unwrap();
        if note.contains("sh still ran after 300 ms") {
            // Failures of both sorts are in one row.
            assert!(reading.value >= 4.0, "{note}");
            break;
        }
    }
    let begun = now().monotonic;
    drop(listener);
    assert!(now().monotonic.since(begun) < LONG / 4);
}

#[test]
fn a_program_that_cannot_be_run_is_told_and_is_no_failure() {
    let check = HealthCheck {
        question: Question::Command(Program::new("/no/such/program", [""])),
        every: Duration::from_millis(20),
        timeout: LONG,
    };
    let told = check.ask().unwrap_err().to_string();
    let (words, heard) = bounded(64);
    let _listener = check.listen(3, words, Facts::default()).unwrap();
    let word = heard.recv_timeout(LONG).unwrap().word;
    assert!(matches!(word, Word::Trouble { sentence, .. } if sentence == told));
}

#[test]
fn what_cannot_be_asked_says_what_to_write() {
    for url in [
        "example.org/x",
        "ftp://example.org/",
        "http:///x",
        "http://a b",
    ] {
        let error = Question::get(url, None).unwrap_err().to_string();
        assert!(error.contains("http://127.0.0.1:9973/health"), "{error}");
    }
    for address in ["", "127.0.0.1", "127.0.0.1:0", ":80", "host:many"] {
        assert!(Question::connect(address).is_err(), "{address}");
    }
    assert!(Question::connect("[::1]:80").is_ok());
}
