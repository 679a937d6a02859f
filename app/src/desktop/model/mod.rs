//! What the window knows. No egui type stands here; views read it, commands
//! and changes alter it, and every time is an argument.

mod change;
mod command_line;
mod escaped;
mod facts;
#[cfg(test)]
mod facts_tests;
mod incidents;
mod lanes;
mod last;
mod machine;
mod page;
mod palette;
mod plan;
mod recording;
mod recording_now;
#[cfg(test)]
mod recording_tests;
mod rows;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
pub(crate) mod samples_incident;
mod set_up;
mod settings;
mod shown;
mod ssh;
mod state;
mod timeline;
mod told;
mod traffic;

pub(crate) use change::{Change, CloseAnswer, Setting};
pub(crate) use command_line::command_line;
pub(crate) use escaped::escaped;
pub(crate) use incidents::{Incidents, OpenFile, Row, file_name};
pub(crate) use lanes::{Bar, Lanes};
pub(crate) use machine::{InterfaceNow, Machine, RATES_MAX, Remedy, Rights};
pub(crate) use page::Page;
pub(crate) use palette::found as found_commands;
pub(crate) use plan::{Field, Plan, matching};
pub(crate) use recording::{News, Recording, Told};
pub(crate) use recording_now::Reading;
pub(crate) use rows::{FilterAdvice, InterfaceRow, ProcessRow};
pub(crate) use set_up::{FilterCheck, SavedFilter, SetUp, TargetKind};
pub(crate) use settings::{Fields, Rates, Renderer, Settings, TEXT_SIZES, Theme, Units, Zone};
pub(crate) use shown::{rate, show_as, size, time_of_day, time_zoned};
pub(crate) use ssh::OwnSession;
pub(crate) use state::{StateNow, StatusLine, clock};
#[cfg(test)]
pub(crate) use timeline::TimelineData;
pub(crate) use timeline::{COLUMN, TimelineView};

use std::path::PathBuf;

use crashcap_core::clock::Now;
use crashcap_core::units::ByteCount;

use super::command::Command;

/// Everything.
#[derive(Debug, Default)]
pub(crate) struct Model {
    /// The time of this frame.
    pub(crate) now: Now,
    /// What is shown.
    pub(crate) screen: Screen,
    /// What is shown above it.
    pub(crate) overlay: Option<Overlay>,
    /// What this computer has.
    pub(crate) machine: Machine,
    /// What is to be recorded.
    pub(crate) set_up: SetUp,
    /// The recording, if there is or was one.
    pub(crate) recording: Recording,
    /// Profiles that are kept, and files of profiles used before.
    pub(crate) profiles: Profiles,
    /// The window's settings.
    pub(crate) settings: Settings,
    /// What was saved.
    pub(crate) incidents: Incidents,
    /// What the incidents folder still takes.
    pub(crate) room: Option<ByteCount>,
    /// The window closes as soon as the recording has ended.
    pub(crate) leaving: bool,
    /// The window closes whatever is recorded.
    pub(crate) quit_anyway: bool,
    /// What is told on top of every screen, the newest first.
    pub(crate) banners: Vec<Banner>,
}

/// Profiles to choose from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Profiles {
    /// Those kept by name, in order.
    pub(crate) names: Vec<String>,
    /// Files used before, the newest first, without those.
    pub(crate) recent: Vec<PathBuf>,
}

/// The screens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Screen {
    /// The choices.
    #[default]
    SetUp,
    /// The recording.
    Recording,
    /// The saved incidents, or the one that is open.
    Incidents,
}

/// What stands above the screen and takes the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Overlay {
    /// Commands by name.
    Palette {
        /// What was typed.
        search: String,
    },
    /// The keys.
    Keys,
    /// The settings.
    Settings,
    /// The window is to be closed while recording.
    CloseQuestion,
    /// Delete the open incident?
    DeleteQuestion,
    /// Remove the profile of this name?
    RemoveProfile(String),
    /// A text is asked for, where there is no dialog, or for a name.
    Ask {
        /// For what.
        purpose: Purpose,
        /// What was typed.
        text: String,
        /// Why what was typed was not taken.
        refusal: Option<String>,
    },
}

/// What a path or a name is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Open a capture file.
    OpenFile,
    /// Save a copy of the open incident.
    SaveAs,
    /// A folder for what no folder took.
    SaveElsewhere,
    /// The folder for incidents.
    ChooseFolder,
    /// A file for the profile.
    SaveProfile,
    /// A profile to open.
    OpenProfile,
    /// A name for the profile.
    NameProfile,
    /// A name for the filter.
    SaveFilter,
    /// The program of Wireshark.
    FindWireshark,
    /// A name for the open incident.
    Rename,
}

/// What is told on top of every screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Banner {
    /// Of what kind.
    pub(crate) tone: Tone,
    /// The sentence.
    pub(crate) sentence: String,
    /// What can be done about it.
    pub(crate) remedies: Vec<Command>,
}

/// How something is told; each has its own shape beside its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Recording goes on, or all is well.
    Good,
    /// Something froze or was saved.
    Frozen,
    /// Something is doubtful.
    Warning,
    /// Something died or failed.
    Danger,
    /// Nothing of these.
    Plain,
}

impl Model {
    /// Tells something on top of every screen.
    pub(crate) fn tell(&mut self, tone: Tone, sentence: impl Into<String>, remedies: &[Command]) {
        let banner = Banner {
            tone,
            sentence: sentence.into(),
            remedies: remedies.to_vec(),
        };
        self.banners.retain(|one| one.sentence != banner.sentence);
        self.banners.insert(0, banner);
        self.banners.truncate(BANNERS_MAX);
    }

    /// What was told is true no more.
    pub(crate) fn take_back(&mut self, sentence: &str) {
        self.banners.retain(|one| one.sentence != sentence);
    }
}

/// Banners shown at once.
const BANNERS_MAX: usize = 3;

impl Purpose {
    /// The dialog's title, the field's name, and what stands there while it is empty.
    pub(crate) const fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::OpenFile => (
                "Open a capture file",
                "Path of the file",
                "/path/to/file.pcapng",
            ),
            Self::SaveAs => (
                "Save a copy",
                "Path of the copy",
                "/path/to/file.pcapng or .pcap",
            ),
            Self::SaveElsewhere => ("Save the incident elsewhere", "Folder", "/path/to/folder"),
            Self::ChooseFolder => ("Where incidents are saved", "Folder", "/path/to/folder"),
            Self::SaveProfile => (
                "Save these choices",
                "Path of the profile",
                "/path/to/profile.toml",
            ),
            Self::OpenProfile => (
                "Open a profile",
                "Path of the profile",
                "/path/to/profile.toml",
            ),
            Self::NameProfile => ("Save these choices", "Name of the profile", "a name"),
            Self::SaveFilter => ("Save this filter", "Name of the filter", "a name"),
            Self::FindWireshark => (
                "Where Wireshark is",
                "Path of the program",
                "/usr/bin/wireshark",
            ),
            Self::Rename => ("Another name for the file", "Name", "a name without folder"),
        }
    }
}
