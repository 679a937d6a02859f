//! Models for tests and pictures.

use crashcap_core::clock::Monotonic;
use crashcap_core::recorder::Available;
use crashcap_core::units::ByteCount;
use crashcap_core::watch::{Ports, ProcessDetails, ProcessIdentity, ProcessInfo};

use super::{FilterCheck, InterfaceNow, Machine, Model, Rights, SetUp, TargetKind};

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
    model
}
