//! tcpdump and dumpcap, writing rings of files.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::super::child::{Line, Program};
use super::super::failure::Failure;
use super::super::stage::RECEIVING;
use super::super::traffic::FILTER;
use super::{Counts, LARGE_BUFFER_MIB, Places, READY_LIMIT, Tool, interrupt};

/// Ten megabytes a file, in the unit of each: tcpdump's million bytes and dumpcap's thousand.
const FILES: &str = "15";
const TCPDUMP_FILE: &str = "10";
const DUMPCAP_FILE: &str = "filesize:10000";

/// A running tcpdump or dumpcap.
pub(crate) struct Writer {
    tool: Tool,
    // Before the folder, so that it is dead before its files go.
    program: Program,
    _files: TempDir,
}

impl Writer {
    pub(super) fn start(tool: Tool, places: &Places) -> Result<Self, Failure> {
        let files = places.folder()?;
        let (name, ready, command) = match tool {
            Tool::Dumpcap | Tool::DumpcapLarge => {
                ("dumpcap", "File: ", dumpcap(tool, files.path()))
            }
            _ => ("tcpdump", "listening on ", tcpdump(tool, files.path())),
        };
        let mut program = Program::start(name, command, places.capture_cpu)?;
        program.wait_for("the news that it listens", READY_LIMIT, |line| {
            Ok(line.text.contains(ready).then_some(()))
        })?;
        Ok(Self {
            tool,
            program,
            _files: files,
        })
    }

    pub(super) fn program(&mut self) -> &mut Program {
        &mut self.program
    }

    /// Ends it and reads its counts.
    pub(super) fn stop(mut self) -> Result<Counts, Failure> {
        interrupt(&self.program)?;
        let (status, lines) = self.program.finish()?;
        let counts = match self.tool {
            Tool::Dumpcap | Tool::DumpcapLarge => dumpcap_counts(&lines),
            _ => tcpdump_counts(&lines),
        };
        counts.ok_or_else(|| Failure::NotUnderstood {
            program: self.tool.label().to_owned(),
            line: self.program.said(),
            why: format!("no counts ({status})"),
        })
    }
}

fn tcpdump(tool: Tool, folder: &Path) -> Command {
    let mut command = Command::new("tcpdump");
    command.args(["-i", RECEIVING, "-C", TCPDUMP_FILE, "-W", FILES]);
    if rustix::process::geteuid().is_root() {
        // It gives root away otherwise, and may then not write into the folder.
        command.args(["-Z", "root"]);
    }
    if tool == Tool::TcpdumpLarge {
        command.args(["-B", &(LARGE_BUFFER_MIB * 1024).to_string()]);
    }
    // AppArmor lets it write files with this ending (Ubuntu).
    command.arg("-w").arg(folder.join("tcpdump.pcap"));
    command.arg(FILTER);
    command
}

fn dumpcap(tool: Tool, folder: &Path) -> Command {
    let mut command = Command::new("dumpcap");
    command.args(["-q", "-i", RECEIVING, "-f", FILTER]);
    command
        .args(["-b", DUMPCAP_FILE, "-b"])
        .arg(format!("files:{FILES}"));
    if tool == Tool::DumpcapLarge {
        command.args(["-B", &LARGE_BUFFER_MIB.to_string()]);
    }
    command.arg("-w").arg(folder.join("dumpcap.pcapng"));
    command
}

/// "N packets captured" and "N packets dropped by kernel". What the interface dropped never came
/// to the capturer.
fn tcpdump_counts(lines: &[Line]) -> Option<Counts> {
    let mut captured = None;
    let mut dropped = None;
    for line in lines {
        let Some((number, what)) = line.text.trim().split_once(' ') else {
            continue;
        };
        let Ok(number) = number.parse::<u64>() else {
            continue;
        };
        match what {
            "packets captured" | "packet captured" => captured = Some(number),
            "packets dropped by kernel" | "packet dropped by kernel" => dropped = Some(number),
            _ => {}
        }
    }
    Some(Counts {
        captured: captured?,
        dropped: dropped?,
    })
}

/// "Packets received/dropped on interface 'v1': received/dropped (pcap:…)".
fn dumpcap_counts(lines: &[Line]) -> Option<Counts> {
    lines.iter().rev().find_map(|line| {
        let (_, numbers) = line
            .text
            .split_once("received/dropped on interface")?
            .1
            .split_once(": ")?;
        let (received, rest) = numbers.split_once('/')?;
        let (dropped, _) = rest.split_once(' ')?;
        Some(Counts {
            captured: received.parse().ok()?,
            dropped: dropped.parse().ok()?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<Line> {
        text.lines()
            .map(|text| Line {
                at_ns: 0,
                on_stderr: true,
                text: text.to_owned(),
            })
            .collect()
    }

    #[test]
    fn the_words_of_tcpdump_are_understood() {
        let said = "\n299990 packets captured\n300000 packets received by filter\n7 packets dropped by kernel\n3 packets dropped by interface";
        let expected = Counts {
            captured: 299_990,
            dropped: 7,
        };
        assert_eq!(tcpdump_counts(&lines(said)), Some(expected));
        assert_eq!(tcpdump_counts(&lines("tcpdump: v1: no such device")), None);
    }

    #[test]
    fn the_words_of_dumpcap_are_understood() {
        let said = "File: /t/d_00001.pcapng\n\rPackets captured: 8\nPackets received/dropped on interface 'v1': 8/2 (pcap:1/dumpcap:1/flushed:0/ps_ifdrop:0) (80.0%)";
        let expected = Counts {
            captured: 8,
            dropped: 2,
        };
        assert_eq!(dumpcap_counts(&lines(said)), Some(expected));
        assert_eq!(dumpcap_counts(&lines("Capturing on 'v1'")), None);
    }
}
