//! The loop of a source thread, whatever gives the packets.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::messages::{AfterCut, Counters, FromSource, LinkState, SourceCommand, SourceEnd};
use super::wait::Waker;
use crate::clock;
use crate::limits;
use crate::pcapng::{InterfaceId, Resolution};
use crate::ring::{Append, SegmentWriter, SourceId};
use crate::units::Timestamp;

/// What gives packets: a device, a file, a test.
pub(super) trait Packets: Send + 'static {
    /// Reads what is there, at most `most` packets, without waiting longer
    /// than the read timeout, and hands each to `take` with its time and its
    /// length on the wire.
    fn read(
        &mut self,
        most: usize,
        take: impl FnMut(Timestamp, &[u8], u32),
    ) -> Result<Read, SourceEnd>;
    /// Waits for packets or for the waker, at most this long.
    fn wait(&mut self, most: Duration);
    /// What else there is to tell now; called a few times a second.
    fn look(&mut self, counters: &mut Counters) -> Option<LinkState>;
    /// The description that the packets carry now.
    fn interface(&self) -> (InterfaceId, Resolution);
}

/// What came of a read.
pub(super) enum Read {
    /// So many packets.
    Packets(usize),
    /// The device was opened again under a description.
    Reopened(crate::pcapng::InterfaceDescription),
}

/// A running source.
#[derive(Debug)]
pub struct SourceHandle {
    /// Which one.
    pub id: SourceId,
    commands: Sender<SourceCommand>,
    waker: Waker,
    counters: Arc<Mutex<Counters>>,
    thread: JoinHandle<()>,
}

impl SourceHandle {
    /// Tells the source something; one that has ended does not hear it.
    pub fn send(&self, command: SourceCommand) {
        let _ = self.commands.try_send(command);
        self.waker.wake();
    }

    /// Its sums, as it published them last.
    #[must_use]
    pub fn counters(&self) -> Counters {
        *self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for its end.
    pub fn join(self) {
        let _ = self.thread.join();
    }
}

/// What the thread works with; outlives a panic of the loop.
struct Loop {
    id: SourceId,
    out: Sender<FromSource>,
    empties: Receiver<SegmentWriter>,
    commands: Receiver<SourceCommand>,
    open: Option<SegmentWriter>,
    counters: Counters,
    shared: Arc<Mutex<Counters>>,
    cut: Option<Cut>,
}

#[derive(Clone, Copy)]
struct Cut {
    command: SourceCommand,
    at: Timestamp,
}

/// Starts the thread of a source.
pub(super) fn spawn(
    id: SourceId,
    name: &str,
    mut packets: impl Packets,
    waker: Waker,
    empties: Receiver<SegmentWriter>,
    out: Sender<FromSource>,
) -> std::io::Result<SourceHandle> {
    let (sender, commands) = bounded(limits::SOURCE_COMMANDS_MAX);
    let counters = Arc::new(Mutex::new(Counters::default()));
    let mut state = Loop {
        id,
        out,
        empties,
        commands,
        open: None,
        counters: Counters::default(),
        shared: Arc::clone(&counters),
        cut: None,
    };
    let thread = std::thread::Builder::new()
        .name(format!("source {name}"))
        .spawn(move || {
            let end = catch_unwind(AssertUnwindSafe(|| state.run(&mut packets)));
            let end = end.unwrap_or_else(|panic| SourceEnd::Panicked(words_of(&*panic)));
            state.publish();
            let segment = state.open.take().map(SegmentWriter::seal);
            state.tell(FromSource::Ended {
                source: id,
                segment,
                end,
            });
        })?;
    Ok(SourceHandle {
        id,
        commands: sender,
        waker,
        counters,
        thread,
    })
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without words".into())
}

impl Loop {
    fn tell(&self, message: FromSource) {
        // The channel has room for every segment there is. A keeper that is gone
        // has taken the ring with it.
        let _ = self.out.send(message);
    }

    fn publish(&self) {
        *self.shared.lock().unwrap_or_else(PoisonError::into_inner) = self.counters;
    }

    fn run(&mut self, packets: &mut impl Packets) -> SourceEnd {
        let mut looked = clock::now().monotonic;
        loop {
            while let Ok(command) = self.commands.try_recv() {
                if let Some(end) = self.obey(command, packets) {
                    return end;
                }
            }
            let read = match self.read(packets) {
                Ok(read) => read,
                Err(end) => return end,
            };
            let now = clock::now();
            if self.cut_is_due(read, now.monotonic)
                && let Some(end) = self.finish_cut()
            {
                return end;
            }
            if now.monotonic.since(looked) >= limits::STATISTICS_INTERVAL {
                looked = now.monotonic;
                if let Some(state) = packets.look(&mut self.counters) {
                    self.tell(FromSource::Link {
                        source: self.id,
                        state,
                        at: now,
                    });
                }
                self.publish();
            }
            if read == 0 {
                packets.wait(self.patience(now.monotonic));
            }
        }
    }
}

impl Loop {
    fn obey(&mut self, command: SourceCommand, packets: &mut impl Packets) -> Option<SourceEnd> {
        match command {
            SourceCommand::Cut { at, .. } => {
                self.cut = Some(Cut { command, at });
                None
            }
            SourceCommand::Stop => {
                // What the kernel already holds still belongs to the recording.
                for _ in 0..limits::STOP_READS_MAX {
                    match self.read(packets) {
                        Ok(0) | Err(_) => break,
                        Ok(_) => {}
                    }
                }
                Some(SourceEnd::Stopped)
            }
        }
    }

    /// Reads one batch into the ring; answers with the packets read.
    fn read(&mut self, packets: &mut impl Packets) -> Result<usize, SourceEnd> {
        let (interface, resolution) = packets.interface();
        let mut ended = None;
        let read = packets.read(limits::DISPATCH_PACKETS, |at, captured, original| {
            if ended.is_some() {
                return;
            }
            if self.cut.is_some_and(|cut| at > cut.at) {
                ended = self.finish_cut();
                if ended.is_some() {
                    return;
                }
            }
            self.keep(interface, resolution, at, captured, original);
        })?;
        match (ended, read) {
            (Some(end), _) => Err(end),
            (None, Read::Packets(count)) => Ok(count),
            (None, Read::Reopened(description)) => {
                let (interface, _) = packets.interface();
                self.tell(FromSource::Opened {
                    source: self.id,
                    interface,
                    description,
                    at: clock::now(),
                });
                Ok(0)
            }
        }
    }

    fn keep(
        &mut self,
        interface: InterfaceId,
        resolution: Resolution,
        at: Timestamp,
        captured: &[u8],
        original: u32,
    ) {
        self.counters.wire_bytes.0 += u64::from(original);
        loop {
            if self.open.is_none() && !self.take_empty() {
                self.counters.ring_drops.0 += 1;
                return;
            }
            let Some(open) = &mut self.open else {
                return;
            };
            if open.append(interface, resolution, at, captured, original) == Append::Done {
                self.counters.packets.0 += 1;
                return;
            }
            if open.contents().packets.0 == 0 {
                // Larger than a whole segment: plan and snaplen keep that from happening.
                self.counters.ring_drops.0 += 1;
                return;
            }
            if let Some(full) = self.open.take() {
                self.tell(FromSource::Full {
                    source: self.id,
                    segment: full.seal(),
                });
            }
        }
    }

    fn take_empty(&mut self) -> bool {
        let Ok(empty) = self.empties.try_recv() else {
            return false;
        };
        self.tell(FromSource::Took {
            source: self.id,
            view: empty.view(),
        });
        self.open = Some(empty);
        true
    }

    /// How long the source may wait for packets: the cut must not be late.
    fn patience(&self, now: crate::clock::Monotonic) -> Duration {
        match self.cut.map(|cut| cut.command) {
            Some(SourceCommand::Cut { not_before, .. }) => not_before
                .since(now)
                .clamp(limits::READ_TIMEOUT / 10, limits::STATISTICS_INTERVAL),
            _ => limits::STATISTICS_INTERVAL,
        }
    }

    /// Whether everything up to the cut is delivered although no later packet came.
    fn cut_is_due(&self, read: usize, now: crate::clock::Monotonic) -> bool {
        match self.cut.map(|cut| cut.command) {
            Some(SourceCommand::Cut {
                not_before,
                not_after,
                ..
            }) => now >= not_after || (read == 0 && now >= not_before),
            _ => false,
        }
    }

    fn finish_cut(&mut self) -> Option<SourceEnd> {
        let Some(Cut {
            command: SourceCommand::Cut { id, then, .. },
            ..
        }) = self.cut.take()
        else {
            return None;
        };
        self.publish();
        let segment = self.open.take().map(SegmentWriter::seal);
        self.tell(FromSource::Cut {
            source: self.id,
            id,
            segment,
        });
        match then {
            AfterCut::Continue => None,
            AfterCut::Stop => Some(SourceEnd::Stopped),
        }
    }
}
