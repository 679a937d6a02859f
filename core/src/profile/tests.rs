//! Profiles as written: what is refused, with which words, and the round trip.

use std::time::Duration;

use proptest::prelude::*;

use super::trigger::RawTrigger;
use super::{Profile, ProfileError, RawProfile, SourceChoice, Then, TriggerChoice, WhenFull};
use crate::trigger::{CrashSet, FireWhen, ProcessEvent, Trigger};
use crate::units::ByteCount;
use crate::watch::TargetSpec;

fn chosen(kind: &str) -> TriggerChoice {
    let written = RawTrigger::of_kind(kind);
    TriggerChoice {
        trigger: super::trigger::check(&written).unwrap(),
        written,
    }
}

fn read(text: &str) -> Result<Profile, ProfileError> {
    RawProfile::from_toml(text)?.check()
}

#[test]
fn an_empty_profile_records_everything_and_freezes_by_hand() {
    let profile = read("").unwrap();
    assert_eq!(profile.capture.sources, SourceChoice::All);
    assert_eq!(profile.ring.size, ByteCount(150_000_000));
    assert_eq!(profile.tail, Duration::from_secs(1));
    assert!(profile.triggers.is_empty());
    assert_eq!(profile.then, Then::Stop);
}

#[test]
fn a_target_alone_fires_at_any_end() {
    let profile = read("[target]\nname = \"router_*\"").unwrap();
    assert_eq!(
        profile.enabled_triggers(),
        [Trigger::on(ProcessEvent::Exit)]
    );
    let target = profile.target.unwrap();
    assert_eq!(target.spec, TargetSpec::Name("router_*".into()));
    assert_eq!(target.fire_when, FireWhen::Any);
}

#[test]
fn signals_are_written_by_name_or_number() {
    let text = "[target]\npid = 1\n[[trigger]]\nkind = \"crash\"\nclean_signals = [\"TERM\", \"SIGINT\", 1]\nclean_codes = [0, 3]";
    let expected = CrashSet {
        clean_codes: vec![0, 3],
        clean_signals: vec![15, 2, 1],
    };
    assert_eq!(
        read(text).unwrap().enabled_triggers(),
        [Trigger::on(ProcessEvent::Crash(expected))]
    );
}

#[test]
fn every_mistake_is_told_with_its_place_and_what_was_meant() {
    for (text, words) in [
        (
            "[ring]\nsise = \"1GB\"",
            &["line 2", "`sise`", "did you mean `size`"][..],
        ),
        ("[rings]\nsize = \"1GB\"", &["line 1", "`rings`", "`ring`"]),
        (
            "[ring]\nsize = \"10 furlongs\"",
            &["line 2", "'furlongs'", "MiB"],
        ),
        ("[ring]\n\nsize = true", &["line 3", "size as in"]),
        ("[ring]\nsize = \"0\"", &["ring.size", "0 B", "smallest"]),
        ("[freeze]\ntail = \"soon\"", &["line 2", "not a duration"]),
        ("[freeze]\ntail = \"2h\"", &["freeze.tail", "1 h"]),
        (
            "[freeze]\nthen = \"rearmed\"",
            &["freeze.then", "stop or rearm"],
        ),
        ("[freeze]\nkeep_count = 3", &["rearm"]),
        (
            "[freeze]\nthen = \"rearm\"\nkeep_count = 0",
            &["one incident"],
        ),
        (
            "[freeze]\nthen = \"rearm\"\nwhen_full = \"stop\"",
            &["keep_count"],
        ),
        ("[capture]\nsnaplen = 3", &["capture.snaplen", "64"]),
        ("[capture]\ninterfaces = [\"lo\", \"lo\"]", &["lo", "twice"]),
        (
            "[capture]\ninterfaces = [\"lo\"]\nall = true",
            &["choose one"],
        ),
        ("[capture]\nspeed = \"full\"", &["capture file"]),
        ("[capture]\nnetns = \"\"", &["line 2", "/run/netns/shop"]),
        ("[capture]\nnetns = -1", &["line 2", "'-1'", "pid"]),
        ("[capture]\nnetns = true", &["line 2", "a pid, or a path"]),
        #[cfg(target_os = "linux")]
        (
            "[capture]\nnetns = 4711\nfile = \"a.pcapng\"",
            &["capture file", "--netns"],
        ),
        #[cfg(not(target_os = "linux"))]
        (
            "[capture]\nnetns = 4711",
            &["capture.netns 4711", "only Linux"],
        ),
        ("[capture]\nfilter = 3", &["line 2", "string"]),
        ("[target]\nport = 0", &["target.port"]),
        ("[target]\nport = 70000", &["line 2", "70000"]),
        ("[target]\npid = 1\nname = \"x\"", &["one way"]),
        ("[target]\nwait = true", &["need a target"]),
        ("[target]\npid = 1\nwait = true", &["by its number"]),
        ("[[trigger]]\nkind = \"exit\"", &["exit", "needs a target"]),
        (
            "[target]\npid = 1\n[[trigger]]\nkind = \"crush\"",
            &["crush", "crash"],
        ),
        (
            "[target]\npid = 1\n[[trigger]]\nkind = \"exit\"\n[[trigger]]\nkind = \"exit\"",
            &["twice"],
        ),
        (
            "[target]\npid = 1\n[[trigger]]\nkind = \"exit\"\nclean_codes = [1]",
            &["clean_codes, which is of crash"],
        ),
        (
            "[target]\npid = 1\n[[trigger]]\nkind = \"crash\"\nclean_signals = [\"SIGFOO\"]",
            &["SIGFOO"],
        ),
        (
            "[target]\npid = 1\n[[trigger]]\nkind = \"restart\"",
            &["restart", "watch it by name"],
        ),
        (
            "[target]\npid = 1\n[[trigger]]\nkind = \"any\"\nof = [{ kind = \"exit\" }, { kind = \"appears\" }]",
            &["watch it by name"],
        ),
        (
            "[save]\nformat = \"erf\"",
            &["save.format", "pcapng or pcap"],
        ),
        ("[save\nfolder = 1", &["line 1"]),
    ] {
        let error = read(text).unwrap_err().to_string();
        for word in words {
            assert!(error.contains(word), "{text}\n{error}\nlacks {word}");
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_network_namespace_is_a_pid_or_a_path() {
    use crate::capture::NetworkNamespace;
    for (written, namespace) in [
        ("4711", NetworkNamespace::OfProcess(4711)),
        ("\"4711\"", NetworkNamespace::OfProcess(4711)),
        (
            "\"/run/netns/my shop\"",
            NetworkNamespace::File("/run/netns/my shop".into()),
        ),
    ] {
        let profile = read(&format!("[capture]\nnetns = {written}")).unwrap();
        assert_eq!(profile.capture.namespace, Some(namespace));
        assert_eq!(read(&profile.to_toml()), Ok(profile));
    }
}

#[test]
fn a_launched_target_is_gone_on_for_where_something_can_fire_before_its_end() {
    let checked = |tree: bool, all: bool, triggers: &str| {
        let text = format!("[freeze]\nthen = \"rearm\"\n{triggers}");
        let mut raw = RawProfile::from_toml(&text).unwrap();
        raw.target.launched = Some(1);
        raw.target.tree = Some(tree);
        raw.target.fire_when = all.then(|| "all".into());
        raw.check().map_err(|error| error.to_string())
    };
    let of = |kinds: &[&str]| {
        let table = |kind: &&str| format!("[[trigger]]\n{kind}\n");
        kinds.iter().map(table).collect::<String>()
    };
    let (exit, crash) = ("kind = \"exit\"", "kind = \"crash\"");
    let log = "kind = \"log\"\noutput = \"stderr\"\nregex = \"panic\"";
    let then = "kind = \"then\"\nwithin = \"1s\"\nof = [{ kind = \"silence\", after = \"1s\" }, { kind = \"exit\" }]";
    let any = "kind = \"any\"\nof = [{ kind = \"silence\", after = \"1s\" }, { kind = \"exit\" }]";
    let off = "kind = \"silence\"\nafter = \"1s\"\nenabled = false";
    for ends_only in [&[][..], &[exit, crash], &[then], &[exit, off]] {
        let told = checked(false, false, &of(ends_only)).unwrap_err();
        assert!(told.contains("watch it by name"), "{told}");
        checked(true, true, &of(ends_only)).unwrap_err();
        // A worker's end is no end of all.
        checked(true, false, &of(ends_only)).unwrap();
    }
    for more in [&[exit, log][..], &[log], &[any], &[off]] {
        checked(false, false, &of(more)).unwrap();
    }
}

#[test]
fn children_of_a_process_appear_and_come_again() {
    for kind in ["appears", "restart"] {
        let of = |more: &str| format!("[target]\n{more}\n[[trigger]]\nkind = \"{kind}\"");
        read(&of("pid = 1\ntree = true")).unwrap();
        read(&of("name = \"x\"")).unwrap();
        let mut raw = RawProfile::from_toml(&format!("[[trigger]]\nkind = \"{kind}\"")).unwrap();
        raw.target.launched = Some(1);
        let told = raw.check().unwrap_err().to_string();
        assert!(told.contains("watch it by name"), "{told}");
    }
}

fn spec() -> impl Strategy<Value = Option<TargetSpec>> {
    prop::option::of(prop_oneof![
        any::<u32>().prop_map(TargetSpec::Pid),
        "[a-z*? \"\\\\日]{1,20}x".prop_map(TargetSpec::Name),
        "[ -~]{1,20}x".prop_map(TargetSpec::CommandLine),
        "/[a-z/ ]{1,20}".prop_map(|path| TargetSpec::Executable(path.into())),
        (1..=u16::MAX).prop_map(TargetSpec::Port),
    ])
}

fn then() -> impl Strategy<Value = Then> {
    let rearm = (
        0..100_000_u64,
        prop::option::of(1..1000_u32),
        prop::option::of(any::<u32>()),
        any::<bool>(),
    );
    prop_oneof![
        Just(Then::Stop),
        rearm.prop_map(|(cool_down, count, bytes, drops)| Then::Rearm {
            cool_down: Duration::from_millis(cool_down),
            keep_count: count,
            keep_bytes: bytes.map(|bytes| ByteCount(u64::from(bytes))),
            when_full: if drops && (count.is_some() || bytes.is_some()) {
                WhenFull::DropOldest
            } else {
                WhenFull::Stop
            },
        })
    ]
}

proptest! {
    #[test]
    fn a_profile_reads_back_as_it_was_written(
        spec in spec(),
        then in then(),
        ring in 2_000_000..1_u64 << 45,
        tail in 0..3_600_000_u64,
        filter in prop::option::of("[ -~]{1,30}x"),
        waits in any::<bool>(),
    ) {
        let mut profile = read("").unwrap();
        profile.ring.size = ByteCount(ring);
        profile.tail = Duration::from_millis(tail);
        profile.capture.filter = filter.map(|filter| filter.trim().to_owned());
        profile.then = then;
        profile.target = spec.map(|spec| super::TargetChoice {
            wait: waits && !matches!(spec, TargetSpec::Pid(_)),
            spec,
            fire_when: FireWhen::All,
            tree: true,
        });
        if profile.target.is_some() {
            profile.triggers = ["crash", "restart"].map(chosen).to_vec();
        }
        let text = profile.to_toml();
        prop_assert_eq!(read(&text), Ok(profile), "{}", text);
    }
}
