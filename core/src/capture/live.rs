//! A live interface as a source.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};

use super::error::CaptureError;
use super::messages::{Counters, FromSource, LinkState, SourceEnd};
use super::open::{OpenDevice, OpenOptions};
use super::registry::InterfaceRegistry;
use super::source::{self, Packets, Read, SourceHandle};
use super::wait::{Waiter, Waker, descriptor};
use crate::clock;
use crate::pcapng::{InterfaceId, Resolution};
use crate::ring::{SegmentWriter, SourceId};
use crate::units::{PacketCount, Timestamp};

/// What a live source needs beside its open device.
#[derive(Clone, Debug)]
pub struct SourceConfig {
    /// Its number.
    pub id: SourceId,
    /// The interface.
    pub device: String,
    /// How it was opened, and will be again.
    pub options: OpenOptions,
    /// Keep no payload.
    pub headers_only: bool,
    /// Gives the ids.
    pub interfaces: Arc<InterfaceRegistry>,
}

/// Starts the thread that reads an open device.
///
/// # Errors
/// The system gives no thread or no descriptor.
pub fn spawn_live(
    config: SourceConfig,
    opened: OpenDevice,
    empties: Receiver<SegmentWriter>,
    out: Sender<FromSource>,
) -> Result<SourceHandle, CaptureError> {
    let (id, device) = (config.id, config.device.clone());
    let system = |error: std::io::Error| CaptureError::System {
        name: device.clone(),
        words: error.to_string(),
    };
    let waker = Waker::new().map_err(system)?;
    let interface = config.interfaces.id_for(&opened.description);
    let at = clock::now();
    // The channel is empty and has room.
    let _ = out.send(FromSource::Opened {
        source: id,
        interface,
        description: opened.description.clone(),
        at,
    });
    let live = Live {
        config,
        interface,
        opened,
        waiter: Waiter::new(waker.clone()),
        drops: 0,
    };
    source::spawn(id, &device.clone(), live, waker, empties, out).map_err(system)
}

struct Live {
    config: SourceConfig,
    interface: InterfaceId,
    opened: OpenDevice,
    waiter: Waiter,
    /// libpcap's 32-bit counter as it was read last.
    drops: u32,
}

impl Packets for Live {
    fn read(
        &mut self,
        most: usize,
        mut take: impl FnMut(Timestamp, &[u8], u32),
    ) -> Result<Read, SourceEnd> {
        let resolution = self.opened.description.resolution;
        let fraction = resolution.nanoseconds_per_tick();
        let read = self.opened.capture.dispatch(Some(most), |packet| {
            let seconds = u64::try_from(packet.header.ts.tv_sec).unwrap_or(0);
            let ticks = u64::try_from(packet.header.ts.tv_usec).unwrap_or(0);
            let at = Timestamp(seconds * 1_000_000_000 + ticks * fraction);
            take(at, packet.data, packet.header.len);
        });
        match read {
            Ok(count) => Ok(Read::Packets(count)),
            Err(error) => Err(SourceEnd::Failed(error.to_string())),
        }
    }

    fn wait(&mut self, most: Duration) {
        self.waiter.wait(descriptor(&self.opened.capture), most);
    }

    fn look(&mut self, counters: &mut Counters) -> Option<LinkState> {
        if let Ok(stats) = self.opened.capture.stats() {
            let fresh = stats.dropped.wrapping_sub(self.drops);
            self.drops = stats.dropped;
            let known = counters.kernel_drops.get_or_insert(PacketCount(0));
            known.0 += u64::from(fresh);
        }
        None
    }

    fn interface(&self) -> (InterfaceId, Resolution) {
        (self.interface, self.opened.description.resolution)
    }
}
