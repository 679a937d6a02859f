//! What keeps this user from capturing, and what to do: the first thing seen.

use egui::{CornerRadius, Frame, Label, Margin, RichText, Stroke, Ui};

use crate::command::Messages;
use crate::model::{Machine, Rights, Said, Tone};
use crate::theme::{BODY, Face, GRID, RADIUS, font, tokens};
use crate::widgets::{Mark, colour_of, command_button, mark, muted};

/// The panel, where there is something to tell.
pub(crate) fn rights_panel(ui: &mut Ui, machine: &Machine, out: &mut Messages) {
    let (Rights::No(parts) | Rights::NextLogin(parts)) = &machine.rights else {
        return;
    };
    Frame::new()
        .fill(tokens(ui).panel)
        .stroke(Stroke::new(1.0, colour_of(ui, Tone::Warning)))
        .corner_radius(CornerRadius::same(RADIUS))
        .inner_margin(Margin::symmetric(12, 8))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal_wrapped(|ui| {
                mark(ui, Mark::of(Tone::Warning));
                for part in parts {
                    said(ui, part, machine.asking, out);
                }
                if machine.asking {
                    muted(ui, "The password is being asked for.");
                }
            });
        });
    ui.add_space(GRID);
}

fn said(ui: &mut Ui, part: &Said, asking: bool, out: &mut Messages) {
    match part {
        Said::Words(words) => {
            ui.label(words);
        }
        Said::Typed(command) => {
            let text = RichText::new(command).font(font(Face::Mono, BODY));
            ui.add(Label::new(text).selectable(true));
        }
        // One question at a time.
        Said::Button(command) => {
            ui.add_enabled_ui(!asking, |ui| command_button(ui, *command, out));
        }
    }
}
