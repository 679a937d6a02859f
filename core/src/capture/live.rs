//! A live interface as a source.

use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};

use super::error::{CaptureError, words};
use super::messages::{Counters, FromSource, LinkState, SourceEnd};
use super::open::{OpenDevice, OpenOptions, open};
use super::registry::TOO_MANY;
use super::source::{self, Packet, Packets, Read, SourceConfig, SourceHandle};
use super::system;
use super::wait::{Waiter, Waker, descriptor};
use crate::clock::{self, Monotonic};
use crate::limits;
use crate::pcapng::InterfaceId;
use crate::ring::SegmentWriter;
use crate::units::{PacketCount, Timestamp};

/// An open device and how it was opened, and will be again.
pub struct LiveSource {
    /// The device.
    pub opened: OpenDevice,
    /// How.
    pub options: OpenOptions,
}

/// Starts the thread that reads an open device. A device that disappears is
/// opened again when it is back.
///
/// # Errors
/// The system gives no thread or no descriptor.
pub fn spawn_live(
    config: SourceConfig,
    source: LiveSource,
    empties: Receiver<SegmentWriter>,
    out: Sender<FromSource>,
) -> Result<SourceHandle, CaptureError> {
    let system = |error: std::io::Error| CaptureError::System {
        name: config.name.clone(),
        words: error.to_string(),
    };
    let waker = Waker::new().map_err(system)?;
    let interface = config
        .interfaces
        .id_for(&source.opened.description)
        .ok_or_else(|| system(std::io::Error::other(TOO_MANY)))?;
    // The channel is empty and has room.
    let _ = out.send(FromSource::Opened {
        source: config.id,
        interface,
        description: source.opened.description.clone(),
        at: clock::now(),
    });
    let live = Live {
        config: config.clone(),
        options: source.options,
        interface,
        device: Device::Open(source.opened),
        waiter: Waiter::new(waker.clone()),
        link: LinkState::Up,
        captured: Sum::default(),
        dropped: Sum::default(),
        interface_dropped: None,
        next_look: Monotonic::default(),
    };
    source::spawn(&config, live, waker, empties, out).map_err(system)
}

struct Live {
    config: SourceConfig,
    options: OpenOptions,
    interface: InterfaceId,
    device: Device,
    waiter: Waiter,
    /// The state that was told last.
    link: LinkState,
    captured: Sum,
    dropped: Sum,
    /// What the system said that the interface dropped.
    interface_dropped: Option<u64>,
    /// When the system is asked next.
    next_look: Monotonic,
}

enum Device {
    Open(OpenDevice),
    /// It is gone; next tried at this moment.
    Gone(Monotonic),
}

/// libpcap's counters have 32 bits and wrap: the differences are summed.
#[derive(Default)]
struct Sum {
    last: u32,
}

impl Sum {
    fn add(&mut self, seen: u32, total: &mut Option<PacketCount>) {
        let total = total.get_or_insert(PacketCount(0));
        total.0 += u64::from(seen.wrapping_sub(self.last));
        self.last = seen;
    }
}

impl Live {
    fn gone(&mut self, reason: String) -> Read {
        self.device = Device::Gone(clock::now().monotonic.after(limits::REOPEN_INTERVAL));
        self.link = LinkState::Gone { reason };
        Read::Gone(self.link.clone())
    }

    /// Tries to open the device that was gone.
    fn reopen(&mut self, next: Monotonic) -> Read {
        let now = clock::now().monotonic;
        if now < next {
            return Read::Packets(0);
        }
        let Some((interface, opened)) = self.try_to_open() else {
            self.device = Device::Gone(now.after(limits::REOPEN_INTERVAL));
            return Read::Packets(0);
        };
        let description = opened.description.clone();
        self.interface = interface;
        self.device = Device::Open(opened);
        self.link = LinkState::Up;
        self.captured = Sum::default();
        self.dropped = Sum::default();
        Read::Opened(self.interface, description)
    }

    /// One that is there and down is opened when it is up.
    fn try_to_open(&self) -> Option<(InterfaceId, OpenDevice)> {
        let name = &self.config.name;
        if !system::may_be_tried(name) || system::is_up(name) == Some(false) {
            return None;
        }
        let opened = open(name, &self.options).ok()?;
        let interface = self.config.interfaces.id_for(&opened.description)?;
        Some((interface, opened))
    }

    /// Asking the system costs more than asking libpcap: a few times a second is enough.
    fn count_interface_drops(&mut self, counters: &mut Counters) {
        let now = clock::now().monotonic;
        if now < self.next_look {
            return;
        }
        self.next_look = now.after(limits::STATISTICS_INTERVAL);
        let name = self.config.name.as_str();
        let told = system::counters(&[name]);
        let Some(dropped) = told.get(name).and_then(|told| told.drops) else {
            return;
        };
        let total = counters.interface_drops.get_or_insert(PacketCount(0));
        // An interface that was made anew counts from zero.
        let before = self.interface_dropped.replace(dropped.0);
        let before = before.unwrap_or(dropped.0);
        total.0 += dropped.0.checked_sub(before).unwrap_or(dropped.0);
    }
}

impl Packets for Live {
    const PATIENT: bool = false;

    fn read(&mut self, most: usize, mut take: impl FnMut(Packet<'_>)) -> Result<Read, SourceEnd> {
        let opened = match &mut self.device {
            Device::Open(opened) => opened,
            Device::Gone(next) => {
                let next = *next;
                return Ok(self.reopen(next));
            }
        };
        let interface = self.interface;
        let resolution = opened.description.resolution;
        let link_type = opened.description.link_type;
        let fraction = resolution.nanoseconds_per_tick();
        let read = opened.capture.dispatch(Some(most), |packet| {
            let seconds = u64::try_from(packet.header.ts.tv_sec).unwrap_or(0);
            let ticks = u64::try_from(packet.header.ts.tv_usec).unwrap_or(0);
            take(Packet {
                interface,
                resolution,
                link_type,
                at: Timestamp(seconds * 1_000_000_000 + ticks * fraction),
                captured: packet.data,
                original: packet.header.len,
            });
        });
        match read {
            Ok(count) => Ok(Read::Packets(count)),
            Err(error) => Ok(self.gone(words(&error))),
        }
    }

    fn wait(&mut self, most: Duration) {
        match &self.device {
            Device::Open(opened) => self.waiter.wait(descriptor(&opened.capture), most),
            Device::Gone(next) => {
                let until = next.since(clock::now().monotonic);
                self.waiter.wait(None, until.min(most));
            }
        }
    }

    fn count(&mut self, counters: &mut Counters) {
        if let Device::Open(opened) = &mut self.device
            && let Ok(stats) = opened.capture.stats()
        {
            self.captured.add(stats.received, &mut counters.received);
            self.dropped.add(stats.dropped, &mut counters.kernel_drops);
        }
        self.count_interface_drops(counters);
    }

    fn link(&mut self) -> Option<LinkState> {
        if matches!(self.device, Device::Gone(_)) {
            return None;
        }
        let state = match system::is_up(&self.config.name)? {
            true => LinkState::Up,
            false => LinkState::Down,
        };
        if state == self.link {
            return None;
        }
        self.link = state.clone();
        Some(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_that_wraps_goes_on_counting() {
        let (mut sum, mut total) = (Sum::default(), None);
        for seen in [u32::MAX - 1, 3, 3, 10] {
            sum.add(seen, &mut total);
        }
        assert_eq!(total, Some(PacketCount(u64::from(u32::MAX) + 11)));
    }
}
