//! What the window knows. No egui type stands here; views read it, commands
//! and changes alter it, and every time is an argument.

mod change;
mod command_line;
mod escaped;
mod facts;
#[cfg(test)]
mod facts_tests;
mod filter_hint;
mod form;
mod gauges;
mod incidents;
mod lanes;
mod last;
mod machine;
mod measured;
mod page;
mod palette;
mod plan;
mod recording;
mod recording_now;
#[cfg(test)]
mod recording_tests;
mod ring_size;
mod rows;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
pub(crate) mod samples_incident;
mod set_up;
#[cfg(test)]
mod set_up_tests;
mod settings;
mod shown;
mod ssh;
mod state;
#[cfg(test)]
mod state_tests;
mod timeline;
mod told;
#[cfg(test)]
mod told_until_tests;
mod traffic;

pub(crate) use change::{Change, CloseAnswer, Setting, StopAnswer};
pub(crate) use command_line::{command_line, command_line_of};
pub(crate) use escaped::{elided_in_middle, escaped};
pub(crate) use filter_hint::hint;
pub(crate) use form::{Form, FormChange, FormOf};
pub(crate) use gauges::Gauge;
pub(crate) use incidents::{Incidents, OpenFile, Row, file_name};
pub(crate) use lanes::{Bar, Lanes};
pub(crate) use machine::{InterfaceNow, Machine, RATES_MAX, Remedy, Rights, Seen};
pub(crate) use measured::{LANES_MAX, Lane, Measured, Step};
pub(crate) use page::Page;
pub(crate) use palette::found as found_commands;
pub(crate) use plan::{Field, Plan, matching, without_options};
pub(crate) use recording::{Announced, News, Recording, Stage, Told};
pub(crate) use recording_now::Reading;
pub(crate) use ring_size::{LARGER_KERNEL_BUFFER, whole_size, written_like};
pub(crate) use rows::{FilterAdvice, InterfaceRow, ProcessRow};
pub(crate) use set_up::{FilterCheck, SavedFilter, SetUp, TargetKind};
pub(crate) use settings::{Fields, Rates, Renderer, Settings, TEXT_SIZES, Theme, Units, Zone};
pub(crate) use shown::{in_zone, rate, show_as, size, time_of_day, time_zoned, zone_of};
pub(crate) use ssh::OwnSession;
pub(crate) use state::{StateNow, StatusLine, clock};
#[cfg(test)]
pub(crate) use timeline::TimelineData;
pub(crate) use timeline::{COLUMN, TimelineView};

use std::path::PathBuf;

use crashcap_core::clock::Now;
use crashcap_core::recorder::Phase;
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
    /// Triggers and actions.
    Forms {
        /// The one whose form is shown.
        open: Option<(FormOf, usize)>,
    },
    /// The window is to be closed while recording.
    CloseQuestion,
    /// What the ring holds would be lost by stopping.
    StopQuestion,
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
    /// The saved file that it tells of, which can be opened.
    pub(crate) file: Option<PathBuf>,
    /// With what it ends by itself.
    pub(crate) until: Until,
}

/// With what something told is true no more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Until {
    /// With the next recording, or when it is closed.
    #[default]
    Closed,
    /// As soon as a choice is another: Start failed for one.
    Chosen,
    /// As soon as this user may capture.
    Allowed,
    /// As soon as what freezes is saved, or is told not to be.
    Saved,
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
        self.tell_until(Until::Closed, tone, sentence, remedies);
    }

    /// Tells something that is true until then.
    pub(crate) fn tell_until(
        &mut self,
        until: Until,
        tone: Tone,
        sentence: impl Into<String>,
        remedies: &[Command],
    ) {
        self.show(Banner {
            tone,
            sentence: sentence.into(),
            remedies: remedies.to_vec(),
            file: None,
            until,
        });
    }

    /// Tells what the recording announces; that takes the place of what was told
    /// of the same freeze before.
    pub(crate) fn announce(&mut self, news: Announced) {
        if news.stage != Stage::Alone {
            self.settle(Until::Saved);
        }
        self.show(Banner {
            tone: news.tone,
            sentence: news.sentence,
            remedies: news.remedies,
            file: news.file,
            until: news.until,
        });
    }

    /// Tells of a saved file, which can be opened.
    pub(crate) fn tell_of_file(&mut self, sentence: String, file: PathBuf) {
        self.show(Banner {
            tone: Tone::Frozen,
            sentence,
            remedies: Vec::new(),
            file: Some(file),
            until: Until::Closed,
        });
    }

    fn show(&mut self, banner: Banner) {
        self.banners.retain(|one| one.sentence != banner.sentence);
        self.banners.insert(0, banner);
        self.banners.truncate(BANNERS_MAX);
    }

    /// What was told is true no more.
    pub(crate) fn take_back(&mut self, sentence: &str) {
        self.banners.retain(|one| one.sentence != sentence);
    }

    /// What was told until then is true no more.
    pub(crate) fn settle(&mut self, until: Until) {
        self.banners.retain(|one| one.until != until);
    }

    /// What offers this remedy has done its service: if it does not help, that is
    /// told anew. What is still to be saved or ended stays until it is.
    pub(crate) fn remedied(&mut self, by: Command) {
        if !matches!(by, Command::SaveElsewhere | Command::EndRecorder) {
            self.banners.retain(|one| !one.remedies.contains(&by));
        }
    }

    /// What no file has and stopping now would lose, if anything.
    pub(crate) fn stop_loses(&self) -> Option<Loss> {
        let recording = &self.recording;
        let status = recording.status.as_ref()?;
        if recording.outcome.is_some() {
            return None;
        }
        if recording.unsaved.is_some() {
            return Some(Loss::Incident);
        }
        let holds = status.phase == Phase::Recording && status.newest.is_some();
        holds.then_some(Loss::Ring)
    }
}

/// What stopping would lose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// What the ring holds: nothing froze it.
    Ring,
    /// An incident that no folder took.
    Incident,
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
                "Save these choices to a file",
                "Path of the profile",
                "/path/to/profile.toml",
            ),
            Self::OpenProfile => (
                "Open a profile",
                "Path of the profile",
                "/path/to/profile.toml",
            ),
            Self::NameProfile => ("Keep these choices", "Name of the profile", "a name"),
            Self::SaveFilter => ("Save this filter", "Name of the filter", "a name"),
            Self::FindWireshark => (
                "Where Wireshark is",
                "Path of the program",
                "/usr/bin/wireshark",
            ),
            Self::Rename => ("Another name for the file", "Name", "a name without folder"),
        }
    }

    /// What the button says that does it.
    pub(crate) const fn verb(self) -> &'static str {
        match self {
            Self::OpenFile | Self::OpenProfile => "Open",
            Self::SaveAs | Self::SaveElsewhere | Self::SaveProfile | Self::SaveFilter => "Save",
            Self::ChooseFolder => "Choose",
            Self::NameProfile => "Keep",
            Self::FindWireshark => "Use",
            Self::Rename => "Rename",
        }
    }
}
