//! The facts and the tables of an incident's page.

use egui::{Align, Label, RichText, ScrollArea, Ui, vec2};

use crate::model::{OpenFile, Page};
use crate::theme::{BODY, CAPTION, Face, ROW, font, tokens};
use crate::widgets::{Align as At, Column, Danger, List, list, muted, within};

/// The line that tells how many more there are.
const MORE: f32 = 24.0;
/// A card's margins and its heading, in points.
const HEADING: f32 = 50.0;
/// The names of the facts.
const NAMES: f32 = 84.0;
const LINE: f32 = 16.0;

/// The height of a card with a table of so many rows and its head, in points.
pub(super) fn table_height(rows: usize) -> f32 {
    HEADING + ROW * (rows + 1) as f32
}

/// What is known, with the file's path.
pub(super) fn facts(ui: &mut Ui, open: &OpenFile, page: &Page) {
    ScrollArea::vertical()
        .id_salt("facts")
        .auto_shrink([false, false])
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            for (name, value) in &page.facts {
                fact(ui, name, value);
            }
            let path = crate::model::escaped(&open.path.to_string_lossy());
            fact(ui, Page::FILE, &path);
        });
}

fn fact(ui: &mut Ui, name: &str, value: &str) {
    let colour = tokens(ui).muted;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().interact_size.y = LINE;
        let (place, _) = ui.allocate_exact_size(vec2(NAMES, LINE), egui::Sense::hover());
        within(ui, place, Align::Min, |ui| {
            ui.label(
                RichText::new(name)
                    .font(font(Face::Regular, BODY))
                    .color(colour),
            )
        });
        let mut value = RichText::new(value);
        if matches!(name, Page::PROFILE | Page::FILE) {
            value = value.font(font(Face::Mono, CAPTION));
        }
        ui.add(Label::new(value).wrap().selectable(true));
    });
}

/// The last packets before the moment.
pub(super) fn last(ui: &mut Ui, page: &Page) {
    const COLUMNS: [Column; 6] = [
        column("Before", 64.0, At::Right),
        column("From", 128.0, At::Left),
        column("To", 128.0, At::Left),
        column("Bytes", 48.0, At::Right),
        column("Answer", 64.0, At::Left),
        column("Begins with", 0.0, At::Left),
    ];
    let cells = |row: usize| page.last.get(row).map_or(Vec::new(), |row| row.to_vec());
    let danger = |row: usize| page.last.get(row).is_some_and(is_unanswered);
    let table = Table {
        name: "Last packets",
        columns: &COLUMNS,
        rows: page.last.len(),
        cells: &cells,
        danger: Danger::Tinted(&danger),
    };
    small_table(ui, &table, 0.0);
}

/// Whether a request was not answered before the moment. Any of these may be what killed
/// the server: those that came after it went without an answer too.
fn is_unanswered([_, _, _, _, answer, _]: &[String; 6]) -> bool {
    !answer.is_empty()
}

/// Whether a conversation is that of such a request.
fn has_unanswered(page: &Page, row: usize) -> bool {
    let Some(cells) = page.conversations.get(row) else {
        return false;
    };
    let mut requests = page.last.iter().filter(|request| is_unanswered(request));
    requests.any(|request| cells[..2] == request[1..3])
}

/// Who talked to whom.
pub(super) fn conversations(ui: &mut Ui, page: &Page) {
    const COLUMNS: [Column; 6] = [
        column("Client", 0.0, At::Left),
        column("Server", 0.0, At::Left),
        column("Protocol", 56.0, At::Left),
        column("Packets", 64.0, At::Right),
        column("Bytes", 64.0, At::Right),
        column("Last before", 80.0, At::Right),
    ];
    let cells = |row: usize| page.conversations.get(row).cloned().unwrap_or_default();
    // A file of somebody else has no moment.
    let columns = if page.ours {
        &COLUMNS[..]
    } else {
        &COLUMNS[..5]
    };
    let below = if page.more_conversations > 0 {
        MORE
    } else {
        0.0
    };
    let rows = page.conversations.len();
    let danger = |row: usize| has_unanswered(page, row);
    let table = Table {
        name: "Conversations",
        columns,
        rows,
        cells: &cells,
        danger: Danger::Marked(&danger),
    };
    small_table(ui, &table, below);
    if page.more_conversations > 0 {
        muted(ui, format!("and {} more", page.more_conversations));
    }
}

/// Which servers' ports had the most bytes.
pub(super) fn ports(ui: &mut Ui, page: &Page) {
    const COLUMNS: [Column; 3] = [
        column("Port", 0.0, At::Left),
        column("Packets", 72.0, At::Right),
        column("Bytes", 72.0, At::Right),
    ];
    let cells = |row: usize| page.ports.get(row).map_or(Vec::new(), |row| row.to_vec());
    let table = Table {
        name: "Busiest ports",
        columns: &COLUMNS,
        rows: page.ports.len(),
        cells: &cells,
        danger: Danger::Never,
    };
    small_table(ui, &table, 0.0);
}

const fn column(title: &'static str, width: f32, align: At) -> Column {
    Column {
        title,
        width,
        align,
    }
}

/// A table that nothing is chosen of.
struct Table<'a> {
    name: &'a str,
    columns: &'a [Column],
    rows: usize,
    cells: &'a dyn Fn(usize) -> Vec<String>,
    danger: Danger<'a>,
}

fn small_table(ui: &mut Ui, table: &Table<'_>, below: f32) {
    if table.rows == 0 {
        muted(ui, "None.");
        return;
    }
    let size = ui.available_size() - vec2(0.0, below);
    list(
        ui,
        &List {
            name: table.name,
            columns: table.columns,
            rows: table.rows,
            chosen: None,
            size,
            cells: table.cells,
            danger: table.danger,
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::samples_incident;

    #[test]
    fn requests_without_an_answer_stand_out_in_both_tables() {
        let model = samples_incident::incident();
        let page = model.incidents.open.unwrap().page.unwrap().unwrap();
        let last = page.last.iter().map(is_unanswered);
        assert_eq!(last.filter(|unanswered| *unanswered).count(), 1);
        let rows: Vec<usize> = (0..page.conversations.len())
            .filter(|row| has_unanswered(&page, *row))
            .collect();
        assert_eq!(rows, [0]);
        assert!(!has_unanswered(&Page::default(), 0));
        // One that came after the culprit has no answer either: both are marked.
        let mut page = page;
        page.last[1][4] = "no answer".into();
        let last = page.last.iter().map(is_unanswered);
        assert_eq!(last.filter(|unanswered| *unanswered).count(), 2);
    }
}
