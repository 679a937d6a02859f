//! The thread that reads probes at their intervals.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, after, bounded, select};

use super::Told;
use crate::clock::{self, Monotonic, Now};
use crate::measure::{Paced, Probe, Reading, Unmeasured, pace_together, used_by_this_thread};
use crate::trigger::LeafSignal;
use crate::trigger::rules::{LeafId, What};
use crate::units::nanoseconds;
use crate::watch::ProcessIdentity;

/// A probe, and when it is read next.
pub(super) struct Opened {
    leaf: LeafId,
    probe: Paced,
    every: Duration,
    due: Monotonic,
    /// The refusal that was told last.
    refused: Option<Unmeasured>,
}

impl Opened {
    pub(super) fn new(leaf: LeafId, probe: Box<dyn Probe>, every: Duration) -> Self {
        Self {
            leaf,
            probe: Paced::new(probe),
            every,
            due: Monotonic::default(),
            refused: None,
        }
    }
}

/// The thread, as the keeper's thread knows it.
pub(super) struct Sampler {
    shared: Arc<Shared>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    targets: Mutex<Vec<ProcessIdentity>>,
    /// Nanoseconds on processors.
    cost: AtomicU64,
}

impl Sampler {
    /// Starts the thread; these are the target's processes now.
    pub(super) fn start(
        probes: Vec<Opened>,
        targets: Vec<ProcessIdentity>,
        out: Sender<Told>,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            targets: Mutex::new(targets),
            cost: AtomicU64::new(0),
        });
        let (stop, stopped) = bounded(0);
        let run = Run {
            probes,
            shared: Arc::clone(&shared),
            out,
            stopped,
        };
        let thread = std::thread::Builder::new()
            .name("measuring".into())
            .spawn(move || run.run())?;
        Ok(Self {
            shared,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    pub(super) fn set_targets(&self, targets: Vec<ProcessIdentity>) {
        *self.shared.targets() = targets;
    }

    pub(super) fn cost(&self) -> Duration {
        Duration::from_nanos(self.shared.cost.load(Ordering::Relaxed))
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn targets(&self) -> std::sync::MutexGuard<'_, Vec<ProcessIdentity>> {
        self.targets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Run {
    probes: Vec<Opened>,
    shared: Arc<Shared>,
    out: Sender<Told>,
    stopped: Receiver<()>,
}

/// Nobody wants to hear more.
struct Stopped;

impl Run {
    fn run(mut self) {
        while self.look().is_ok() {}
    }

    /// Reads what is due, then waits for what is due next.
    fn look(&mut self) -> Result<(), Stopped> {
        let targets = self.shared.targets().clone();
        for place in 0..self.probes.len() {
            let now = clock::now();
            let told = self.probes[place].look(&targets, now);
            for one in told {
                select! {
                    send(self.out, one) -> sent => sent.map_err(|_| Stopped)?,
                    recv(self.stopped) -> _ => return Err(Stopped),
                }
            }
        }
        pace_together(
            self.probes
                .iter_mut()
                .map(|one| (&mut one.probe, one.every)),
        );
        let looks = || self.probes.iter().map(|one| one.probe.cost().sum).sum();
        let cost = used_by_this_thread().unwrap_or_else(looks);
        self.shared.cost.store(nanoseconds(cost), Ordering::Relaxed);
        let next = self.probes.iter().map(|one| one.due).min();
        let wait = next.unwrap_or_default().since(clock::now().monotonic);
        select! {
            recv(self.stopped) -> _ => Err(Stopped),
            recv(after(wait)) -> _ => Ok(()),
        }
    }
}

impl Opened {
    fn look(&mut self, targets: &[ProcessIdentity], now: Now) -> Vec<Told> {
        if self.due > now.monotonic {
            return Vec::new();
        }
        // From now on, not from when it was due: a machine that slept does not catch up.
        self.due = now.monotonic.after(self.every);
        let (what, note, trouble) = match self.probe.read(targets, now) {
            Ok(Reading { value, note }) => (What::Measured(value), note, None),
            Err(error) => {
                let refused = matches!(error, Unmeasured::Refused { .. });
                (
                    What::Unknown,
                    Some(error.to_string()),
                    refused.then_some(error),
                )
            }
        };
        let mut told = vec![Told::Signal(LeafSignal {
            leaf: self.leaf,
            what,
            at: now,
            note,
        })];
        if self.refused != trouble {
            told.extend(trouble.iter().map(|error| Told::Trouble(error.to_string())));
            self.refused = trouble;
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers what it is told to, one after another.
    struct Scripted(Vec<Result<f64, Unmeasured>>);

    impl Probe for Scripted {
        fn what(&self) -> String {
            "sockets".into()
        }

        fn read(&mut self, _: &[ProcessIdentity], _: Now) -> Result<Reading, Unmeasured> {
            let next = if self.0.len() > 1 {
                self.0.remove(0)
            } else {
                self.0[0].clone()
            };
            next.map(|value| Reading { value, note: None })
        }
    }

    fn refused() -> Unmeasured {
        Unmeasured::Refused {
            what: "sockets".into(),
            reason: "permission denied".into(),
            remedy: "run as root".into(),
        }
    }

    #[test]
    fn a_refusal_is_told_once_and_again_after_it_was_mended() {
        let script = vec![
            Ok(1.0),
            Err(refused()),
            Err(refused()),
            Ok(2.0),
            Err(refused()),
        ];
        let mut opened = Opened::new(
            LeafId(3),
            Box::new(Scripted(script)),
            Duration::from_secs(1),
        );
        let mut troubles = Vec::new();
        for second in 0..5_u64 {
            // Far apart, so that no look is answered from memory.
            let now = Now {
                monotonic: Monotonic(second * 100_000_000_000),
                ..Now::default()
            };
            let told = opened.look(&[], now);
            assert!(matches!(&told[0], Told::Signal(signal) if signal.leaf == LeafId(3)));
            troubles.push(told.len() - 1);
            assert!(opened.look(&[], now).is_empty(), "it is not due again");
        }
        assert_eq!(troubles, [0, 1, 0, 0, 1]);
    }

    #[test]
    fn the_thread_ends_while_nobody_listens() {
        let (out, told) = bounded(1);
        let probe = Box::new(Scripted(vec![Ok(1.0)]));
        let opened = Opened::new(LeafId(0), probe, Duration::from_millis(1));
        let sampler = Sampler::start(vec![opened], Vec::new(), out).unwrap();
        assert!(matches!(told.recv().unwrap(), Told::Signal(_)));
        drop(sampler);
        assert!(told.iter().count() <= 1);
    }
}
