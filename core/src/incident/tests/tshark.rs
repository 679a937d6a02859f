//! What tshark and capinfos say of a saved file. Skipped, by name, where
//! Wireshark's programs are not installed.

use std::path::Path;
use std::process::Command;

use super::*;
use crate::incident::{Format, save};

/// Runs a program; `None` where it is not installed. Its output, and what it
/// complained of.
fn run(program: &str, arguments: &[&str], file: &Path) -> Option<(String, String)> {
    let output = Command::new(program).args(arguments).arg(file).output();
    let output = match output {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("skipped: {program} is not installed");
            return None;
        }
        other => other.unwrap(),
    };
    let complaints: Vec<_> = String::from_utf8_lossy(&output.stderr)
        .lines()
        .filter(|line| !line.starts_with("Running as user"))
        .map(str::to_owned)
        .collect();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Some((text, complaints.join("\n")))
}

/// A TCP segment to port 9973 in an Ethernet frame.
fn frame(payload: &[u8]) -> Vec<u8> {
    let builder = etherparse::PacketBuilder::ethernet2([2; 6], [4; 6])
        .ipv4([127, 0, 0, 1], [127, 0, 0, 1], 64)
        .tcp(40_000, 9_973, 1, 1_024);
    let mut out = Vec::new();
    builder.write(&mut out, payload).unwrap();
    out
}

fn story() -> Incident {
    let packets = |interface, shift| -> Vec<_> {
        (0..50)
            .map(|index| {
                let at = DEATH.0 - 25_000_000 + shift + index * 1_000_000;
                packet(interface, at, &frame(b"GET / HTTP/1.1\r\n\r\n"))
            })
            .collect()
    };
    let micro = interface("veth1", LinkType::ETHERNET, Resolution::Microseconds);
    let mut story = incident(
        &[ethernet("lo"), micro],
        &[packets(0, 0), packets(1, 500_000)],
        2_000,
    );
    // Everything that a file may hold: long facts, and statistics with a comment.
    story.facts.profile = Some("[capture]\n".repeat(4_000));
    let capture = Arc::get_mut(&mut story.capture).unwrap();
    capture.interfaces[1].description = Some("a cable — ein Kabel".into());
    capture.sources[1].counters.ring_drops = PacketCount(3);
    capture.sources[1].counters.interface_drops = Some(PacketCount(1));
    story
}

#[test]
fn tshark_opens_it_without_a_warning_and_shows_the_mark() {
    let folder = tempfile::tempdir().unwrap();
    for format in [Format::Pcapng, Format::Pcap] {
        let saved = save(&story(), folder.path(), format).unwrap();
        let arguments = [
            "-T",
            "fields",
            "-e",
            "frame.number",
            "-e",
            "frame.time_epoch",
            "-e",
            "frame.interface_name",
            "-e",
            "frame.comment",
            "-r",
        ];
        let Some((text, complaints)) = run("tshark", &arguments, &saved.paths[0]) else {
            return;
        };
        assert_eq!(complaints, "");
        let lines: Vec<Vec<_>> = text
            .lines()
            .map(|line| line.split('\t').collect())
            .collect();
        assert_eq!(lines.len(), 100);
        assert!(lines.is_sorted_by_key(|line| line[1].to_owned()));
        let marked: Vec<_> = lines.iter().filter(|line| !line[3].is_empty()).collect();
        if format == Format::Pcapng {
            assert_eq!(marked.len(), 1, "{text}");
            assert_eq!(marked[0][1], "1795410753.123000000");
            assert_eq!(marked[0][2], "lo");
            let comment = "router_runner (pid 4121) was killed by SIGSEGV here";
            assert_eq!(marked[0][3], comment);
        }
    }
}

#[test]
fn capinfos_agrees_on_counts_and_shows_the_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let saved = save(&story(), folder.path(), Format::Pcapng).unwrap();
    let Some((text, complaints)) = run("capinfos", &["-M"], &saved.paths[0]) else {
        return;
    };
    assert_eq!(complaints, "");
    for line in [
        "Number of packets:   100",
        "Strict time order:   True",
        "Number of interfaces in file: 2",
        "Name = lo",
        "Filter string = tcp port 9973",
        "Time precision = nanoseconds (9)",
        "Number of stat entries = 1",
        "Number of packets = 50",
        "Capture comment:     router_runner (pid 4121) was killed by SIGSEGV at \
         2026-11-23 05:12:33.123 UTC; 100 packets over 49 ms on lo and veth1, none lost; \
         filter tcp port 9973.",
    ] {
        assert!(text.contains(line), "no '{line}' in {text}");
    }
}
