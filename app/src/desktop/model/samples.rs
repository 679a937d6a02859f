//! Models for tests and pictures.

use crashcap_core::capture::{Counters, LinkState};
use crashcap_core::clock::{Monotonic, Now};
use crashcap_core::incident::FrozenBy;
use crashcap_core::profile::action::ActionText;
use crashcap_core::profile::trigger::TriggerText;
use crashcap_core::recorder::{
    Available, Event, Look, Outcome, Phase, SourceStatus, Status, TrafficBin,
};
use crashcap_core::trigger::{ConditionStatus, TriggerKind};
use crashcap_core::units::{ByteCount, PacketCount, Timestamp};
use crashcap_core::watch::{
    ExitMethod, ExitStatus, Ports, ProcessDetails, ProcessIdentity, ProcessInfo,
};

use super::{
    FilterCheck, Form, InterfaceNow, Machine, Model, Remedy, Rights, Screen, Seen, SetUp,
    TargetKind,
};
use crate::command::Command;

/// A process of a machine that does not exist.
pub(crate) fn process(pid: u32, name: &str, user: &str, ports: &[u16]) -> ProcessDetails {
    ProcessDetails {
        process: ProcessInfo {
            identity: ProcessIdentity {
                pid,
                started: u64::from(pid),
            },
            name: name.into(),
            executable: Some(format!("/usr/bin/{name}").into()),
            command_line: format!("/usr/bin/{name} --config /etc/{name}.conf"),
            user: Some(user.into()),
        },
        cpu_percent: (pid % 40) as f32,
        resident: ByteCount(u64::from(pid) * 30_000),
        ports: Ports::Known(ports.to_vec()),
    }
}

/// Bytes a packet too many, summed up: traffic that rises and falls.
fn wave(second: u64) -> u64 {
    (0..second)
        .map(|at| 900 + 400 * (at % 9) - 25 * (at % 23))
        .sum()
}

/// A machine with some traffic.
pub(crate) fn machine() -> Machine {
    let interface = |name: &str, address: &str, rate: u64| {
        let name = name.to_owned();
        let address = address.to_owned();
        move |second: u64| InterfaceNow {
            name: name.clone(),
            friendly: None,
            description: None,
            addresses: vec![address.clone()],
            up: true,
            loopback: name == "lo",
            wireless: name.starts_with("wl"),
            // A wave, so that the line has a shape.
            counted: Some((second * rate, second * rate * 700 + wave(second) * rate)),
        }
    };
    let list = [
        interface("any", "", 3_300),
        interface("eth0", "192.0.2.17/24", 3_100),
        interface("wlan0", "198.51.100.4/24", 40),
        interface("lo", "127.0.0.1/8", 160),
    ];
    let mut machine = Machine {
        rights: Rights::Yes,
        available: Available {
            machine: Some(ByteCount(11_400 << 20)),
            control_group: None,
        },
        processes: vec![
            process(4121, "router_runner", "www-data", &[9973]),
            process(812, "sshd", "root", &[22]),
            process(990, "postgres", "postgres", &[5432]),
            process(2210, "日本語サーバ", "dev", &[8080]),
            process(1, "systemd", "root", &[]),
            process(3301, "bash", "dev", &[]),
        ],
        ..Machine::default()
    };
    for second in 1..=60 {
        let now: Vec<InterfaceNow> = list.iter().map(|one| one(second)).collect();
        machine.glanced(now, Monotonic(second * 1_000_000_000));
    }
    machine
}

/// Set up, all choices made.
pub(crate) fn set_up() -> Model {
    Model {
        machine: machine(),
        set_up: SetUp {
            interfaces: vec!["eth0".into()],
            filter: "tcp port 9973".into(),
            target: TargetKind::Process,
            pid: Some(4121),
            pid_name: "router_runner".into(),
            folder: "/home/dev/Crashcap".into(),
            ..SetUp::default()
        },
        ..Model::default()
    }
}

/// What several triggers measure.
pub(crate) fn with_conditions(model: &mut Model) {
    let condition =
        |kind, clause: &str, value: Option<f64>, shown: Option<&str>, limit| ConditionStatus {
            trigger: 0,
            kind,
            clause: clause.into(),
            value,
            shown: shown.map(ToOwned::to_owned),
            limit,
            counts: value > limit,
            note: None,
            times: 0,
        };
    let sockets = "TCP sockets in CLOSE_WAIT of router_runner are above 100 for 5 s";
    let memory = "memory of router_runner's largest process is above 2 GB";
    let health = "GET http://127.0.0.1:9973/health fails 3 times in a row";
    let log = "a line of /var/log/router.log matches panic|OutOfMemory";
    if let Some(status) = &mut model.recording.status {
        status.conditions = vec![
            condition(
                TriggerKind::Sockets,
                sockets,
                Some(112.0),
                Some("112"),
                Some(100.0),
            ),
            condition(
                TriggerKind::Memory,
                memory,
                Some(1.3e9),
                Some("1.30 GB"),
                Some(2e9),
            ),
            condition(
                TriggerKind::Health,
                health,
                Some(0.0),
                Some("no failure"),
                Some(2.0),
            ),
            condition(TriggerKind::Log, log, None, None, None),
        ];
    }
    // Sockets pile up, and memory grows; both were seen each second.
    let Some(mut status) = model.recording.status.clone() else {
        return;
    };
    for tenth in (10..=1_800).step_by(10) {
        status.at = at(tenth).wall;
        let sockets = 3 + tenth % 7 + 109 * (tenth / 60).saturating_sub(15) / 15;
        let memory = 0.4e9 + 0.5e6 * tenth as f64;
        for (condition, value) in status.conditions.iter_mut().zip([sockets as f64, memory]) {
            condition.value = Some(value);
            condition.counts = condition.value > condition.limit;
        }
        model.recording.measured.stands(&status);
    }
    if let Some(now) = &model.recording.status {
        model.recording.measured.stands(now);
    }
}

/// Several triggers and actions, and what the sockets' trigger sees now.
pub(crate) fn with_triggers(model: &mut Model) {
    let trigger = |line: &str| {
        let written: TriggerText = line.parse().expect("a trigger");
        Form::of_trigger(&written.0)
    };
    let action = |line: &str| {
        let written: ActionText = line.parse().expect("an action");
        Form::of_action(&written.0)
    };
    let sockets = trigger("sockets states=CLOSE_WAIT above=100 sustained=5s");
    let look = Look {
        trigger: 0,
        clause: String::new(),
        seen: Ok(Some("12 (11 of them to 192.0.2.7)".into())),
        counts: Some(false),
        would_say: None,
    };
    model.machine.seen = model
        .set_up
        .alone(&sockets)
        .map(|of| Seen {
            of,
            looks: Ok(vec![look]),
        })
        .into_iter()
        .collect();
    model.set_up.triggers = vec![
        trigger("crash clean_codes=0,3"),
        sockets,
        trigger("log file=/var/log/router.log regex='panic|OutOfMemory'"),
        trigger("memory above=2GB enabled=false"),
    ];
    model.set_up.actions = vec![
        action("evidence parts=sockets,process"),
        action("webhook url=https://example.org/crashes"),
    ];
}

/// Set up with a filter that does not compile and a ring that does not fit.
pub(crate) fn set_up_with_problems() -> Model {
    let mut model = set_up();
    model.set_up.filter = "tcp prot 9973".into();
    model.set_up.filter_check =
        FilterCheck::Problem("can't parse filter expression: syntax error".into());
    model.set_up.ring = "20GiB".into();
    model.set_up.rearm = true;
    model.set_up.target = TargetKind::Name;
    model.set_up.name = "router_*".into();
    model.machine.matching = model.set_up.spec().map(|spec| (spec, 0));
    model
}

/// Set up for a target that is not there yet.
pub(crate) fn set_up_that_waits() -> Model {
    let mut model = set_up();
    model.set_up.target = TargetKind::Name;
    model.set_up.name = "router_*".into();
    model.set_up.wait = true;
    model.set_up.rearm = true;
    model.machine.matching = model.set_up.spec().map(|spec| (spec, 0));
    model
}

/// Set up by somebody who may not see which ports the chosen process listens on, with
/// advice on the filter.
pub(crate) fn set_up_with_hidden_ports() -> Model {
    let mut model = set_up();
    model.set_up.filter = "dst port 9973".into();
    for one in &mut model.machine.processes {
        if one.process.user.as_deref() != Some("dev") {
            one.ports = Ports::Unknown {
                reason: "seen only with rights".into(),
            };
        }
    }
    model
}

/// Set up where this user may not capture.
pub(crate) fn set_up_without_rights() -> Model {
    let mut model = set_up();
    model.machine.rights = Rights::No(Remedy {
        sentence: "You may not capture on this computer yet. An administrator's password lets \
            Crashcap read packets: for one recording, or always from your next login on."
            .into(),
        typed: None,
        buttons: vec![
            Command::AllowThisTime,
            Command::AllowAlways,
            Command::CheckAgain,
        ],
    });
    model
}

/// The same where no password can be asked for.
pub(crate) fn set_up_without_pkexec() -> Model {
    let mut model = set_up();
    model.machine.rights = Rights::No(Remedy {
        sentence: "You may not capture on this computer yet. This command gives the program the \
            right to read packets, for whoever may run it, until it is built again:"
            .into(),
        typed: Some("sudo setcap cap_net_raw+ep /home/dev/crashcap/target/release/crashcap".into()),
        buttons: vec![Command::CopyGrant, Command::CheckAgain],
    });
    model
}

/// 2026-11-23 05:12:33 UTC.
pub(super) const EPOCH: u64 = 1_795_410_753_000_000_000;
const TENTH: u64 = 100_000_000;

fn at(tenths: u64) -> Now {
    Now {
        monotonic: Monotonic(tenths * TENTH),
        wall: Timestamp(EPOCH + tenths * TENTH),
    }
}

/// Traffic that breathes, bursts once and pauses once.
fn bin(tenth: u64, lost: u64) -> TrafficBin {
    let time = tenth as f64;
    let breath = 70.0 * (time / 130.0).sin() + 35.0 * (time / 37.0).sin();
    // The same noise each time.
    let noise = |salt: u64| ((tenth * 2_654_435_761 + salt * 40_503) >> 7) % 100;
    let quiet = (1_000..1_040).contains(&tenth);
    let burst = (620..700).contains(&tenth);
    let packets = match (quiet, burst) {
        (true, _) => 0,
        (_, true) => 900 + 2 * noise(1),
        _ => (300.0 + breath) as u64 + noise(2) * 4 / 5,
    };
    TrafficBin {
        start: Timestamp(EPOCH + tenth * TENTH),
        length_ns: TENTH,
        packets: PacketCount(packets),
        wire_bytes: ByteCount(packets * (640 + noise(3))),
        lost: PacketCount(lost),
    }
}

fn status(tenths: u64, phase: Phase, lost: u64) -> Status {
    let kept_from = tenths.saturating_sub(1_400);
    Status {
        phase,
        at: at(tenths).wall,
        since: at(0).wall,
        ring_size: ByteCount(150_000_000),
        held: ByteCount(tenths.min(1_400) * 105_000),
        oldest: Some(at(kept_from).wall),
        newest: Some(at(tenths).wall),
        packets: PacketCount(tenths * 420),
        wire_bytes: ByteCount(tenths * 300_000),
        packets_per_second: 4_213,
        bytes_per_second: 3_104_000,
        lost: PacketCount(lost),
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
        traffic: Vec::new(),
    }
}

/// Three minutes of recording.
pub(crate) fn recording() -> Model {
    recording_with(|_| 0)
}

fn recording_with(lost: fn(u64) -> u64) -> Model {
    let mut model = set_up();
    model.screen = Screen::Recording;
    model.room = Some(ByteCount(212_000_000_000));
    let set_up = model.set_up.clone();
    let recording = &mut model.recording;
    recording.begin(&set_up, at(0));
    recording.heard(
        Event::Recording {
            at_ns: at(1).wall,
            memory: ByteCount(245_000_000),
        },
        at(1),
    );
    recording.heard(
        Event::TargetFound {
            at_ns: at(1).wall,
            process: process(4121, "router_runner", "www-data", &[9973]).process,
            method: ExitMethod::PidFd,
        },
        at(1),
    );
    for tenth in 1..1_800 {
        recording.traffic.add(&bin(tenth, lost(tenth)));
    }
    let now = at(1_800);
    recording.heard(
        Event::Status(Box::new(status(1_800, Phase::Recording, 0))),
        now,
    );
    recording.packet_at = Some(now.wall);
    recording.first_packet = Some(at(1).wall);
    model.now = now;
    model
}

/// The same, with lost packets.
pub(crate) fn losing() -> Model {
    let mut model = recording_with(|tenth| match tenth {
        1_300..1_320 | 1_500 => 57,
        _ => 0,
    });
    let now = at(1_800);
    let status = status(1_800, Phase::Recording, 1_204);
    model.recording.heard(Event::Status(Box::new(status)), now);
    model
}

/// The same, in the kernel's buffer.
pub(crate) fn losing_in_the_kernel() -> Model {
    let mut model = losing();
    if let Some(status) = &mut model.recording.status {
        status.sources[0].counters.kernel_drops = Some(PacketCount(1_204));
    }
    model
}

/// The same, a moment after the crash was saved.
pub(crate) fn crashed() -> Model {
    let mut model = recording();
    let recording = &mut model.recording;
    for tenth in 1_800..1_811 {
        recording.traffic.add(&bin(tenth, 0));
    }
    let killed = ExitStatus::Signal {
        number: 11,
        core_dumped: Some(true),
    };
    let fired = "router_runner (pid 4121) was killed by SIGSEGV";
    let events = [
        Event::TargetEnded {
            at_ns: at(1_800).wall,
            pid: 4121,
            status: Some(killed),
        },
        Event::Fired {
            at_ns: at(1_800).wall,
            trigger: TriggerKind::Exit,
            sentence: fired.into(),
            freezes: true,
        },
        Event::Frozen {
            at_ns: at(1_800).wall,
            after_firing_ns: 412_000,
        },
        Event::Status(Box::new(status(1_811, Phase::Frozen, 0))),
        Event::Saved {
            path: "/home/dev/Crashcap/router_runner_crash_20261123T051533Z.pcapng".into(),
            paths: Vec::new(),
            frozen_by: FrozenBy::Rehearsal { at: at(1_800).wall },
            incident: format!("{fired} at 05:15:33.000; 148,201 packets over 2 min 20 s"),
            packets: PacketCount(148_201),
            bytes: ByteCount(147_300_000),
            first_ns: None,
            last_ns: None,
            lost: PacketCount(0),
            took_ns: 121_000_000,
        },
        Event::Finished {
            outcome: Outcome::FrozenAndSaved,
        },
    ];
    for event in events {
        recording.heard(event, at(1_811));
    }
    if let Some(news) = recording.news() {
        model.announce(news);
    }
    model
}

/// The same with a dozen workers, of which some have ended, and lost packets.
pub(crate) fn workers() -> Model {
    let mut model = losing();
    model.set_up.target = TargetKind::Name;
    model.set_up.name = "router_*".into();
    let recording = &mut model.recording;
    recording.target = Some("a process named router_*".into());
    recording.freezes = "when a process named router_* crashes".into();
    let found = |pid: u32, tenth: u64| Event::TargetFound {
        at_ns: at(tenth).wall,
        process: process(pid, "router_worker", "www-data", &[9973]).process,
        method: ExitMethod::PidFd,
    };
    let ended = |pid: u32, tenth: u64, code: i32| Event::TargetEnded {
        at_ns: at(tenth).wall,
        pid,
        status: Some(ExitStatus::Code { code }),
    };
    let events = (0..11).map(|number| (1, found(4_130 + number, 1))).chain([
        (700, ended(4_133, 700, 0)),
        (720, found(4_188, 720)),
        (980, ended(4_131, 980, 0)),
        (1_000, found(4_190, 1_000)),
        (1_210, ended(4_136, 1_210, 0)),
        (1_502, ended(4_188, 1_502, 139)),
    ]);
    for (tenth, event) in events {
        recording.heard(event, at(tenth));
    }
    model
}

/// Frozen, and nowhere to save it.
pub(crate) fn not_saved() -> Model {
    let mut model = recording();
    let fired = "router_runner (pid 4121) was killed by SIGSEGV";
    let why = "save the incident router_runner_crash_20261123T051533Z: /home/dev/Crashcap is full: 157 MB are needed and 12 MB are free; make room or choose another folder";
    let ended = Event::TargetEnded {
        at_ns: at(1_790).wall,
        pid: 4121,
        status: Some(ExitStatus::Code { code: 139 }),
    };
    let fires = Event::Fired {
        at_ns: at(1_790).wall,
        trigger: TriggerKind::Exit,
        sentence: fired.into(),
        freezes: true,
    };
    let failed = Event::SaveFailed {
        sentence: why.into(),
        fallback_follows: false,
    };
    let status = Status {
        unsaved: Some(why.into()),
        targets: Vec::new(),
        ..status(1_800, Phase::Frozen, 0)
    };
    for event in [ended, fires, failed, Event::Status(Box::new(status))] {
        model.recording.heard(event, at(1_800));
    }
    model
}

/// Nothing was recorded yet.
pub(crate) fn not_recording() -> Model {
    Model {
        screen: Screen::Recording,
        ..set_up()
    }
}
