//! The loop of a source thread, whatever gives the packets.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Select, Sender, bounded};

use super::messages::{AfterCut, Counters, FromSource, LinkState, SourceCommand, SourceEnd};
use super::registry::InterfaceRegistry;
use super::wait::Waker;
use crate::clock;
use crate::limits;
use crate::packet::header_length;
use crate::pcapng::{InterfaceDescription, InterfaceId, LinkType, Resolution};
use crate::ring::{Append, SegmentWriter, SourceId};
use crate::units::Timestamp;

/// What every source needs, whatever gives its packets.
#[derive(Clone, Debug)]
pub struct SourceConfig {
    /// Its number.
    pub id: SourceId,
    /// Its name: the interface, or the file.
    pub name: String,
    /// Keep headers up to the transport layer's end and no payload.
    pub headers_only: bool,
    /// Gives the ids.
    pub interfaces: Arc<InterfaceRegistry>,
}

/// What gives packets: a device or a file.
pub(super) trait Packets: Send + 'static {
    /// Packets can wait until there is room: they come from a file. Of a live
    /// interface those that do not fit are lost, and counted.
    const PATIENT: bool;

    /// Reads what is there, at most `most` packets, without waiting longer
    /// than the read timeout, and hands each to `take`.
    fn read(&mut self, most: usize, take: impl FnMut(Packet<'_>)) -> Result<Read, SourceEnd>;
    /// Waits for packets or for the waker, at most this long.
    fn wait(&mut self, most: Duration);
    /// Brings the counters up to date; called a few times a second.
    fn count(&mut self, counters: &mut Counters);
    /// The link's state if it has changed; called a few times a second.
    fn link(&mut self) -> Option<LinkState>;
}

/// One packet as it is read.
pub(super) struct Packet<'a> {
    pub(super) interface: InterfaceId,
    pub(super) resolution: Resolution,
    pub(super) link_type: LinkType,
    pub(super) at: Timestamp,
    pub(super) captured: &'a [u8],
    /// Bytes on the wire.
    pub(super) original: u32,
}

/// What came of a read.
pub(super) enum Read {
    /// So many packets.
    Packets(usize),
    /// Packets will come under this description: a device was opened again, or
    /// a file describes another interface.
    Opened(InterfaceId, InterfaceDescription),
    /// The device is gone.
    Gone(LinkState),
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
    headers_only: bool,
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
pub(super) fn spawn<P: Packets>(
    config: &SourceConfig,
    mut packets: P,
    waker: Waker,
    empties: Receiver<SegmentWriter>,
    out: Sender<FromSource>,
) -> std::io::Result<SourceHandle> {
    let id = config.id;
    let (sender, commands) = bounded(limits::SOURCE_COMMANDS_MAX);
    let counters = Arc::new(Mutex::new(Counters::default()));
    let mut state = Loop {
        id,
        headers_only: config.headers_only,
        out,
        empties,
        commands,
        open: None,
        counters: Counters::default(),
        shared: Arc::clone(&counters),
        cut: None,
    };
    let thread = std::thread::Builder::new()
        .name(format!("source {}", config.name))
        .spawn(move || {
            let end = catch_unwind(AssertUnwindSafe(|| {
                let end = state.run(&mut packets);
                packets.count(&mut state.counters);
                end
            }));
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

    fn run<P: Packets>(&mut self, packets: &mut P) -> SourceEnd {
        self.await_first_room();
        let mut looked = clock::now();
        let mut published = looked;
        self.look(packets, looked);
        loop {
            while let Ok(command) = self.commands.try_recv() {
                if let Some(end) = self.obey(command, packets) {
                    return end;
                }
            }
            if self.cut.is_some() {
                // The cut's answer must not come without its counters.
                packets.count(&mut self.counters);
            }
            let before = clock::now().monotonic;
            let full = P::PATIENT && self.empties.is_empty();
            let read = if full { Ok(0) } else { self.read(packets) };
            let read = match read {
                Ok(read) => read,
                Err(end) => return end,
            };
            // Only a read that began late enough proves that nothing is left.
            if self.cut_is_due(P::PATIENT || read == 0, before)
                && let Some(end) = self.finish_cut()
            {
                return end;
            }
            let now = clock::now();
            if now.monotonic.since(looked.monotonic) >= limits::STATISTICS_INTERVAL {
                looked = now;
                self.look(packets, now);
                published = now;
            } else if read == 0
                || now.monotonic.since(published.monotonic) >= limits::COUNT_INTERVAL
            {
                self.publish();
                published = now;
            }
            if full {
                self.await_room();
            } else if read == 0 {
                packets.wait(self.patience(now.monotonic));
            }
        }
    }
}

impl Loop {
    fn look(&mut self, packets: &mut impl Packets, now: clock::Now) {
        packets.count(&mut self.counters);
        self.publish();
        if let Some(state) = packets.link() {
            self.tell_link(state, now);
        }
    }

    fn tell_link(&self, state: LinkState, at: clock::Now) {
        self.tell(FromSource::Link {
            source: self.id,
            state,
            at,
        });
    }

    /// Nothing is read before there is room for it: until the keeper begins, the
    /// kernel's buffer keeps what comes.
    fn await_first_room(&mut self) {
        let mut select = Select::new();
        let room = select.recv(&self.empties);
        select.recv(&self.commands);
        if select.ready() == room {
            self.take_empty();
        }
    }

    /// Waits until there is an empty segment or a command.
    fn await_room(&self) {
        let mut select = Select::new();
        select.recv(&self.empties);
        select.recv(&self.commands);
        let _ = select.ready_timeout(limits::STATISTICS_INTERVAL);
    }

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
    fn read<P: Packets>(&mut self, packets: &mut P) -> Result<usize, SourceEnd> {
        // A patient source looks for room before each packet.
        let most = if P::PATIENT {
            1
        } else {
            limits::DISPATCH_PACKETS
        };
        let mut ended = None;
        let read = packets.read(most, |packet| {
            if ended.is_some() {
                return;
            }
            if self.cut.is_some_and(|cut| packet.at > cut.at) {
                ended = self.finish_cut();
                if ended.is_some() {
                    return;
                }
            }
            self.keep(&packet);
        })?;
        if let Some(end) = ended {
            return Err(end);
        }
        match read {
            Read::Packets(count) => Ok(count),
            Read::Opened(interface, description) => {
                self.tell(FromSource::Opened {
                    source: self.id,
                    interface,
                    description,
                    at: clock::now(),
                });
                Ok(0)
            }
            Read::Gone(state) => {
                packets.count(&mut self.counters);
                self.publish();
                self.tell_link(state, clock::now());
                Ok(0)
            }
        }
    }

    fn keep(&mut self, packet: &Packet<'_>) {
        let captured = if self.headers_only {
            &packet.captured[..header_length(packet.link_type, packet.captured)]
        } else {
            packet.captured
        };
        self.counters.wire_bytes.0 += u64::from(packet.original);
        loop {
            if self.open.is_none() && !self.take_empty() {
                self.counters.ring_drops.0 += 1;
                return;
            }
            let Some(open) = &mut self.open else {
                return;
            };
            let (interface, resolution) = (packet.interface, packet.resolution);
            if open.append(interface, resolution, packet.at, captured, packet.original)
                == Append::Done
            {
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

    /// Whether everything up to the cut is delivered although no later packet
    /// came: `drained` when the last read, begun at `now`, left nothing.
    fn cut_is_due(&self, drained: bool, now: crate::clock::Monotonic) -> bool {
        match self.cut.map(|cut| cut.command) {
            Some(SourceCommand::Cut {
                not_before,
                not_after,
                ..
            }) => now >= not_after || (drained && now >= not_before),
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
