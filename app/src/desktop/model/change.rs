//! Changes of what is typed or chosen.

use std::path::PathBuf;

use crashcap_core::profile::raw::Size;
use crashcap_core::units::ByteCount;

use super::{
    FilterCheck, FormChange, FormOf, Model, Overlay, Rates, Renderer, SetUp, Settings, TargetKind,
    Theme, Units, Until, Zone,
};

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    /// Choose all interfaces.
    AllInterfaces,
    /// Choose an interface, or leave it out.
    Interface {
        /// Its name.
        name: String,
        /// Whether it is chosen.
        chosen: bool,
    },
    /// The filter's text.
    Filter(String),
    /// The ring's size.
    Ring(String),
    /// The ring's age.
    Age(String),
    /// Keep no payload.
    HeadersOnly(bool),
    /// The kernel's buffer of each source, from the next start on.
    KernelBuffer(ByteCount),
    /// How the target is named.
    Target(TargetKind),
    /// What is searched among the processes.
    Search(String),
    /// A process of the list.
    Process {
        /// Its number.
        pid: u32,
        /// Its name, as it is.
        name: String,
        /// When it began, as the system counts.
        started: u64,
    },
    /// The field that Start lacks has the focus.
    Sought,
    /// Whoever has the name of the process that ended.
    ByName,
    /// The name pattern.
    Name(String),
    /// The port.
    Port(String),
    /// The command to launch.
    Launch(String),
    /// The target need not be there yet.
    Wait(bool),
    /// What the target's processes start belongs to it, or not.
    Tree(bool),
    /// Freeze when the target comes to this, or not.
    FreezeOn(&'static str, bool),
    /// A change of a trigger or an action.
    Form(FormOf, FormChange),
    /// Show the form of one, or of none.
    OpenForm(Option<(FormOf, usize)>),
    /// The tail.
    Tail(String),
    /// Record again after a freeze.
    Rearm(bool),
    /// How many incidents are kept.
    Keep(String),
    /// Delete the oldest when as many are kept as may be.
    DropOldest(bool),
    /// Where incidents go.
    Folder(String),
    /// What is typed into the overlay.
    OverlayText(String),
    /// What the overlay asks for is answered: take it.
    OverlayDone,
    /// Close the overlay.
    OverlayClosed,
    /// Take a banner away.
    BannerClosed(usize),
    /// Forget the saved filter of this name.
    ForgetFilter(String),
    /// Take the choices of this profile's file.
    TakeProfile(PathBuf),
    /// Take the choices of the profile of this name.
    TakeNamedProfile(String),
    /// Remove the profile of this name; asks first.
    RemoveProfile(String),
    /// Open a saved incident.
    Open(PathBuf),
    /// Choose a row in the list of incidents.
    ChooseIncident(PathBuf),
    /// An answer to the question of closing.
    Close(CloseAnswer),
    /// An answer to the question of stopping.
    Stop(StopAnswer),
    /// The part of the recording's timeline that is looked at.
    Zoom(Option<(u64, u64)>),
    /// The part of the open file's timeline that is looked at.
    ZoomFile(Option<(u64, u64)>),
    /// A setting.
    Setting(Setting),
}

/// What is done when the window is closed while recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CloseAnswer {
    /// Go on recording, minimised.
    Minimise,
    /// Freeze, save and quit.
    SaveAndQuit,
    /// Quit; what was not frozen is lost.
    QuitWithoutSaving,
    /// Do not close.
    Cancel,
}

/// What is done with what the ring holds when the recording is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StopAnswer {
    /// Freeze and save it.
    Save,
    /// Save what no folder took elsewhere.
    SaveElsewhere,
    /// It is lost.
    Lose,
    /// Do not stop.
    Cancel,
}

/// A change of a setting.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Setting {
    /// Dark or light.
    Theme(Theme),
    /// Sizes in thousands or in 1024s.
    Units(Units),
    /// Rates in bytes or in bits.
    Rates(Rates),
    /// The time zone.
    Zone(Zone),
    /// Where incidents go as a rule; empty: the usual place.
    Folder(String),
    /// What draws first, from the next start on.
    Renderer(Option<Renderer>),
    /// Wireshark's program; empty finds it by itself.
    Wireshark(String),
    /// Desktop notifications.
    Notifications(bool),
    /// Start recording at launch with the last choices.
    RecordAtLaunch(bool),
}

impl Model {
    /// Applies what changes the model alone. What needs more is the executor's.
    pub(crate) fn apply(&mut self, change: &Change) {
        match change {
            Change::OverlayText(typed) => {
                if let Some(Overlay::Palette { search: text } | Overlay::Ask { text, .. }) =
                    &mut self.overlay
                {
                    text.clone_from(typed);
                }
            }
            Change::OverlayClosed => self.overlay = None,
            Change::OpenForm(at) => {
                self.overlay = Some(Overlay::Forms { open: *at });
            }
            Change::RemoveProfile(name) => {
                self.overlay = Some(Overlay::RemoveProfile(name.clone()));
            }
            Change::BannerClosed(index) if *index < self.banners.len() => {
                self.banners.remove(*index);
            }
            Change::Setting(setting) => {
                let before = self.settings.usual_folder();
                self.settings.apply(setting);
                // Choices that say something else keep it.
                if self.set_up.folder == before {
                    self.set_up.folder = self.settings.usual_folder();
                }
            }
            Change::Zoom(zoom) => self.recording.zoom = *zoom,
            Change::ZoomFile(zoom) => {
                if let Some(open) = &mut self.incidents.open {
                    open.zoom = *zoom;
                }
            }
            Change::ChooseIncident(path) => self.incidents.chosen = Some(path.clone()),
            other => {
                let before = self.set_up.clone();
                self.set_up.apply(other);
                if let Change::Form(of, change) = other {
                    self.form_changed(*of, change);
                }
                if self.set_up.differs(&before) {
                    self.set_up.refused = None;
                    self.settle(Until::Chosen);
                }
            }
        }
    }
}

impl Model {
    /// The form that is shown follows what it is of; what was tested is not so any more.
    fn form_changed(&mut self, of: FormOf, change: &FormChange) {
        self.machine.tested.clear();
        let open = match change {
            FormChange::Add(_) => Some((of, self.set_up.forms(of).len() - 1)),
            FormChange::Remove(_) => None,
            FormChange::Up(place) => Some((of, place.saturating_sub(1))),
            FormChange::Turn(..) | FormChange::Text(..) => return,
        };
        self.overlay = Some(Overlay::Forms { open });
    }
}

impl Settings {
    fn apply(&mut self, setting: &Setting) {
        match setting {
            Setting::Theme(theme) => self.theme = *theme,
            Setting::Units(units) => self.units = *units,
            Setting::Rates(rates) => self.rates = *rates,
            Setting::Zone(zone) => self.zone = *zone,
            Setting::Folder(folder) => self.folder.clone_from(folder),
            Setting::Renderer(renderer) => self.renderer = *renderer,
            Setting::Wireshark(path) => self.wireshark.clone_from(path),
            Setting::Notifications(on) => self.notifications = *on,
            Setting::RecordAtLaunch(on) => self.record_at_launch = *on,
        }
    }
}

impl SetUp {
    fn apply(&mut self, change: &Change) {
        match change {
            Change::AllInterfaces => self.interfaces.clear(),
            Change::Interface { name, chosen } => {
                self.interfaces.retain(|one| one != name);
                if *chosen {
                    self.interfaces.push(name.clone());
                }
            }
            Change::Filter(text) => {
                self.filter.clone_from(text);
                if text.trim().is_empty() {
                    self.filter_check = FilterCheck::Fine;
                }
            }
            Change::Ring(text) => self.ring.clone_from(text),
            Change::Age(text) => self.age.clone_from(text),
            Change::HeadersOnly(chosen) => self.headers_only = *chosen,
            Change::KernelBuffer(size) => {
                self.beside.capture.kernel_buffer = Some(Size(*size));
            }
            Change::Target(kind) => self.choose_target(*kind),
            Change::Search(text) => self.search.clone_from(text),
            Change::Process { pid, name, started } => {
                self.pid = Some(*pid);
                self.pid_name.clone_from(name);
                self.pid_started = Some(*started);
            }
            Change::Sought => self.sought = None,
            Change::ByName => self.by_name(),
            Change::Name(text) => self.name.clone_from(text),
            Change::Port(text) => self.port.clone_from(text),
            Change::Launch(text) => self.launch.clone_from(text),
            Change::Wait(chosen) => self.wait = *chosen,
            Change::Tree(chosen) => self.tree = *chosen,
            Change::FreezeOn(kind, on) => self.freeze_on(kind, *on),
            Change::Form(of, change) => self.change_form(*of, change),
            Change::Tail(text) => self.tail.clone_from(text),
            Change::Rearm(chosen) => self.rearm = *chosen,
            Change::Keep(text) => self.keep.clone_from(text),
            Change::DropOldest(chosen) => self.drop_oldest = *chosen,
            Change::Folder(text) => self.folder.clone_from(text),
            _ => {}
        }
    }
}
