//! Against real servers on loopback, good and bad.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use super::*;
use crate::clock::now;

const LONG: Duration = Duration::from_secs(20);

/// What a server does with one connection.
type Answer = fn(&mut TcpStream);

/// A server that takes as many connections as it has answers, and gives the
/// requests that it read.
struct Server {
    port: u16,
    thread: JoinHandle<Vec<String>>,
}

impl Server {
    fn start(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let thread = std::thread::spawn(move || {
            let mut requests = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                stream.set_read_timeout(Some(LONG)).unwrap();
                requests.push(request(&stream));
                answer(&mut stream);
            }
            requests
        });
        Self { port, thread }
    }

    fn webhook(&self, timeout: Duration, retries: u32) -> Webhook {
        let url = format!("http://127.0.0.1:{}/secret/path?token=1", self.port);
        let headers = [("X-Key".to_owned(), "a secret".to_owned())];
        Webhook::new(&url, &headers, timeout, retries).unwrap()
    }

    fn requests(self) -> Vec<String> {
        self.thread.join().unwrap()
    }
}

/// Head and body of one request.
fn request(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut text = String::new();
    while !text.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut text).unwrap() > 0, "{text}");
    }
    let lower = text.to_ascii_lowercase();
    let (_, rest) = lower.split_once("content-length: ").unwrap();
    let length: usize = rest.lines().next().unwrap().parse().unwrap();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    text + &String::from_utf8(body).unwrap()
}

fn ok(stream: &mut TcpStream) {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnice";
    stream.write_all(answer).unwrap();
}

fn status(stream: &mut TcpStream, line: &str) {
    write!(stream, "HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n").unwrap();
}

/// Waits until the other side has gone.
fn silent(stream: &mut TcpStream) {
    let _ = stream.read(&mut [0; 1]);
}

/// Waits that are noted and take no time.
#[derive(Default)]
struct Noted {
    spans: RefCell<Vec<Duration>>,
    most: Option<usize>,
}

impl Pause for Noted {
    fn pause(&self, span: Duration) -> bool {
        let mut spans = self.spans.borrow_mut();
        spans.push(span);
        self.most.is_none_or(|most| spans.len() < most)
    }
}

fn post_to(webhook: &Webhook, pause: &dyn Pause) -> Told {
    let deadline = now().monotonic.after(LONG);
    post(webhook, "{\"cause\":\"crash\"}", deadline, &now, pause)
}

#[test]
fn the_facts_arrive_with_the_headers_and_the_answer_is_kept() {
    let server = Server::start(vec![ok]);
    let told = post_to(&server.webhook(LONG, 0), &Noted::default());
    let expected = Told {
        ok: true,
        sentence: "it answered 200 OK".into(),
        answer: "nice".into(),
        answer_cut: false,
    };
    assert_eq!(told, expected);
    let requests = server.requests();
    let lower = requests[0].to_ascii_lowercase();
    for part in [
        "post /secret/path?token=1 http/1.1\r\n",
        "\r\nx-key: a secret\r\n",
        "\r\ncontent-type: application/json\r\n",
        "\r\nuser-agent: crashcap/",
        "\r\n\r\n{\"cause\":\"crash\"}",
    ] {
        assert!(lower.contains(part), "no {part:?} in {lower}");
    }
}

#[test]
fn a_server_in_trouble_is_asked_again_after_longer_and_longer_waits() {
    let trouble: Answer = |stream| status(stream, "503 Service Unavailable");
    let busy: Answer = |stream| status(stream, "429 Too Many Requests");
    let closes: Answer = |stream| stream.shutdown(Shutdown::Both).unwrap();
    let server = Server::start(vec![trouble, busy, closes, ok]);
    let pause = Noted::default();
    let told = post_to(&server.webhook(LONG, 5), &pause);
    assert!(told.ok, "{told:?}");
    assert_eq!(told.sentence, "it answered 200 OK (4 tries)");
    assert_eq!(*pause.spans.borrow(), [1, 2, 4].map(Duration::from_secs));
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn tries_are_bounded_and_can_be_called_off() {
    let trouble: Answer = |stream| status(stream, "500 Internal Server Error");
    let server = Server::start(vec![trouble; 3]);
    let told = post_to(&server.webhook(LONG, 2), &Noted::default());
    let expected = "it answered 500 Internal Server Error (3 tries)";
    assert_eq!((told.ok, told.sentence.as_str()), (false, expected));
    assert_eq!(server.requests().len(), 3);

    let server = Server::start(vec![trouble]);
    let pause = Noted {
        most: Some(1),
        ..Noted::default()
    };
    let told = post_to(&server.webhook(LONG, 5), &pause);
    assert!(told.sentence.ends_with("were called off"), "{told:?}");
    server.requests();
}

#[test]
fn what_will_not_get_better_is_not_tried_again() {
    let answers: [(Answer, &str); 3] = [
        (
            |s| status(s, "404 Not Found"),
            "404 Not Found; look at the webhook's URL",
        ),
        (
            |s| status(s, "403 Forbidden"),
            "403 Forbidden; look at the webhook's headers",
        ),
        (
            |s| status(s, "307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/"),
            "307 Temporary Redirect; redirects are not followed",
        ),
    ];
    for (answer, said) in answers {
        let server = Server::start(vec![answer]);
        let pause = Noted::default();
        let told = post_to(&server.webhook(LONG, 5), &pause);
        assert!(!told.ok && told.sentence.contains(said), "{told:?}");
        assert!(pause.spans.borrow().is_empty());
        server.requests();
    }
}

#[test]
fn a_server_that_never_answers_is_given_up_in_time() {
    let server = Server::start(vec![silent, silent]);
    let started = now().monotonic;
    let webhook = server.webhook(Duration::from_millis(200), 1);
    let told = post_to(&webhook, &Noted::default());
    let took = now().monotonic.since(started);
    assert!(
        told.sentence
            .contains("no whole answer within 200 ms (2 tries)"),
        "{told:?}"
    );
    assert!(took >= Duration::from_millis(400), "{took:?}");
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert!(!told.sentence.contains("secret"), "{told:?}");
    server.requests();
}

#[test]
fn a_head_that_drips_is_given_up_in_time() {
    let drips: Answer = |stream| {
        let (_never, nothing) = crossbeam_channel::bounded::<()>(0);
        for _ in 0..500 {
            if stream.write_all(b"HTTP/1.1 200 OK\r\nX: y\r\n").is_err() {
                return;
            }
            let _ = nothing.recv_timeout(Duration::from_millis(20));
        }
    };
    // Only the first of these lines is one of a head; the rest is as bad.
    let server = Server::start(vec![drips]);
    let started = now().monotonic;
    let told = post_to(
        &server.webhook(Duration::from_millis(300), 0),
        &Noted::default(),
    );
    assert!(!told.ok, "{told:?}");
    assert!(now().monotonic.since(started) < Duration::from_secs(8));
    server.requests();
}

#[test]
fn an_endless_answer_is_cut() {
    let endless: Answer = |stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
    };
    let server = Server::start(vec![endless]);
    let told = post_to(&server.webhook(LONG, 0), &Noted::default());
    assert!(told.ok && told.answer_cut, "{told:?}");
    assert_eq!(told.answer.len(), OUTPUT_BYTES_MAX);
    server.requests();
}

#[test]
fn a_body_that_drips_ends_with_the_time_and_counts_as_answered() {
    let drips: Answer = |stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        silent(stream);
    };
    let server = Server::start(vec![drips]);
    let told = post_to(
        &server.webhook(Duration::from_millis(300), 0),
        &Noted::default(),
    );
    assert!(told.ok, "{told:?}");
    server.requests();
}

#[test]
fn nobody_there_and_no_http_are_told_apart() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let url = format!("http://127.0.0.1:{port}/");
    let webhook = Webhook::new(&url, &[], LONG, 1).unwrap();
    let told = post_to(&webhook, &Noted::default());
    assert!(told.sentence.contains("refused the connection"), "{told:?}");

    let server = Server::start(vec![|stream| {
        stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n\r\n").unwrap();
    }]);
    let told = post_to(&server.webhook(LONG, 0), &Noted::default());
    assert!(told.sentence.contains("what is no HTTP"), "{told:?}");
    server.requests();
}

#[test]
fn no_try_begins_after_the_deadline() {
    let trouble: Answer = |stream| status(stream, "500 Internal Server Error");
    let server = Server::start(vec![trouble]);
    let begun = now();
    let later = RefCell::new(begun);
    let clock = || *later.borrow();
    // Each wait moves the clock on; the first one past the deadline.
    struct Moves<'a>(&'a RefCell<Now>);
    impl Pause for Moves<'_> {
        fn pause(&self, span: Duration) -> bool {
            let mut now = self.0.borrow_mut();
            now.monotonic = now.monotonic.after(span);
            true
        }
    }
    let deadline = begun.monotonic.after(Duration::from_millis(900));
    let webhook = server.webhook(LONG, 5);
    let told = post(&webhook, "{}", deadline, &clock, &Moves(&later));
    assert_eq!(told.sentence, "it answered 500 Internal Server Error");
    assert_eq!(server.requests().len(), 1);
    let told = post(&webhook, "{}", deadline, &clock, &Moves(&later));
    assert!(
        told.sentence.starts_with("there was no time left"),
        "{told:?}"
    );
}

/// Servers with certificates.
#[cfg(target_os = "linux")]
mod tls {
    use super::*;
    use std::path::Path;
    use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

    /// Set where a test runs with an authority of its own.
    const PORT: &str = "CRASHCAP_TEST_PORT";

    /// openssl(1) as a server; what it is sent comes out of it, and what it is told
    /// goes to the client.
    struct Server {
        child: Child,
        says: ChildStdin,
        hears: BufReader<ChildStdout>,
        port: String,
    }

    impl Server {
        fn start(folder: &Path, certificate: &str, more: &[&str]) -> Self {
            let mut child = Command::new("openssl")
                .args(["s_server", "-accept", "127.0.0.1:0", "-key", "key", "-cert"])
                .arg(certificate)
                .args(more)
                .current_dir(folder)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let says = child.stdin.take().unwrap();
            let mut server = Self {
                hears: BufReader::new(child.stdout.take().unwrap()),
                child,
                says,
                port: String::new(),
            };
            let accepts = server.line("ACCEPT ");
            server.port = accepts.rsplit_once(':').unwrap().1.to_owned();
            server
        }

        /// The next line that has this in it.
        fn line(&mut self, part: &str) -> String {
            let mut lines = self.hears.by_ref().lines().map(Result::unwrap);
            lines.find(|line| line.contains(part)).unwrap()
        }
    }

    impl Drop for Server {
        fn drop(&mut self) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    fn openssl(folder: &Path, arguments: &str) -> bool {
        let made = Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(folder)
            .output();
        match made {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                eprintln!("skipped: openssl is not installed");
                false
            }
            made => {
                let made = made.unwrap();
                assert!(made.status.success(), "{arguments}: {made:?}");
                true
            }
        }
    }

    const NEW_KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";

    #[test]
    fn a_certificate_that_nobody_trusts_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let itself = "-days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 \
                      -keyout key -out cert";
        if !openssl(folder.path(), &format!("req -x509 {NEW_KEY} {itself}")) {
            return;
        }
        let server = Server::start(folder.path(), "cert", &["-www"]);
        let url = format!("https://127.0.0.1:{}/", server.port);
        let webhook = Webhook::new(&url, &[], LONG, 5).unwrap();
        let pause = Noted::default();
        let told = post_to(&webhook, &pause);
        assert!(!told.ok, "{told:?}");
        assert!(told.sentence.contains("is not trusted: "), "{told:?}");
        assert!(told.sentence.contains("add the authority"), "{told:?}");
        assert!(pause.spans.borrow().is_empty(), "{told:?}");
    }

    #[test]
    fn a_server_whose_authority_is_named_is_told() {
        let name = "action::webhook::tests::tls::a_server_whose_authority_is_named_is_told";
        if let Ok(port) = std::env::var(PORT) {
            // Within: the authority is one that this process trusts.
            let url = format!("https://127.0.0.1:{port}/secret");
            let webhook = Webhook::new(&url, &[], LONG, 0).unwrap();
            let told = post_to(&webhook, &Noted::default());
            assert_eq!((told.ok, told.answer.as_str()), (true, "nice"), "{told:?}");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path();
        let authority = "-days 2 -subj /CN=Own -keyout ca.key -out ca.cert";
        if !openssl(place, &format!("req -x509 {NEW_KEY} {authority}")) {
            return;
        }
        std::fs::write(place.join("names"), "subjectAltName=IP:127.0.0.1\n").unwrap();
        let request = "-subj /CN=localhost -keyout key -out request";
        assert!(openssl(place, &format!("req {NEW_KEY} {request}")));
        let signed = "x509 -req -in request -CA ca.cert -CAkey ca.key -CAcreateserial -days 2 \
                      -extfile names -out cert";
        assert!(openssl(place, signed));
        let mut server = Server::start(place, "cert", &["-naccept", "1"]);
        let client = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(PORT, &server.port)
            .env("SSL_CERT_FILE", place.join("ca.cert"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        server.line("POST /secret HTTP/1.1");
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnice";
        server.says.write_all(answer).unwrap();
        let client = client.wait_with_output().unwrap();
        assert!(client.status.success(), "{client:?}");
        let said = String::from_utf8_lossy(&client.stdout);
        assert!(said.contains("1 passed"), "{said}");
    }

    #[test]
    fn a_server_without_tls_is_told_in_a_sentence() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
            silent(&mut stream);
        });
        let url = format!("https://127.0.0.1:{port}/");
        let webhook = Webhook::new(&url, &[], LONG, 0).unwrap();
        let told = post_to(&webhook, &Noted::default());
        assert!(
            !told.ok && told.sentence.contains("https://127.0.0.1"),
            "{told:?}"
        );
        eprintln!("{}", told.sentence);
        server.join().unwrap();
    }
}
