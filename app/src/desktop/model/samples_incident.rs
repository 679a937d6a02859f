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

fn row(name: &str, subject: &str, cause: &str, seconds: i64, danger: bool) -> Row {
    Row {
        path: PathBuf::from(FOLDER).join(name),
        subject: subject.into(),
        cause: cause.into(),
        at: Timestamp(EPOCH.saturating_add_signed(seconds * SECOND as i64)),
        span: "2 min 20 s".into(),
        packets: "148,201".into(),
        size: ByteCount(157_300_000),
        danger,
        stopped: false,
    }
}

/// A folder with four files.
pub(crate) fn incidents() -> Model {
    let rows = vec![
        row(
            "router_runner_crash_20261123T051452Z.pcapng",
            "router_runner",
            "was killed by SIGSEGV (core dumped)",
            139,
            true,
        ),
        row(
            "router_runner_exit_20261122T231501Z.pcapng",
            "router_runner",
            "ended with status 0",
            -21_452,
            false,
        ),
        row(
            "eth0_snapshot_20261122T090000Z.pcapng",
            "eth0",
            "a peek at the ring",
            -72_753,
            false,
        ),
        Row {
            span: String::new(),
            packets: String::new(),
            ..row("old.pcap", "old", "not saved by Crashcap", -540_000, false)
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
    let path = PathBuf::from(FOLDER).join("router_runner_crash_20261123T051452Z.pcapng");
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
        sentence: "router_runner (pid 4121) was killed by SIGSEGV at \
            2026-11-23 05:14:52.000 UTC and had ended 3.1 ms later; \
            148,201 packets over 2 min 20 s"
            .into(),
        ours: true,
        danger: true,
        facts: vec![
            ("Process", "router_runner (pid 4121), user www-data".into()),
            ("Cause", "was killed by SIGSEGV (core dumped)".into()),
            ("Fault", "2026-11-23 05:14:52.000".into()),
            (
                "End",
                "2026-11-23 05:14:52.003, 3.1 ms after the fault".into(),
            ),
            (
                "Noticed by",
                "the kernel's event of the fault, before the end".into(),
            ),
            (
                "Frozen",
                "2026-11-23 05:14:52.000, 0.1 ms after the fault was noticed".into(),
            ),
            (
                "Saved",
                "2026-11-23 05:14:53.127, 1.1 s after the freeze".into(),
            ),
            (
                "Packets",
                "148,201, 152 MB on the wire; a file of 157 MB".into(),
            ),
            ("Interface", "eth0, none lost".into()),
            ("Filter", "tcp port 9973".into()),
            ("Ring", "150 MB".into()),
            (
                Page::PROFILE,
                "crashcap record --interface eth0 --filter 'tcp port 9973' --ring 150MB \
                    --target-pid 4121 --tail 1s --folder /home/dev/Crashcap"
                    .into(),
            ),
            ("Written by", "crashcap-desktop 0.1.0".into()),
        ],
        traffic: traffic(),
        lanes,
        moment: Some(end.0),
        last_heading: "Last before the moment: 1 request got no answer".into(),
        last: last(),
        // The request that got no answer was the last.
        conversations: (0..16)
            .map(|number| {
                let client = (number + 9) % 16;
                vec![
                    format!("198.51.100.{}:{}", 4 + client, 40_112 + client),
                    "192.0.2.17:9973".into(),
                    "TCP".into(),
                    format!("{},{:03}", 4 + number, 701 - 30 * number),
                    format!("{} MB", 6 + number),
                    match number {
                        0 => "0.4 ms".to_owned(),
                        _ => format!("{}.{} ms", 1 + number * 3, number % 10),
                    },
                ]
            })
            .collect(),
        more_conversations: 12,
        ports: vec![["TCP 9973".into(), "148,201".into(), "157 MB".into()]],
        profile: Some(String::new()),
        ..Page::default()
    }
}

/// Requests and answers right before the end; one got none.
fn last() -> Vec<[String; 6]> {
    const SERVER: &str = "192.0.2.17:9973";
    let client = |number: u64| format!("198.51.100.{}:{}", 4 + number, 40_112 + number);
    let mut rows = vec![[
        "0.41 ms".into(),
        client(9),
        SERVER.into(),
        "96 B".into(),
        "no answer".into(),
        "GET /route?table=%00%00 HTTP/1.1".into(),
    ]];
    for number in 0..4 {
        let before = 2 * number + 1;
        rows.push([
            format!("{before}.2 ms"),
            SERVER.into(),
            client(number),
            "1.2 kB".into(),
            String::new(),
            "HTTP/1.1 200 OK".into(),
        ]);
        rows.push([
            format!("{before}.9 ms"),
            client(number),
            SERVER.into(),
            "88 B".into(),
            String::new(),
            format!("GET /route?table={number} HTTP/1.1"),
        ]);
    }
    rows
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
