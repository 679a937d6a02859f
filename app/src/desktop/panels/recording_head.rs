//! The state's sentence, what can be done, and what is wrong.

use egui::{Align, Label, Layout, RichText, Ui, vec2};

use crate::command::{Command, Messages};
use crate::model::{Banner, News, Recording};
use crate::theme::{CONTROL, Face, HEADING, MARGIN, SENTENCE, font, tokens};
use crate::widgets::{
    Mark, button_width, colour_of, columns, command_button, mark, sentence_of, within,
};

/// The row's height in points.
const HEIGHT: f32 = 56.0;
/// Between Stop, which may lose something, and the others.
const APART: f32 = 32.0;
/// Between the shape and the sentence.
const GAP: f32 = 8.0;

/// The sentence, and what can be done.
pub(crate) fn recording_head(
    ui: &mut Ui,
    recording: &Recording,
    banners: &[Banner],
    out: &mut Messages,
) {
    let (tone, text) = recording.sentence();
    let offered = |command: &Command| {
        let mut told = banners.iter();
        told.any(|banner| banner.remedies.contains(command))
    };
    let commands = commands(recording);
    // What a banner just above offers is not offered twice.
    let commands = match commands {
        [first, rest @ ..] if !rest.is_empty() && offered(first) => rest,
        all => all,
    };
    let buttons = width_of(ui, commands) + 1.0;
    let places = columns(ui, HEIGHT, MARGIN, &[12.0, 0.0, buttons]);
    within(ui, places[0], Align::Min, |ui| {
        mark(ui, Mark::of(tone));
    });
    let place = places[1].translate(vec2(GAP - MARGIN, 0.0));
    within(ui, place, Align::Min, |ui| {
        sentence(ui, &text, place.width());
    });
    within(ui, places[2], Align::Min, |ui| {
        // At the right, and yet in the order in which Tab goes.
        ui.add_space(places[2].width() - width_of(ui, commands));
        for (index, command) in commands.iter().enumerate() {
            if stands_apart(index, *command) {
                ui.add_space(APART);
            }
            command_button(ui, *command, out);
        }
    });
}

/// What can be done now.
fn commands(recording: &Recording) -> &'static [Command] {
    if recording.can_freeze() {
        &[Command::Peek, Command::Freeze, Command::Stop]
    } else if recording.runs() {
        &[Command::Stop]
    } else if recording.saved.is_empty() {
        &[Command::ShowSetUp]
    } else {
        &[Command::ShowIncidents, Command::ShowSetUp]
    }
}

/// The width of these buttons in points.
fn width_of(ui: &Ui, commands: &[Command]) -> f32 {
    let spacing = ui.spacing();
    let gaps = spacing.item_spacing.x * commands.len().saturating_sub(1) as f32;
    let apart = commands.iter().enumerate();
    let apart = apart.filter(|(index, command)| stands_apart(*index, **command));
    gaps + commands
        .iter()
        .map(|command| button_width(ui, command.text()))
        .sum::<f32>()
        + APART * apart.count() as f32
}

/// Stop is not hit by who wants to freeze.
fn stands_apart(index: usize, command: Command) -> bool {
    index > 0 && command == Command::Stop
}

/// Two lines of the sentence's size, else three of a heading's.
fn sentence(ui: &mut Ui, text: &str, width: f32) {
    let colour = tokens(ui).text;
    let face = |size| font(Face::Regular, size);
    let galley = ui
        .painter()
        .layout(text.to_owned(), face(SENTENCE), colour, width);
    let size = if galley.rows.len() > 2 {
        HEADING
    } else {
        SENTENCE
    };
    sentence_of(ui, text, size);
}

/// What is wrong, each with its remedy beside it.
pub(crate) fn warnings(ui: &mut Ui, warnings: &[News], out: &mut Messages) {
    for (tone, sentence, remedies) in warnings {
        let size = vec2(ui.available_width(), CONTROL);
        let layout = Layout::right_to_left(Align::Center);
        ui.allocate_ui_with_layout(size, layout, |ui| {
            for remedy in remedies.iter().rev() {
                command_button(ui, *remedy, out);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                mark(ui, Mark::of(*tone));
                let text = RichText::new(sentence).color(colour_of(ui, *tone));
                ui.add(Label::new(text).wrap());
            });
        });
    }
}
