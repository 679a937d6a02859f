//! What is asked for, carried out; what happened, taken in.

mod begin;
mod closing;
mod files;
mod kept;
mod recording;
mod rights;

use crashcap_core::clock::Now;
use egui::Context;

use crate::command::Command;
use crate::model::{
    Change, Field, FilterCheck, LARGER_KERNEL_BUFFER, Model, Overlay, Purpose, Rights, Screen,
    TEXT_SIZES, Tone, Until,
};
use crate::outside::Outside;

pub(crate) use begin::begin;
pub(crate) use closing::closing;
pub(crate) use files::list_if_changed;

/// Takes in what happened outside since the last time.
pub(crate) fn take_in(model: &mut Model, outside: &mut Outside, now: Now) {
    recording::take_in(model, outside, now);
    files::take_in(model, outside);
    rights::take_in(model, outside);
    if model.machine.rights == Rights::Yes {
        model.settle(Until::Allowed);
    }
}

fn edit_triggers(model: &mut Model) {
    model.screen = Screen::SetUp;
    if !matches!(model.overlay, Some(Overlay::Forms { .. })) {
        model.overlay = Some(Overlay::Forms { open: None });
    }
}

/// Carries out a command.
pub(crate) fn command(
    model: &mut Model,
    outside: &mut Outside,
    command: Command,
    context: &Context,
) {
    model.remedied(command);
    match command {
        Command::Start => recording::start(model, outside),
        Command::Stop => closing::stop(model, outside),
        Command::StartOrStop if model.recording.runs() => closing::stop(model, outside),
        Command::StartOrStop => recording::start(model, outside),
        Command::Freeze => recording::freeze(model, outside),
        Command::Peek => recording::peek(model, outside),
        Command::EndRecorder => recording::end(model, outside),
        #[cfg(target_os = "linux")]
        Command::AllowThisTime => recording::start_asking(model, outside),
        Command::AllowAlways => rights::allow_always(model, outside),
        Command::CopyGrant => rights::copy_grant(model, context),
        Command::GetNpcap => rights::get_npcap(model),
        Command::CheckAgain => {
            rights::look(model);
            files::list(model, outside);
        }
        Command::ShowSetUp => model.screen = Screen::SetUp,
        Command::ShowRecording => model.screen = Screen::Recording,
        Command::ShowIncidents => {
            model.screen = Screen::Incidents;
            files::list(model, outside);
        }
        Command::OpenFile => files::ask(model, outside, Purpose::OpenFile),
        Command::SaveAs => files::ask(model, outside, Purpose::SaveAs),
        Command::SaveElsewhere => files::ask(model, outside, Purpose::SaveElsewhere),
        Command::ChooseFolder => files::ask(model, outside, Purpose::ChooseFolder),
        Command::SaveProfile => files::ask(model, outside, Purpose::SaveProfile),
        Command::OpenProfile => files::ask(model, outside, Purpose::OpenProfile),
        Command::NameProfile => files::ask(model, outside, Purpose::NameProfile),
        Command::SaveFilter if model.set_up.filter.trim().is_empty() => {
            let sentence = "Type a filter first.";
            model.tell_until(Until::Chosen, Tone::Plain, sentence, &[Command::ShowSetUp]);
        }
        Command::SaveFilter if matches!(model.set_up.filter_check, FilterCheck::Problem(_)) => {
            let sentence = "Mend the filter first: one that cannot be read is not kept.";
            model.tell_until(Until::Chosen, Tone::Plain, sentence, &[Command::ShowSetUp]);
        }
        Command::EditFilter => {
            model.screen = Screen::SetUp;
            model.set_up.sought = Some(Field::Filter);
        }
        Command::AllInterfaces => {
            model.screen = Screen::SetUp;
            model.apply(&Change::AllInterfaces);
        }
        Command::WatchByName if model.set_up.pid_name.is_empty() => {
            let sentence = "Choose a process first.";
            model.tell_until(Until::Chosen, Tone::Plain, sentence, &[Command::ShowSetUp]);
        }
        Command::WatchByName => {
            model.screen = Screen::SetUp;
            model.apply(&Change::ByName);
        }
        Command::SaveFilter => files::ask(model, outside, Purpose::SaveFilter),
        Command::FindWireshark => files::ask(model, outside, Purpose::FindWireshark),
        Command::Rename => files::ask(model, outside, Purpose::Rename),
        Command::Delete if model.incidents.current().is_some() => {
            model.overlay = Some(Overlay::DeleteQuestion);
        }
        Command::Delete => {}
        Command::OpenInWireshark | Command::ShowInFolder | Command::CopyPath => {
            files::elsewhere(model, outside, command, context);
        }
        Command::RecordAgain if model.screen == Screen::Incidents => files::record_again(model),
        Command::RecordAgain => recording::start(model, outside),
        Command::CloseIncident => {
            files::close(&mut model.incidents);
            files::list(model, outside);
        }
        Command::LargerBuffer => {
            model.apply(&Change::KernelBuffer(LARGER_KERNEL_BUFFER));
            let sentence = "The kernel's buffer is 256 MiB from the next Start on.";
            model.tell(Tone::Plain, sentence, &[Command::ShowSetUp]);
        }
        Command::CopyCommandLine => {
            context.copy_text(crate::model::command_line(&model.set_up));
        }
        Command::Palette => {
            model.overlay = Some(Overlay::Palette {
                search: String::new(),
            });
        }
        Command::Keys => model.overlay = Some(Overlay::Keys),
        Command::Settings => model.overlay = Some(Overlay::Settings),
        Command::EditTriggers => edit_triggers(model),
        Command::TestTriggers => {
            edit_triggers(model);
            outside.test_triggers(model);
        }
        Command::LargerText => text_size(model, 10),
        Command::SmallerText => text_size(model, -10),
        Command::NormalText => model.settings.text_size = 100,
        Command::Quit => context.send_viewport_cmd(egui::ViewportCommand::Close),
        #[cfg(not(target_os = "linux"))]
        Command::AllowThisTime => recording::start(model, outside),
    }
}

/// Applies a change, and does what the model alone cannot.
pub(crate) fn change(model: &mut Model, outside: &mut Outside, change: &Change, context: &Context) {
    model.apply(change);
    match change {
        Change::Close(answer) => closing::answered(model, outside, *answer, context),
        Change::Stop(answer) => closing::stop_answered(model, outside, *answer),
        Change::Open(path) => files::open(model, outside, path),
        Change::Setting(_) if crate::model::show_as(&model.settings) => {
            files::read_again(model, outside);
        }
        Change::ForgetFilter(name) => kept::forget_filter(model, outside, name),
        Change::TakeProfile(path) => kept::take_profile(model, outside, path),
        Change::TakeNamedProfile(name) => kept::take_named_profile(model, outside, name),
        Change::OverlayDone => files::answered(model, outside),
        _ => {}
    }
}

/// Text in steps of a tenth of the usual size.
fn text_size(model: &mut Model, step: i16) {
    let wanted = model.settings.text_size.saturating_add_signed(step);
    model.settings.text_size = wanted.clamp(*TEXT_SIZES.start(), *TEXT_SIZES.end());
}
