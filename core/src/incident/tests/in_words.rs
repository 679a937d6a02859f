//! The incident in words, for everything that can have frozen it.

use super::*;
use crate::incident::sentence;

fn with(frozen_by: FrozenBy) -> Facts {
    let mut facts = facts();
    facts.frozen_by = frozen_by;
    facts.packets = PacketCount(148_201);
    facts.first = Some(Timestamp(DEATH.0 - 46_500_000_000));
    facts.last = Some(Timestamp(DEATH.0 + 1_000_000_000));
    facts.interfaces = vec![InterfaceFacts {
        name: "lo".into(),
        counters: Counters {
            kernel_drops: Some(PacketCount(0)),
            ..Counters::default()
        },
        link_events: Vec::new(),
    }];
    facts
}

fn fired(kind: TriggerKind, change: impl FnOnce(&mut Firing)) -> String {
    let mut firing = firing(kind);
    change(&mut firing);
    sentence(&with(FrozenBy::Firing(Box::new(firing))))
}

const REST: &str = "; 148,201 packets over 47 s on lo, none lost; filter tcp port 9973.";

#[test]
fn a_crash_says_who_how_and_when() {
    let text = fired(TriggerKind::Crash, |_| {});
    let what = "router_runner (pid 4121) was killed by SIGSEGV at 2026-11-23 05:12:33.123 UTC";
    assert_eq!(text, format!("{what}{REST}"));
}

#[test]
fn a_core_dump_tells_both_moments() {
    let text = fired(TriggerKind::Crash, |firing| {
        firing.fault = Some(now_at(DEATH));
        firing.end = Some(now_at(Timestamp(DEATH.0 + 344_000_000)));
        firing.status = Some(ExitStatus::Signal {
            number: 11,
            core_dumped: Some(true),
        });
    });
    let what = "router_runner (pid 4121) was killed by SIGSEGV and dumped core at \
                2026-11-23 05:12:33.123 UTC and had ended 344 ms later";
    assert_eq!(text, format!("{what}{REST}"));
    let text = fired(TriggerKind::Exit, |firing| {
        firing.fault = Some(now_at(DEATH));
        (firing.end, firing.status) = (None, None);
    });
    assert!(
        text.starts_with("router_runner (pid 4121) hit a fatal fault at "),
        "{text}"
    );
    assert!(text.contains("was still writing its core dump"), "{text}");
}

#[test]
fn every_status_is_said_and_an_unknown_one_is_said_to_be_unknown() {
    for (status, text) in [
        (ExitStatus::Code { code: 3 }, "exited with status 3"),
        (
            ExitStatus::Signal {
                number: 250,
                core_dumped: None,
            },
            "was killed by signal 250",
        ),
        (
            ExitStatus::Exception { code: 0xC000_0005 },
            "ended with exception 0xC0000005",
        ),
        (
            ExitStatus::Unknown {
                reason: "it ran as another user".into(),
            },
            "ended; its exit status is unknown (it ran as another user)",
        ),
    ] {
        let sentence = fired(TriggerKind::Exit, |firing| firing.status = Some(status));
        assert!(
            sentence.starts_with(&format!("router_runner (pid 4121) {text}")),
            "{sentence}"
        );
    }
    let text = fired(TriggerKind::Crash, |firing| firing.status = None);
    assert!(
        text.starts_with("router_runner (pid 4121) ended, how is not known at "),
        "{text}"
    );
}

#[test]
fn the_other_reasons_are_said_too() {
    let text = fired(TriggerKind::Restart, |firing| {
        firing.end = Some(now_at(Timestamp(DEATH.0 - 800_000_000)));
        firing.note = Some("pid 4188 took its place".into());
    });
    let what = "router_runner (pid 4121) was restarted at 2026-11-23 05:12:33.123 UTC, \
                800 ms after its end, pid 4188 took its place";
    assert_eq!(text, format!("{what}{REST}"));
    let text = fired(TriggerKind::Manual, |firing| {
        (firing.process, firing.status) = (None, None);
        firing.note = Some("asked for by SIGUSR1".into());
    });
    let what = "Frozen by hand at 2026-11-23 05:12:33.123 UTC, asked for by SIGUSR1";
    assert_eq!(text, format!("{what}{REST}"));
    for (frozen_by, start) in [
        (
            FrozenBy::Snapshot { at: DEATH },
            "Snapshot at 2026-11-23 05:12:33.123 UTC, recording went on",
        ),
        (
            FrozenBy::Rehearsal { at: DEATH },
            "Rehearsal at 2026-11-23 05:12:33.123 UTC: nothing has crashed",
        ),
        (
            FrozenBy::Stopped {
                at: DEATH,
                reason: "SIGTERM".into(),
            },
            "Recording was ended at 2026-11-23 05:12:33.123 UTC: SIGTERM",
        ),
    ] {
        assert_eq!(sentence(&with(frozen_by)), format!("{start}{REST}"));
    }
}

#[test]
fn losses_and_places_are_said_as_far_as_known() {
    let mut facts = with(FrozenBy::Snapshot { at: DEATH });
    let says = |facts: &Facts, part: &str| {
        let text = sentence(facts);
        assert!(text.contains(part), "no '{part}' in {text}");
    };
    facts.interfaces[0].counters.kernel_drops = None;
    says(&facts, "on lo, losses not known;");
    facts.interfaces[0].counters.ring_drops = PacketCount(12);
    says(&facts, "on lo, at least 12 lost;");
    facts.interfaces[0].counters.kernel_drops = Some(PacketCount(1_000));
    says(&facts, "on lo, 1,012 lost;");
    for name in ["eth0", "eth1"] {
        let mut more = facts.interfaces[0].clone();
        more.name = name.into();
        facts.interfaces.push(more);
    }
    says(&facts, "on lo, eth0 and eth1, 3,036 lost;");
    facts.interfaces.extend_from_within(..);
    says(&facts, "on 6 interfaces, ");
    facts.packets = PacketCount(1);
    says(&facts, "; 1 packet on 6");
    facts.packets = PacketCount(0);
    facts.filter = None;
    facts.tail_cut_short = Some("the source ended".into());
    says(&facts, "; no packets on 6");
    says(&facts, "lost; the tail was cut short: the source ended.");
}
