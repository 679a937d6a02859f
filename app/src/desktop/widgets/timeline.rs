//! The timeline: traffic, what is no longer kept, drops, the target's life, the
//! moment. Drawn from plain data; what was done with it is answered.
//!
//! - One stop for Tab, with a name and a value.
//! - It keeps nothing but where a drag began.

use egui::{Painter, Rect, Response, Sense, Stroke, StrokeKind, Ui, Vec2, pos2, vec2};

use super::timeline_input::{keys, pointer};
use super::{timeline_measured as measured, timeline_paint as paint};
use crate::model::{COLUMN, TimelineView};
use crate::theme::{BODY, Face, font, tokens};

/// Measures of the picture, in points.
const LEFT: f32 = 120.0;
const RIGHT: f32 = 56.0;
pub(super) const AXIS: f32 = 24.0;
pub(super) const ROW: f32 = 20.0;
/// What a trigger measures.
pub(crate) const MEASURED: f32 = 40.0;
/// Above the plot: drops and the flag of the moment.
const TOP: f32 = 8.0;
/// Between the plot and the lanes.
const GAP: f32 = 8.0;

/// How many lanes of what triggers measure a timeline of this height has room for, with
/// so many processes' rows: the traffic is the point of it.
pub(crate) fn room_for_measured(height: f32, rows: usize) -> usize {
    const PLOT_MIN: f32 = 88.0;
    let rest = height - TOP - AXIS - 2.0 * GAP - ROW * rows as f32 - PLOT_MIN;
    (rest / MEASURED).max(0.0) as usize
}

/// What was done: look at this part now, or (inner `None`) at all.
pub(crate) type Zoom = Option<Option<(u64, u64)>>;

/// How many columns a timeline of this width has.
pub(crate) fn columns(width: f32) -> usize {
    ((width - LEFT - RIGHT) / COLUMN).max(2.0) as usize
}

/// Where things stand.
pub(super) struct Place<'a> {
    pub(super) view: &'a TimelineView,
    /// All of it.
    pub(super) rect: Rect,
    /// Traffic.
    pub(super) plot: Rect,
    /// What triggers measure.
    pub(super) measured: Rect,
    /// The target's lanes.
    pub(super) lanes: Rect,
}

impl<'a> Place<'a> {
    fn of(view: &'a TimelineView, rect: Rect, pixels_per_point: f32) -> Self {
        use egui::emath::GuiRounding as _;
        let rows = ROW * view.lanes.rows as f32;
        let lanes = if rows > 0.0 { rows + GAP } else { 0.0 };
        let measured = MEASURED * view.measured.len() as f32;
        let apart = if measured > 0.0 { GAP } else { 0.0 };
        let left = (rect.left() + LEFT).round_to_pixels(pixels_per_point);
        // Whole columns, so that each has as many pixels as the others.
        let width = view.columns.len() as f32 * COLUMN;
        let bottom = (rect.bottom() - AXIS).round_to_pixels(pixels_per_point);
        let between =
            |top: f32, bottom: f32| Rect::from_min_max(pos2(left, top), pos2(left + width, bottom));
        Self {
            view,
            rect,
            plot: between(rect.top() + TOP, bottom - lanes - measured - apart),
            measured: between(bottom - lanes - measured, bottom - lanes),
            lanes: between(bottom - rows, bottom),
        }
    }

    pub(super) fn x(&self, at: u64) -> f32 {
        let span = (self.view.to - self.view.from).max(1) as f64;
        let share = (at as f64 - self.view.from as f64) / span;
        self.plot.left() + (share as f32) * self.plot.width()
    }

    pub(super) fn at(&self, x: f32) -> u64 {
        let share = f64::from((x - self.plot.left()) / self.plot.width()).clamp(0.0, 1.0);
        self.view.from + (share * (self.view.to - self.view.from) as f64) as u64
    }
}

/// The timeline.
pub(crate) fn timeline(ui: &mut Ui, name: &str, view: &TimelineView, size: Vec2) -> Zoom {
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    if view.to <= view.from || !ui.is_rect_visible(rect) {
        return None;
    }
    let place = Place::of(view, rect, ui.pixels_per_point());
    describe(ui, &response, name, view);
    let painter = ui.painter_at(rect);
    let tokens = tokens(ui);
    paint::axis(&painter, tokens, &place);
    paint::scales(&painter, tokens, &place);
    paint::traffic(&painter, tokens, &place);
    paint::forgotten(&painter, tokens, &place);
    measured::lanes(&painter, tokens, &place);
    paint::lanes(&painter, tokens, &place);
    paint::moment(&painter, tokens, &place);
    if response.has_focus() {
        let edge = Stroke::new(2.0, tokens.focus);
        // Around it, where no text is.
        ui.painter()
            .rect_stroke(rect.expand(6.0), 4.0, edge, StrokeKind::Inside);
    }
    let zoom = pointer(ui, &place, &response).or_else(|| keys(ui, view, &response));
    hover(ui, &painter, &place, &response);
    zoom
}

/// For those who cannot see it: what stands at the moment, else last.
fn describe(ui: &Ui, response: &Response, name: &str, view: &TimelineView) {
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, name));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        let last = view.whole.1.saturating_sub(2 * view.width());
        node.set_value(view.reading(view.moment.unwrap_or(last)));
        node.set_description("Plus and minus zoom, 0 shows all, the arrows move.");
    });
}

/// A hairline and one read-out.
fn hover(ui: &Ui, painter: &Painter, place: &Place<'_>, response: &Response) {
    let Some(pointer) = response
        .hover_pos()
        .filter(|at| place.plot.x_range().contains(at.x))
    else {
        return;
    };
    let tokens = tokens(ui);
    let line = Stroke::new(1.0, tokens.muted);
    painter.vline(pointer.x, place.plot.top()..=place.lanes.bottom(), line);
    let text = place.view.reading(place.at(pointer.x));
    let galley = painter.layout_no_wrap(text, font(Face::Regular, BODY), tokens.text);
    let size = galley.size() + vec2(16.0, 8.0);
    // At the right half it stands left of the hairline, and never under the pointer.
    let x = if pointer.x < place.plot.center().x {
        pointer.x + 10.0
    } else {
        pointer.x - 10.0 - size.x
    };
    let back = Rect::from_min_size(pos2(x, place.plot.top() + 20.0), size);
    let edge = Stroke::new(1.0, tokens.control);
    painter.rect(back, 4.0, tokens.raised, edge, StrokeKind::Inside);
    painter.galley(back.min + vec2(8.0, 4.0), galley, tokens.text);
}
