//! Recording: the state's sentence, the timeline, four readings, what happened.

use egui::{Align, Frame, Layout, Margin, ScrollArea, Ui, vec2};

use crate::command::{Command, Messages};
use crate::model::{Change, Model, Recording, TimelineView, time_of_day};
use crate::theme::{CAPTION, Face, MARGIN, READING, font, tokens};
use crate::widgets::{
    Mark, caption, card, colour_of, columns, command_button, elided, mark, muted, problem,
    sentence, timeline, timeline_columns, within,
};

/// Heights of LOOK's grid, in points.
const SENTENCE: f32 = 56.0;
const READINGS: f32 = 112.0;
const EVENTS: f32 = 152.0;
const TIMELINE_MIN: f32 = 150.0;

/// The screen.
pub(crate) fn recording(ui: &mut Ui, model: &Model, out: &mut Messages) {
    let recording = &model.recording;
    if recording.status.is_none() && !recording.opening {
        nothing_yet(ui, out);
        return;
    }
    let margin = Margin::symmetric(16, 8);
    Frame::new().inner_margin(margin).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = MARGIN / 2.0;
        head(ui, recording, out);
        for (tone, sentence, remedies) in recording.warnings(&model.machine) {
            ui.horizontal(|ui| {
                problem(ui, tone, &sentence);
                for remedy in remedies {
                    command_button(ui, remedy, out);
                }
            });
        }
        let width = ui.available_width();
        let low = ui.available_height() < 560.0;
        let (readings_height, events_height) = if low {
            (84.0, 96.0)
        } else {
            (READINGS, EVENTS)
        };
        let rest = ui.available_height() - readings_height - events_height - MARGIN;
        let size = vec2(width, rest.max(TIMELINE_MIN));
        card(ui, "", size, |ui| {
            let size = ui.available_size();
            let view = TimelineView::of_recording(recording, timeline_columns(size.x));
            if let Some(zoom) = timeline(ui, "Traffic", &view, size) {
                out.push(Change::Zoom(zoom).into());
            }
        });
        readings(ui, model, readings_height);
        events(ui, recording, vec2(width, events_height));
    });
}

fn nothing_yet(ui: &mut Ui, out: &mut Messages) {
    ui.add_space(96.0);
    ui.vertical_centered(|ui| {
        muted(
            ui,
            "Nothing is being recorded. When it is, traffic and the target's life appear here.",
        );
        ui.add_space(MARGIN);
        command_button(ui, Command::ShowSetUp, out);
    });
}

/// The sentence, and what can be done.
fn head(ui: &mut Ui, recording: &Recording, out: &mut Messages) {
    let (tone, text) = recording.sentence();
    let places = columns(ui, SENTENCE, MARGIN, &[0.0, 260.0]);
    within(ui, places[0], Align::Min, |ui| {
        mark(ui, Mark::of(tone));
        sentence(ui, &text)
    });
    within(ui, places[1], Align::Max, |ui| {
        if recording.runs() {
            command_button(ui, Command::Stop, out);
            command_button(ui, Command::Freeze, out);
            command_button(ui, Command::Peek, out);
        } else {
            command_button(ui, Command::ShowSetUp, out);
            if recording.saved.is_empty() {
                return;
            }
            command_button(ui, Command::ShowIncidents, out);
        }
    });
}

fn readings(ui: &mut Ui, model: &Model, height: f32) {
    let readings = model.recording.readings(model.room);
    let gap = MARGIN;
    let width = (ui.available_width() - 3.0 * gap) / 4.0;
    ui.with_layout(Layout::left_to_right(Align::Min), |ui| {
        ui.spacing_mut().item_spacing.x = gap;
        for reading in readings {
            card(ui, "", vec2(width, height), |ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                ui.spacing_mut().interact_size.y = 0.0;
                caption(ui, reading.name);
                let colour = colour_of(ui, reading.tone);
                let size = if height < 100.0 { 22.0 } else { READING };
                let text = egui::RichText::new(reading.number).font(font(Face::Mono, size));
                ui.add(egui::Label::new(text.color(colour)).truncate());
                muted(ui, reading.about);
            });
        }
    });
}

/// What happened, the newest first.
fn events(ui: &mut Ui, recording: &Recording, size: egui::Vec2) {
    card(ui, "", size, |ui| {
        ScrollArea::vertical()
            .id_salt("events")
            .auto_shrink([false, false])
            .show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                for told in &recording.events {
                    let places = columns(ui, 20.0, 8.0, &[92.0, 12.0, 0.0]);
                    within(ui, places[0], Align::Min, |ui| {
                        let time = time_of_day(told.at.0, true);
                        let text = egui::RichText::new(time).font(font(Face::Mono, CAPTION));
                        ui.label(text.color(tokens(ui).muted))
                    });
                    within(ui, places[1], Align::Min, |ui| {
                        mark(ui, Mark::of(told.tone))
                    });
                    within(ui, places[2], Align::Min, |ui| elided(ui, &told.sentence));
                }
            });
    });
}
