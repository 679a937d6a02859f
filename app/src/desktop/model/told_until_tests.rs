//! With what things told above the screens end, and when stopping asks.

use crashcap_core::recorder::{Outcome, Phase};

use super::{Change, Loss, Model, Tone, Until, samples};
use crate::command::Command;

fn told(model: &Model) -> Vec<&str> {
    let all = model.banners.iter();
    all.map(|banner| banner.sentence.as_str()).collect()
}

#[test]
fn what_is_mended_is_told_no_more() {
    let mut model = samples::set_up();
    model.tell_until(Until::Chosen, Tone::Danger, "bad folder", &[]);
    model.tell_until(Until::Allowed, Tone::Danger, "no rights", &[]);
    model.tell(Tone::Danger, "not copied", &[Command::SaveAs]);
    model.apply(&Change::Search("sshd".into()));
    assert_eq!(told(&model), ["not copied", "no rights", "bad folder"]);
    model.apply(&Change::Folder("/srv".into()));
    assert_eq!(told(&model), ["not copied", "no rights"]);
    model.settle(Until::Allowed);
    assert_eq!(told(&model), ["not copied"]);
    // Done once more: if it fails again, that is told anew.
    model.remedied(Command::SaveAs);
    assert_eq!(told(&model), Vec::<&str>::new());
}

#[test]
fn what_is_still_to_be_saved_stays_told() {
    let mut model = Model::default();
    model.tell(Tone::Danger, "not saved", &[Command::SaveElsewhere]);
    model.remedied(Command::SaveElsewhere);
    assert_eq!(told(&model), ["not saved"]);
}

#[test]
fn stopping_asks_only_where_something_would_be_lost() {
    let mut model = samples::recording();
    assert_eq!(model.stop_loses(), Some(Loss::Ring));
    let status = model.recording.status.as_mut().unwrap();
    // What fired is saved whatever is pressed.
    status.phase = Phase::Tail;
    assert_eq!(model.stop_loses(), None);
    let status = model.recording.status.as_mut().unwrap();
    (status.phase, status.newest) = (Phase::Recording, None);
    assert_eq!(model.stop_loses(), None);
    let mut model = samples::recording();
    model.recording.outcome = Some(Outcome::Stopped);
    assert_eq!(model.stop_loses(), None);
    assert_eq!(Model::default().stop_loses(), None);
    // Nor is an incident given up that no folder took.
    assert_eq!(samples::not_saved().stop_loses(), Some(Loss::Incident));
}
