//! A profile that is opened and kept again says the same as before.

use crashcap_core::profile::RawProfile;
use crashcap_core::profile::action::{ACTIONS, ActionText};
use crashcap_core::profile::trigger::{TRIGGERS, TriggerText};
use crashcap_core::watch::TargetSpec;

use super::{Change, Form, FormChange, FormOf, Model, Plan, SetUp, TargetKind};

fn opened(text: &str) -> SetUp {
    let mut set_up = SetUp::default();
    set_up.take(&RawProfile::from_toml(text).unwrap());
    set_up
}

/// What is kept of it.
fn kept(set_up: &SetUp) -> RawProfile {
    let text = set_up.to_be_kept().unwrap().to_toml();
    RawProfile::from_toml(&text).unwrap()
}

/// Opened and kept, it is the same.
fn assert_same(text: &str) {
    let before = RawProfile::from_toml(text).unwrap().check().unwrap();
    let set_up = opened(text);
    assert_eq!(kept(&set_up).check().unwrap(), before, "{text}");
    // Once more: nothing wears off.
    let mut again = SetUp::default();
    again.take(&kept(&set_up));
    assert_eq!(again.raw(None).check(), set_up.raw(None).check(), "{text}");
}

#[test]
fn every_way_to_name_a_target_is_kept() {
    for target in [
        "pid = 4121",
        "name = \"router_*\"",
        "command_line = \"server.py --port 99*\"",
        "executable = \"/opt/a server/run\"",
        "port = 9973",
    ] {
        assert_same(&format!(
            "[target]\n{target}\ntree = true\nfire_when = \"all\""
        ));
        if !target.starts_with("pid") {
            assert_same(&format!("[target]\n{target}\nwait = true"));
        }
    }
    assert_same("[ring]\nsize = \"1GiB\"");
}

#[test]
fn a_target_that_only_a_profile_names_is_told_and_looked_up() {
    let set_up = opened("[target]\ncommand_line = \"server.py\"");
    assert_eq!(set_up.target, TargetKind::Other);
    let spec = TargetSpec::CommandLine("server.py".into());
    assert_eq!(set_up.spec(), Some(spec.clone()));
    let mut model = Model {
        set_up,
        ..Model::default()
    };
    model.machine.matching = Some((spec, 0));
    let plan = Plan::of(&model.set_up, &model.machine);
    let expected = "Freeze when a process whose command line has server.py ends.";
    assert!(
        plan.sentences[1].starts_with(expected),
        "{:?}",
        plan.sentences
    );
    assert!(plan.problems[0].sentence.contains("Wait for it"));
    model.apply(&Change::Wait(true));
    assert_eq!(Plan::of(&model.set_up, &model.machine).problems, []);
    // Another choice, and back again: it is not lost.
    model.apply(&Change::Target(TargetKind::Process));
    assert_eq!(model.set_up.raw(None).target.command_line, None);
    model.apply(&Change::Target(TargetKind::Other));
    let target = model.set_up.raw(None).target;
    assert_eq!(target.command_line.as_deref(), Some("server.py"));
}

#[test]
fn what_is_done_after_a_freeze_is_kept_with_its_bounds_and_without() {
    let target = "[target]\nname = \"a\"\n[freeze]\nthen = \"rearm\"\n";
    for bounds in [
        "",
        "cool_down = \"90s\"",
        "keep_count = 3",
        "keep_bytes = \"2GB\"\nwhen_full = \"drop_oldest\"",
        "keep_count = 7\nkeep_bytes = \"1GiB\"\ntail = \"1500us\"",
    ] {
        assert_same(&format!("{target}{bounds}"));
    }
    let told = |bounds: &str| {
        let set_up = opened(&format!("{target}{bounds}"));
        let plan = Plan::of(&set_up, &Model::default().machine);
        plan.sentences.last().cloned().unwrap()
    };
    assert_eq!(told(""), "Then record again; every incident is kept.");
    assert_eq!(
        told("keep_bytes = \"2GB\"\nkeep_count = 3"),
        "Then record again, until 3 incidents or 2 GB of them are kept."
    );
    assert_eq!(
        SetUp::default().keep,
        "20",
        "what is chosen by hand has a bound"
    );
}

#[test]
fn what_tells_of_a_target_does_not_vanish_without_one() {
    let mut set_up =
        opened("[target]\nname = \"a\"\n[[trigger]]\nkind = \"crash\"\nclean_codes = [0, 3]");
    set_up.choose_target(TargetKind::Nothing);
    let without = kept(&set_up);
    assert_eq!(without.trigger[0].enabled, Some(false));
    assert_eq!(without.trigger[0].clean_codes, Some(vec![0, 3]));
    // With a target it counts again, for nothing else does.
    let mut again = SetUp::default();
    again.take(&without);
    assert!(!again.freezes_on("crash"));
    again.choose_target(TargetKind::Name);
    assert!(again.freezes_on("crash"));
    // What is turned off while something else counts stays so.
    let text = "[[trigger]]\nkind = \"crash\"\nenabled = false\n[[trigger]]\nkind = \"silence\"\nafter = \"5s\"";
    let mut set_up = opened(text);
    set_up.choose_target(TargetKind::Name);
    assert!(!set_up.freezes_on("crash"));
    // What is used anyway need not be written.
    assert_eq!(opened("").raw(None).trigger, []);
}

#[test]
fn what_cannot_be_read_is_not_kept_in_part() {
    let good = || opened("[target]\nname = \"a\"\n[freeze]\nthen = \"rearm\"");
    assert!(good().to_be_kept().is_ok());
    let form = |form: Form| {
        let mut set_up = good();
        set_up.triggers.push(form);
        set_up
    };
    let mut off = Form::of_kind("sockets");
    off.texts.insert("states".into(), "CLOSE_WAITING".into());
    off.texts.insert("above".into(), "100".into());
    off.texts.insert("enabled".into(), "false".into());
    let mut action = good();
    action.change_form(FormOf::Actions, &FormChange::Add("webhook"));
    for (set_up, part) in [
        (form(off), "CLOSE_WAIT"),
        (action, "webhook"),
        (
            SetUp {
                ring: "150 apples".into(),
                ..good()
            },
            "150 apples",
        ),
        (
            SetUp {
                age: "soon".into(),
                ..good()
            },
            "soon",
        ),
        (
            SetUp {
                tail: "soon".into(),
                ..good()
            },
            "soon",
        ),
        (
            SetUp {
                keep: "many".into(),
                ..good()
            },
            "many",
        ),
        (
            SetUp {
                target: TargetKind::Port,
                port: "http".into(),
                ..good()
            },
            "port",
        ),
        (
            SetUp {
                target: TargetKind::Launch,
                launch: "./a".into(),
                ..good()
            },
            "launch",
        ),
    ] {
        let refused = set_up.to_be_kept().unwrap_err();
        assert!(refused.starts_with("save the profile: "), "{refused}");
        assert!(refused.contains(part), "{part}: {refused}");
        assert!(!refused.contains("--"), "{refused}");
    }
}

#[test]
fn every_trigger_and_action_is_kept() {
    let target = "[target]\nname = \"a\"\n";
    for kind in TRIGGERS.kinds {
        if kind.is_combination() {
            assert_same(&format!("{target}[[trigger]]\n{}", kind.example));
            continue;
        }
        let raw = kind.example.parse::<TriggerText>().unwrap().0;
        assert_same(&with_triggers(target, vec![raw]));
    }
    for kind in ACTIONS.kinds {
        let action = kind.example.parse::<ActionText>().unwrap().0;
        let mut raw = RawProfile::from_toml(target).unwrap();
        raw.action = vec![action];
        assert_same(&raw.check().unwrap().to_toml());
    }
}

#[test]
fn what_has_commas_or_nothing_but_blanks_is_kept() {
    assert_same(
        "[target]\nname = \"a\"\n[[trigger]]\nkind = \"payload\"\ntext = \"  \"\n\
         [[action]]\nkind = \"webhook\"\nurl = \"https://example.org/\"\n\
         headers = [\"Accept: a, b\", \"X: it's\"]\n\
         [[action]]\nkind = \"evidence\"\nparts = [\"sockets\"]\nlogs = [\"/var/a,b.log\", \"/'c'.log\"]",
    );
}

fn with_triggers(text: &str, triggers: Vec<crashcap_core::profile::raw::RawTrigger>) -> String {
    let mut raw = RawProfile::from_toml(text).unwrap();
    raw.trigger = triggers;
    raw.check().unwrap().to_toml()
}

#[test]
fn whoever_has_an_odd_name_is_waited_for_by_a_pattern_that_it_matches() {
    for (name, pattern) in [
        ("router_runner", "router_runner"),
        ("日本語", "日本語"),
        ("a*b?c", "a?b?c"),
        (" a b ", "?a b?"),
        ("a\u{202e}b", "a???b"),
        ("a\nb", "a?b"),
    ] {
        let mut set_up = SetUp {
            pid: Some(7),
            pid_name: name.into(),
            ..SetUp::default()
        };
        set_up.by_name();
        assert_eq!(set_up.name, pattern);
        assert_eq!(set_up.spec(), Some(TargetSpec::Name(pattern.into())));
    }
}

#[test]
fn what_the_recorder_refused_is_marked_until_something_is_chosen_and_keeps_nobody_from_trying() {
    let mut model = super::samples::set_up();
    let sentence = "There is no interface eth0 now.".to_owned();
    model.set_up.refused = Some((super::Field::Interface, sentence.clone()));
    let plan = Plan::of(&model.set_up, &model.machine);
    assert_eq!(
        plan.problem(super::Field::Interface).unwrap().sentence,
        sentence
    );
    assert_eq!(plan.problems, []);
    model.apply(&Change::AllInterfaces);
    assert_eq!(model.set_up.refused, None);
}

#[test]
fn a_filter_that_is_still_looked_at_is_awaited() {
    let mut model = super::samples::set_up();
    model.set_up.filter_check = super::FilterCheck::Asked(1);
    let plan = Plan::of(&model.set_up, &model.machine);
    let expected = "Looking whether libpcap understands the filter.";
    assert_eq!(plan.awaits.as_deref(), Some(expected));
}

#[test]
fn options_of_the_terminal_are_left_out_of_sentences() {
    let sentence = "write keep_count (--keep) or keep_bytes (--keep-bytes)";
    let expected = "write keep_count or keep_bytes";
    assert_eq!(super::without_options(sentence), expected);
    assert_eq!(super::without_options("a (b) (--c"), "a (b) (--c");
    let sentence = r#"url is missing, as in --action "webhook url=x""#;
    assert_eq!(super::without_options(sentence), "url is missing");
}
