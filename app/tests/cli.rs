//! The program as it is used, as far as that needs no rights: help, exit codes,
//! completions, and reading a capture file.

use std::path::Path;
use std::process::{Command, Output};

/// Runs the program to its end.
fn crashcap(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_crashcap"))
        .args(arguments)
        .output()
        .unwrap()
}

/// Standard output of a run that ended well.
fn said(arguments: &[&str]) -> String {
    let output = crashcap(arguments);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Standard error of a run that ended with this code and said nothing else.
fn refused(arguments: &[&str], code: i32) -> String {
    let output = crashcap(arguments);
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn the_help_shows_the_story_as_it_is_typed() {
    let help = said(&["record", "--help"]);
    let story = "crashcap record --filter \"port 9973\" --ring 150MB --target router_runner";
    assert!(help.contains(story), "{help}");
    for sign in [
        "SIGUSR1",
        "`crashcap snapshot`",
        "--save-on-stop",
        "SIGTERM, SIGHUP",
    ] {
        assert!(help.contains(sign), "{sign} is not in {help}");
    }
    let version = said(&["--version"]);
    assert_eq!(
        version.trim(),
        format!("crashcap {}", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn the_help_lists_the_exit_codes_where_they_matter() {
    for verb in [&[][..], &["record"], &["check"]] {
        let help = said(&[verb, &["--help"]].concat());
        for code in ["0 ", "1 ", "2 ", "3 ", "4 ", "5 ", "6 ", "7 ", "130"] {
            let line = format!("\n  {code}  ");
            assert!(help.contains(&line), "{code} is not in {help}");
        }
    }
}

/// The codes that can be had without rights; the live tests have the others.
#[test]
fn exit_codes_are_as_the_help_lists_them() {
    let nobody: &[&str] = &["freeze", "--pid", "0"];
    assert!(refused(nobody, 1).contains("`crashcap status` lists them"));
    for wrong in [
        &["record", "--ring", "5 parsecs"][..],
        &["record", "--ring", "0"],
        &["record", "--snaplen", "many"],
        &["record", "--trigger", "exit"],
        &["record", "--profile", env!("CARGO_MANIFEST_PATH")],
        &["check", "--format", "cap"],
        &["no-such-verb"],
        &["record", "--no-such-option"],
        &[],
    ] {
        assert!(!refused(wrong, 2).is_empty(), "{wrong:?}");
    }
    for missing in [
        &["record", "--profile", "no-such-file.toml"][..],
        &["info", "no-such-file.pcapng"],
        &["record", "--", "no-such-program"],
    ] {
        let sentence = refused(missing, 7);
        assert!(sentence.contains("no-such-"), "{sentence}");
        assert!(sentence.starts_with("crashcap: "), "{sentence}");
    }
}

#[test]
fn completions_know_every_verb() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = said(&["completions", shell]);
        for word in [
            "record",
            "snapshot",
            "interfaces",
            "target-port",
            "save-on-stop",
        ] {
            assert!(script.contains(word), "{shell} lacks {word}");
        }
    }
}

/// Shells that aren't installed are told and not asked.
#[test]
fn shells_can_read_their_completions() {
    for (shell, options) in [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("completions");
        std::fs::write(&path, said(&["completions", shell])).unwrap();
        match Command::new(shell).arg(options).arg(&path).output() {
            Ok(output) => {
                assert!(output.status.success(), "{shell}: {output:?}");
                assert!(output.stderr.is_empty(), "{shell}: {output:?}");
            }
            Err(error) => println!("{shell} did not check its completions: {error}"),
        }
    }
}

#[test]
fn processes_tell_of_this_one() {
    let pid = std::process::id();
    let lines = said(&["processes", "--json"]);
    let mine = lines
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .find(|one| one["process"]["identity"]["pid"] == pid);
    assert!(mine.is_some(), "pid {pid} is not in {lines}");
    let table = said(&["processes"]);
    let mut lines = table.lines();
    assert!(lines.next().unwrap().starts_with("pid "), "{table}");
    let pid = pid.to_string();
    let is_mine = |line: &str| line.split(' ').next() == Some(&pid);
    assert_eq!(lines.filter(|line| is_mine(line)).count(), 1, "{table}");
}

/// One block of a pcapng file (draft-ietf-opsawg-pcapng, section 3.1).
fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u32 + 12).to_le_bytes();
    [&kind.to_le_bytes(), &length, body, &length].concat()
}

/// A section with a comment, an Ethernet interface, and two packets of 60
/// bytes that lie 1.5 s apart.
fn capture() -> Vec<u8> {
    let comment = b"by hand\0";
    let section = [
        &[0x4D, 0x3C, 0x2B, 0x1A, 1, 0, 0, 0][..],
        &[0xFF; 8],
        &[1, 0, 7, 0],
        comment,
        &[0, 0, 0, 0],
    ];
    let mut file = block(0x0A0D_0D0A, &section.concat());
    file.extend(block(1, &[1, 0, 0, 0, 0, 0, 4, 0]));
    for microseconds in [1_795_410_753_000_000_u64, 1_795_410_754_500_000] {
        let mut packet = vec![0; 4];
        packet.extend(((microseconds >> 32) as u32).to_le_bytes());
        packet.extend((microseconds as u32).to_le_bytes());
        packet.extend([60, 0, 0, 0, 60, 0, 0, 0]);
        packet.extend([0xAB; 60]);
        file.extend(block(6, &packet));
    }
    file
}

fn info(path: &Path, more: &[&str]) -> String {
    said(&[&["info", path.to_str().unwrap()], more].concat())
}

#[test]
fn info_tells_what_a_file_holds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hand.pcapng");
    let file = capture();
    std::fs::write(&path, &file).unwrap();
    let text = info(&path, &[]);
    assert!(text.contains("comment: by hand"), "{text}");
    assert!(
        text.contains(", 2 packets over 1.5 s, 2026-11-23T05:12:33.000Z"),
        "{text}"
    );
    let json: serde_json::Value = serde_json::from_str(&info(&path, &["--json"])).unwrap();
    assert_eq!(json["packets"], 2);
    assert_eq!(json["bytes"], file.len());
    assert_eq!(json["first_ns"], 1_795_410_753_000_000_000_u64);
    assert_eq!(json["interfaces"][0]["link_type"], 1);
    assert_eq!(json["interfaces"][0]["packets"], 2);
    assert!(json["facts"].is_null() && json["broken"].is_null());
}

#[test]
fn info_says_where_a_file_breaks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("half.pcapng");
    let file = capture();
    std::fs::write(&path, &file[..file.len() - 1]).unwrap();
    let text = info(&path, &[]);
    assert!(
        text.contains(", 1 packet at 2026-11-23T05:12:33.000Z\n"),
        "{text}"
    );
    let offset = file.len() - 92;
    let broken = format!("it ends within the block that starts at byte {offset}");
    assert!(text.contains(&broken), "{text}");
}

/// Plays a file at full speed, with `folder` for what is saved; the exit code
/// and both outputs.
fn played(folder: &Path, file: &[u8]) -> (Option<i32>, String, String) {
    let path = folder.join("source.pcapng");
    std::fs::write(&path, file).unwrap();
    let incidents = folder.join("incidents");
    let output = crashcap(&[
        "record",
        "--ring",
        "2MB",
        "--read",
        path.to_str().unwrap(),
        "--folder",
        incidents.to_str().unwrap(),
    ]);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn a_capture_file_is_played_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, errors) = played(folder.path(), &capture());
    assert_eq!(code, Some(130), "{errors}");
    assert!(
        errors.contains("played to its end; nothing fired"),
        "{errors}"
    );
}

#[test]
fn a_capture_file_that_breaks_is_played_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let file = capture();
    let (code, output, errors) = played(folder.path(), &file[..file.len() - 1]);
    assert_eq!(code, Some(6), "{errors}");
    assert!(errors.contains("the file is cut off"), "{errors}");
    assert!(output.contains("; 1 packet on "), "{output}");
    let saved = std::fs::read_dir(folder.path().join("incidents")).unwrap();
    assert_eq!(saved.count(), 1);
}

#[test]
fn a_file_that_is_no_capture_is_not_played() {
    let folder = tempfile::tempdir().unwrap();
    for (bytes, why) in [
        (
            &b"some text, and no capture at all"[..],
            "neither a pcap nor a pcapng",
        ),
        (b"", "the file is empty"),
    ] {
        let (code, output, errors) = played(folder.path(), bytes);
        assert_eq!(code, Some(7), "{errors}");
        assert!(
            errors.contains(why) && output.is_empty(),
            "{output}{errors}"
        );
    }
}
