//! `crashlab load`: a steady rate of requests over many connections, one of them poisonous,
//! and the record of what was really sent.
//!
//! - Which request is sent when, and over which connection, depends on the options and the
//!   seed alone. Each connection has its own thread and every n-th request.
//! - A connection never has two requests under way, so a request that is due before the
//!   answer to the one before it waits, and is counted as late.
//! - It ends by itself: when all is sent, when the server is gone or silent, or when the run
//!   takes far longer than planned.

mod client;
mod run;
mod visitors;

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use crashcap_tests::lab::generator::Generator;
use crashcap_tests::lab::pacing::Schedule;
use crashcap_tests::lab::truth::{GroundTruth, RunEnd, TruthError};

use crate::options;
use run::Plan;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// What `crashlab load` can be told.
#[derive(Debug, Args)]
pub(crate) struct LoadOptions {
    /// The server
    #[arg(long, default_value = "127.0.0.1:9973")]
    connect: SocketAddr,
    /// How many keep-alive connections
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1024))]
    connections: u16,
    /// Requests a second, over all connections
    #[arg(long, default_value_t = 3000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate: u32,
    /// Beside them so many short connections a second: one request each, then closed
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=10_000))]
    visitors: u32,
    /// For how long
    #[arg(long, default_value = "10s", value_parser = options::duration)]
    duration: Duration,
    /// How many requests, instead of --duration
    #[arg(long, conflicts_with = "duration")]
    requests: Option<u64>,
    /// What the requests and the poison's moment are drawn from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// When the poisonous request is sent: a moment drawn from this range
    #[arg(long, default_value = "5s..8s", value_parser = options::duration_range)]
    poison_after: RangeInclusive<Duration>,
    /// Sends no poisonous request
    #[arg(long, conflicts_with = "poison_after")]
    no_poison: bool,
    /// How long an answer may take before the server counts as silent
    #[arg(long, default_value = "3s", value_parser = options::duration)]
    answer_timeout: Duration,
    /// Writes the ground truth into this file, as JSON
    #[arg(long)]
    truth: Option<PathBuf>,
}

/// Why there was no load, or no record of it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error("connect to {address}: {source}; is the server running?")]
    Connect {
        address: SocketAddr,
        source: io::Error,
    },
    #[error(
        "the poisonous request would be number {index} of {total}: lengthen the run, choose an earlier --poison-after, or use --no-poison"
    )]
    PoisonTooLate { index: u64, total: u64 },
    #[error("--answer-timeout cannot be 0")]
    NoPatience,
    #[error("prepare connection {number}: {source}")]
    Prepare { number: u16, source: io::Error },
    #[error(transparent)]
    Truth(#[from] TruthError),
}

/// Sends the load, reports, and writes the ground truth.
pub(crate) fn run(options: &LoadOptions) -> Result<(), LoadError> {
    let plan = plan(options)?;
    let connections = connect(options)?;
    let truth = run::run(&plan, connections)?;
    report(&truth);
    if let Some(path) = &options.truth {
        truth.write(path)?;
    }
    Ok(())
}

fn plan(options: &LoadOptions) -> Result<Plan, LoadError> {
    if options.answer_timeout.is_zero() {
        return Err(LoadError::NoPatience);
    }
    let schedule = Schedule::new(options.rate);
    let generator = Generator::new(options.seed, options.connect.to_string());
    let total = options
        .requests
        .unwrap_or_else(|| schedule.count(options.duration));
    let poison =
        (!options.no_poison).then(|| generator.poison_index(&options.poison_after, schedule));
    if let Some(index) = poison.filter(|index| *index >= total) {
        return Err(LoadError::PoisonTooLate { index, total });
    }
    Ok(Plan {
        seed: options.seed,
        generator,
        schedule,
        rate: options.rate,
        connections: options.connections,
        total,
        visitors: options.visitors,
        address: options.connect,
        poison,
        answer_timeout: options.answer_timeout,
    })
}

fn connect(options: &LoadOptions) -> Result<Vec<TcpStream>, LoadError> {
    (0..options.connections)
        .map(|_| {
            TcpStream::connect_timeout(&options.connect, CONNECT_TIMEOUT).map_err(|source| {
                LoadError::Connect {
                    address: options.connect,
                    source,
                }
            })
        })
        .collect()
}

fn report(truth: &GroundTruth) {
    println!(
        "{} requests sent, {} answered, {:.0}/s of {}/s reached, {} sent more than 10 ms late",
        truth.sent, truth.answered, truth.rate_reached, truth.rate_asked, truth.sent_late
    );
    if truth.visits > 0 {
        println!("{} visitors came and went", truth.visits);
    }
    if let Some(poison) = &truth.poison {
        println!(
            "the poison was request {} on {} at {} ns",
            poison.index, poison.local, poison.at_ns
        );
    }
    println!(
        "{}",
        match truth.end {
            RunEnd::AllSent => "ended: all requests were sent",
            RunEnd::ServerGone => "ended: the server closed or reset a connection",
            RunEnd::NoAnswer => "ended: the server stopped answering",
            RunEnd::OutOfTime => "ended: the run took far longer than planned",
        }
    );
}
