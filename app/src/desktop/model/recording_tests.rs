//! What a recording says of itself, story by story.

use crashcap_core::capture::{Counters, LinkState};
use crashcap_core::clock::{Monotonic, Now};
use crashcap_core::incident::FrozenBy;
use crashcap_core::recorder::{Event, Outcome, Phase, SourceStatus, Status, TrafficBin};
use crashcap_core::trigger::TriggerKind;
use crashcap_core::units::{ByteCount, PacketCount, Timestamp};
use crashcap_core::watch::{ExitMethod, ExitStatus};

use super::samples::{machine, process};
use super::{Model, Recording, SetUp, Stage, TargetKind, TimelineView};
use crate::command::Command;

const SECOND: u64 = 1_000_000_000;
/// 2026-11-23 05:12:33 UTC.
const BEGIN: u64 = 1_795_410_753 * SECOND;

fn at(seconds: u64) -> Timestamp {
    Timestamp(BEGIN + seconds * SECOND)
}

fn now(seconds: u64) -> Now {
    Now {
        monotonic: Monotonic(seconds * SECOND),
        wall: at(seconds),
    }
}

/// A recording of eth0 in which things happen.
struct Story(Recording);

impl Story {
    fn begin(set_up: &SetUp) -> Self {
        let mut story = Self(Recording::default());
        story.0.begin(set_up, now(0));
        story.hear(
            0,
            Event::Recording {
                at_ns: at(0),
                memory: ByteCount(245_000_000),
            },
        )
    }

    fn hear(mut self, seconds: u64, event: Event) -> Self {
        self.0.heard(event, now(seconds));
        self
    }

    fn found(self, seconds: u64, pid: u32) -> Self {
        let event = Event::TargetFound {
            at_ns: at(seconds),
            process: process(pid, "router_runner", "www-data", &[9973]).process,
            method: ExitMethod::PidFd,
        };
        self.hear(seconds, event)
    }

    /// How things stand, with this changed.
    fn stands(self, seconds: u64, change: impl FnOnce(&mut Status)) -> Self {
        let mut status = Status {
            phase: Phase::Recording,
            at: at(seconds),
            since: at(0),
            ring_size: ByteCount(150_000_000),
            held: ByteCount(75_000_000),
            oldest: Some(at(seconds.saturating_sub(20))),
            newest: Some(at(seconds)),
            packets: PacketCount(seconds * 3_153),
            wire_bytes: ByteCount(seconds * 2_000_000),
            packets_per_second: 3_153,
            bytes_per_second: 2_000_000,
            lost: PacketCount(0),
            targets: vec![4121],
            incidents: 0,
            unsaved: None,
            conditions: Vec::new(),
            looking_took_ns: 0,
            sources: vec![SourceStatus {
                name: "eth0".into(),
                link: LinkState::Up,
                counters: Counters::default(),
            }],
            traffic: vec![TrafficBin {
                start: at(seconds - 1),
                length_ns: SECOND,
                packets: PacketCount(3_153),
                wire_bytes: ByteCount(2_000_000),
                lost: PacketCount(0),
            }],
        };
        change(&mut status);
        self.hear(seconds, Event::Status(Box::new(status)))
    }

    /// The target is killed; how is known a moment later.
    fn crashes(self, seconds: u64) -> Self {
        let ended = Event::TargetEnded {
            at_ns: at(seconds),
            pid: 4121,
            status: None,
        };
        let fired = Event::Fired {
            at_ns: at(seconds),
            trigger: TriggerKind::Exit,
            sentence: "router_runner (pid 4121) ended".into(),
            freezes: true,
        };
        let frozen = Event::Frozen {
            at_ns: at(seconds),
            after_firing_ns: 412_000,
        };
        let status = Event::TargetStatus {
            pid: 4121,
            // Signals have other names on other systems.
            status: ExitStatus::Code { code: 134 },
        };
        [ended, fired, frozen, status]
            .into_iter()
            .fold(self, |story, event| story.hear(seconds, event))
    }

    fn saved(self, seconds: u64) -> Self {
        let name = "router_runner_crash_20261123T051321Z.pcapng";
        let event = Event::Saved {
            path: format!("/home/dev/Crashcap/{name}").into(),
            paths: Vec::new(),
            frozen_by: FrozenBy::Stopped {
                at: at(seconds),
                reason: String::new(),
            },
            incident: "router_runner (pid 4121) exited with status 134".into(),
            packets: PacketCount(148_201),
            bytes: ByteCount(147_300_000),
            first_ns: Some(at(seconds - 20)),
            last_ns: Some(at(seconds)),
            lost: PacketCount(0),
            took_ns: 121_000_000,
        };
        self.hear(seconds, event)
    }

    fn saved_as(self, seconds: u64, name: &str, frozen_by: FrozenBy) -> Self {
        let event = Event::Saved {
            path: format!("/home/dev/Crashcap/{name}").into(),
            paths: Vec::new(),
            frozen_by,
            incident: "it is told in the file".into(),
            packets: PacketCount(1),
            bytes: ByteCount(1),
            first_ns: None,
            last_ns: None,
            lost: PacketCount(0),
            took_ns: 1,
        };
        self.hear(seconds, event)
    }

    fn saved_after_firing(self, seconds: u64) -> Self {
        let at = at(seconds);
        self.saved_as(seconds, "crash.pcapng", FrozenBy::Rehearsal { at })
    }

    fn peeked(self, seconds: u64) -> Self {
        let at = at(seconds);
        self.saved_as(seconds, "peek.pcapng", FrozenBy::Snapshot { at })
    }

    /// Everything that the screen says.
    fn told(&self) -> String {
        let (tone, sentence) = self.0.sentence();
        let mut lines = vec![format!("{tone:?}: {sentence}")];
        for (tone, sentence, remedies) in self.0.warnings(&machine()) {
            lines.push(format!("! {tone:?}: {sentence} {remedies:?}"));
        }
        for one in self.0.readings(Some(ByteCount(212_000_000_000))) {
            lines.push(format!(
                "{} {}: {} ({:?})",
                one.name, one.number, one.about, one.tone
            ));
        }
        for told in self.0.events.iter().rev() {
            let seconds = told.at.since(at(0)).as_secs();
            lines.push(format!("{seconds}s {:?}: {}", told.tone, told.sentence));
        }
        lines.join("\n")
    }
}

fn set_up() -> SetUp {
    SetUp {
        interfaces: vec!["eth0".into()],
        filter: "tcp port 9973".into(),
        target: TargetKind::Process,
        pid: Some(4121),
        pid_name: "router_runner".into(),
        ..SetUp::default()
    }
}

#[test]
fn opening() {
    let mut recording = Recording::default();
    assert!(!recording.runs());
    recording.begin(&set_up(), now(0));
    assert!(recording.runs());
    insta::assert_snapshot!(Story(recording).told(), @r"
    Plain: Opening the interfaces…
    Ring –:  (Plain)
    Rate –:  (Plain)
    Lost –:  (Plain)
    Disk –:  (Plain)
    0s Plain: opening
    ");
}

#[test]
fn recording() {
    let story = Story::begin(&set_up()).found(0, 4121).stands(47, |_| {});
    insta::assert_snapshot!(story.told(), @r"
    Good: Recording eth0, tcp port 9973: 148,191 packets over 47 s. Freezes when router_runner (pid 4121) ends.
    Ring 0:20: of traffic, 75 MB of 150 MB (Plain)
    Rate 3,153: packets/s, 2 MB/s (Plain)
    Lost 0: of 148,191 packets (Plain)
    Disk 212 GB: free, no incident yet (Plain)
    0s Plain: opening
    0s Good: recording; 245 MB of memory are taken
    0s Good: watching router_runner (pid 4121)
    ");
}

#[test]
fn quiet() {
    let story = Story::begin(&set_up())
        .found(0, 4121)
        .stands(5, |_| {})
        .stands(16, |status| {
            status.traffic[0].packets = PacketCount(0);
            (status.packets_per_second, status.bytes_per_second) = (0, 0);
        });
    insta::assert_snapshot!(story.told(), @r"
    Good: Recording eth0, tcp port 9973: 50,448 packets over 16 s. Freezes when router_runner (pid 4121) ends.
    ! Warning: No packets for 12 s, though eth0 counts 3,100 a second. The filter may be too narrow. [EditFilter]
    Ring 0:16: of traffic, 75 MB of 150 MB (Plain)
    Rate 0: packets/s, 0 B/s (Plain)
    Lost 0: of 50,448 packets (Plain)
    Disk 212 GB: free, no incident yet (Plain)
    0s Plain: opening
    0s Good: recording; 245 MB of memory are taken
    0s Good: watching router_runner (pid 4121)
    ");
}

#[test]
fn quiet_without_a_filter() {
    let unfiltered = SetUp {
        filter: String::new(),
        ..set_up()
    };
    let story = Story::begin(&unfiltered)
        .stands(5, |_| {})
        .stands(16, |status| status.traffic[0].packets = PacketCount(0));
    let (_, sentence, remedies) = story.0.warnings(&machine()).remove(0);
    insta::assert_snapshot!(sentence, @"No packets for 12 s, though eth0 counts 3,100 a second. Stop and start again, or choose another interface.");
    assert_eq!(remedies, [Command::ShowSetUp]);
}

#[test]
fn that_it_freezes_is_told_at_once_and_replaced_when_it_is_saved() {
    let mut model = Model::default();
    let mut story = Story::begin(&set_up()).found(0, 4121).stands(47, |_| {});
    let mut tell = |story: &mut Story| {
        let news = story.0.news().unwrap();
        let stage = news.stage;
        model.announce(news);
        let told: Vec<String> = model
            .banners
            .iter()
            .map(|one| one.sentence.clone())
            .collect();
        (stage, told)
    };
    story = story.hear(
        48,
        Event::Fired {
            at_ns: at(48),
            trigger: TriggerKind::Exit,
            sentence: "router_runner (pid 4121) ended".into(),
            freezes: true,
        },
    );
    let freezes = ["router_runner (pid 4121) ended. Freezing.".to_owned()];
    assert_eq!(tell(&mut story), (Stage::First, freezes.to_vec()));
    // How it ended is known a moment later, or when it has dumped its core.
    let status = ExitStatus::Code { code: 134 };
    story = story
        .stands(49, |status| status.phase = Phase::Frozen)
        .hear(50, Event::TargetStatus { pid: 4121, status });
    let known = ["router_runner (pid 4121) exited with status 134. Freezing.".to_owned()];
    assert_eq!(tell(&mut story), (Stage::Again, known.to_vec()));
    let why = "/mnt is full";
    story = story.stands(51, |status| {
        status.phase = Phase::Frozen;
        status.unsaved = Some(why.into());
    });
    let (stage, told) = tell(&mut story);
    assert_eq!((stage, told.len()), (Stage::Next, 1));
    assert!(told[0].starts_with("Not saved: /mnt is full"), "{told:?}");
    story = story.saved_after_firing(52);
    let (stage, told) = tell(&mut story);
    assert_eq!((stage, told.len()), (Stage::Next, 1));
    assert!(told[0].starts_with("Saved /home/dev/"), "{told:?}");
    // Nothing was told of what is frozen by hand; a peek is about nothing else.
    story = story.hear(
        60,
        Event::Fired {
            at_ns: at(60),
            trigger: TriggerKind::Manual,
            sentence: "frozen by hand".into(),
            freezes: true,
        },
    );
    assert_eq!(story.0.news(), None);
    story = story.saved_after_firing(61);
    assert_eq!(tell(&mut story).0, Stage::First);
    story = story.peeked(62);
    let (stage, told) = tell(&mut story);
    assert_eq!((stage, told.len()), (Stage::Alone, 2));
    let files: Vec<_> = model
        .banners
        .iter()
        .filter_map(|one| one.file.clone())
        .collect();
    assert!(
        files[0].ends_with("peek.pcapng") && files[1].ends_with("crash.pcapng"),
        "{files:?}"
    );
}

#[test]
fn lost_packets() {
    let lose = |status: &mut Status| {
        status.lost = PacketCount(1_204);
        status.traffic[0].lost = PacketCount(1_204);
        status.sources[0].counters.kernel_drops = Some(PacketCount(1_200));
    };
    let story = Story::begin(&set_up()).found(0, 4121).stands(47, lose);
    insta::assert_snapshot!(story.told(), @r"
    Good: Recording eth0, tcp port 9973: 148,191 packets over 47 s. Freezes when router_runner (pid 4121) ends.
    ! Warning: 1,204 packets were lost because the kernel's buffer was full. Make it 256 MiB or narrow the filter. The file says so too. [LargerBuffer, ShowSetUp]
    Ring 0:20: of traffic, 75 MB of 150 MB (Plain)
    Rate 3,153: packets/s, 2 MB/s (Plain)
    Lost 1,204: of 148,191 packets (Warning)
    Disk 212 GB: free, no incident yet (Plain)
    0s Plain: opening
    0s Good: recording; 245 MB of memory are taken
    0s Good: watching router_runner (pid 4121)
    ");
    // Long after, the ring holds nothing of that time any more.
    let story = story.stands(147, |status| status.lost = PacketCount(1_204));
    assert_eq!(story.0.warnings(&machine()), []);
}

#[test]
fn an_interface_that_is_gone() {
    let story = Story::begin(&set_up())
        .found(0, 4121)
        .hear(
            9,
            Event::Link {
                at_ns: at(9),
                name: "eth0".into(),
                link: LinkState::Down,
            },
        )
        .stands(10, |status| status.sources[0].link = LinkState::Down);
    insta::assert_snapshot!(story.told(), @r"
    Good: Recording eth0, tcp port 9973: 31,530 packets over 10 s. Freezes when router_runner (pid 4121) ends.
    ! Warning: eth0 is down. Its packets are recorded as soon as it is up. []
    Ring 0:10: of traffic, 75 MB of 150 MB (Plain)
    Rate 3,153: packets/s, 2 MB/s (Plain)
    Lost 0: of 31,530 packets (Plain)
    Disk 212 GB: free, no incident yet (Plain)
    0s Plain: opening
    0s Good: recording; 245 MB of memory are taken
    0s Good: watching router_runner (pid 4121)
    9s Warning: eth0 went down; recording waits for it
    ");
}

#[test]
fn a_crash_in_its_tail() {
    let story = Story::begin(&set_up())
        .found(0, 4121)
        .stands(47, |_| {})
        .crashes(48)
        .stands(49, |status| {
            status.phase = Phase::Tail;
            status.targets.clear();
        });
    insta::assert_snapshot!(story.told(), @r"
    Frozen: router_runner (pid 4121) exited with status 134. Recording the tail.
    Ring 0:20: of traffic, 75 MB of 150 MB (Plain)
    Rate 3,153: packets/s, 2 MB/s (Plain)
    Lost 0: of 154,497 packets (Plain)
    Disk 212 GB: free, no incident yet (Plain)
    0s Plain: opening
    0s Good: recording; 245 MB of memory are taken
    0s Good: watching router_runner (pid 4121)
    48s Plain: router_runner (pid 4121) ended
    48s Frozen: trigger fired: router_runner (pid 4121) ended
    48s Frozen: frozen 0.4 ms after that was noticed
    48s Danger: router_runner (pid 4121) exited with status 134
    ");
    let moment = story.0.moment.as_ref().unwrap();
    assert_eq!((moment.at, moment.tail_to), (at(48), None));
}

#[test]
fn frozen_and_saved() {
    let story = Story::begin(&set_up())
        .found(0, 4121)
        .stands(47, |_| {})
        .crashes(48)
        .stands(49, |status| {
            status.phase = Phase::Frozen;
            status.targets.clear();
        });
    // However long it takes to save it, the timeline stands still.
    let view = TimelineView::of_recording(&story.0, 100, 0);
    let story = story.stands(80, |status| {
        status.phase = Phase::Frozen;
        status.targets.clear();
        (status.oldest, status.newest) = (None, None);
        status.packets = PacketCount(154_497);
    });
    assert_eq!(TimelineView::of_recording(&story.0, 100, 0).part, view.part);
    assert!(!view.now);
    let (_, saving) = story.0.sentence();
    insta::assert_snapshot!(saving, @"router_runner (pid 4121) exited with status 134. Frozen; saving it.");
    let mut story = story.saved(49).hear(
        49,
        Event::Finished {
            outcome: Outcome::FrozenAndSaved,
        },
    );
    insta::assert_snapshot!(story.told(), @r"
    Frozen: router_runner (pid 4121) exited with status 134. Saved as router_runner_crash_20261123T051321Z.pcapng.
    Ring 0:20: of traffic, 75 MB of 150 MB (Plain)
    Rate –: not recording (Plain)
    Lost 0: of 154,497 packets (Plain)
    Disk 212 GB: free, 1 incident saved (Plain)
    0s Plain: opening
    0s Good: recording; 245 MB of memory are taken
    0s Good: watching router_runner (pid 4121)
    48s Plain: router_runner (pid 4121) ended
    48s Frozen: trigger fired: router_runner (pid 4121) ended
    48s Frozen: frozen 0.4 ms after that was noticed
    48s Danger: router_runner (pid 4121) exited with status 134
    49s Frozen: saved /home/dev/Crashcap/router_runner_crash_20261123T051321Z.pcapng: 148,201 packets, 147 MB, in 121 ms
    49s Plain: ended; what froze is saved
    ");
    let news = story.0.news().unwrap();
    let path = "/home/dev/Crashcap/router_runner_crash_20261123T051321Z.pcapng";
    assert_eq!(news.file.as_deref(), Some(std::path::Path::new(path)));
    insta::assert_snapshot!(news.sentence, @"Saved /home/dev/Crashcap/router_runner_crash_20261123T051321Z.pcapng. router_runner (pid 4121) exited with status 134");
    assert!(!story.0.runs());
    let moment = story.0.moment.as_ref().unwrap();
    assert_eq!(moment.tail_to, Some(at(49)));
}

#[test]
fn a_restart_with_recording_going_on() {
    let by_name = SetUp {
        target: TargetKind::Name,
        name: "router_*".into(),
        triggers: vec![
            crate::model::Form::of_kind("exit"),
            crate::model::Form::of_kind("restart"),
        ],
        rearm: true,
        ..set_up()
    };
    let waits = Story::begin(&by_name).stands(1, |status| status.targets.clear());
    insta::assert_snapshot!(waits.0.sentence().1, @"Recording eth0, tcp port 9973: 3,153 packets over 1 s. Waits for a process named router_*.");
    let gone = waits
        .found(2, 4121)
        .crashes(48)
        .stands(50, |status| status.targets.clear());
    insta::assert_snapshot!(gone.told(), @r"
    Good: Recording eth0, tcp port 9973: 157,650 packets over 50 s. Freezes when a process named router_* ends or was started again.
    ! Warning: A process named router_* is not there now. It is watched as soon as it is back. []
    Ring 0:20: of traffic, 75 MB of 150 MB (Plain)
    Rate 3,153: packets/s, 2 MB/s (Plain)
    Lost 0: of 157,650 packets (Plain)
    Disk 212 GB: free, no incident yet (Plain)
    0s Plain: opening
    0s Good: recording; 245 MB of memory are taken
    2s Good: watching router_runner (pid 4121)
    48s Plain: router_runner (pid 4121) ended
    48s Frozen: trigger fired: router_runner (pid 4121) ended
    48s Frozen: frozen 0.4 ms after that was noticed
    48s Danger: router_runner (pid 4121) exited with status 134
    ");
    let back = gone.found(51, 4188).saved(52).stands(53, |status| {
        status.targets = vec![4188];
        status.incidents = 1;
    });
    assert_eq!(back.0.warnings(&machine()), []);
    let rows: Vec<_> = back.0.lanes.bars.iter().map(|bar| bar.row).collect();
    assert_eq!(rows, [0, 0]);
    // The tail ended with the incident, not with the recording.
    assert_eq!(back.0.moment.as_ref().unwrap().tail_to, Some(at(52)));
    let stopped = back.hear(
        60,
        Event::Finished {
            outcome: Outcome::Stopped,
        },
    );
    insta::assert_snapshot!(stopped.0.sentence().1, @"Stopped. 1 incident saved.");
}

#[test]
fn a_save_that_failed() {
    let why = "save the incident router_runner_crash: /mnt is full: 157 MB are needed and 12 MB are free; make room or choose another folder";
    let mut story = Story::begin(&set_up())
        .found(0, 4121)
        .crashes(48)
        .hear(
            49,
            Event::SaveFailed {
                sentence: why.into(),
                fallback_follows: false,
            },
        )
        .stands(50, |status| {
            status.phase = Phase::Frozen;
            status.unsaved = Some(why.into());
            status.targets.clear();
        });
    insta::assert_snapshot!(story.told(), @r"
    Danger: router_runner (pid 4121) exited with status 134. Frozen in memory; it could not be saved.
    ! Danger: Not saved: /mnt is full: 157 MB are needed and 12 MB are free; make room or choose another folder. The incident is safe in memory. [SaveElsewhere]
    Ring 0:20: of traffic, 75 MB of 150 MB (Plain)
    Rate –: not recording (Plain)
    Lost 0: of 157,650 packets (Plain)
    Disk 212 GB: free, no incident yet (Plain)
    0s Plain: opening
    0s Good: recording; 245 MB of memory are taken
    0s Good: watching router_runner (pid 4121)
    48s Plain: router_runner (pid 4121) ended
    48s Frozen: trigger fired: router_runner (pid 4121) ended
    48s Frozen: frozen 0.4 ms after that was noticed
    48s Danger: router_runner (pid 4121) exited with status 134
    49s Danger: save the incident router_runner_crash: /mnt is full: 157 MB are needed and 12 MB are free; make room or choose another folder
    ");
    assert!(story.0.news().is_some());
    // Told once, however often it is said.
    let mut story = story.stands(51, |status| status.unsaved = Some(why.into()));
    assert_eq!(story.0.news(), None);
}

#[test]
fn a_recorder_that_was_killed() {
    let mut story = Story::begin(&set_up()).found(0, 4121).stands(47, |_| {});
    story.0.lost("signal 9", now(48));
    insta::assert_snapshot!(story.told(), @r"
    Danger: The recording failed: the recorder stopped (signal 9). Saved incidents are safe; what was only in memory is lost.
    Ring 0:20: of traffic, 75 MB of 150 MB (Plain)
    Rate –: not recording (Plain)
    Lost 0: of 148,191 packets (Plain)
    Disk 212 GB: free, no incident yet (Plain)
    0s Plain: opening
    0s Good: recording; 245 MB of memory are taken
    0s Good: watching router_runner (pid 4121)
    48s Danger: the recorder stopped (signal 9)
    ");
    assert!(!story.0.runs());
}

#[test]
fn events_are_bounded_and_the_newest_are_kept() {
    let mut story = Story::begin(&set_up());
    for number in 0..2_000 {
        story = story.hear(
            1,
            Event::Notice {
                at_ns: at(1),
                sentence: format!("notice {number}"),
            },
        );
    }
    assert!(story.0.events.len() < 1_000);
    assert_eq!(story.0.events[0].sentence, "notice 1999");
}
