use super::*;
use std::collections::BTreeMap;
use std::ffi::OsString;

fn environment(fields: &Fields) -> BTreeMap<String, String> {
    let text = |text: OsString| text.into_string().unwrap();
    let variables = fields.environment().into_iter();
    variables
        .map(|(name, value)| (text(name), text(value)))
        .collect()
}

#[test]
fn environment_and_json_say_the_same() {
    let path = Path::new("/var/lib/crashcap/x.pcapng");
    let fields = Fields::new(path, &facts());
    let environment = environment(&fields);
    let json = fields.json();
    let json = json.as_object().unwrap();
    assert_eq!(environment.len(), json.len());
    for (name, value) in json {
        let variable = &environment[&format!("CRASHCAP_{}", name.to_ascii_uppercase())];
        let value = value.as_str().map_or(value.to_string(), str::to_owned);
        assert_eq!(*variable, value, "{name}");
    }
    for (name, value) in [
        ("INCIDENT", "/var/lib/crashcap/x.pcapng"),
        ("CAUSE", "crash"),
        ("TARGET_NAME", "router_runner"),
        ("TARGET_PID", "4121"),
        ("AT", "2026-11-23T05:12:33.123Z"),
        ("FROZEN_AT", "2026-11-23T05:12:33.1232Z"),
        ("PACKETS", "7"),
        ("BYTES", "700"),
        ("SIGNAL", "11"),
    ] {
        assert_eq!(environment[&format!("CRASHCAP_{name}")], value);
    }
    assert!(json["packets"].is_u64() && json["target_pid"].is_u64());
    assert!(environment["CRASHCAP_SENTENCE"].contains("router_runner (pid 4121)"));
    // Neither is there what is not known.
    assert!(!json.contains_key("exit_code") && !json.contains_key("last_packet"));
}

#[test]
fn a_zero_byte_and_a_flood_are_bounded_in_both() {
    let mut facts = facts();
    let FrozenBy::Firing(firing) = &mut facts.frozen_by else {
        unreachable!("it is a firing");
    };
    firing.process.as_mut().unwrap().name = format!("a\0b{}", "é".repeat(100_000));
    firing.status = Some(ExitStatus::Exception { code: 0xC000_0005 });
    let fields = Fields::new(Path::new("x"), &facts);
    let name = &environment(&fields)["CRASHCAP_TARGET_NAME"];
    assert!(name.starts_with("a\u{fffd}bé") && name.len() < 10_000);
    assert_eq!(fields.json()["target_name"], name.as_str());
    assert_eq!(fields.json()["exit_code"], 0xC000_0005_u32);
}

#[test]
fn what_a_trigger_saw_is_told_with_its_number_and_its_name() {
    let mut facts = facts();
    let none = Fields::new(Path::new("x"), &facts).json();
    assert!(none.get("seen").is_none() && none.get("note").is_none());
    let FrozenBy::Firing(firing) = &mut facts.frozen_by else {
        unreachable!("it is a firing");
    };
    let seen = "TCP sockets in CLOSE_WAIT of server: 112, above 100 for 5.0 s";
    firing.seen = Some(seen.into());
    firing.note = Some("the trigger \"stuck sockets\"".into());
    let fields = Fields::new(Path::new("x"), &facts);
    assert_eq!(environment(&fields)["CRASHCAP_SEEN"], seen);
    assert_eq!(fields.json()["note"], "the trigger \"stuck sockets\"");
}

#[test]
fn what_did_not_fire_has_a_cause_too() {
    for (frozen_by, cause) in [
        (FrozenBy::Snapshot { at: DEATH }, "snapshot"),
        (FrozenBy::Rehearsal { at: DEATH }, "rehearsal"),
        (
            FrozenBy::Stopped {
                at: DEATH,
                reason: "SIGTERM".into(),
            },
            "stopped",
        ),
    ] {
        let facts = Facts {
            frozen_by,
            ..facts()
        };
        let json = Fields::new(Path::new("x"), &facts).json();
        assert_eq!(json["cause"], cause);
        assert_eq!(json["at"], "2026-11-23T05:12:33.123Z");
        assert!(json.get("target_pid").is_none());
    }
}
