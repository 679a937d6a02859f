//! Actions as written: what is taken, what is refused, and the ways back.

use super::{ACTIONS, ActionText, RawAction, check};
use crate::profile::RawProfile;

fn line(text: &str) -> Result<RawAction, String> {
    let read: Result<ActionText, _> = text.parse();
    read.map(|text| text.0).map_err(|error| error.to_string())
}

#[test]
fn every_example_is_a_valid_action_and_reads_back() {
    for kind in ACTIONS.kinds {
        let raw = line(kind.example).unwrap();
        assert_eq!(raw.kind, kind.word);
        check(&raw).unwrap();
        let written = ActionText(raw.clone()).to_string();
        assert_eq!(line(&written).unwrap(), raw, "{written}");
        let profile = RawProfile {
            action: vec![raw.clone()],
            ..RawProfile::default()
        };
        let text = profile.check().unwrap().to_toml();
        let read = RawProfile::from_toml(&text).unwrap();
        assert_eq!(read.action, [raw], "{text}");
        read.check().unwrap();
    }
}

#[test]
fn every_field_is_told_of_and_belongs_to_some_kind() {
    for field in ACTIONS.fields {
        let taken = ACTIONS
            .kinds
            .iter()
            .any(|kind| ACTIONS.takes(kind, field.word));
        assert!(taken, "{}", field.word);
    }
    for kind in ACTIONS.kinds {
        for field in ACTIONS.all_fields(kind) {
            assert!(ACTIONS.field(field).is_some(), "{field}");
        }
    }
}

#[test]
fn a_command_is_written_as_a_text_or_as_words() {
    let text = line(r"run command='/bin/tell --to \'a b\''");
    assert!(text.is_err(), "{text:?}");
    let text = line(r#"run command="/bin/tell --to 'a b'""#).unwrap();
    let words = RawProfile::from_toml(
        "[[action]]\nkind = \"run\"\ncommand = [\"/bin/tell\", \"--to\", \"a b\"]",
    );
    assert_eq!(words.unwrap().action, [text]);
}

#[test]
fn every_mistake_says_what_would_be_right() {
    for (text, words) in [
        ("", &["write its kind first, as in run"][..]),
        ("runs command=x", &["did you mean run?"]),
        ("run", &["command is missing", "command='/usr/local"]),
        ("run command=''", &["command is missing"]),
        ("run command=\"'\"", &["quote"]),
        ("run command=x timeout=25h", &["timeout of", "100 ms"]),
        (
            "run command=x url=y",
            &["no field url, which is of webhook"],
        ),
        ("webhook", &["url is missing"]),
        ("webhook url=ftp://x", &["https://example.org"]),
        ("webhook url=http://x headers=a", &["'Name: value'"]),
        ("webhook url=http://x retries=9", &["at most 5"]),
        ("evidence parts=all", &["sockets, process and core_dump"]),
        ("evidence parts=,", &["choose sockets"]),
        ("evidence form=pdf", &["zip or comments"]),
        ("evidence logs=x lines=0", &["from 1 to"]),
        ("exit now=1", &["no field now"]),
    ] {
        let refused = line(text).and_then(|raw| check(&raw).map_err(|error| error.to_string()));
        let refused = refused.unwrap_err();
        for part in words {
            assert!(refused.contains(part), "{text}: {refused}");
        }
    }
}

#[test]
fn what_is_put_into_an_incident_holds_no_secret() {
    let raw = line(
        "webhook url=https://me:word@example.org:8443/hook?token=abc headers='Authorization: Bearer abc,X-A: b'",
    )
    .unwrap();
    let profile = RawProfile {
        action: vec![raw],
        ..RawProfile::default()
    };
    let told = profile.check().unwrap().to_toml_without_secrets();
    for secret in ["abc", "me:word", "/hook", "X-A: b"] {
        assert!(!told.contains(secret), "{told}");
    }
    assert!(told.contains("https://example.org:8443/…"), "{told}");
    assert!(told.contains("Authorization: …"), "{told}");
}
