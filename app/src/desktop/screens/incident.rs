//! A file: what happened, its timeline, the last packets, the facts, who talked
//! to whom. The page scrolls as a whole where the window is too small for it.

use egui::{Align, Frame, Margin, ProgressBar, ScrollArea, Ui, vec2};

use super::incident_tables::{conversations, facts, last, ports, table_height};
use crate::command::{Command, Messages};
use crate::model::{Change, Model, OpenFile, Page, TimelineView, Tone, file_name};
use crate::theme::{CONTROL, GRID, MARGIN};
use crate::widgets::{
    Mark, ROW_CARD_EDGE, button_width, card, columns, command_button, elided, mark, problem,
    row_card, sentence, space_before, timeline, timeline_columns, within,
};

/// The height of the timeline with its card, in points: 96 without.
const TIMELINE: f32 = 96.0 + 2.0 * ROW_CARD_EDGE;
/// From this width on the facts stand beside the tables.
const WIDE: f32 = 1_000.0;
/// The facts' width there.
const FACTS: f32 = 480.0;
/// What stands below the timeline is never lower; the page scrolls.
const BODY_MIN: f32 = 440.0;
/// Rows shown of the last packets beside the facts, and of tables in a narrow window.
const LAST_ROWS: usize = 6;
const ROWS_NARROW: usize = 10;
const FACTS_NARROW: f32 = 320.0;
/// Ports below the facts.
const PORT_ROWS: usize = 4;

/// The screen.
pub(crate) fn incident(ui: &mut Ui, model: &Model, out: &mut Messages) {
    let Some(open) = &model.incidents.open else {
        return;
    };
    let room = ui.available_height();
    ScrollArea::vertical()
        .id_salt("incident")
        .auto_shrink([false, false])
        .show(ui, |ui| {
            let margin = Margin::symmetric(16, 8);
            Frame::new().inner_margin(margin).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = MARGIN / 2.0;
                match &open.page {
                    None => loading(ui, open, out),
                    Some(Err(why)) => {
                        head(ui, &unreadable(open), Tone::Danger, UNREADABLE, out);
                        problem(ui, Tone::Danger, why);
                    }
                    Some(Ok(page)) => read(ui, open, page, room - 2.0 * GRID, out),
                }
            });
        });
}

/// What can be done with a file: beside More, and in it.
type Commands = (&'static [Command], &'static [Command]);

const READABLE: Commands = (
    &[Command::SaveAs, Command::OpenInWireshark],
    &[
        Command::ShowInFolder,
        Command::CopyPath,
        Command::RecordAgain,
        Command::Rename,
        Command::Delete,
    ],
);
/// What is read, or cannot be, is still a file.
const UNREADABLE: Commands = (&[Command::ShowInFolder, Command::CopyPath], &[]);

/// What stands above a page: what is, and the file's name.
struct Title {
    what: String,
    below: String,
}

fn unreadable(open: &OpenFile) -> Title {
    Title {
        what: "This file could not be read.".into(),
        below: file_name(&open.path),
    }
}

fn loading(ui: &mut Ui, open: &OpenFile, out: &mut Messages) {
    let title = Title {
        what: "Reading…".into(),
        below: file_name(&open.path),
    };
    head(ui, &title, Tone::Plain, UNREADABLE, out);
    let text = format!("{} of {}", open.control.done(), open.size);
    ui.add(
        ProgressBar::new(open.share_read())
            .text(text)
            .desired_width(480.0),
    );
}

fn head(ui: &mut Ui, title: &Title, tone: Tone, commands: Commands, out: &mut Messages) {
    let wide = ui.available_width() >= WIDE;
    if !wide {
        named(ui, title, tone);
        ui.horizontal_wrapped(|ui| buttons(ui, commands, out));
        return;
    }
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let width = ui.available_width() - buttons_width(ui, commands) - MARGIN;
        ui.allocate_ui(vec2(width, 0.0), |ui| {
            ui.set_width(width);
            ui.vertical(|ui| named(ui, title, tone));
        });
        let places = columns(ui, CONTROL, 0.0, &[0.0]);
        within(ui, places[0], Align::Min, |ui| {
            ui.spacing_mut().interact_size.y = CONTROL;
            ui.spacing_mut().item_spacing.x = GRID;
            space_before(ui, texts(commands));
            buttons(ui, commands, out);
        });
    });
}

/// Room for the buttons.
fn buttons_width(ui: &Ui, commands: Commands) -> f32 {
    let texts = texts(commands);
    texts.map(|text| button_width(ui, text) + GRID).sum()
}

/// What stands on the buttons.
fn texts((beside, more): Commands) -> impl Iterator<Item = &'static str> {
    let more = (!more.is_empty()).then_some(MORE);
    let beside = beside.iter().map(|command| command.text());
    beside.chain(more).chain([Command::CloseIncident.text()])
}

/// What the menu of further commands is called.
const MORE: &str = "More";

fn named(ui: &mut Ui, title: &Title, tone: Tone) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing = vec2(GRID, 2.0);
        ui.spacing_mut().interact_size.y = 24.0;
        let (place, _) = ui.allocate_exact_size(vec2(12.0, 24.0), egui::Sense::hover());
        within(ui, place, Align::Min, |ui| mark(ui, Mark::of(tone)));
        ui.vertical(|ui| {
            sentence(ui, &title.what);
            let colour = crate::theme::tokens(ui).muted;
            ui.visuals_mut().override_text_color = Some(colour);
            elided(ui, &title.below);
        });
    });
}

fn buttons(ui: &mut Ui, (beside, more): Commands, out: &mut Messages) {
    for command in beside {
        command_button(ui, *command, out);
    }
    menu(ui, more, out);
    command_button(ui, Command::CloseIncident, out);
}

fn menu(ui: &mut Ui, commands: &[Command], out: &mut Messages) {
    if commands.is_empty() {
        return;
    }
    ui.menu_button(MORE, |ui| {
        for command in commands {
            if command_button(ui, *command, out).clicked() {
                ui.close();
            }
        }
    });
}

fn read(ui: &mut Ui, open: &OpenFile, page: &Page, room: f32, out: &mut Messages) {
    let top = ui.cursor().top();
    let tone = match (page.danger, page.ours) {
        (true, _) => Tone::Danger,
        (false, true) => Tone::Frozen,
        (false, false) => Tone::Plain,
    };
    let name = file_name(&open.path);
    // A file of somebody else is known by its name alone.
    let title = match page.ours {
        true => Title {
            what: page.sentence.clone(),
            below: name,
        },
        false => Title {
            what: name,
            below: page.sentence.clone(),
        },
    };
    head(ui, &title, tone, READABLE, out);
    if let Some(warning) = &page.warning {
        problem(ui, Tone::Warning, warning);
    }
    let width = ui.available_width();
    row_card(ui, vec2(width, TIMELINE), |ui| {
        let size = ui.available_size();
        let view = TimelineView::of_page(page, open.zoom, timeline_columns(size.x));
        if let Some(zoom) = timeline(ui, "Traffic", &view, size) {
            out.push(Change::ZoomFile(zoom).into());
        }
    });
    if width < WIDE {
        below_each_other(ui, open, page, width);
        return;
    }
    let used = ui.cursor().top() - top;
    beside_each_other(ui, open, page, (room - used).max(BODY_MIN));
}

fn beside_each_other(ui: &mut Ui, open: &OpenFile, page: &Page, height: f32) {
    let gap = MARGIN / 2.0;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing = vec2(MARGIN, gap);
        ui.vertical(|ui| {
            let ports_height = table_height(page.ports.len().clamp(1, PORT_ROWS));
            let size = vec2(FACTS, height - ports_height - gap);
            card(ui, "What is known", size, |ui| facts(ui, open, page));
            card(ui, "Busiest ports", vec2(FACTS, ports_height), |ui| {
                ports(ui, page);
            });
        });
        ui.vertical(|ui| {
            let width = ui.available_width();
            let mut rest = height;
            if !page.last.is_empty() {
                let taken = table_height(page.last.len().min(LAST_ROWS));
                card(ui, &page.last_heading, vec2(width, taken), |ui| {
                    last(ui, page);
                });
                rest -= taken + gap;
            }
            card(ui, conversations_title(page), vec2(width, rest), |ui| {
                conversations(ui, page);
            });
        });
    });
}

fn below_each_other(ui: &mut Ui, open: &OpenFile, page: &Page, width: f32) {
    if !page.last.is_empty() {
        let height = table_height(page.last.len());
        card(ui, &page.last_heading, vec2(width, height), |ui| {
            last(ui, page);
        });
    }
    card(ui, "What is known", vec2(width, FACTS_NARROW), |ui| {
        facts(ui, open, page);
    });
    let rows = page.conversations.len().clamp(1, ROWS_NARROW);
    card(
        ui,
        conversations_title(page),
        vec2(width, table_height(rows + 1)),
        |ui| conversations(ui, page),
    );
    let rows = page.ports.len().clamp(1, ROWS_NARROW);
    card(ui, "Busiest ports", vec2(width, table_height(rows)), |ui| {
        ports(ui, page);
    });
}

fn conversations_title(page: &Page) -> &'static str {
    match page.ours {
        true => "Conversations, the last before the moment first",
        false => "Conversations, the busiest first",
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable;

    use crate::driven::drive;
    use crate::model::{Page, samples_incident};

    #[test]
    fn what_crashcap_did_not_save_is_headed_by_its_name() {
        let mut model = samples_incident::incident();
        let open = model.incidents.open.as_mut().unwrap();
        open.path = "/srv/other one.pcap".into();
        open.page = Some(Ok(Box::new(Page {
            sentence: "1,016 packets over 6.1 s.".into(),
            ..Page::default()
        })));
        let window = drive(model);
        let name = window.get_by_label("other one.pcap").rect();
        let below = window.get_by_label("1,016 packets over 6.1 s.").rect();
        assert!(name.bottom() <= below.top() && name.height() > below.height());
        window.get_by_label("/srv/other one.pcap");
    }
}
