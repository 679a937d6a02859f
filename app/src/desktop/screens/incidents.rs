//! Incidents: what was saved, or the file that is open.

use egui::{Align, Frame, Margin, Ui, vec2};

use crate::command::{Command, Messages};
use crate::model::{Change, Model, Tone, zone_of};
use crate::theme::MARGIN;
use crate::widgets::{
    Align as At, Column, Danger, List, card, columns, command_button, list, muted, primary_button,
    problem, space_before, within,
};

/// From this width of the list on span and packets have their columns.
const WIDE: f32 = 1_000.0;
const COLUMNS: [Column; 7] = [
    column("Time", 168.0, At::Left),
    column("Target", 120.0, At::Left),
    column("What happened", 0.0, At::Left),
    column("File", 0.0, At::Middle),
    column("Span", 80.0, At::Right),
    column("Packets", 72.0, At::Right),
    column("Size", 64.0, At::Right),
];
const COLUMNS_NARROW: [Column; 5] = [COLUMNS[0], COLUMNS[1], COLUMNS[2], COLUMNS[3], COLUMNS[6]];

const fn column(title: &'static str, width: f32, align: At) -> Column {
    Column {
        title,
        width,
        align,
    }
}

/// The screen.
pub(crate) fn incidents(ui: &mut Ui, model: &Model, out: &mut Messages) {
    if model.incidents.open.is_some() {
        super::incident::incident(ui, model, out);
        return;
    }
    let margin = Margin::symmetric(16, 8);
    Frame::new().inner_margin(margin).show(ui, |ui| {
        let places = columns(ui, 48.0, MARGIN, &[0.0, 480.0]);
        within(ui, places[0], Align::Min, |ui| {
            muted(
                ui,
                format!(
                    "Saved in {}; times are {}",
                    model.set_up.folder.trim(),
                    zone_of(model.now.wall)
                ),
            )
        });
        within(ui, places[1], Align::Min, |ui| buttons(ui, model, out));
        let size = ui.available_size() - vec2(0.0, 8.0);
        card(ui, "", size, |ui| table(ui, model, out));
    });
}

/// What can be done with the chosen file, and any other one.
fn buttons(ui: &mut Ui, model: &Model, out: &mut Messages) {
    const OPEN: &str = "Open";
    const OF_CHOSEN: [Command; 3] = [Command::ShowInFolder, Command::Rename, Command::Delete];
    let chosen = model.incidents.chosen.as_ref();
    let texts = OF_CHOSEN.iter().map(|command| command.text());
    let texts = [OPEN].into_iter().chain(texts).filter(|_| chosen.is_some());
    space_before(ui, texts.chain([Command::OpenFile.text()]));
    if let Some(path) = chosen {
        if primary_button(ui, OPEN).clicked() {
            out.push(Change::Open(path.clone()).into());
        }
        for command in OF_CHOSEN {
            command_button(ui, command, out);
        }
    }
    command_button(ui, Command::OpenFile, out);
}

fn table(ui: &mut Ui, model: &Model, out: &mut Messages) {
    let incidents = &model.incidents;
    if let Some(why) = &incidents.unlisted {
        problem(ui, Tone::Danger, why);
    }
    let Some(rows) = &incidents.rows else {
        muted(ui, "Reading the folder…");
        return;
    };
    if rows.is_empty() {
        muted(
            ui,
            "No incidents yet. When a trigger fires, the capture appears here by itself.",
        );
        return;
    }
    let chosen = incidents.chosen.as_ref();
    let chosen = chosen.and_then(|path| rows.iter().position(|row| row.path == *path));
    let wide = ui.available_width() >= WIDE;
    let cells = |row: usize| rows.get(row).map(|row| row.cells(wide)).unwrap_or_default();
    let danger = |row: usize| rows.get(row).is_some_and(|row| row.danger);
    let size = ui.available_size();
    let done = list(
        ui,
        &List {
            name: "Incidents",
            columns: if wide { &COLUMNS } else { &COLUMNS_NARROW },
            rows: rows.len(),
            chosen,
            size,
            cells: &cells,
            danger: Danger::Marked(&danger),
        },
    );
    if let Some(row) = done.chose.and_then(|row| rows.get(row)) {
        out.push(Change::ChooseIncident(row.path.clone()).into());
    }
    if done.delete {
        out.push(Command::Delete.into());
    }
    if let Some(row) = done.opened.and_then(|row| rows.get(row)) {
        out.push(Change::Open(row.path.clone()).into());
    }
}
