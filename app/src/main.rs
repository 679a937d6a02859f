//! The terminal program.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use crashcap_core::incident::{Format, default_folder};
use crashcap_core::profile::{
    CaptureChoice, Profile, RingChoice, SaveChoice, SourceChoice, TargetChoice, Then,
};
use crashcap_core::recorder::{Command, Event, Front, Outcome, Recorder};
use crashcap_core::trigger::{CrashSet, FireWhen, TriggerChoice};
use crashcap_core::units::{ByteCount, parse_duration};
use crashcap_core::watch::TargetSpec;
use crashcap_core::{limits, link};

#[derive(Parser)]
#[command(name = "crashcap", version)]
struct Args {
    #[command(subcommand)]
    command: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Record until a trigger fires.
    Record(Record),
}

#[derive(Parser)]
struct Record {
    #[arg(short, long)]
    interface: Vec<String>,
    #[arg(short, long)]
    filter: Option<String>,
    #[arg(long, default_value = "150MB")]
    ring: ByteCount,
    #[arg(long, default_value = "64MiB")]
    kernel_buffer: ByteCount,
    #[arg(long)]
    target_pid: Option<u32>,
    #[arg(long)]
    target: Option<String>,
    #[arg(long, default_value = "exit")]
    trigger: Vec<String>,
    #[arg(long, default_value = "1s", value_parser = parse_duration)]
    tail: Duration,
    #[arg(long)]
    folder: Option<PathBuf>,
    #[arg(long)]
    json: bool,
    #[arg(long)]
    save_on_stop: bool,
}

fn profile(args: &Record) -> Profile {
    let spec = match (args.target_pid, &args.target) {
        (Some(pid), _) => Some(TargetSpec::Pid(pid)),
        (None, Some(name)) => Some(TargetSpec::Name(name.clone())),
        (None, None) => None,
    };
    Profile {
        capture: CaptureChoice {
            sources: if args.interface.is_empty() {
                SourceChoice::All
            } else {
                SourceChoice::Interfaces(args.interface.clone())
            },
            filter: args.filter.clone(),
            snaplen: limits::SNAPLEN_MAX,
            headers_only: false,
            promiscuous: false,
            kernel_buffer: args.kernel_buffer,
        },
        ring: RingChoice {
            size: args.ring,
            age: None,
        },
        target: spec.map(|spec| TargetChoice {
            spec,
            wait: false,
            fire_when: FireWhen::Any,
        }),
        triggers: args
            .trigger
            .iter()
            .map(|name| match name.as_str() {
                "crash" => TriggerChoice::Crash(CrashSet::default()),
                "restart" => TriggerChoice::Restart,
                _ => TriggerChoice::Exit,
            })
            .collect(),
        tail: args.tail,
        then: Then::Stop,
        save: SaveChoice {
            folder: args
                .folder
                .clone()
                .or_else(default_folder)
                .unwrap_or_else(std::env::temp_dir),
            fallback: std::env::temp_dir(),
            format: Format::Pcapng,
        },
    }
}

fn main() -> ExitCode {
    let Verb::Record(args) = Args::parse().command;
    let front = Front {
        program: concat!("crashcap ", env!("CARGO_PKG_VERSION")).into(),
        ..Front::default()
    };
    let recorder = match Recorder::start(&profile(&args), front) {
        Ok(recorder) => recorder,
        Err(error) => {
            eprintln!("crashcap: {error}");
            return ExitCode::from(6);
        }
    };
    let _server = link::Server::start(recorder.commands(), recorder.latest(), "crashcap".into());
    let commands = recorder.commands();
    let save_on_stop = args.save_on_stop;
    let _ = std::thread::spawn(move || {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2};
        let Ok(mut signals) =
            signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2])
        else {
            return;
        };
        for signal in signals.forever() {
            let _ = commands.send(match signal {
                SIGUSR1 => Command::Freeze {
                    by: "SIGUSR1".into(),
                },
                SIGUSR2 => Command::Snapshot {
                    by: "SIGUSR2".into(),
                },
                SIGINT => Command::Stop {
                    save: save_on_stop,
                    reason: "Ctrl-C".into(),
                },
                _ => Command::Stop {
                    save: true,
                    reason: "a signal".into(),
                },
            });
        }
    });
    let mut code = 6;
    for event in recorder.events() {
        if let Ok(json) = serde_json::to_string(&event) {
            println!("{json}");
        }
        if let Event::Finished { outcome } = event {
            code = match outcome {
                Outcome::FrozenAndSaved => 0,
                Outcome::Stopped => 130,
                _ => 6,
            };
            break;
        }
    }
    let _ = recorder.finish();
    ExitCode::from(code)
}
