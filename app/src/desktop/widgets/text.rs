//! Text in its sizes and colours.

use egui::{Color32, Label, Response, RichText, Ui};

use crate::model::Tone;
use crate::theme::{Face, HEADING, SENTENCE, font, tokens};

/// The colour of a tone.
pub(crate) fn colour_of(ui: &Ui, tone: Tone) -> Color32 {
    let tokens = tokens(ui);
    match tone {
        Tone::Good => tokens.recording,
        Tone::Frozen => tokens.frozen,
        Tone::Warning => tokens.warning,
        Tone::Danger => tokens.danger,
        Tone::Plain => tokens.text,
    }
}

/// A heading.
pub(crate) fn heading(ui: &mut Ui, text: &str) -> Response {
    ui.add(Label::new(RichText::new(text).font(font(Face::Medium, HEADING))).truncate())
}

/// The sentence that says what is.
pub(crate) fn sentence(ui: &mut Ui, text: &str) -> Response {
    ui.add(Label::new(RichText::new(text).font(font(Face::Regular, SENTENCE))).wrap())
}

/// Text of less weight.
pub(crate) fn muted(ui: &mut Ui, text: impl Into<String>) -> Response {
    let colour = tokens(ui).muted;
    ui.add(Label::new(RichText::new(text).color(colour)).wrap())
}

/// Text that ends in … where it does not fit; the whole on hover.
pub(crate) fn elided(ui: &mut Ui, text: &str) -> Response {
    ui.add(Label::new(text).truncate())
}

/// What is wrong, with the triangle that says so without colour.
pub(crate) fn problem(ui: &mut Ui, tone: Tone, text: &str) -> Response {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.spacing_mut().interact_size.y = 16.0;
        super::mark(ui, super::Mark::of(tone));
        let colour = colour_of(ui, tone);
        ui.add(Label::new(RichText::new(text).color(colour)).wrap())
    })
    .inner
}
