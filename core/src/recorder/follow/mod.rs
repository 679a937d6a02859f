//! Conditions over packets follow what a running recording captures.
//!
//! - The follower's thread reads what is published of each source's open
//!   segment, and of those that became full, in order. Source threads know
//!   nothing of it and never wait for it.
//! - Of a live source it only remembers segments, and holds one while it reads
//!   in it: none is kept from being reused. What it did not come to in time is
//!   skipped and counted.
//! - Of a capture file nothing is skipped: the follower passes the empty
//!   segments on, and gives no room before what is full was looked at.
//! - Live, time passes by itself, a little late, so that what is still on its way
//!   counts as it should. Of a capture file the packets' stamps are the time, at
//!   whatever speed it is played.
//! - It runs only where there are conditions over packets.

mod gaps;
mod inbox;
mod reader;
#[cfg(test)]
mod tests;
mod timeline;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use self::inbox::Inbox;
use self::reader::Reader;
use crate::capture::FromSource;
use crate::clock;
use crate::measure::used_by_this_thread;
use crate::ring::{SegmentWriter, SourceId};
use crate::trigger::packets::{Noticed, PacketWatch};
use crate::trigger::rules::LeafId;
use crate::units::{PacketCount, nanoseconds};

/// How a source is followed. Its place in the list is its [`SourceId`].
#[derive(Clone, Debug)]
pub enum Followed {
    /// It never waits; what is not looked at in time is skipped.
    Live,
    /// A capture file: it gets its empty segments from the follower.
    File {
        /// The source's own channel of empty segments.
        empties: Sender<SegmentWriter>,
    },
}

/// What the follower tells.
#[derive(Clone, Debug, PartialEq)]
pub enum FromFollower {
    /// A signal for the rules. Live, `at.monotonic` is the recorder's clock; of a
    /// file it goes on from the first packet's arrival by the packets' stamps.
    Noticed(Noticed),
    /// Something cannot be looked for, or was not; the sentence says why.
    Problem(String),
    /// How near a condition is to happening: how often it was seen within its span, or
    /// for how many seconds it has been waited for. Live only.
    Near(LeafId, f64),
    /// A source has ended, and everything that it delivered was looked at.
    Finished(SourceId),
}

/// The follower's thread, as the keeper's thread knows it.
#[derive(Debug)]
pub struct Follower {
    inbox: Arc<Inbox>,
    wake: Sender<()>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    /// Nanoseconds on processors.
    cost: Arc<AtomicU64>,
}

impl Follower {
    /// Starts the thread. Time begins now where all sources are live, else with
    /// the file's first packet.
    ///
    /// `out` is bounded; while it is full the follower waits, and skips what it does
    /// not come to.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(
        watch: PacketWatch,
        sources: Vec<Followed>,
        out: Sender<FromFollower>,
    ) -> std::io::Result<Self> {
        let inbox = Arc::new(Inbox::new(sources));
        let (wake, woken) = bounded(1);
        let (stop, stopped) = bounded(0);
        let cost = Arc::new(AtomicU64::new(0));
        let outlet = Outlet {
            out,
            stopped,
            cost: Arc::clone(&cost),
        };
        let reader = Reader::new(watch, Arc::clone(&inbox), outlet, woken);
        let thread = std::thread::Builder::new()
            .name("packet conditions".into())
            .spawn(move || reader.run())?;
        Ok(Self {
            inbox,
            wake,
            stop: Some(stop),
            thread: Some(thread),
            cost,
        })
    }

    /// The time on processors that its thread took until its last look, where the
    /// system tells that.
    #[must_use]
    pub fn cost(&self) -> Duration {
        Duration::from_nanos(self.cost.load(Ordering::Relaxed))
    }

    /// Takes in what a source told, in its order and before the keeper does.
    pub fn heard(&self, message: &FromSource) {
        if self.inbox.heard(message) {
            self.wake();
        }
    }

    /// Takes an empty segment that the keeper supplies. Gives back that of a live
    /// source, whose channel is to be used.
    ///
    /// # Errors
    /// The segment, where the source is live.
    pub fn supply(&self, source: SourceId, empty: SegmentWriter) -> Result<(), SegmentWriter> {
        self.inbox.supply(source, empty)?;
        self.wake();
        Ok(())
    }

    /// Packets were lost on their way to a source: to be told when its
    /// [`Counters::lost`](crate::capture::Counters::lost) has grown.
    pub fn lost(&self) {
        self.inbox.lost();
        self.wake();
    }

    /// Packets that were looked at.
    #[must_use]
    pub fn looked_at(&self) -> PacketCount {
        self.inbox.looked_at()
    }

    /// Packets that were captured and not looked at, because the follower fell behind.
    #[must_use]
    pub fn not_looked_at(&self) -> PacketCount {
        self.inbox.not_looked_at()
    }

    fn wake(&self) {
        // One that is still to come will do.
        let _ = self.wake.try_send(());
    }
}

impl Drop for Follower {
    /// Ends the thread, also while it waits to tell something, and waits for it. To
    /// be done before a file's source is waited for: its empties are held here.
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The way out, which does not outlast the follower.
struct Outlet {
    out: Sender<FromFollower>,
    stopped: Receiver<()>,
    cost: Arc<AtomicU64>,
}

/// Nobody wants to hear more.
struct Stopped;

impl Outlet {
    fn tell(&self, message: FromFollower) -> Result<(), Stopped> {
        crossbeam_channel::select! {
            send(self.out, message) -> sent => sent.map_err(|_| Stopped),
            recv(self.stopped) -> _ => Err(Stopped),
        }
    }

    /// Waits for a look: until woken, or for the interval.
    fn wait(&self, woken: &Receiver<()>) -> Result<clock::Now, Stopped> {
        if let Some(used) = used_by_this_thread() {
            self.cost.store(nanoseconds(used), Ordering::Relaxed);
        }
        crossbeam_channel::select! {
            recv(self.stopped) -> _ => return Err(Stopped),
            recv(woken) -> _ => {}
            default(crate::limits::FOLLOW_INTERVAL) => {}
        }
        Ok(clock::now())
    }
}
