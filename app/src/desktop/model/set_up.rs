//! What a person has typed and chosen: texts as they stand in the fields, valid
//! or not.

use std::path::PathBuf;
use std::time::Duration;

use crashcap_core::capture::NetworkNamespace;
use crashcap_core::incident;
use crashcap_core::profile::raw::{RawTarget, RawTrigger, Size, Span};
use crashcap_core::profile::{Profile, RawProfile};
use crashcap_core::units::{ByteCount, parse_duration};
use crashcap_core::watch::TargetSpec;
use serde::{Deserialize, Serialize};

use super::{Field, Form, FormOf};

/// Which of the ways to name a target is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum TargetKind {
    /// One of the list.
    #[default]
    Process,
    /// By name, with `*`.
    Name,
    /// Whoever listens on a port.
    Port,
    /// A command that the window launches.
    Launch,
    /// In a way that a profile can say and the window only keeps.
    Other,
    /// Freeze by hand only.
    Nothing,
}

/// What libpcap says of the filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum FilterCheck {
    /// It compiles, or there is none.
    #[default]
    Fine,
    /// The answer to this question is awaited.
    Asked(u64),
    /// It does not compile: libpcap's words.
    Problem(String),
}

/// A filter with a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedFilter {
    /// The name.
    pub(crate) name: String,
    /// The filter.
    pub(crate) text: String,
}

/// The choices.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SetUp {
    /// Interfaces by name; none means all.
    pub(crate) interfaces: Vec<String>,
    /// The filter.
    pub(crate) filter: String,
    /// What libpcap says of it.
    pub(crate) filter_check: FilterCheck,
    /// Filters used before, the newest first.
    pub(crate) recent_filters: Vec<String>,
    /// Filters saved by name, in order of their names.
    pub(crate) saved_filters: Vec<SavedFilter>,
    /// The ring's size.
    pub(crate) ring: String,
    /// The ring's age, or nothing.
    pub(crate) age: String,
    /// Keep no payload.
    pub(crate) headers_only: bool,
    /// How the target is named.
    pub(crate) target: TargetKind,
    /// The process chosen from the list.
    pub(crate) pid: Option<u32>,
    /// Its name, to say it when it is gone.
    pub(crate) pid_name: String,
    /// When it began, as the system counts; another process may get its pid.
    pub(crate) pid_started: Option<u64>,
    /// What Start lacks: this field is to have the focus.
    pub(crate) sought: Option<Field>,
    /// What the recorder refused at Start, by what it is about, until something is
    /// chosen otherwise. No reason not to try again.
    pub(crate) refused: Option<(Field, String)>,
    /// What is searched in the list.
    pub(crate) search: String,
    /// The name pattern.
    pub(crate) name: String,
    /// The port.
    pub(crate) port: String,
    /// The command.
    pub(crate) launch: String,
    /// The target need not be there yet.
    pub(crate) wait: bool,
    /// What the target's processes start belongs to it.
    pub(crate) tree: bool,
    /// When to freeze.
    pub(crate) triggers: Vec<Form>,
    /// What is done after an incident has been saved, in order.
    pub(crate) actions: Vec<Form>,
    /// Recording goes on this long after a firing.
    pub(crate) tail: String,
    /// Record again after a freeze.
    pub(crate) rearm: bool,
    /// With re-arm: how many incidents are kept.
    pub(crate) keep: String,
    /// With re-arm, when as many are kept as may be: delete the oldest.
    pub(crate) drop_oldest: bool,
    /// Where incidents go.
    pub(crate) folder: String,
    /// The profile that these come from, if any.
    pub(crate) profile: Option<PathBuf>,
    /// What an opened profile says beside what the form shows.
    pub(crate) beside: RawProfile,
}

impl Default for SetUp {
    fn default() -> Self {
        Self {
            interfaces: Vec::new(),
            filter: String::new(),
            filter_check: FilterCheck::Fine,
            recent_filters: Vec::new(),
            saved_filters: Vec::new(),
            ring: "150MB".into(),
            age: String::new(),
            headers_only: false,
            target: TargetKind::Process,
            pid: None,
            pid_name: String::new(),
            pid_started: None,
            sought: None,
            refused: None,
            search: String::new(),
            name: String::new(),
            port: String::new(),
            launch: String::new(),
            wait: false,
            tree: false,
            triggers: vec![Form::of_kind("exit")],
            actions: Vec::new(),
            tail: "1s".into(),
            rearm: false,
            keep: "20".into(),
            drop_oldest: false,
            folder: incident::default_folder()
                .map(|folder| folder.display().to_string())
                .unwrap_or_default(),
            profile: None,
            beside: RawProfile::default(),
        }
    }
}

impl super::Model {
    /// Takes the choices of a profile; incidents go where the settings say if it
    /// does not.
    pub(crate) fn take_profile(&mut self, raw: &RawProfile) {
        self.set_up.take(raw);
        if raw.save.folder.is_none() {
            self.set_up.folder = self.settings.usual_folder();
        }
    }
}

impl SetUp {
    /// Whether something else is to be recorded.
    pub(crate) fn differs(&self, other: &Self) -> bool {
        // What is typed and cannot be read is not in the profile.
        let typed =
            |one: &Self| [&one.ring, &one.age, &one.tail, &one.keep, &one.port].map(String::clone);
        self.raw(Some(1)) != other.raw(Some(1))
            || self.launch != other.launch
            || self.target != other.target
            || typed(self) != typed(other)
            || (&self.triggers, &self.actions) != (&other.triggers, &other.actions)
    }

    /// The ring's size, if one is written.
    pub(crate) fn ring_size(&self) -> Option<ByteCount> {
        self.ring.trim().parse().ok()
    }

    /// The network namespace that an opened profile says, which no field shows.
    pub(crate) fn namespace(&self) -> Option<&NetworkNamespace> {
        self.beside.capture.netns.as_ref().map(|netns| &netns.0)
    }

    /// The target as it is looked up, where it is looked up at all.
    pub(crate) fn spec(&self) -> Option<TargetSpec> {
        match self.target {
            TargetKind::Name => {
                let name = self.name.trim();
                (!name.is_empty()).then(|| TargetSpec::Name(name.to_owned()))
            }
            TargetKind::Port => self.port.trim().parse().ok().map(TargetSpec::Port),
            TargetKind::Process => self.pid.map(TargetSpec::Pid),
            TargetKind::Other => self.other(),
            TargetKind::Launch | TargetKind::Nothing => None,
        }
    }

    /// The target of the opened profile where only a profile can name it.
    pub(crate) fn other(&self) -> Option<TargetSpec> {
        let target = &self.beside.target;
        let by_line = target.command_line.clone().map(TargetSpec::CommandLine);
        by_line.or_else(|| target.executable.clone().map(TargetSpec::Executable))
    }

    /// That target in words: "a process whose command line has server.py".
    pub(crate) fn other_in_words(&self) -> Option<String> {
        Some(match self.other()? {
            TargetSpec::CommandLine(pattern) if pattern.contains(['*', '?']) => {
                format!("a process whose command line is like {pattern}")
            }
            TargetSpec::CommandLine(part) => {
                format!("a process whose command line has {part}")
            }
            TargetSpec::Executable(path) => format!("a process of {}", path.display()),
            other => other.to_string(),
        })
    }

    /// The profile, to be kept.
    ///
    /// # Errors
    /// A sentence: the first field that cannot be read. Left out, it would be lost.
    pub(crate) fn to_be_kept(&self) -> Result<Profile, String> {
        let failed = |why: String| format!("save the profile: {why}");
        if let Some(why) = self.unreadable() {
            return Err(failed(why));
        }
        let profile = self.raw(None).check();
        profile.map_err(|error| failed(super::without_options(&error.to_string())))
    }

    /// What is written and cannot be read, the first of it.
    fn unreadable(&self) -> Option<String> {
        if let Err(error) = self.ring.trim().parse::<ByteCount>() {
            return Some(error.to_string());
        }
        let spans = [self.age.trim(), self.tail.trim()].into_iter();
        let mut spans = spans.skip(usize::from(self.age.trim().is_empty()));
        if let Some(error) = spans.find_map(|text| parse_duration(text).err()) {
            return Some(error.to_string());
        }
        if let Some(sentence) = self.keep_unreadable() {
            return Some(sentence);
        }
        match self.target {
            TargetKind::Port if self.port.trim().parse::<u16>().is_err() => {
                return Some("the target's port is no number from 1 to 65535".into());
            }
            TargetKind::Launch => {
                return Some(
                    "no profile has a command to launch: name the target in another way".into(),
                );
            }
            _ => {}
        }
        let triggers = self.triggers.iter().map(|form| (FormOf::Triggers, form));
        let actions = self.actions.iter().map(|form| (FormOf::Actions, form));
        let mut forms = triggers.chain(actions);
        forms.find_map(|(of, form)| form.says(of, "").1)
    }

    /// Why it cannot be read how many incidents are kept, where that counts. Empty
    /// is no bound.
    pub(crate) fn keep_unreadable(&self) -> Option<String> {
        let keep = self.keep.trim();
        let fine = !self.rearm || keep.is_empty() || keep.parse::<u32>().is_ok();
        (!fine).then(|| format!("{:?} is no number of incidents.", self.keep))
    }

    /// The profile as written; a field that cannot be read is left out, and
    /// [`super::Plan`] says so. A command is launched at Start, when its pid is known.
    pub(crate) fn raw(&self, launched: Option<u32>) -> RawProfile {
        let mut raw = self.beside.clone();
        let capture = &mut raw.capture;
        capture.interfaces.clone_from(&self.interfaces);
        capture.all = self.interfaces.is_empty().then_some(true);
        capture.file = None;
        capture.filter = Some(self.filter.trim().to_owned()).filter(|text| !text.is_empty());
        capture.headers_only = self.headers_only.then_some(true);
        raw.ring.size = self.ring_size().map(Size);
        raw.ring.age = span(&self.age).map(Span);
        raw.target = self.raw_target(launched);
        raw.trigger = self.raw_triggers();
        let actions = self.actions.iter();
        raw.action = actions.filter_map(|form| form.raw_action().ok()).collect();
        let freeze = &mut raw.freeze;
        freeze.tail = span(&self.tail).map(Span);
        freeze.then = Some(if self.rearm { "rearm" } else { "stop" }.into());
        if self.rearm {
            freeze.keep_count = self.keep.trim().parse().ok();
            let bounded = freeze.keep_count.is_some() || freeze.keep_bytes.is_some();
            let when_full = match self.drop_oldest {
                true => "drop_oldest",
                false => "stop",
            };
            freeze.when_full = bounded.then(|| when_full.into());
        } else {
            (freeze.keep_count, freeze.keep_bytes) = (None, None);
            (freeze.when_full, freeze.cool_down) = (None, None);
        }
        raw.save.folder = Some(PathBuf::from(self.folder.trim()));
        raw
    }

    fn raw_target(&self, launched: Option<u32>) -> RawTarget {
        if self.target == TargetKind::Nothing {
            return RawTarget::default();
        }
        let mut target = RawTarget {
            fire_when: self.beside.target.fire_when.clone(),
            tree: self.tree.then_some(true),
            ..RawTarget::default()
        };
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        match self.target {
            TargetKind::Process => target.pid = self.pid,
            TargetKind::Name => target.name = text(&self.name),
            TargetKind::Port => target.port = self.port.trim().parse().ok(),
            TargetKind::Launch => target.launched = launched,
            TargetKind::Other => {
                target
                    .command_line
                    .clone_from(&self.beside.target.command_line);
                target.executable.clone_from(&self.beside.target.executable);
            }
            TargetKind::Nothing => {}
        }
        if target.pid.is_none() && target.launched.is_none() && self.spec().is_some() {
            target.wait = self.wait.then_some(true);
        }
        target
    }

    /// Those that count as they are written, and those that do not turned off. What
    /// is used where nothing is written need not be.
    fn raw_triggers(&self) -> Vec<RawTrigger> {
        let no_target = self.target == TargetKind::Nothing;
        if no_target && self.triggers == [Form::of_kind("exit")] {
            return Vec::new();
        }
        let raw = |form: &Form| {
            let mut raw = form.raw_trigger().ok()?;
            if no_target && form.is_of_target() {
                raw.enabled = Some(false);
            }
            Some(raw)
        };
        self.triggers.iter().filter_map(raw).collect()
    }

    /// Another way to name the target. A profile without a target keeps what tells
    /// of one turned off: with a target it counts again, where nothing else does.
    pub(super) fn choose_target(&mut self, kind: TargetKind) {
        let had_none = self.target == TargetKind::Nothing;
        self.target = kind;
        if had_none && self.counting().next().is_none() {
            self.turn_on_of_target();
        }
    }

    /// Takes the choices of a profile.
    pub(crate) fn take(&mut self, raw: &RawProfile) {
        let before = std::mem::take(self);
        self.recent_filters = before.recent_filters;
        self.saved_filters = before.saved_filters;
        self.profile = before.profile;
        self.beside = raw.clone();
        self.interfaces.clone_from(&raw.capture.interfaces);
        self.filter = raw.capture.filter.clone().unwrap_or_default();
        self.headers_only = raw.capture.headers_only == Some(true);
        if let Some(size) = raw.ring.size {
            self.ring = size.exact();
        }
        self.age = raw.ring.age.map(|age| written(age.0)).unwrap_or_default();
        self.take_target(&raw.target);
        if !raw.trigger.is_empty() {
            self.triggers = raw.trigger.iter().map(Form::of_trigger).collect();
        }
        self.actions = raw.action.iter().map(Form::of_action).collect();
        if let Some(tail) = raw.freeze.tail {
            self.tail = written(tail.0);
        }
        self.rearm = raw.freeze.then.as_deref() == Some("rearm");
        match raw.freeze.keep_count {
            Some(keep) => self.keep = keep.to_string(),
            // A profile that goes on without a bound has none.
            None if self.rearm => self.keep.clear(),
            None => {}
        }
        self.drop_oldest = raw.freeze.when_full.as_deref() == Some("drop_oldest");
        if let Some(folder) = &raw.save.folder {
            self.folder = folder.display().to_string();
        }
    }

    /// What a profile does not tell: the chosen process's name, or the command
    /// that was launched.
    pub(crate) fn recall(&mut self, process: &str, launch: &str) {
        process.clone_into(&mut self.pid_name);
        if !launch.is_empty() {
            self.target = TargetKind::Launch;
            launch.clone_into(&mut self.launch);
        }
    }

    /// The chosen process has ended: whoever has its name takes its place.
    pub(crate) fn by_name(&mut self) {
        self.target = TargetKind::Name;
        self.name = pattern_of(&self.pid_name);
        (self.pid, self.pid_started) = (None, None);
        self.wait = true;
    }

    fn take_target(&mut self, raw: &RawTarget) {
        self.wait = raw.wait == Some(true);
        self.tree = raw.tree == Some(true);
        if let Some(pid) = raw.pid {
            (self.target, self.pid) = (TargetKind::Process, Some(pid));
        } else if let Some(name) = &raw.name {
            (self.target, self.name) = (TargetKind::Name, name.clone());
        } else if let Some(port) = raw.port {
            (self.target, self.port) = (TargetKind::Port, port.to_string());
        } else if self.other().is_some() {
            self.target = TargetKind::Other;
        } else {
            self.target = TargetKind::Nothing;
        }
    }
}

/// A pattern that this name matches. Patterns know no way to mean `*` or `?`
/// themselves, and no field shows control characters or blanks at its ends: each
/// byte of these becomes `?`, which stands for any.
fn pattern_of(name: &str) -> String {
    let inner = name.trim();
    let before = name.len() - name.trim_start().len();
    let ends = before + inner.len();
    let mut pattern = String::with_capacity(name.len());
    for (at, one) in name.char_indices() {
        let mut bytes = [0; 4];
        let text: &str = one.encode_utf8(&mut bytes);
        let odd = one == '*' || super::escaped(text) != *text;
        if odd || at < before || at >= ends {
            pattern.extend(std::iter::repeat_n('?', text.len()));
        } else {
            pattern.push(one);
        }
    }
    pattern
}

/// A duration as written, if it can be read.
fn span(text: &str) -> Option<Duration> {
    parse_duration(text.trim()).ok()
}

/// A duration as a person writes it.
pub(super) fn written(span: Duration) -> String {
    let (seconds, milliseconds) = (span.as_secs(), span.as_millis());
    match (seconds, span.subsec_nanos()) {
        (_, rest) if !rest.is_multiple_of(1_000_000) => format!("{}ns", span.as_nanos()),
        (3_600.., 0) if seconds.is_multiple_of(3_600) => format!("{}h", seconds / 3_600),
        (60.., 0) if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        (_, 0) => format!("{seconds}s"),
        _ => format!("{milliseconds}ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_profile_tells_is_recalled() {
        let launches = SetUp {
            target: TargetKind::Launch,
            launch: "./server --port 9973".into(),
            triggers: vec![Form::of_kind("crash")],
            ..SetUp::default()
        };
        let kept = launches.raw(Some(1)).check().unwrap().to_toml();
        let mut recalled = SetUp::default();
        recalled.take(&RawProfile::from_toml(&kept).unwrap());
        recalled.recall("", &launches.launch);
        assert_eq!(recalled.target, TargetKind::Launch);
        assert_eq!(recalled.launch, launches.launch);
        assert!(recalled.freezes_on("crash"));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_network_namespace_that_no_field_shows_is_kept() {
        let mut set_up = SetUp::default();
        let text = "[capture]\nnetns = 4711\n[save]\nfolder = \"/tmp\"";
        set_up.take(&RawProfile::from_toml(text).unwrap());
        set_up.interfaces = vec!["eth0".into()];
        let kept = set_up.raw(None).check().unwrap();
        assert_eq!(
            kept.capture.namespace,
            Some(NetworkNamespace::OfProcess(4711))
        );
        set_up.take(&RawProfile::from_toml(&kept.to_toml()).unwrap());
        assert_eq!(set_up.namespace(), kept.capture.namespace.as_ref());
    }

    #[test]
    fn none_can_be_chosen_after_a_target_that_was_waited_for() {
        let named = SetUp {
            target: TargetKind::Name,
            name: "router_*".into(),
            wait: true,
            folder: "/tmp".into(),
            ..SetUp::default()
        };
        // As it is kept, and restored at the next start.
        let kept = named.raw(None).check().unwrap().to_toml();
        assert!(kept.contains("fire_when"), "{kept}");
        let mut restored = SetUp::default();
        restored.take(&RawProfile::from_toml(&kept).unwrap());
        restored.target = TargetKind::Nothing;
        let none = restored.raw(None).check().unwrap().to_toml();
        // Nor does what an earlier window kept so keep it from being started.
        let mut before = RawProfile::from_toml(&none).unwrap();
        (before.target.wait, before.target.fire_when) = (Some(true), Some("any".into()));
        restored.take(&before);
        assert_eq!(restored.target, TargetKind::Nothing);
        assert!(restored.raw(None).check().is_ok());
    }

    #[test]
    fn a_duration_is_written_as_a_person_would_and_read_again() {
        for (written_so, span_of) in [
            ("0s", Duration::ZERO),
            ("250ms", Duration::from_millis(250)),
            ("1500000001ns", Duration::from_nanos(1_500_000_001)),
            ("1s", Duration::from_secs(1)),
            ("90s", Duration::from_secs(90)),
            ("10m", Duration::from_secs(600)),
            ("24h", Duration::from_secs(86_400)),
        ] {
            assert_eq!(written(span_of), written_so);
            assert_eq!(span(written_so), Some(span_of));
        }
    }
}
