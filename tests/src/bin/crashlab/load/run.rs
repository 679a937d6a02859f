//! The threads of a run, and how they end together.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crashcap_tests::lab::generator::Generator;
use crashcap_tests::lab::pacing::Schedule;
use crashcap_tests::lab::truth::{GroundTruth, Poison, RunEnd, wall_ns};

use super::LoadError;
use super::client::Client;
use super::visitors;

/// From the connections being ready to the first request, so that all threads are waiting.
const LEAD: Duration = Duration::from_millis(20);
/// A request counts as late when it was sent this long after it was due.
const LATE: Duration = Duration::from_millis(10);
/// How much longer than planned a run may take before it is stopped.
const GRACE: Duration = Duration::from_secs(5);

/// What is to be sent.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) generator: Generator,
    pub(super) schedule: Schedule,
    pub(super) rate: u32,
    pub(super) connections: u16,
    pub(super) total: u64,
    /// Short connections a second beside them, and where to.
    pub(super) visitors: u32,
    pub(super) address: SocketAddr,
    pub(super) poison: Option<u64>,
    pub(super) answer_timeout: Duration,
}

/// What one connection did.
#[derive(Debug, Default)]
struct Tally {
    sent: u64,
    answered: u64,
    late: u64,
    first: Option<Instant>,
    last: Option<Instant>,
    poison: Option<Poison>,
}

/// How the threads learn that the run is over before its end.
#[derive(Debug, Default)]
pub(super) struct Progress {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    stopped: Option<(RunEnd, SystemTime)>,
    done: usize,
}

/// Sends all of `plan` over `streams`.
pub(super) fn run(plan: &Plan, streams: Vec<TcpStream>) -> Result<GroundTruth, LoadError> {
    let prepare = |number: usize| {
        move |source| LoadError::Prepare {
            number: u16::try_from(number).unwrap_or(u16::MAX),
            source,
        }
    };
    let mut handles = Vec::new();
    let mut clients = Vec::new();
    for (number, stream) in streams.into_iter().enumerate() {
        handles.push(stream.try_clone().map_err(prepare(number))?);
        clients.push(Client::new(stream, plan.answer_timeout).map_err(prepare(number))?);
    }

    let progress = Progress::default();
    let start = Instant::now() + LEAD;
    let started_ns = wall_ns(SystemTime::now() + LEAD);
    let deadline = start + plan.schedule.due(plan.total) + plan.answer_timeout + GRACE;
    let (tallies, visits) = thread::scope(|scope| {
        let visitors = scope.spawn(|| visitors::run(plan, &progress, start));
        let mut threads = Vec::new();
        let mut failure = None;
        for (number, client) in clients.into_iter().enumerate() {
            let progress = &progress;
            let body = move || {
                let tally = connection(plan, progress, start, number as u64, client);
                progress.done();
                tally
            };
            match thread::Builder::new()
                .stack_size(256 * 1024)
                .spawn_scoped(scope, body)
            {
                Ok(thread) => threads.push(thread),
                Err(source) => {
                    progress.stop(RunEnd::OutOfTime);
                    failure = Some(prepare(number)(source));
                    break;
                }
            }
        }
        progress.wait_for_all(threads.len(), deadline);
        // Wakes those who still wait for an answer that will not come.
        for handle in &handles {
            let _ = handle.shutdown(Shutdown::Both);
        }
        let tallies: Vec<_> = threads
            .into_iter()
            .filter_map(|thread| thread.join().ok())
            .collect();
        // They are planned to end with the load.
        let visits = visitors.join().unwrap_or_default();
        failure.map_or(Ok((tallies, visits)), Err)
    })?;
    Ok(GroundTruth {
        visits,
        ..sum(plan, &progress, started_ns, tallies)
    })
}

fn sum(plan: &Plan, progress: &Progress, started_ns: u64, tallies: Vec<Tally>) -> GroundTruth {
    let first = tallies.iter().filter_map(|tally| tally.first).min();
    let last = tallies.iter().filter_map(|tally| tally.last).max();
    let sent: u64 = tallies.iter().map(|tally| tally.sent).sum();
    let seconds = first
        .zip(last)
        .map_or(0.0, |(first, last)| (last - first).as_secs_f64());
    let stopped = progress.lock().stopped;
    GroundTruth {
        version: GroundTruth::VERSION,
        seed: plan.seed,
        connections: u32::from(plan.connections),
        rate_asked: plan.rate,
        // Between n requests there are n - 1 gaps.
        rate_reached: if seconds > 0.0 {
            sent.saturating_sub(1) as f64 / seconds
        } else {
            0.0
        },
        started_ns,
        ended_ns: wall_ns(SystemTime::now()),
        sent,
        visits: 0,
        answered: tallies.iter().map(|tally| tally.answered).sum(),
        sent_late: tallies.iter().map(|tally| tally.late).sum(),
        end: stopped.map_or(RunEnd::AllSent, |(end, _)| end),
        server_gone_ns: stopped
            .filter(|(end, _)| *end != RunEnd::OutOfTime)
            .map(|(_, at)| wall_ns(at)),
        poison: tallies.into_iter().find_map(|tally| tally.poison),
    }
}

/// Sends every request of connection `number`, until all are sent or the run is stopped.
fn connection(
    plan: &Plan,
    progress: &Progress,
    start: Instant,
    number: u64,
    mut client: Client,
) -> Tally {
    let mut tally = Tally::default();
    let mut request = Vec::with_capacity(4096);
    for index in (number..plan.total).step_by(usize::from(plan.connections)) {
        let poisonous = plan.poison == Some(index);
        if poisonous {
            plan.generator.poison(index, &mut request);
        } else {
            plan.generator.request(index, &mut request);
        }
        let due = start + plan.schedule.due(index);
        if progress.stopped_before(due) {
            break;
        }
        if let Err(error) = exchange(
            &mut client,
            &mut tally,
            &request,
            due,
            poisonous.then_some(index),
        ) {
            progress.stop(match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => RunEnd::NoAnswer,
                _ => RunEnd::ServerGone,
            });
            break;
        }
    }
    tally
}

fn exchange(
    client: &mut Client,
    tally: &mut Tally,
    request: &[u8],
    due: Instant,
    poison: Option<u64>,
) -> io::Result<()> {
    let at_ns = wall_ns(SystemTime::now());
    client.send(request)?;
    let now = Instant::now();
    tally.sent += 1;
    tally.late += u64::from(now > due + LATE);
    tally.first.get_or_insert(now);
    tally.last = Some(now);
    if let Some(index) = poison {
        tally.poison = Some(Poison::new(
            at_ns,
            index,
            client.local,
            client.remote,
            request,
        ));
    }
    client.receive()?;
    tally.answered += 1;
    Ok(())
}

impl Progress {
    /// Stops the run; the first reason counts.
    fn stop(&self, end: RunEnd) {
        self.lock().stopped.get_or_insert((end, SystemTime::now()));
        self.changed.notify_all();
    }

    /// One more connection is done.
    fn done(&self) {
        self.lock().done += 1;
        self.changed.notify_all();
    }

    /// Waits until `due`; true when the run is stopped before that.
    pub(super) fn stopped_before(&self, due: Instant) -> bool {
        let mut state = self.lock();
        loop {
            if state.stopped.is_some() {
                return true;
            }
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.wait(state, left);
        }
    }

    /// Waits until `count` connections are done or the run is stopped, which it is at
    /// `deadline`.
    fn wait_for_all(&self, count: usize, deadline: Instant) {
        let mut state = self.lock();
        while state.done < count && state.stopped.is_none() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.stopped = Some((RunEnd::OutOfTime, SystemTime::now()));
                self.changed.notify_all();
                return;
            }
            state = self.wait(state, left);
        }
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>, left: Duration) -> MutexGuard<'a, State> {
        let waited = self.changed.wait_timeout(state, left);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No thread panics while it holds the state, and each change is one assignment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
