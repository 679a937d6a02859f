//! The traffic: one frame, sent again and again at a steady rate, by a thread on its own CPU.
//!
//! Each batch is due at a moment computed from the start, so the rate does not drift. When the
//! machine takes the CPU away for longer than [`CATCH_UP`], the schedule is moved instead of
//! caught up with: a burst at full speed would measure the burst. What was reached is always
//! told beside what was asked.

mod frame;
mod socket;

use std::hint;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::thread::CpuSet;
use serde::Serialize;

pub(crate) use frame::FILTER;
use socket::BATCH;
pub(crate) use socket::FrameSocket;

use super::failure::Failure;
use super::stage::{SENDING, Stage};

/// How late a batch may be and still be caught up with.
const CATCH_UP: Duration = Duration::from_millis(1);

/// A run of the traffic.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    /// Bytes of a frame.
    pub(crate) bytes: usize,
    /// Frames a second.
    pub(crate) per_second: u64,
    /// Frames in all.
    pub(crate) count: u64,
}

impl Load {
    /// As many frames as `per_second` makes in `length`.
    pub(crate) fn lasting(bytes: usize, per_second: u64, length: Duration) -> Self {
        let count = u128::from(per_second) * length.as_micros() / 1_000_000;
        Self {
            bytes,
            per_second,
            count: u64::try_from(count).unwrap_or(u64::MAX),
        }
    }

    /// A run takes no longer, whatever the machine does.
    fn limit(&self) -> Duration {
        let nanos = self.count.saturating_mul(1_000_000_000) / self.per_second.max(1);
        Duration::from_nanos(nanos) * 3 + Duration::from_secs(1)
    }
}

/// What was sent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Sent {
    /// Frames that the sending end took.
    pub(crate) packets: u64,
    /// Frames a second, from the first to the last.
    pub(crate) per_second: f64,
}

/// The generator, with its socket on the stage's sending end.
pub(crate) struct Generator {
    socket: FrameSocket,
    load: Load,
    cpu: Option<usize>,
}

impl Generator {
    /// Opens the socket; nothing is sent yet. It will send from the CPU `cpu`, if one is given.
    pub(crate) fn new(_stage: &Stage, load: Load, cpu: Option<usize>) -> Result<Self, Failure> {
        let frame = frame::build(load.bytes)?;
        let socket = FrameSocket::open(SENDING, frame)
            .map_err(Failure::system(format!("send packets into {SENDING}")))?;
        Ok(Self { socket, load, cpu })
    }

    /// Sends all, or until `stop`; the calling thread stays on the generator's CPU.
    pub(crate) fn run(mut self, stop: &AtomicBool) -> Result<Sent, Failure> {
        if let Some(cpu) = self.cpu {
            let mut set = CpuSet::new();
            set.set(cpu);
            rustix::thread::sched_setaffinity(None, &set)
                .map_err(Failure::system(format!("run on CPU {cpu}")))?;
        }
        let began = Instant::now();
        let deadline = began + self.load.limit();
        let mut schedule = Schedule::new(began, self.load.per_second);
        let mut sent = 0;
        while sent < self.load.count && !stop.load(Ordering::Relaxed) {
            let now = schedule.wait();
            if now > deadline {
                break;
            }
            let batch = (self.load.count - sent).min(BATCH as u64);
            let batch = usize::try_from(batch).unwrap_or(BATCH);
            let taken = self
                .socket
                .send(batch)
                .map_err(Failure::system(format!("send packets into {SENDING}")))?;
            schedule.sent(taken as u64);
            sent += taken as u64;
        }
        let seconds = began.elapsed().as_secs_f64();
        Ok(Sent {
            packets: sent,
            per_second: sent as f64 / seconds.max(f64::MIN_POSITIVE),
        })
    }

    /// The same on a thread of its own, to its end.
    pub(crate) fn run_apart(self) -> Result<Sent, Failure> {
        let never = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let sender = scope.spawn(|| self.run(&never));
            sender
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }
}

/// When the next batch is due.
struct Schedule {
    start: Instant,
    per_second: u64,
    sent: u64,
}

impl Schedule {
    fn new(start: Instant, per_second: u64) -> Self {
        Self {
            start,
            per_second: per_second.max(1),
            sent: 0,
        }
    }

    fn due(&self) -> Instant {
        let nanos = u128::from(self.sent) * 1_000_000_000 / u128::from(self.per_second);
        self.start + Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    fn sent(&mut self, packets: u64) {
        self.sent += packets;
    }

    /// Spins until the next batch is due: sleeping is too coarse for some ten microseconds, and
    /// the CPU is the generator's own.
    fn wait(&mut self) -> Instant {
        let due = self.due();
        loop {
            let now = Instant::now();
            if now >= due {
                self.forgive(now, due);
                return now;
            }
            hint::spin_loop();
        }
    }

    fn forgive(&mut self, now: Instant, due: Instant) {
        let late = now.saturating_duration_since(due);
        if late > CATCH_UP {
            self.start += late;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_does_not_drift_and_long_pauses_are_not_caught_up() {
        let start = Instant::now();
        let mut schedule = Schedule::new(start, 1000);
        schedule.sent(500);
        let due = start + Duration::from_millis(500);
        assert_eq!(schedule.due(), due);
        schedule.forgive(due + CATCH_UP, due);
        assert_eq!(schedule.due(), due);
        schedule.forgive(due + Duration::from_secs(2), due);
        assert_eq!(schedule.due(), due + Duration::from_secs(2));
    }

    #[test]
    fn a_run_is_bounded_in_count_and_time() {
        let load = Load::lasting(64, 200_000, Duration::from_millis(1500));
        assert_eq!(load.count, 300_000);
        assert_eq!(load.limit(), Duration::from_millis(5500));
    }
}
