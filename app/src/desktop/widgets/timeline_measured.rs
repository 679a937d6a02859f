//! What triggers measure, a lane each: the number as steps, dashed its limit.

use egui::{Align2, Color32, Painter, Pos2, Rect, Shape, Stroke, pos2, vec2};

use super::timeline::{MEASURED, Place};
use super::timeline_paint::{GUTTER, back};
use crate::model::{Lane, Step};
use crate::theme::{CAPTION, Face, Tokens, font};

/// Above and below the steps, in points.
const EDGE: f32 = 4.0;
/// Dashes of the limit, and between them.
const DASH: f32 = 5.0;

/// All lanes.
pub(super) fn lanes(painter: &Painter, tokens: &Tokens, place: &Place<'_>) {
    for (index, lane) in place.view.measured.iter().enumerate() {
        let top = place.measured.top() + MEASURED * index as f32;
        let at = Rect::from_min_size(
            pos2(place.measured.left(), top),
            vec2(place.measured.width(), MEASURED),
        );
        one(painter, tokens, place, lane, at);
    }
}

fn one(painter: &Painter, tokens: &Tokens, place: &Place<'_>, lane: &Lane, at: Rect) {
    let inside = at.shrink2(vec2(0.0, EDGE));
    let top = lane.top();
    let y = |value: f64| {
        let share = (value / top).clamp(0.0, 1.0) as f32;
        inside.bottom() - share * inside.height()
    };
    let line = Stroke::new(1.0, tokens.line);
    painter.hline(at.x_range(), at.bottom() - 0.5, line);
    limit(painter, tokens, at, y(lane.limit), &lane.limit_shown);
    steps(painter, tokens, place, lane, &y);
    let face = font(Face::Regular, CAPTION);
    let newest = lane.steps.last();
    let colour = newest.map_or(tokens.muted, |step| colour_of(tokens, step, lane.limit));
    let gutter = pos2(at.left() - GUTTER, at.center().y);
    painter.text(
        gutter,
        Align2::RIGHT_CENTER,
        &lane.shown,
        face.clone(),
        colour,
    );
    // What it is stands in the lane below the limit, over what was long ago.
    let mut job = egui::text::LayoutJob::simple_singleline(lane.clause.clone(), face, tokens.muted);
    job.wrap = egui::text::TextWrapping::truncate_at_width(at.width() - 2.0 * GUTTER);
    let galley = painter.layout_job(job);
    let text = pos2(at.left() + 6.0, y(lane.limit).min(at.center().y) + 3.0);
    back(painter, tokens, Rect::from_min_size(text, galley.size()));
    painter.galley(text, galley, tokens.muted);
}

/// The limit with its value at the right.
fn limit(painter: &Painter, tokens: &Tokens, at: Rect, y: f32, shown: &str) {
    let ends = [pos2(at.left(), y), pos2(at.right(), y)];
    let stroke = Stroke::new(1.0, tokens.warning);
    painter.extend(Shape::dashed_line(&ends, stroke, DASH, DASH));
    let face = font(Face::Regular, CAPTION);
    let text = pos2(at.right() + 6.0, y);
    painter.text(text, Align2::LEFT_CENTER, shown, face, tokens.warning);
}

/// The number as steps, each in the colour of what it means.
fn steps(
    painter: &Painter,
    tokens: &Tokens,
    place: &Place<'_>,
    lane: &Lane,
    y: &dyn Fn(f64) -> f32,
) {
    let plot = place.measured;
    let end = place.x(place.view.whole.1).min(plot.right());
    let mut before: Option<Pos2> = None;
    for (index, step) in lane.steps.iter().enumerate() {
        let from = place.x(step.at).clamp(plot.left(), end);
        let next = lane.steps.get(index + 1);
        let to = next.map_or(end, |next| place.x(next.at).clamp(plot.left(), end));
        let Some(value) = step.value else {
            before = None;
            continue;
        };
        let height = y(value);
        let stroke = Stroke::new(1.5, colour_of(tokens, step, lane.limit));
        if let Some(before) = before {
            painter.line_segment([before, pos2(from, height)], stroke);
        }
        painter.line_segment([pos2(from, height), pos2(to, height)], stroke);
        before = Some(pos2(to, height));
    }
}

/// Plain, beyond the limit, or far beyond it.
fn colour_of(tokens: &Tokens, step: &Step, limit: f64) -> Color32 {
    match (step.counts, step.is_grave(limit)) {
        (false, _) => tokens.text,
        (true, false) => tokens.warning,
        (true, true) => tokens.danger,
    }
}
