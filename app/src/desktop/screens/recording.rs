//! Recording: the state's sentence, the timeline, four readings, what happened.

use egui::{Frame, Margin, Ui, Vec2, vec2};

use crate::command::{Command, Messages};
use crate::model::{Change, LANES_MAX, Model, TimelineView};
use crate::panels::events::{events_panel, whole_lines};
use crate::panels::gauges::gauges_panel;
use crate::panels::readings::readings_panel;
use crate::panels::recording_head::{recording_head, warnings};
use crate::theme::{GRID, MARGIN};
use crate::widgets::{
    card, command_button, heading, muted, room_for_measured, timeline, timeline_columns,
};

/// Heights of LOOK's grid, in points.
const READINGS: f32 = 112.0;
const EVENTS: f32 = 152.0;
const TIMELINE_MIN: f32 = 160.0;
/// One line of events.
const EVENTS_MIN: f32 = 44.0;
/// The share of the width that what triggers measure has.
const GAUGES: f32 = 0.54;
/// In a window lower than this everything is.
const LOW: f32 = 640.0;
const READINGS_LOW: f32 = 84.0;
const EVENTS_LOW: f32 = 88.0;

/// The screen.
pub(crate) fn recording(ui: &mut Ui, model: &Model, out: &mut Messages) {
    let recording = &model.recording;
    if recording.status.is_none() && !recording.opening {
        nothing_yet(ui, out);
        return;
    }
    let (top, gap, readings_height, events_height) = if ui.available_height() < LOW {
        (0.0, GRID, READINGS_LOW, EVENTS_LOW)
    } else {
        (GRID, MARGIN, READINGS, EVENTS)
    };
    let margin = Margin {
        left: MARGIN as i8,
        right: MARGIN as i8,
        top: top as i8,
        bottom: gap as i8,
    };
    Frame::new().inner_margin(margin).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = GRID;
        recording_head(ui, recording, &model.banners, out);
        warnings(ui, &recording.warnings(&model.machine), out);
        ui.spacing_mut().item_spacing.y = gap;
        let width = ui.available_width();
        let rest = ui.available_height() - readings_height - 2.0 * gap;
        let events_height = events_height.min(rest - TIMELINE_MIN).max(EVENTS_MIN);
        // No line is cut; the timeline has what is over.
        let events_height = whole_lines(events_height);
        let height = (rest - events_height).max(TIMELINE_MIN);
        let lanes = traffic(ui, model, vec2(width, height), out);
        readings_panel(ui, &recording.readings(model.room), readings_height, MARGIN);
        let gauges = recording.gauges(lanes);
        let beside = if gauges.is_empty() {
            0.0
        } else {
            (width * GAUGES).floor()
        };
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = MARGIN;
            if !gauges.is_empty() {
                gauges_panel(ui, vec2(beside - MARGIN, events_height), &gauges);
            }
            let events = &recording.events;
            let size = vec2(width - beside, events_height);
            events_panel(ui, size, events.len(), |index| events.get(index));
        });
    });
}

/// The timeline; how many lanes of what triggers measure it has room for.
fn traffic(ui: &mut Ui, model: &Model, size: Vec2, out: &mut Messages) -> usize {
    let recording = &model.recording;
    card(ui, "", size, |ui| {
        let size = ui.available_size();
        let columns = timeline_columns(size.x);
        let rows = TimelineView::of_recording(recording, columns, 0).lanes.rows;
        let lanes = room_for_measured(size.y, rows).min(LANES_MAX);
        let view = TimelineView::of_recording(recording, columns, lanes);
        if let Some(zoom) = timeline(ui, "Traffic", &view, size) {
            out.push(Change::Zoom(zoom).into());
        }
        lanes
    })
}

/// What will appear here, and how.
fn nothing_yet(ui: &mut Ui, out: &mut Messages) {
    ui.add_space((ui.available_height() / 3.0).floor());
    ui.vertical_centered(|ui| {
        heading(ui, "Nothing is being recorded.");
        muted(
            ui,
            "While it is, this page shows the traffic, what the ring holds, the target's life and what happens.",
        );
        ui.add_space(MARGIN);
        command_button(ui, Command::ShowSetUp, out);
    });
}
