//! A table of many rows: one stop for Tab, keys of its own, only the rows that
//! can be seen are drawn.
//!
//! - The top row is a whole number, so that the last of ten million rows stands
//!   as exactly as the first.
//! - The chosen row is the model's; the list keeps only how far it is scrolled.

use egui::{Event, EventFilter, Id, Key, Rect, Response, Sense, Stroke, Ui, Vec2, pos2, vec2};

use super::text::without_middle;
use crate::theme::{BODY, CAPTION, Face, ROW, font, tokens};

/// The width of a row's mark in points: it stands before the first column.
const MARK: f32 = 12.0;
/// Between columns.
const GAP: f32 = 12.0;

/// Where a column's text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    /// At its left.
    Left,
    /// At its right, for numbers.
    Right,
    /// At its left; what is too long loses its middle, for command lines and paths.
    Middle,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// Its heading.
    pub(crate) title: &'static str,
    /// Its width in points; those with 0 share what is left.
    pub(crate) width: f32,
    /// Where its text stands.
    pub(crate) align: Align,
}

/// What a list shows.
pub(crate) struct List<'a> {
    /// Its name, for those who cannot see it.
    pub(crate) name: &'a str,
    /// Its columns.
    pub(crate) columns: &'a [Column],
    /// How many rows.
    pub(crate) rows: usize,
    /// The chosen row.
    pub(crate) chosen: Option<usize>,
    /// Its size in points.
    pub(crate) size: Vec2,
    /// A row's texts. One more than there are columns is told of the row that is
    /// pointed at.
    pub(crate) cells: &'a dyn Fn(usize) -> Vec<String>,
    /// Rows that stand out.
    pub(crate) danger: Danger<'a>,
}

/// Which rows of a list tell of what died or failed, and how these stand out.
#[derive(Clone, Copy)]
pub(crate) enum Danger<'a> {
    /// None.
    Never,
    /// Many may: these have a cross before them.
    Marked(&'a dyn Fn(usize) -> bool),
    /// They are the point: a cross, and the whole row is tinted.
    Tinted(&'a dyn Fn(usize) -> bool),
}

impl Danger<'_> {
    /// Where the first column begins: behind the cross, where there may be one.
    fn inset(self) -> f32 {
        match self {
            Self::Never => GAP,
            Self::Marked(_) | Self::Tinted(_) => MARK + GAP,
        }
    }
}

/// What was done with a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Done {
    /// This row is chosen now.
    pub(crate) chose: Option<usize>,
    /// This row was opened: by double click, or by Enter.
    pub(crate) opened: Option<usize>,
    /// The chosen row is to be deleted.
    pub(crate) delete: bool,
}

/// The list.
pub(crate) fn list(ui: &mut Ui, list: &List<'_>) -> Done {
    let (rect, _) = ui.allocate_exact_size(list.size, Sense::hover());
    let id = ui.make_persistent_id(list.name);
    let head = Rect::from_min_size(rect.min, vec2(rect.width(), ROW));
    let body = Rect::from_min_max(pos2(rect.left(), head.bottom()), rect.max);
    let visible = (body.height() / ROW).floor().max(1.0) as usize;
    let response = ui.interact(body, id, Sense::click());
    response.widget_info(|| {
        let rows = match list.rows {
            1 => format!("{}, 1 row", list.name),
            rows => format!("{}, {rows} rows", list.name),
        };
        egui::WidgetInfo::labeled(egui::Role::ListBox, true, rows)
    });
    let mut done = keys(ui, &response, list, visible);
    let mut top = top_row(ui, id, list, &response, visible, done.chose);
    top = top.min(list.rows.saturating_sub(visible));
    ui.data_mut(|data| data.insert_temp(id, top));
    paint_head(ui, head, list);
    let painter = ui.painter_at(body);
    let mut cut = None;
    for row in top..list.rows.min(top + visible) {
        let y = body.top() + (row - top) as f32 * ROW;
        let place = Rect::from_min_size(pos2(body.left(), y), vec2(body.width(), ROW));
        let place = place.intersect(body);
        cut = cut.or(paint_row(ui, &painter, place, list, row));
        name_row(ui, id, place, list, row);
    }
    paint_bar(ui, body, top, visible, list.rows);
    if let Some(pointer) = response.interact_pointer_pos()
        && (response.clicked() || response.double_clicked())
    {
        let row = top + ((pointer.y - body.top()) / ROW) as usize;
        if row < list.rows {
            response.request_focus();
            done.chose = Some(row);
            done.opened = response.double_clicked().then_some(row);
        }
    }
    if let Some(whole) = cut {
        response.clone().on_hover_text_at_pointer(whole);
    }
    if response.has_focus() {
        let edge = Stroke::new(2.0, tokens(ui).focus);
        ui.painter()
            .rect_stroke(body, 4.0, edge, egui::StrokeKind::Inside);
    }
    done
}

/// What the keys ask for while the list has the focus.
fn keys(ui: &Ui, response: &Response, list: &List<'_>, visible: usize) -> Done {
    let mut done = Done::default();
    if !response.has_focus() || list.rows == 0 {
        return done;
    }
    let filter = EventFilter {
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let last = list.rows - 1;
    ui.input(|input| {
        for event in &input.events {
            let Event::Key {
                key, pressed: true, ..
            } = event
            else {
                continue;
            };
            let from = done.chose.or(list.chosen);
            let to = match key {
                Key::ArrowDown => from.map_or(0, |row| (row + 1).min(last)),
                Key::ArrowUp => from.map_or(last, |row| row.saturating_sub(1)),
                Key::PageDown => from.map_or(0, |row| (row + visible).min(last)),
                Key::PageUp => from.map_or(0, |row| row.saturating_sub(visible)),
                Key::Home => 0,
                Key::End => last,
                Key::Enter => {
                    done.opened = from;
                    continue;
                }
                Key::Delete => {
                    done.delete = from.is_some();
                    continue;
                }
                _ => continue,
            };
            done.chose = Some(to);
        }
    });
    done
}

/// The first row to show: scrolled, and following the row that was chosen by keys.
fn top_row(
    ui: &Ui,
    id: Id,
    list: &List<'_>,
    response: &Response,
    visible: usize,
    chose: Option<usize>,
) -> usize {
    let kept: Option<usize> = ui.data(|data| data.get_temp(id));
    // What was chosen before the list was shown is seen at first.
    let at_first = list
        .chosen
        .map_or(0, |row| (row + 1).saturating_sub(visible));
    let mut top = kept.unwrap_or(at_first);
    let rest_id = id.with("rest");
    if response.contains_pointer() {
        let wheel = ui.input(|input| input.smooth_scroll_delta().y);
        let rest: f32 = ui.data(|data| data.get_temp(rest_id)).unwrap_or(0.0);
        let rows = rest - wheel / ROW;
        let whole = rows.trunc();
        ui.data_mut(|data| data.insert_temp(rest_id, rows - whole));
        let most = list.rows.saturating_sub(visible);
        let to = ((top as f32 + whole).max(0.0) as usize).min(most);
        // What moves the list does not move the page; at the list's end the page goes on.
        if wheel != 0.0 && (to != top || (whole == 0.0 && most > 0)) {
            ui.input_mut(|input| input.smooth_scroll_delta.y = 0.0);
        }
        top = to;
    }
    if let Some(row) = chose {
        top = top.min(row).max((row + 1).saturating_sub(visible));
    }
    top.min(list.rows)
}

fn places<'a>(list: &List<'a>, row: Rect) -> impl Iterator<Item = (&'a Column, Rect)> {
    let columns = list.columns;
    let inset = list.danger.inset();
    let fixed: f32 = columns.iter().map(|column| column.width + GAP).sum();
    let sharing = columns.iter().filter(|column| column.width == 0.0).count();
    let left = ((row.width() - fixed - inset) / sharing.max(1) as f32).max(40.0);
    let mut x = row.left() + inset;
    columns.iter().map(move |column| {
        let width = if column.width == 0.0 {
            left
        } else {
            column.width
        };
        let place = Rect::from_min_size(pos2(x, row.top()), vec2(width, row.height()));
        x += width + GAP;
        (column, place)
    })
}

/// True where it was cut.
fn paint_text(
    painter: &egui::Painter,
    place: Rect,
    align: Align,
    text: &str,
    font: egui::FontId,
    colour: egui::Color32,
) -> bool {
    let text = match align {
        Align::Middle => without_middle(text, place.width(), |text| {
            let text = text.to_owned();
            painter.layout_no_wrap(text, font.clone(), colour).size().x
        }),
        Align::Left | Align::Right => text.to_owned(),
    };
    let mut job = egui::text::LayoutJob::simple_singleline(text, font, colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width(place.width());
    let galley = painter.layout_job(job);
    let cut = galley.elided;
    let x = match align {
        Align::Left | Align::Middle => place.left(),
        Align::Right => place.right() - galley.size().x,
    };
    let y = place.center().y - galley.size().y / 2.0;
    painter
        .with_clip_rect(place.intersect(painter.clip_rect()))
        .galley(pos2(x, y), galley, colour);
    cut
}

fn paint_head(ui: &Ui, head: Rect, list: &List<'_>) {
    let tokens = tokens(ui);
    for (column, place) in places(list, head) {
        let face = font(Face::Regular, CAPTION);
        paint_text(
            ui.painter(),
            place,
            column.align,
            column.title,
            face,
            tokens.muted,
        );
    }
    let line = Stroke::new(1.0, tokens.line);
    ui.painter()
        .hline(head.x_range(), head.bottom() - 0.5, line);
}

/// The whole text of the cell under the pointer, where it had to be cut.
fn paint_row(
    ui: &Ui,
    painter: &egui::Painter,
    place: Rect,
    list: &List<'_>,
    row: usize,
) -> Option<String> {
    let tokens = tokens(ui);
    let chosen = list.chosen == Some(row);
    if chosen {
        painter.rect_filled(place, 4.0, tokens.selection);
    }
    match list.danger {
        Danger::Marked(of) if of(row) => paint_mark(ui, painter, place),
        Danger::Tinted(of) if of(row) => {
            if !chosen {
                painter.rect_filled(place, 4.0, tokens.danger_row);
            }
            paint_mark(ui, painter, place);
        }
        _ => {}
    }
    let pointer = ui.input(|input| input.pointer.hover_pos());
    let mut whole = None;
    let cells = (list.cells)(row);
    for ((column, place), text) in places(list, place).zip(cells) {
        let cut = paint_text(
            painter,
            place,
            column.align,
            &text,
            font(Face::Regular, BODY),
            tokens.text,
        );
        if cut && pointer.is_some_and(|pointer| place.contains(pointer)) {
            whole = Some(text);
        }
    }
    whole
}

/// A cross at a row's left: something died. It stays while the row is chosen.
fn paint_mark(ui: &Ui, painter: &egui::Painter, row: Rect) {
    let tokens = tokens(ui);
    let centre = pos2(row.left() + GAP / 2.0 + MARK / 2.0, row.center().y);
    for side in [-1.0, 1.0] {
        let arm = vec2(3.0, 3.0 * side);
        let stroke = Stroke::new(2.0, tokens.danger);
        painter.line_segment([centre - arm, centre + arm], stroke);
    }
}

/// A row for those who cannot see it.
fn name_row(ui: &Ui, id: Id, place: Rect, list: &List<'_>, row: usize) {
    let response = ui.interact(place, id.with(row), Sense::hover());
    // Only of the row that is pointed at: most lists are long.
    if response.hovered()
        && let Some(whole) = (list.cells)(row).get(list.columns.len())
    {
        response.clone().on_hover_text(whole);
    }
    response.widget_info(|| {
        let mut cells = (list.cells)(row);
        cells.truncate(list.columns.len());
        let text = cells.join(", ");
        let chosen = list.chosen == Some(row);
        egui::WidgetInfo::selected(egui::Role::ListBoxOption, true, chosen, text)
    });
}

/// Where in the list one is.
fn paint_bar(ui: &Ui, body: Rect, top: usize, visible: usize, rows: usize) {
    if rows <= visible {
        return;
    }
    let height = (body.height() * visible as f32 / rows as f32).max(16.0);
    let room = body.height() - height;
    let y = body.top() + room * top as f32 / (rows - visible) as f32;
    let bar = Rect::from_min_size(pos2(body.right() - 6.0, y), vec2(4.0, height));
    ui.painter().rect_filled(bar, 2.0, tokens(ui).control);
}
