//! A capture file as a source, at the speed that it was recorded with or as
//! fast as it can be read.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};

use super::error::CaptureError;
use super::library;
use super::messages::{Counters, FromSource, LinkState, SourceEnd};
use super::program::Program;
use super::registry::TOO_MANY;
use super::source::{self, Packet, Packets, Read, SourceConfig, SourceHandle};
use super::wait::{Waiter, Waker};
use crate::clock::{self, Monotonic};
use crate::pcapng::{
    CaptureFile, FileInterface, FilePacket, InterfaceDescription, InterfaceId, LinkType,
    Resolution, Visitor,
};
use crate::ring::SegmentWriter;
use crate::units::Timestamp;

/// How to play a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlayerOptions {
    /// The most bytes kept of a packet.
    pub snaplen: u32,
    /// The filter as written.
    pub filter: Option<String>,
    /// Keep the gaps that were recorded; otherwise as fast as possible.
    pub paced: bool,
}

/// A file that is open and whose first interface's filter compiles.
pub struct OpenFile {
    path: PathBuf,
    file: CaptureFile,
    next: Next,
    options: PlayerOptions,
}

/// Opens a capture file and compiles the filter for its first interface.
///
/// # Errors
/// It cannot be read, is no capture file, or the filter does not compile for it.
pub fn open_file(path: &Path, options: PlayerOptions) -> Result<OpenFile, CaptureError> {
    library::ensure_loaded()?;
    let mut file = CaptureFile::open(path).map_err(|error| CaptureError::File {
        sentence: error.to_string(),
    })?;
    let mut next = Next::default();
    while next.is_empty() {
        match file.next(&mut next) {
            Ok(true) => {}
            Ok(false) => break,
            Err(broken) => {
                return Err(CaptureError::File {
                    sentence: format!("read {}: {broken}", path.display()),
                });
            }
        }
    }
    if let (Some(interface), Some(filter)) = (&next.interface, &options.filter) {
        Program::compile(filter, interface.link_type)?;
    }
    Ok(OpenFile {
        path: path.to_owned(),
        file,
        next,
        options,
    })
}

/// Starts the thread that plays a file.
///
/// # Errors
/// The system gives no thread or no descriptor.
pub fn spawn_player(
    config: SourceConfig,
    opened: OpenFile,
    empties: Receiver<SegmentWriter>,
    out: Sender<FromSource>,
) -> Result<SourceHandle, CaptureError> {
    let system = |error: std::io::Error| CaptureError::System {
        name: config.name.clone(),
        words: error.to_string(),
    };
    let waker = Waker::new().map_err(system)?;
    let player = Player {
        config: config.clone(),
        path: opened.path,
        file: opened.file,
        next: opened.next,
        options: opened.options,
        section: Vec::new(),
        programs: HashMap::new(),
        began: None,
        waiter: Waiter::new(waker.clone()),
    };
    source::spawn(&config, player, waker, empties, out).map_err(system)
}

struct Player {
    config: SourceConfig,
    path: PathBuf,
    file: CaptureFile,
    next: Next,
    options: PlayerOptions,
    /// The interfaces of the present section.
    section: Vec<Interface>,
    /// The filter for each link type.
    programs: HashMap<LinkType, Program>,
    /// When the first packet was played, and its time.
    began: Option<(Monotonic, Timestamp)>,
    waiter: Waiter,
}

#[derive(Clone, Copy)]
struct Interface {
    id: InterfaceId,
    link_type: LinkType,
}

/// What the file holds next.
#[derive(Default)]
struct Next {
    new_section: bool,
    interface: Option<FileInterface>,
    packet: Option<Held>,
    /// The packet's bytes; kept for its allocation.
    data: Vec<u8>,
    /// The latest time seen, for packets without one.
    latest: Timestamp,
}

#[derive(Clone, Copy)]
struct Held {
    interface: usize,
    at: Timestamp,
    original: u32,
}

impl Next {
    fn is_empty(&self) -> bool {
        self.interface.is_none() && self.packet.is_none()
    }
}

impl Visitor for Next {
    fn section(&mut self, _: crate::pcapng::FileSection<'_>) {
        self.new_section = true;
    }

    fn interface(&mut self, interface: FileInterface) {
        self.interface = Some(interface);
    }

    fn packet(&mut self, packet: FilePacket<'_>) {
        self.latest = packet.at.unwrap_or(self.latest);
        self.data.clear();
        self.data.extend_from_slice(packet.data);
        self.packet = Some(Held {
            interface: packet.interface,
            at: self.latest,
            original: packet.original,
        });
    }
}

impl Player {
    /// Takes an interface that the file describes.
    fn described(&mut self, told: FileInterface) -> Result<Read, SourceEnd> {
        let link_type = told.link_type;
        if let Some(filter) = &self.options.filter
            && !self.programs.contains_key(&link_type)
        {
            let program = Program::compile(filter, link_type)
                .map_err(|error| SourceEnd::Failed(error.to_string()))?;
            self.programs.insert(link_type, program);
        }
        let description = InterfaceDescription {
            name: told.name.unwrap_or_else(|| self.config.name.clone()),
            description: told.description,
            link_type,
            snaplen: self.options.snaplen,
            resolution: Resolution::Nanoseconds,
            filter: self.options.filter.clone().or(told.filter),
        };
        let Some(id) = self.config.interfaces.id_for(&description) else {
            let path = self.path.display();
            return Err(SourceEnd::Failed(format!("read {path}: {TOO_MANY}")));
        };
        self.section.push(Interface { id, link_type });
        Ok(Read::Opened(id, description))
    }

    /// When a packet is to be played; `None` is at once.
    fn due(&mut self, at: Timestamp) -> Option<Monotonic> {
        if !self.options.paced {
            return None;
        }
        let (began, first) = *self.began.get_or_insert((clock::now().monotonic, at));
        Some(began.after(at.since(first)))
    }

    /// Plays the packet in hand.
    fn play(&mut self, held: Held, mut take: impl FnMut(Packet<'_>)) {
        self.next.packet = None;
        // A packet of an interface that the file never described has no link type.
        let Some(interface) = self.section.get(held.interface) else {
            return;
        };
        let data = &self.next.data;
        let passes = self
            .programs
            .get(&interface.link_type)
            .is_none_or(|program| program.passes(data, held.original));
        if passes {
            let snaplen = self.options.snaplen as usize;
            take(Packet {
                interface: interface.id,
                resolution: Resolution::Nanoseconds,
                link_type: interface.link_type,
                at: held.at,
                captured: &data[..data.len().min(snaplen)],
                original: held.original,
            });
        }
    }
}

impl Packets for Player {
    const PATIENT: bool = true;

    fn read(&mut self, most: usize, mut take: impl FnMut(Packet<'_>)) -> Result<Read, SourceEnd> {
        for played in 0..most {
            while self.next.is_empty() {
                match self.file.next(&mut self.next) {
                    Ok(true) => {}
                    Ok(false) => return Err(SourceEnd::EndOfFile),
                    Err(broken) => {
                        let path = self.path.display();
                        return Err(SourceEnd::Failed(format!("read {path}: {broken}")));
                    }
                }
            }
            if std::mem::take(&mut self.next.new_section) {
                self.section.clear();
            }
            if let Some(interface) = self.next.interface.take() {
                return self.described(interface);
            }
            let Some(held) = self.next.packet else {
                return Ok(Read::Packets(played));
            };
            if self
                .due(held.at)
                .is_some_and(|due| due > clock::now().monotonic)
            {
                return Ok(Read::Packets(played));
            }
            self.play(held, &mut take);
        }
        Ok(Read::Packets(most))
    }

    fn wait(&mut self, most: Duration) {
        let due = self.next.packet.and_then(|held| self.due(held.at));
        let until = due.map_or(most, |due| due.since(clock::now().monotonic));
        self.waiter.wait(None, until.min(most));
    }

    fn count(&mut self, _: &mut Counters) {}

    fn link(&mut self) -> Option<LinkState> {
        None
    }
}
