//! The facts in the file: read back as they were, bounded whatever they hold.

use proptest::prelude::*;

use super::*;
use crate::incident::{FactsError, NotedFiring};
use crate::limits::FACTS_BYTES_MAX;

fn back(comment: &str) -> Facts {
    Facts::from_comment(comment).unwrap().unwrap()
}

#[test]
fn what_is_too_much_goes_in_order() {
    let note = |index: usize| format!("note {index} {}", "x".repeat(90));
    let mut facts = facts();
    facts.notes = (0..300).map(note).collect();
    facts.noted = (0..64)
        .map(|index| NotedFiring {
            at: DEATH,
            sentence: note(index),
        })
        .collect();
    facts.profile = Some("[ring]\nsize = \"150MB\"\n".repeat(500));
    let noted = facts.noted.clone();
    let kept = back(&facts.to_comment());
    assert_eq!(kept.notes[..], facts.notes[..150]);
    assert!(kept.truncated);
    assert_eq!(kept.noted, noted);
    assert_eq!(kept.profile, facts.profile);

    facts.profile = Some("x".repeat(FACTS_BYTES_MAX));
    let kept = back(&facts.to_comment());
    assert_eq!((kept.notes.len(), kept.noted.len()), (0, 0));
    assert_eq!(kept.profile, None);
    assert_eq!(kept.frozen_by, facts.frozen_by);
}

#[test]
fn notes_that_fit_in_part_are_kept_in_part() {
    let mut facts = facts();
    facts.notes = (0..300).map(|_| "x".repeat(200)).collect();
    let kept = back(&facts.to_comment());
    assert_eq!(kept.notes.len(), 150);
}

#[test]
fn newer_and_broken_facts_are_told_apart_and_other_comments_left_alone() {
    assert!(Facts::from_comment("made by hand").is_none());
    let error = Facts::from_comment("crashcap-facts: {\"version\": 7}")
        .unwrap()
        .unwrap_err();
    assert!(matches!(error, FactsError::Newer { version: 7 }), "{error}");
    for json in ["{\"version\": 1}", "{", "", "[]", "{\"version\": -1}"] {
        let error = Facts::from_comment(&format!("crashcap-facts: {json}"));
        let error = error.unwrap().unwrap_err();
        assert!(matches!(error, FactsError::Malformed { .. }), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn a_path_that_is_no_unicode_is_kept_as_well_as_can_be() {
    use std::os::unix::ffi::OsStringExt;
    use std::path::PathBuf;

    let mut firing = firing(TriggerKind::Crash);
    let path = PathBuf::from(std::ffi::OsString::from_vec(b"/opt/\xff".to_vec()));
    firing.process.as_mut().unwrap().executable = Some(path);
    let mut facts = facts();
    facts.frozen_by = FrozenBy::Firing(Box::new(firing));
    let FrozenBy::Firing(firing) = back(&facts.to_comment()).frozen_by else {
        panic!("it was a firing");
    };
    let path = firing.process.unwrap().executable.unwrap();
    assert_eq!(path, PathBuf::from("/opt/\u{fffd}"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn facts_stay_within_their_bound_and_readable(
        lengths in prop::collection::vec(0_usize..80_000, 8),
        // A control character takes six bytes of JSON.
        filler in prop::sample::select(vec!["x", "\u{1}", "é", "\""]),
        interfaces in 0_usize..300,
    ) {
        let text = |index: usize| filler.repeat(lengths[index] / filler.len());
        let mut firing = firing(TriggerKind::Exit);
        firing.note = Some(text(0));
        firing.status = Some(ExitStatus::Unknown { reason: text(1) });
        let process = firing.process.as_mut().unwrap();
        process.command_line = text(2);
        process.user = Some(text(3));
        process.executable = Some(text(4).into());
        let mut facts = facts();
        facts.frozen_by = FrozenBy::Firing(Box::new(firing));
        facts.filter = Some(text(5));
        facts.target = Some(text(6));
        facts.notes = vec![text(7)];
        facts.interfaces = (0..interfaces).map(|index| InterfaceFacts {
            name: format!("interface{index}"),
            counters: Counters::default(),
            link_events: vec!["down at 05:12".repeat(index)],
        }).collect();
        let comment = facts.to_comment();
        prop_assert!(comment.len() <= FACTS_BYTES_MAX);
        let kept = back(&comment);
        if !kept.truncated {
            prop_assert_eq!(kept, facts);
        }
    }
}
