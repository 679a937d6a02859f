//! A file: what happened, its timeline, the facts, who talked to whom.

use egui::{Align, Frame, Label, Margin, ProgressBar, RichText, ScrollArea, Ui, vec2};

use crate::command::{Command, Messages};
use crate::model::{Change, Model, OpenFile, Page, TimelineView, Tone};
use crate::theme::{CAPTION, CONTROL, Face, MARGIN, ROW, font, tokens};
use crate::widgets::{
    Align as At, Column, List, Mark, card, columns, command_button, list, mark, muted, problem,
    sentence, timeline, timeline_columns, within,
};

/// Heights of LOOK's grid, in points.
const SENTENCE: f32 = 56.0;
const TIMELINE: f32 = 132.0;
/// The line that tells how many more there are.
const MORE: f32 = 24.0;
/// The ports' heading and their table's.
const PORTS: f32 = 84.0;

/// The screen.
pub(crate) fn incident(ui: &mut Ui, model: &Model, out: &mut Messages) {
    let Some(open) = &model.incidents.open else {
        return;
    };
    let margin = Margin::symmetric(16, 8);
    Frame::new().inner_margin(margin).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = MARGIN / 2.0;
        match &open.page {
            None => loading(ui, open, out),
            Some(Err(why)) => {
                head(ui, "This file could not be read.", Tone::Danger, out);
                problem(ui, Tone::Danger, why);
            }
            Some(Ok(page)) => read(ui, open, page, out),
        }
    });
}

fn loading(ui: &mut Ui, open: &OpenFile, out: &mut Messages) {
    head(ui, "Reading…", Tone::Plain, out);
    muted(ui, open.path.display().to_string());
    let text = format!("{} of {}", open.control.done(), open.size);
    ui.add(
        ProgressBar::new(open.share_read())
            .text(text)
            .desired_width(480.0),
    );
}

fn head(ui: &mut Ui, text: &str, tone: Tone, out: &mut Messages) {
    let places = columns(ui, SENTENCE, MARGIN, &[0.0, 372.0]);
    within(ui, places[0], Align::Min, |ui| {
        mark(ui, Mark::of(tone));
        sentence(ui, text)
    });
    within(ui, places[1], Align::Max, |ui| {
        ui.spacing_mut().interact_size.y = CONTROL;
        command_button(ui, Command::CloseIncident, out);
        ui.menu_button("More", |ui| {
            for command in [
                Command::ShowInFolder,
                Command::CopyPath,
                Command::RecordAgain,
                Command::Rename,
                Command::Delete,
            ] {
                if command_button(ui, command, out).clicked() {
                    ui.close();
                }
            }
        });
        command_button(ui, Command::OpenInWireshark, out);
        command_button(ui, Command::SaveAs, out);
    });
}

fn read(ui: &mut Ui, open: &OpenFile, page: &Page, out: &mut Messages) {
    let tone = if page.danger {
        Tone::Danger
    } else {
        Tone::Frozen
    };
    head(ui, &page.sentence, tone, out);
    if let Some(warning) = &page.warning {
        problem(ui, Tone::Warning, warning);
    }
    let width = ui.available_width();
    card(ui, "", vec2(width, TIMELINE), |ui| {
        let size = ui.available_size();
        let view = TimelineView::of_page(page, open.zoom, timeline_columns(size.x));
        if let Some(zoom) = timeline(ui, "Traffic", &view, size) {
            out.push(Change::ZoomFile(zoom).into());
        }
    });
    let height = ui.available_height() - 8.0;
    let half = (width - MARGIN) / 2.0;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = MARGIN;
        card(ui, "What is known", vec2(half, height), |ui| {
            facts(ui, page);
        });
        ui.vertical(|ui| {
            let ports_height = (PORTS + ROW * page.ports.len() as f32).min(height / 2.0);
            let rest = height - ports_height - MARGIN / 2.0;
            card(ui, "Busiest conversations", vec2(half, rest), |ui| {
                conversations(ui, page);
            });
            card(ui, "Busiest ports", vec2(half, ports_height), |ui| {
                ports(ui, page);
            });
        });
    });
}

fn facts(ui: &mut Ui, page: &Page) {
    ScrollArea::vertical()
        .id_salt("facts")
        .auto_shrink([false, false])
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            let colour = tokens(ui).muted;
            for (name, value) in &page.facts {
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().interact_size.y = 16.0;
                    let (place, _) = ui.allocate_exact_size(vec2(84.0, 16.0), egui::Sense::hover());
                    within(ui, place, Align::Min, |ui| {
                        ui.label(RichText::new(*name).color(colour))
                    });
                    let mut value = RichText::new(value);
                    if *name == Page::PROFILE {
                        value = value.font(font(Face::Mono, CAPTION));
                    }
                    ui.add(Label::new(value).wrap().selectable(true));
                });
            }
        });
}

fn conversations(ui: &mut Ui, page: &Page) {
    const COLUMNS: [Column; 4] = [
        column("Between", 0.0, At::Left),
        column("Protocol", 64.0, At::Left),
        column("Packets", 72.0, At::Right),
        column("Bytes", 72.0, At::Right),
    ];
    let cells = |row: usize| {
        page.conversations
            .get(row)
            .map_or(Vec::new(), |row| row.to_vec())
    };
    small_table(
        ui,
        "Busiest conversations",
        &COLUMNS,
        page.conversations.len(),
        &cells,
        if page.more_conversations > 0 {
            MORE
        } else {
            0.0
        },
    );
    if page.more_conversations > 0 {
        muted(ui, format!("and {} more", page.more_conversations));
    }
}

fn ports(ui: &mut Ui, page: &Page) {
    const COLUMNS: [Column; 3] = [
        column("Port", 0.0, At::Left),
        column("Packets", 72.0, At::Right),
        column("Bytes", 72.0, At::Right),
    ];
    let cells = |row: usize| page.ports.get(row).map_or(Vec::new(), |row| row.to_vec());
    small_table(ui, "Busiest ports", &COLUMNS, page.ports.len(), &cells, 0.0);
}

const fn column(title: &'static str, width: f32, align: At) -> Column {
    Column {
        title,
        width,
        align,
    }
}

fn small_table(
    ui: &mut Ui,
    name: &str,
    columns: &[Column],
    rows: usize,
    cells: &dyn Fn(usize) -> Vec<String>,
    below: f32,
) {
    if rows == 0 {
        muted(ui, "None.");
        return;
    }
    let size = ui.available_size() - vec2(0.0, below);
    list(
        ui,
        &List {
            name,
            columns,
            rows,
            chosen: None,
            size,
            cells,
            danger: &|_| false,
        },
    );
}
