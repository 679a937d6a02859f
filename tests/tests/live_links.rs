//! Links of every kind, and links that go down, disappear and come back.
//!
//! Each test is a thread in a network namespace of its own, so that its
//! interfaces are seen nowhere else and gone with it. Linux only.
#![cfg(target_os = "linux")]

use std::fs::{File, OpenOptions};
use std::net::UdpSocket;
use std::os::fd::AsFd;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crashcap_core::capture::LinkState;
use crashcap_core::incident::Facts;
use crashcap_core::inspect::{Info, info};
use crashcap_core::pcapng::LinkType;
use crashcap_core::profile::RawProfile;
use crashcap_core::recorder::{self, Event, Front, Outcome, Recorder};
use crashcap_tests::live::skipped;
use crossbeam_channel::after;
use rustix::ioctl::{Updater, ioctl};
use rustix::thread::{UnshareFlags, unshare_unsafe};

/// The longest that anything here is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
const PORT: u16 = 9973;

/// Runs a test on a thread in a network namespace of its own.
fn apart(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::spawn(|| {
        // SAFETY: only sharing file descriptors is unsafe to end, and it goes on.
        unsafe { unshare_unsafe(UnshareFlags::NEWNET) }.unwrap();
        ip("link set lo up");
        test();
    });
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

fn ip(arguments: &str) {
    let status = Command::new("ip").args(arguments.split(' ')).status();
    assert!(status.unwrap().success(), "ip {arguments}");
}

/// A veth pair; what is sent to 10.9.0.2 leaves through the first end.
fn veth() {
    ip("link add v0 address 02:00:00:00:00:01 type veth peer name v1");
    ip("addr add 10.9.0.1/24 dev v0");
    ip("link set v1 up");
    v0_up();
}

fn v0_up() {
    ip("link set v0 up");
    ip("neigh replace 10.9.0.2 lladdr 02:00:00:00:00:02 nud permanent dev v0");
}

/// A tun interface with this name, which carries bare IP; it is there while
/// the file is open. `None` where this user may not make one.
fn tun(test: &str, name: &str) -> Option<File> {
    /// TUNSETIFF, IFF_TUN and IFF_NO_PI of linux/if_tun.h.
    const SET_INTERFACE: rustix::ioctl::Opcode = 0x4004_54ca;
    const TUN_WITHOUT_HEADER: u16 = 0x1001;
    let device = "/dev/net/tun";
    let opened = OpenOptions::new().read(true).write(true).open(device);
    let file = match opened {
        Ok(file) => file,
        Err(error) => {
            skipped(test, &format!("{device}: {error}"));
            return None;
        }
    };
    let mut request = [0_u8; 40];
    request[..name.len()].copy_from_slice(name.as_bytes());
    request[16..18].copy_from_slice(&TUN_WITHOUT_HEADER.to_ne_bytes());
    // SAFETY: the request is as long as `struct ifreq`, which the call reads and writes.
    unsafe { ioctl(file.as_fd(), Updater::<SET_INTERFACE, _>::new(&mut request)) }.unwrap();
    Some(file)
}

/// Sends so many datagrams, each with its number.
fn send(to: &str, numbers: std::ops::Range<u32>) {
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    for number in numbers {
        let text = format!("datagram {number:08}");
        socket.send_to(text.as_bytes(), (to, PORT)).unwrap();
    }
}

/// A recording whose events are awaited.
struct Recording {
    recorder: Recorder,
    seen: Vec<Event>,
    _folder: tempfile::TempDir,
}

impl Recording {
    /// Records datagrams to the port from these interfaces.
    fn start(interfaces: &[&str], capture: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let text = format!(
            "[capture]\ninterfaces = {interfaces:?}\nfilter = \"udp port {PORT}\"\n{capture}\n\
             [freeze]\ntail = \"0s\"\n[save]\nfolder = {path:?}\nfallback = {path:?}\n"
        );
        let profile = RawProfile::from_toml(&text).unwrap().check().unwrap();
        let recorder = Recorder::start(&profile, Front::default()).unwrap();
        let mut recording = Self {
            recorder,
            seen: Vec::new(),
            _folder: folder,
        };
        recording.wait("recording", |event| {
            matches!(event, Event::Recording { .. })
        });
        recording
    }

    fn wait(&mut self, what: &str, wanted: impl Fn(&Event) -> bool) -> Event {
        let over = after(PATIENCE);
        loop {
            let event = crossbeam_channel::select! {
                recv(self.recorder.events()) -> event => event,
                recv(over) -> _ => panic!("waited in vain for {what}: {:#?}", self.seen),
            };
            let event = event.unwrap_or_else(|_| panic!("ended before {what}: {:#?}", self.seen));
            if wanted(&event) {
                return event;
            }
            self.seen.push(event);
        }
    }

    fn wait_for_link(&mut self, wanted: impl Fn(&LinkState) -> bool) {
        self.wait("a link event", |event| match event {
            Event::Link { link, .. } => wanted(link),
            _ => false,
        });
    }

    fn wait_for_packets(&mut self, count: u64) {
        self.wait("packets", |event| match event {
            Event::Status(status) => status.packets.0 >= count,
            _ => false,
        });
    }

    /// Freezes by hand and waits for the file.
    fn freeze(mut self) -> Saved {
        let by = "the test".to_owned();
        let freeze = recorder::Command::Freeze { by };
        self.recorder.commands().send(freeze).unwrap();
        let saved = self.wait("the file", |event| matches!(event, Event::Saved { .. }));
        let Event::Saved { path, .. } = saved else {
            unreachable!()
        };
        let last = self.wait("the end", |event| matches!(event, Event::Finished { .. }));
        let outcome = Outcome::FrozenAndSaved;
        assert_eq!(last, Event::Finished { outcome });
        Saved {
            datagrams: datagrams(&path),
            bytes: std::fs::read(&path).unwrap(),
            info: info(&path).unwrap(),
        }
    }
}

/// What was saved.
struct Saved {
    /// The numbers of the datagrams, in the file's order; none where there is no payload.
    datagrams: Vec<u32>,
    bytes: Vec<u8>,
    info: Info,
}

impl Saved {
    fn link_types(&self) -> Vec<(String, LinkType)> {
        let interfaces = self.info.survey.interfaces.iter();
        interfaces
            .map(|one| (one.name.clone().unwrap(), one.link_type))
            .collect()
    }

    fn assert_link_events(&self, parts: &[&str]) {
        let facts: &Facts = self.info.facts.as_ref().unwrap();
        let events = &facts.interfaces[0].link_events;
        assert_eq!(events.len(), parts.len(), "{events:?}");
        for (event, part) in events.iter().zip(parts) {
            assert!(event.contains(part), "{event}");
        }
    }
}

/// The numbers of the datagrams in a file, as tshark reads them.
fn datagrams(path: &Path) -> Vec<u32> {
    let output = Command::new("tshark")
        .args(["-n", "-T", "fields", "-e", "udp.payload", "-r"])
        .arg(path)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    let errors = errors.replace(
        "Running as user \"root\" and group \"root\". This could be dangerous.",
        "",
    );
    assert!(
        output.status.success() && errors.trim().is_empty(),
        "{errors}"
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let payloads = text.lines().filter(|hex| !hex.is_empty());
    payloads.map(number).collect()
}

/// The number at the end of a datagram that is given in hexadecimal.
fn number(hex: &str) -> u32 {
    let digits = hex.len() - 2 * 8;
    let text: String = (digits..hex.len())
        .step_by(2)
        .map(|at| char::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()))
        .collect();
    text.parse().unwrap()
}

fn range(numbers: std::ops::Range<u32>) -> Vec<u32> {
    numbers.collect()
}

#[test]
fn ethernet_loopback_and_raw_ip_are_recorded_side_by_side() {
    apart(|| {
        let test = "ethernet_loopback_and_raw_ip_are_recorded_side_by_side";
        let Some(_open) = tun(test, "tun0") else {
            return;
        };
        veth();
        ip("addr add 10.8.0.1/24 dev tun0");
        ip("link set tun0 up");
        let mut recording = Recording::start(&["v0", "lo", "tun0"], "");
        send("10.9.0.2", 0..10);
        send("127.0.0.1", 10..20);
        send("10.8.0.2", 20..30);
        recording.wait_for_packets(30);
        let mut saved = recording.freeze();
        saved.datagrams.sort_unstable();
        assert_eq!(saved.datagrams, range(0..30));
        assert_eq!(
            saved.link_types(),
            [
                ("v0".into(), LinkType::ETHERNET),
                ("lo".into(), LinkType::ETHERNET),
                ("tun0".into(), LinkType::RAW),
            ]
        );
    });
}

#[test]
fn any_records_all_of_them_as_sll2() {
    apart(|| {
        veth();
        let mut recording = Recording::start(&["any"], "");
        send("10.9.0.2", 0..10);
        // Leaving one end and arriving at the other.
        recording.wait_for_packets(20);
        let mut saved = recording.freeze();
        saved.datagrams.sort_unstable();
        saved.datagrams.dedup();
        assert_eq!(saved.datagrams, range(0..10));
        assert_eq!(saved.link_types(), [("any".into(), LinkType::LINUX_SLL2)]);
    });
}

#[test]
fn headers_only_keeps_none_of_the_datagram() {
    apart(|| {
        veth();
        let mut recording = Recording::start(&["v0"], "headers_only = true");
        send("10.9.0.2", 0..5);
        recording.wait_for_packets(5);
        let saved = recording.freeze();
        let text = b"datagram";
        assert!(!saved.bytes.windows(text.len()).any(|window| window == text));
        let survey = saved.info.survey;
        assert_eq!((survey.packets.0, survey.wire_bytes.0), (5, 5 * (42 + 17)));
    });
}

#[test]
fn a_link_that_goes_down_and_up_goes_on_under_the_same_interface() {
    apart(|| {
        veth();
        let mut recording = Recording::start(&["v0"], "");
        send("10.9.0.2", 0..10);
        recording.wait_for_packets(10);
        ip("link set v0 down");
        recording.wait_for_link(|link| *link == LinkState::Down);
        v0_up();
        recording.wait_for_link(|link| *link == LinkState::Up);
        send("10.9.0.2", 10..20);
        recording.wait_for_packets(20);
        let saved = recording.freeze();
        assert_eq!(saved.datagrams, range(0..20));
        assert_eq!(saved.link_types().len(), 1);
        saved.assert_link_events(&["went down", "up again"]);
    });
}

#[test]
fn a_cable_that_is_pulled_is_seen() {
    apart(|| {
        veth();
        let mut recording = Recording::start(&["v0"], "");
        ip("link set v1 down");
        recording.wait_for_link(|link| *link == LinkState::Down);
        ip("link set v1 up");
        recording.wait_for_link(|link| *link == LinkState::Up);
        let _ = recording.freeze();
    });
}

#[test]
fn an_interface_that_is_removed_and_made_again_is_opened_again() {
    apart(|| {
        veth();
        let mut recording = Recording::start(&["v0"], "");
        send("10.9.0.2", 0..10);
        recording.wait_for_packets(10);
        ip("link del v0");
        recording.wait_for_link(|link| matches!(link, LinkState::Gone { .. }));
        veth();
        recording.wait_for_link(|link| *link == LinkState::Up);
        send("10.9.0.2", 10..20);
        recording.wait_for_packets(20);
        let saved = recording.freeze();
        assert_eq!(saved.datagrams, range(0..20));
        // The same name, link type, snaplen, resolution and filter: the same interface.
        assert_eq!(saved.link_types().len(), 1);
        saved.assert_link_events(&["gone", "up again"]);
    });
}

#[test]
fn one_that_comes_back_as_another_kind_is_another_interface_in_the_file() {
    apart(|| {
        let test = "one_that_comes_back_as_another_kind_is_another_interface_in_the_file";
        if tun(test, "tun0").is_none() {
            return;
        }
        veth();
        let mut recording = Recording::start(&["v0"], "");
        send("10.9.0.2", 0..10);
        recording.wait_for_packets(10);
        ip("link del v0");
        recording.wait_for_link(|link| matches!(link, LinkState::Gone { .. }));
        let _open = tun(test, "v0").unwrap();
        ip("addr add 10.8.0.1/24 dev v0");
        ip("link set v0 up");
        recording.wait_for_link(|link| *link == LinkState::Up);
        send("10.8.0.2", 10..20);
        recording.wait_for_packets(20);
        let saved = recording.freeze();
        assert_eq!(saved.datagrams, range(0..20));
        assert_eq!(
            saved.link_types(),
            [
                ("v0".into(), LinkType::ETHERNET),
                ("v0".into(), LinkType::RAW)
            ]
        );
    });
}

#[test]
fn a_freeze_does_not_wait_for_an_interface_that_is_gone() {
    apart(|| {
        veth();
        let mut recording = Recording::start(&["v0", "lo"], "");
        send("10.9.0.2", 0..10);
        recording.wait_for_packets(10);
        ip("link del v0");
        recording.wait_for_link(|link| matches!(link, LinkState::Gone { .. }));
        let saved = recording.freeze();
        assert_eq!(saved.datagrams, range(0..10));
    });
}
