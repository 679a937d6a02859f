//! Options and the profiles they make.

use super::*;
use clap::CommandFactory;
use crashcap_core::profile::{Profile, SourceChoice, Then};
use crashcap_core::trigger::{ProcessEvent, Trigger};
use crashcap_core::watch::TargetSpec;

fn profile(arguments: &[&str]) -> Profile {
    let all = ["crashcap", "record"].iter().chain(arguments);
    let Verb::Record(record) = Args::try_parse_from(all).unwrap().verb else {
        panic!("not a recording");
    };
    let mut raw = RawProfile::default();
    record.choices.lay_over(&mut raw, None);
    raw.check().unwrap()
}

#[test]
fn the_definition_is_sound() {
    Args::command().debug_assert();
}

#[test]
fn the_story_is_one_line() {
    let story = [
        "--filter",
        "port 9973",
        "--ring",
        "150MB",
        "--target",
        "router_runner",
    ];
    let profile = profile(&story);
    assert_eq!(profile.capture.sources, SourceChoice::All);
    assert_eq!(profile.capture.filter.as_deref(), Some("port 9973"));
    assert_eq!(profile.ring.size, ByteCount(150_000_000));
    assert_eq!(
        profile.enabled_triggers(),
        [Trigger::on(ProcessEvent::Exit)]
    );
    let target = profile.target.unwrap();
    assert_eq!(target.spec, TargetSpec::Name("router_runner".into()));
}

#[test]
#[cfg(target_os = "linux")]
fn a_network_namespace_goes_with_interfaces_and_not_with_a_file() {
    use crashcap_core::capture::NetworkNamespace;
    let shop = NetworkNamespace::File("/run/netns/shop".into());
    let inside = profile(&["--netns", "/run/netns/shop", "-i", "eth0"]);
    assert_eq!(inside.capture.namespace, Some(shop));
    // A capture file named beside a profile wins over its namespace too.
    let mut raw = inside.to_raw();
    let Verb::Record(record) = Args::try_parse_from(["crashcap", "record", "--read", "a.pcap"])
        .unwrap()
        .verb
    else {
        panic!("not a recording");
    };
    record.choices.lay_over(&mut raw, None);
    assert_eq!(raw.check().unwrap().capture.namespace, None);
    let wrong = ["crashcap", "record", "--netns=-5"];
    let error = Args::try_parse_from(wrong).unwrap_err().to_string();
    assert!(error.contains("--netns"), "{error}");
}

#[test]
fn every_option_reaches_the_profile() {
    let profile = profile(&[
        "-i",
        "eth0",
        "-i",
        "lo",
        "--snaplen",
        "128",
        "--headers-only",
        "--promiscuous",
        "--kernel-buffer",
        "2MiB",
        "--age",
        "10m",
        "--target-port",
        "80",
        "--wait",
        "--fire-when",
        "all",
        "--trigger",
        "crash",
        "--clean-code",
        "0",
        "--clean-code",
        "9",
        "--clean-signal",
        "TERM",
        "--trigger",
        "restart",
        "--action",
        "run command='/bin/true a'",
        "--action",
        "exit",
        "--tail",
        "0",
        "--rearm",
        "--cool-down",
        "5s",
        "--keep",
        "3",
        "--keep-bytes",
        "1GB",
        "--when-full",
        "drop-oldest",
        "--folder",
        "/a",
        "--fallback-dir",
        "/b",
        "--format",
        "pcap",
    ]);
    let text = profile.to_toml();
    for line in [
        "interfaces = [\"eth0\", \"lo\"]",
        "snaplen = 128",
        "headers_only = true",
        "promiscuous = true",
        "kernel_buffer = \"2MiB\"",
        "age = \"10m\"",
        "port = 80",
        "wait = true",
        "fire_when = \"all\"",
        "clean_codes = [0, 9]",
        "clean_signals = [\"TERM\"]",
        "kind = \"restart\"",
        "command = [\"/bin/true\", \"a\"]",
        "tail = \"0s\"",
        "then = \"rearm\"",
        "cool_down = \"5s\"",
        "keep_count = 3",
        "keep_bytes = \"1GB\"",
        "when_full = \"drop_oldest\"",
        "folder = \"/a\"",
        "fallback = \"/b\"",
        "format = \"pcap\"",
    ] {
        assert!(text.contains(line), "{text}\nlacks {line}");
    }
    assert!(matches!(profile.then, Then::Rearm { .. }));
}

#[test]
fn options_win_over_the_profile() {
    let mut raw = RawProfile::from_toml("[target]\nname = \"a\"\n[capture]\nall = true").unwrap();
    let choices = Choices {
        target_pid: Some(7),
        interface: vec!["lo".into()],
        ..Choices::default()
    };
    choices.lay_over(&mut raw, None);
    let profile = raw.check().unwrap();
    assert_eq!(profile.target.unwrap().spec, TargetSpec::Pid(7));
    assert_eq!(
        profile.capture.sources,
        SourceChoice::Interfaces(vec!["lo".into()])
    );
}

#[test]
fn what_is_no_crash_is_refused_where_none_is_asked_for() {
    for triggers in [vec![], vec!["restart".parse().unwrap()]] {
        let choices = Choices {
            target: Some("x".into()),
            trigger: triggers,
            clean_code: vec![3],
            ..Choices::default()
        };
        let mut raw = RawProfile::default();
        choices.lay_over(&mut raw, None);
        let error = raw.check().unwrap_err().to_string();
        assert!(error.contains("clean_codes, which is of crash"), "{error}");
    }
}

#[test]
fn the_help_names_the_exit_codes_and_the_story() {
    let mut command = Args::command();
    let record = command.find_subcommand_mut("record").unwrap();
    let help = record.render_long_help().to_string();
    assert!(help.contains("130  stopped by the user"), "{help}");
    assert!(help.contains("--target router_runner"), "{help}");
    // Long lines are broken at spaces.
    let unbroken = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(unbroken.contains("CRASHCAP_STARTED since when"), "{help}");
    for kind in TRIGGERS.kinds.iter().chain(ACTIONS.kinds) {
        assert!(unbroken.contains(kind.says), "{help}");
        for line in kind.example.lines() {
            assert!(help.contains(line), "{line} is missing in {help}");
        }
    }
}

#[test]
fn a_combination_is_written_in_one_line() {
    let of = "{ kind = \"then\", within = \"5s\", of = [{ kind = \"packet\", filter = \"udp\" }, { kind = \"crash\" }] }";
    let profile = profile(&["--target", "x", "--trigger", of]);
    let clause = "a packet matches udp, and within 5 s after that x crashes";
    assert_eq!(profile.enabled_triggers()[0].clause("x"), clause);
}

#[test]
fn a_launched_target_cannot_be_recorded_again_and_again() {
    let choices = Choices {
        rearm: true,
        ..Choices::default()
    };
    let mut raw = RawProfile::default();
    choices.lay_over(&mut raw, Some(7));
    let refused = raw.check().unwrap_err().to_string();
    assert!(refused.contains("ends once"), "{refused}");
}
