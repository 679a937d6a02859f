//! Models of saved incidents, for tests and pictures.

use std::path::PathBuf;

use crashcap_core::inspect::Control;
use crashcap_core::units::{ByteCount, Timestamp};

use super::page::FileTraffic;
use super::samples::{EPOCH, set_up};
use super::traffic::Bin;
use super::{Incidents, Lanes, Model, OpenFile, Page, Row, Screen};
use crashcap_core::watch::ExitStatus;

const FOLDER: &str = "/home/dev/Crashcap";
const SECOND: u64 = 1_000_000_000;

fn row(name: &str, subject: &str, cause: &str, minutes: u64, danger: bool) -> Row {
    Row {
        path: PathBuf::from(FOLDER).join(name),
        subject: subject.into(),
        cause: cause.into(),
        at: Timestamp(EPOCH + minutes * 60 * SECOND),
        span: "2 min 20 s".into(),
        packets: "148,201".into(),
        size: ByteCount(157_300_000),
        danger,
    }
}

/// A folder with four files.
pub(crate) fn incidents() -> Model {
    let rows = vec![
        row(
            "router_runner_crash_20261123T051533Z.pcapng",
            "router_runner",
            "was killed by SIGSEGV (core dumped)",
            3,
            true,
        ),
        row(
            "router_runner_exit_20261122T231501Z.pcapng",
            "router_runner",
            "ended with status 0",
            1_440,
            true,
        ),
        row(
            "eth0_snapshot_20261122T090000Z.pcapng",
            "eth0",
            "a peek at the ring",
            2_880,
            false,
        ),
        Row {
            span: String::new(),
            packets: String::new(),
            ..row("old.pcap", "old", "not saved by Crashcap", 9_000, false)
        },
    ];
    Model {
        screen: Screen::Incidents,
        incidents: Incidents {
            rows: Some(rows),
            ..Incidents::default()
        },
        ..set_up()
    }
}

/// The first of them, open.
pub(crate) fn incident() -> Model {
    let mut model = incidents();
    let path = PathBuf::from(FOLDER).join("router_runner_crash_20261123T051533Z.pcapng");
    model.incidents.open = Some(OpenFile {
        path,
        size: ByteCount(157_300_000),
        control: Control::default(),
        page: Some(Ok(Box::new(page()))),
        zoom: None,
    });
    model
}

/// One that is still being read.
pub(crate) fn reading() -> Model {
    with_page(None)
}

/// One that could not be read.
pub(crate) fn unreadable() -> Model {
    let why = "read /home/dev/Crashcap/old.pcap: not a capture file: it begins with 68 65 6C 6C";
    with_page(Some(Err(why.into())))
}

fn with_page(page: Option<Result<Box<Page>, String>>) -> Model {
    let mut model = incident();
    if let Some(open) = &mut model.incidents.open {
        open.page = page;
    }
    model
}

fn page() -> Page {
    let end = Timestamp(EPOCH + 139 * SECOND);
    let mut lanes = Lanes::default();
    lanes.found(4121, "router_runner", Timestamp(EPOCH));
    lanes.ended(
        4121,
        end,
        Some(&ExitStatus::Signal {
            number: 11,
            core_dumped: Some(true),
        }),
    );
    Page {
        sentence: "router_runner (pid 4121) was killed by SIGSEGV at 05:15:33.000; \
            148,201 packets over 2 min 20 s"
            .into(),
        danger: true,
        facts: vec![
            ("Target", "process 4121".into()),
            ("Process", "router_runner (pid 4121), user www-data".into()),
            ("Cause", "was killed by SIGSEGV (core dumped)".into()),
            ("Noticed by", "the kernel's event (pidfd)".into()),
            ("Packets", "148,201, 157 MB".into()),
            ("Interface", "eth0, none lost".into()),
            ("Filter", "tcp port 9973".into()),
            ("Ring", "150 MB".into()),
        ],
        traffic: traffic(),
        lanes,
        moment: Some(end.0),
        conversations: (0..6)
            .map(|number| {
                [
                    format!(
                        "192.0.2.17:9973 – 198.51.100.{}:{}",
                        4 + number,
                        40_112 + number
                    ),
                    "TCP".into(),
                    format!("{},{:03}", 24 - number, 701 - 50 * number),
                    format!("{} MB", 26 - number),
                ]
            })
            .collect(),
        more_conversations: 12,
        ports: vec![["TCP 9973".into(), "148,201".into(), "157 MB".into()]],
        profile: Some(String::new()),
        ..Page::default()
    }
}

/// Two minutes and a bit, as a file's overview has them.
fn traffic() -> FileTraffic {
    let width = SECOND / 2;
    let bins = (0..280).map(|index| Bin {
        start: EPOCH + index * width,
        counted: width,
        packets: 500 + 40 * (index % 7) + 3 * (index % 31),
        bytes: 520_000 + 21_000 * (index % 9),
        lost: 0,
    });
    FileTraffic::new(bins.collect(), width)
}
