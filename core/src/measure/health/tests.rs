//! Health checks of real servers on loopback.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use crossbeam_channel::bounded;

use super::*;
use crate::measure::Word;

const LONG: Duration = Duration::from_secs(20);

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
    let said = get(address, None).ask().unwrap();
    assert!(said.contains("/health: it answered 200 after"), "{said}");
    assert!(!said.contains("hidden"), "{said}");
    let said = get(address, None).ask().unwrap_err();
    assert!(said.contains("it answered 500"), "{said}");
    get(address, Some(500)).ask().unwrap();
    let said = get(address, None).ask().unwrap_err();
    assert!(said.contains("broke off"), "{said}");
    get(address, None).ask().unwrap_err();
    // It has gone.
    let said = get(address, None).ask().unwrap_err();
    assert!(said.contains("nobody listens there"), "{said}");
}

#[test]
fn a_server_that_hangs_is_told_after_the_time_it_had() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut check = get(listener.local_addr().unwrap(), None);
    check.timeout = Duration::from_millis(100);
    // The kernel takes the connection; nobody answers.
    let said = check.ask().unwrap_err();
    assert!(said.contains("no whole answer after"), "{said}");
    check.question = Question::connect(&listener.local_addr().unwrap().to_string()).unwrap();
    assert!(check.ask().unwrap().contains("it was accepted"));
}

#[test]
fn failures_in_a_row_are_counted_until_it_serves_again() {
    let address = server(vec![FINE, BROKEN, BROKEN, FINE, BROKEN]);
    let (words, heard) = bounded(64);
    let listener = get(address, None).listen(3, words).unwrap();
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
