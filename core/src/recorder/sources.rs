//! From the profile's choice to running sources.

use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::{Sender, bounded};

use super::error::StartError;
use super::plan::MemoryPlan;
use super::thread::RunningSource;
use crate::capture::{
    self, FromSource, InterfaceRegistry, LiveSource, Network, OpenFile, OpenOptions, PlayerOptions,
    SourceConfig,
};
use crate::limits;
use crate::pcapng::LinkType;
use crate::profile::{Profile, SourceChoice, Speed};
use crate::ring::SourceId;

/// A source that is to be opened.
pub(super) enum Chosen {
    Device(String),
    File(PathBuf, Speed),
}

/// A source that is open; nothing reads it yet.
pub(super) enum OpenSource {
    Device(String, Box<LiveSource>),
    File(String, Box<OpenFile>),
}

/// The sources that a profile means.
pub(super) fn choose(profile: &Profile) -> Result<Vec<Chosen>, StartError> {
    let devices = match &profile.capture.sources {
        SourceChoice::File { path, speed } => return Ok(vec![Chosen::File(path.clone(), *speed)]),
        SourceChoice::Interfaces(names) => names.clone(),
        SourceChoice::All => capture::all_devices()?,
    };
    match devices.len() {
        0 => Err(StartError::NoSources),
        count if count > limits::SOURCES_MAX => Err(StartError::TooManySources {
            count,
            most: limits::SOURCES_MAX,
        }),
        _ => Ok(devices.into_iter().map(Chosen::Device).collect()),
    }
}

/// Opens all of them, or says why one cannot be opened.
pub(super) fn open(
    chosen: Vec<Chosen>,
    profile: &Profile,
    plan: &MemoryPlan,
    network: &Network,
) -> Result<Vec<OpenSource>, StartError> {
    chosen
        .into_iter()
        .map(|source| source.open(profile, plan, network))
        .collect()
}

impl Chosen {
    fn open(
        self,
        profile: &Profile,
        plan: &MemoryPlan,
        network: &Network,
    ) -> Result<OpenSource, StartError> {
        match self {
            Self::Device(name) => {
                let options = OpenOptions {
                    snaplen: profile.capture.snaplen,
                    promiscuous: profile.capture.promiscuous,
                    buffer: plan.kernel_buffer_per_source,
                    filter: profile.capture.filter.clone(),
                    read_timeout: limits::READ_TIMEOUT,
                };
                let called = name.clone();
                let source = network.run(move || {
                    let opened = capture::open(&called, &options)?;
                    Ok::<_, StartError>(LiveSource { opened, options })
                })?;
                Ok(OpenSource::Device(name, Box::new(source)))
            }
            Self::File(path, speed) => {
                let options = PlayerOptions {
                    snaplen: profile.capture.snaplen,
                    filter: profile.capture.filter.clone(),
                    paced: speed == Speed::Recorded,
                };
                let opened = capture::open_file(&path, options)?;
                let name = path.file_name().unwrap_or(path.as_os_str());
                let name = name.to_string_lossy().into_owned();
                Ok(OpenSource::File(name, Box::new(opened)))
            }
        }
    }
}

impl OpenSource {
    pub(super) fn name(&self) -> String {
        match self {
            Self::Device(name, _) | Self::File(name, _) => name.clone(),
        }
    }

    pub(super) fn is_live(&self) -> bool {
        matches!(self, Self::Device(..))
    }

    /// How its packets begin, where that is known before they come.
    pub(super) fn link_type(&self) -> Option<LinkType> {
        match self {
            Self::Device(_, source) => Some(source.opened.description.link_type),
            Self::File(..) => None,
        }
    }

    pub(super) fn warning(&self) -> Option<String> {
        match self {
            Self::Device(name, source) => {
                let words = source.opened.warning.as_ref()?;
                Some(format!("{name}: {words}"))
            }
            Self::File(..) => None,
        }
    }
}

/// Starts a thread for each source; inside the network, for it opens its device
/// again by itself.
pub(super) fn spawn(
    opened: Vec<OpenSource>,
    profile: &Profile,
    plan: &MemoryPlan,
    network: &Network,
    to_keeper: &Sender<FromSource>,
) -> Result<Vec<RunningSource>, StartError> {
    let interfaces = Arc::new(InterfaceRegistry::default());
    let mut running = Vec::with_capacity(opened.len());
    for (index, source) in opened.into_iter().enumerate() {
        let config = SourceConfig {
            id: SourceId(u16::try_from(index).unwrap_or(u16::MAX)),
            name: source.name(),
            headers_only: profile.capture.headers_only,
            interfaces: Arc::clone(&interfaces),
        };
        let (empties, ready) = bounded(plan.spare_per_source + 1);
        let out = to_keeper.clone();
        let handle = match source {
            OpenSource::Device(_, source) => {
                network.run(move || capture::spawn_live(config, *source, ready, out))?
            }
            OpenSource::File(_, opened) => capture::spawn_player(config, *opened, ready, out)?,
        };
        running.push(RunningSource { handle, empties });
    }
    Ok(running)
}
