//! The state in a word and the title, of every sample.

use crashcap_core::recorder::Outcome;

use super::{Model, Overlay, StateNow, samples, samples_incident};

fn told(name: &str, model: &Model) -> String {
    let state = StateNow::of(model);
    let pill = format!("{:?} {} {}", state.tone, state.word, state.time);
    format!("{name}: {} | {}", pill.trim_end(), model.title())
}

#[test]
fn the_state_and_the_title_of_every_sample() {
    let mut given_up = samples::not_saved();
    given_up.recording.outcome = Some(Outcome::NotSaved {
        reason: "given up".into(),
    });
    let mut goes_on = samples::recording();
    goes_on.recording.unsaved = Some("the disk is full".into());
    let mut asks = samples::recording();
    asks.overlay = Some(Overlay::CloseQuestion);
    let all = [
        ("set up", samples::set_up()),
        ("with problems", samples::set_up_with_problems()),
        ("without rights", samples::set_up_without_rights()),
        ("without pkexec", samples::set_up_without_pkexec()),
        ("not recording", samples::not_recording()),
        ("recording", samples::recording()),
        ("losing", samples::losing()),
        ("workers", samples::workers()),
        ("crashed", samples::crashed()),
        ("not saved", samples::not_saved()),
        ("not saved, given up", given_up),
        ("not saved, recording goes on", goes_on),
        ("closing", asks),
        ("incidents", samples_incident::incidents()),
        ("incident", samples_incident::incident()),
        ("reading", samples_incident::reading()),
        ("unreadable", samples_incident::unreadable()),
    ];
    let lines: Vec<String> = all.iter().map(|(name, model)| told(name, model)).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    set up: Plain Ready | Crashcap
    with problems: Plain Ready | Crashcap
    without rights: Plain Ready | Crashcap
    without pkexec: Plain Ready | Crashcap
    not recording: Plain Ready | Crashcap
    recording: Good Recording 3:00 | Recording – Crashcap
    losing: Good Recording 3:00 | Recording – Crashcap
    workers: Good Recording 3:00 | Recording – Crashcap
    crashed: Frozen Frozen 3:01 | Frozen – Crashcap
    not saved: Danger Not saved 3:00 | Not saved – Crashcap
    not saved, given up: Danger Not saved 3:00 | Not saved – Crashcap
    not saved, recording goes on: Danger Not saved 3:00 | Not saved – Crashcap
    closing: Good Recording 3:00 | Close? Recording – Crashcap
    incidents: Plain Ready | Crashcap
    incident: Plain Ready | Ready: router_runner_crash_20261123T051452Z.pcapng – Crashcap
    reading: Plain Ready | Ready: router_runner_crash_20261123T051452Z.pcapng – Crashcap
    unreadable: Plain Ready | Ready: router_runner_crash_20261123T051452Z.pcapng – Crashcap
    ");
}
