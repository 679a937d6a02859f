//! Triggers and actions as forms: each field with the text that stands in it,
//! valid or not.

use std::collections::BTreeMap;

use crashcap_core::action::Action;
use crashcap_core::profile::action::{self, ACTIONS, RawAction};
use crashcap_core::profile::trigger::{self, RawTrigger, TRIGGERS};
use crashcap_core::profile::vocabulary::{KindInfo, Vocabulary};
use crashcap_core::profile::{ProfileError, RawProfile};
use crashcap_core::trigger::Trigger;

use super::SetUp;

/// What a form is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum FormOf {
    /// When to freeze.
    Triggers,
    /// What is done after an incident has been saved.
    Actions,
}

impl FormOf {
    /// Its kinds and fields.
    pub(crate) const fn vocabulary(self) -> &'static Vocabulary {
        match self {
            Self::Triggers => &TRIGGERS,
            Self::Actions => &ACTIONS,
        }
    }
}

/// One trigger or action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    /// Its kind, as it is written.
    pub(crate) kind: String,
    /// What stands in its fields; none where nothing does.
    pub(crate) texts: BTreeMap<String, String>,
}

/// A change of the forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FormChange {
    /// One more, of this kind.
    Add(&'static str),
    /// Take one away.
    Remove(usize),
    /// Let it count, or keep it and let it not.
    Turn(usize, bool),
    /// What stands in a field.
    Text(usize, &'static str, String),
    /// One earlier.
    Up(usize),
}

const ENABLED: &str = "enabled";

impl Form {
    /// One of a kind with nothing else written.
    pub(crate) fn of_kind(kind: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            texts: BTreeMap::new(),
        }
    }

    /// A trigger as it was written.
    pub(crate) fn of_trigger(raw: &RawTrigger) -> Self {
        Self {
            kind: raw.kind.clone(),
            texts: TRIGGERS.texts(raw).into_iter().collect(),
        }
    }

    /// An action as it was written.
    pub(crate) fn of_action(raw: &RawAction) -> Self {
        Self {
            kind: raw.kind.clone(),
            texts: ACTIONS.texts(raw).into_iter().collect(),
        }
    }

    /// Whether it counts.
    pub(crate) fn is_on(&self) -> bool {
        self.texts.get(ENABLED).is_none_or(|text| text != "false")
    }

    /// What stands in a field.
    pub(crate) fn text(&self, field: &str) -> &str {
        self.texts.get(field).map_or("", String::as_str)
    }

    fn put(&mut self, field: &str, text: &str) {
        if text.is_empty() {
            self.texts.remove(field);
        } else {
            self.texts.insert(field.to_owned(), text.to_owned());
        }
    }

    /// Whether it tells of the target alone.
    pub(super) fn is_of_target(&self) -> bool {
        OF_TARGET.contains(&&*self.kind)
    }

    fn turn(&mut self, on: bool) {
        self.put(ENABLED, if on { "" } else { "false" });
    }

    fn written(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().map(|(field, text)| (&**field, &**text))
    }

    /// The trigger as it is written.
    pub(crate) fn raw_trigger(&self) -> Result<RawTrigger, ProfileError> {
        TRIGGERS.of_texts(&self.kind, self.written())
    }

    /// The action as it is written.
    pub(crate) fn raw_action(&self) -> Result<RawAction, ProfileError> {
        ACTIONS.of_texts(&self.kind, self.written())
    }

    /// The trigger.
    pub(crate) fn trigger(&self) -> Result<Trigger, ProfileError> {
        trigger::check(&self.raw_trigger()?)
    }

    /// The action.
    pub(crate) fn action(&self) -> Result<Action, ProfileError> {
        action::check(&self.raw_action()?)
    }

    /// Its kind.
    pub(crate) fn info(&self, of: FormOf) -> Option<&'static KindInfo> {
        of.vocabulary().kind(&self.kind)
    }

    /// What it comes to in a sentence, or its title and what is wrong.
    pub(crate) fn says(&self, of: FormOf, target: &str) -> (String, Option<String>) {
        let said = match of {
            FormOf::Triggers => self.trigger().map(|trigger| trigger.clause(target)),
            FormOf::Actions => self.action().map(|action| action.to_string()),
        };
        match said {
            Ok(said) => (super::escaped(&said), None),
            Err(error) => {
                let title = self.info(of).map_or(&*self.kind, |kind| kind.title);
                let why = super::without_options(&error.to_string());
                (title.to_owned(), Some(super::escaped(&why)))
            }
        }
    }
}

/// Kinds that tell of the target alone.
const OF_TARGET: [&str; 4] = ["exit", "crash", "restart", "appears"];

impl SetUp {
    /// The forms.
    pub(crate) fn forms(&self, of: FormOf) -> &Vec<Form> {
        match of {
            FormOf::Triggers => &self.triggers,
            FormOf::Actions => &self.actions,
        }
    }

    /// The triggers that count: those that tell of the target, only where there is one.
    pub(crate) fn counting(&self) -> impl Iterator<Item = &Form> {
        let no_target = self.target == super::TargetKind::Nothing;
        self.triggers
            .iter()
            .filter(move |form| form.is_on() && !(no_target && form.is_of_target()))
    }

    /// Whether a trigger of this kind counts.
    pub(crate) fn freezes_on(&self, kind: &str) -> bool {
        self.counting().any(|form| form.kind == kind)
    }

    /// Lets triggers of this kind count or not, as a chip does.
    pub(super) fn freeze_on(&mut self, kind: &str, on: bool) {
        let mut known = self.triggers.iter_mut().filter(|form| form.kind == kind);
        if on {
            match known.next() {
                Some(form) => form.turn(true),
                None => self.triggers.push(Form::of_kind(kind)),
            }
            return;
        }
        known.for_each(|form| form.turn(false));
        // What says no more than its kind is not worth keeping.
        self.triggers
            .retain(|form| form.kind != kind || form.texts.len() > 1);
    }

    /// Lets count what tells of the target.
    pub(super) fn turn_on_of_target(&mut self) {
        let all = self.triggers.iter_mut();
        all.filter(|form| form.is_of_target())
            .for_each(|form| form.turn(true));
    }

    /// Applies a change.
    pub(super) fn change_form(&mut self, of: FormOf, change: &FormChange) {
        let forms = match of {
            FormOf::Triggers => &mut self.triggers,
            FormOf::Actions => &mut self.actions,
        };
        match change {
            FormChange::Add(kind) => forms.push(Form::of_kind(kind)),
            FormChange::Remove(place) if *place < forms.len() => {
                forms.remove(*place);
            }
            FormChange::Up(place) if (1..forms.len()).contains(place) => {
                forms.swap(*place, place - 1);
            }
            FormChange::Turn(place, on) => {
                if let Some(form) = forms.get_mut(*place) {
                    form.turn(*on);
                }
            }
            FormChange::Text(place, field, text) => {
                if let Some(form) = forms.get_mut(*place) {
                    form.put(field, text);
                }
            }
            FormChange::Remove(_) | FormChange::Up(_) => {}
        }
    }

    /// A trigger alone with the target, to be looked at while it is edited.
    pub(crate) fn alone(&self, form: &Form) -> Option<RawProfile> {
        let mut trigger = form.raw_trigger().ok()?;
        trigger.enabled = None;
        Some(RawProfile {
            // Nobody has the pid of a command that is not launched yet.
            target: self.raw(Some(0)).target,
            trigger: vec![trigger],
            ..RawProfile::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crashcap_core::profile::action::ActionText;
    use crashcap_core::profile::trigger::TriggerText;

    #[test]
    fn every_example_is_a_form_and_comes_to_the_same() {
        for kind in TRIGGERS.kinds.iter().filter(|kind| !kind.is_combination()) {
            let raw = kind.example.parse::<TriggerText>().unwrap().0;
            let form = Form::of_trigger(&raw);
            assert_eq!(form.raw_trigger().unwrap(), raw);
            assert_eq!(form.says(FormOf::Triggers, "shop").1, None, "{}", kind.word);
        }
        for kind in ACTIONS.kinds {
            let raw = kind.example.parse::<ActionText>().unwrap().0;
            let form = Form::of_action(&raw);
            assert_eq!(form.raw_action().unwrap(), raw);
            assert_eq!(form.says(FormOf::Actions, "shop").1, None);
        }
    }

    #[test]
    fn a_chip_keeps_what_more_a_trigger_says() {
        let mut set_up = SetUp::default();
        assert!(set_up.freezes_on("exit"));
        set_up.freeze_on("exit", false);
        assert_eq!(set_up.triggers, []);
        set_up.freeze_on("crash", true);
        let clean = FormChange::Text(0, "clean_codes", "0,3".into());
        set_up.change_form(FormOf::Triggers, &clean);
        set_up.freeze_on("crash", false);
        assert!(!set_up.freezes_on("crash"));
        assert_eq!(set_up.triggers[0].text("clean_codes"), "0,3");
        set_up.freeze_on("crash", true);
        assert!(set_up.freezes_on("crash"));
        set_up.target = super::super::TargetKind::Nothing;
        assert!(!set_up.freezes_on("crash"), "there is nobody to crash");
    }

    #[test]
    fn what_needs_a_target_is_looked_at_before_one_is_launched() {
        let form = Form::of_trigger(&"memory above=2GB".parse::<TriggerText>().unwrap().0);
        let mut set_up = SetUp {
            target: super::super::TargetKind::Launch,
            launch: "./server".into(),
            ..SetUp::default()
        };
        assert!(set_up.alone(&form).unwrap().check().is_ok());
        set_up.target = super::super::TargetKind::Nothing;
        assert!(set_up.alone(&form).unwrap().check().is_err());
    }

    #[test]
    fn what_is_not_written_well_says_so() {
        let mut form = Form::of_kind("sockets");
        form.put("states", "CLOSE_WAITING");
        form.put("above", "100");
        let (title, wrong) = form.says(FormOf::Triggers, "shop");
        assert_eq!(title, "TCP sockets");
        assert!(wrong.unwrap().contains("CLOSE_WAIT"));
    }
}
