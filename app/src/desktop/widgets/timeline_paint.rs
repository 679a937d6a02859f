//! What a timeline shows, drawn part by part.

use crashcap_core::units::grouped;
use egui::{Align2, Color32, Mesh, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, pos2, vec2};

use super::Mark;
use super::timeline::{AXIS, Place, ROW};
use crate::model::{Bar, COLUMN};
use crate::theme::{CAPTION, Face, Tokens, font};

/// The height of a process's bar, in points.
const BAR: f32 = 10.0;
/// The size of the text within it.
const BAR_TEXT: f32 = 10.0;
/// Between the left gutter's texts and the plot.
pub(super) const GUTTER: f32 = 12.0;

/// The time of day below, with a line up at each mark.
pub(super) fn axis(painter: &Painter, tokens: &Tokens, place: &Place<'_>) {
    let face = font(Face::Regular, CAPTION);
    let line = Stroke::new(1.0, tokens.line);
    let bottom = place.rect.bottom() - AXIS;
    painter.hline(place.plot.x_range(), bottom, line);
    let label = |x: f32, text: &str| {
        let at = pos2(x, bottom + 6.0);
        painter.text(at, Align2::CENTER_TOP, text, face.clone(), tokens.muted);
    };
    for tick in &place.view.ticks {
        let x = place.x(tick.at);
        painter.vline(x, place.plot.top()..=bottom + 4.0, line);
        // A label that would be cut, or run into "now", is left out.
        if x > place.plot.left() + 24.0 && x < place.plot.right() - 44.0 {
            label(x, &tick.label);
        }
    }
    if place.view.now {
        label(place.plot.right(), "now");
    }
}

/// What the top of the plot means, with the shape to which it belongs.
pub(super) fn scales(painter: &Painter, tokens: &Tokens, place: &Place<'_>) {
    let face = font(Face::Regular, CAPTION);
    let line = Stroke::new(1.0, tokens.line);
    let plot = place.plot;
    for y in [plot.top(), plot.center().y] {
        painter.hline(plot.x_range(), y, line);
    }
    let right = plot.left() - GUTTER;
    let label = |y: f32, text: String| {
        let at = pos2(right - 16.0, y);
        painter.text(at, Align2::RIGHT_CENTER, text, face.clone(), tokens.muted);
    };
    let (bytes, packets) = (plot.top() + 2.0, plot.top() + 20.0);
    label(bytes, crate::model::rate(place.view.bytes_top as u64));
    let swatch = Rect::from_center_size(pos2(right - 5.0, bytes), vec2(10.0, 8.0));
    painter.rect_filled(swatch, 0.0, tokens.bytes);
    label(packets, per_second(place.view.packets_top));
    let stroke = Stroke::new(1.5, tokens.text);
    painter.hline(right - 10.0..=right, packets, stroke);
}

/// "5,000 packets/s", "200 k packets/s".
fn per_second(packets: f64) -> String {
    let packets = packets as u64;
    match packets {
        0..100_000 => format!("{} packets/s", grouped(packets)),
        100_000..1_000_000 => format!("{} k packets/s", packets / 1_000),
        _ => format!("{} M packets/s", grouped(packets / 1_000_000)),
    }
}

/// Bytes as an area, packets as a line through the maxima with bars down to the
/// minima, drops as ticks above.
pub(super) fn traffic(painter: &Painter, tokens: &Tokens, place: &Place<'_>) {
    let (view, plot) = (place.view, place.plot);
    let height = |value: f64, top: f64| (value / top).min(1.0) as f32 * (plot.height() - 2.0);
    let mut area = Mesh::default();
    let mut bars = Mesh::default();
    let mut drops = Mesh::default();
    let mut line: Vec<Pos2> = Vec::with_capacity(view.columns.len());
    let mut lines: Vec<Vec<Pos2>> = Vec::new();
    for (index, column) in view.columns.iter().enumerate() {
        let left = plot.left() + index as f32 * COLUMN;
        let stands = |top: f32, bottom: f32, width: f32| {
            Rect::from_min_max(pos2(left, top), pos2(left + width, bottom))
        };
        if !column.known {
            lines.push(std::mem::take(&mut line));
            continue;
        }
        let top = plot.bottom() - height(column.bytes, view.bytes_top);
        area.add_colored_rect(stands(top, plot.bottom(), COLUMN), tokens.bytes);
        let most = plot.bottom() - height(column.packets_max, view.packets_top);
        let least = plot.bottom() - height(column.packets_min, view.packets_top);
        if least - most > 1.0 {
            let faint = tokens.text.gamma_multiply(0.45);
            bars.add_colored_rect(stands(most, least, COLUMN / 2.0), faint);
        }
        line.push(pos2(left + COLUMN / 2.0, most));
        if column.lost > 0 {
            let tick = stands(plot.top() - 6.0, plot.top() - 2.0, COLUMN * 2.0);
            drops.add_colored_rect(tick, tokens.warning);
        }
    }
    lines.push(line);
    painter.add(Shape::mesh(area));
    painter.add(Shape::mesh(bars));
    for line in lines.into_iter().filter(|line| line.len() > 1) {
        painter.add(Shape::line(line, Stroke::new(1.5, tokens.text)));
    }
    painter.add(Shape::mesh(drops));
}

/// What is no longer kept is dimmed.
pub(super) fn forgotten(painter: &Painter, tokens: &Tokens, place: &Place<'_>) {
    let plot = place.plot;
    let Some(oldest) = place.view.oldest_kept.filter(|at| *at > place.view.from) else {
        return;
    };
    let x = place.x(oldest).min(plot.right());
    let dim = Rect::from_min_max(plot.min - vec2(0.0, 6.0), pos2(x, plot.bottom()));
    painter.rect_filled(dim, 0.0, tokens.panel.gamma_multiply(0.65));
    if x >= plot.right() {
        return;
    }
    painter.vline(x, plot.y_range(), Stroke::new(1.0, tokens.muted));
    let text = "no longer kept".to_owned();
    let galley = painter.layout_no_wrap(text, font(Face::Regular, CAPTION), tokens.muted);
    if galley.size().x + 12.0 < x - plot.left() {
        let at = pos2(x - 6.0 - galley.size().x, plot.top() + 2.0);
        back(painter, tokens, Rect::from_min_size(at, galley.size()));
        painter.galley(at, galley, tokens.muted);
    }
}

/// The target's processes.
pub(super) fn lanes(painter: &Painter, tokens: &Tokens, place: &Place<'_>) {
    let lanes = &place.view.lanes;
    if lanes.rows == 0 {
        return;
    }
    let face = font(Face::Regular, CAPTION);
    let label = |row: usize, text: String| {
        let at = pos2(place.plot.left() - GUTTER, middle_of(place, row));
        painter.text(at, Align2::RIGHT_CENTER, text, face.clone(), tokens.muted);
    };
    let clip = Rect::from_min_max(
        pos2(place.plot.left() - 6.0, place.lanes.top()),
        pos2(place.rect.right(), place.lanes.bottom()),
    );
    let within = painter.with_clip_rect(clip.intersect(painter.clip_rect()));
    if lanes.counts.is_empty() {
        label(0, "target".into());
    } else {
        let (_, now) = at_end(&lanes.counts, place.view.whole.1);
        label(0, format!("{now} processes"));
        counts(&within, tokens, place);
    }
    if lanes.hidden > 0 {
        label(1, format!("{} more ended", lanes.hidden));
    }
    for bar in &lanes.bars {
        life(&within, tokens, place, bar);
    }
}

fn middle_of(place: &Place<'_>, row: usize) -> f32 {
    place.lanes.top() + ROW * row as f32 + ROW / 2.0
}

fn at_end(counts: &[(u64, usize)], at: u64) -> (u64, usize) {
    let index = counts.partition_point(|(from, _)| *from <= at);
    let last = index.checked_sub(1).and_then(|last| counts.get(last));
    last.copied().unwrap_or_default()
}

/// How many processes there were, as steps.
fn counts(painter: &Painter, tokens: &Tokens, place: &Place<'_>) {
    let counts = &place.view.lanes.counts;
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(1);
    let bottom = middle_of(place, 0) + ROW / 2.0 - 3.0;
    let end = place.x(place.view.whole.1).min(place.plot.right());
    let mut area = Mesh::default();
    for (index, (from, count)) in counts.iter().enumerate() {
        let to = counts.get(index + 1).map_or(end, |(at, _)| place.x(*at));
        let (from, to) = (place.x(*from).max(place.plot.left()), to.min(end));
        if to <= from {
            continue;
        }
        let height = (ROW - 6.0) * *count as f32 / most.max(1) as f32;
        let step = Rect::from_min_max(pos2(from, bottom - height), pos2(to, bottom));
        area.add_colored_rect(step, alive(tokens));
    }
    painter.add(Shape::mesh(area));
}

fn alive(tokens: &Tokens) -> Color32 {
    tokens.recording.gamma_multiply(0.35)
}

/// One process for as long as it was watched, and how that ended.
fn life(painter: &Painter, tokens: &Tokens, place: &Place<'_>, bar: &Bar) {
    let y = middle_of(place, bar.row);
    let from = place.x(bar.from.0).max(place.plot.left());
    let ends = bar.end.as_ref().map_or(place.view.whole.1, |end| end.at.0);
    let to = place.x(ends).clamp(place.plot.left(), place.plot.right());
    let body = Rect::from_min_max(
        pos2(from, y - BAR / 2.0),
        pos2(to.max(from + 1.0), y + BAR / 2.0),
    );
    painter.rect_filled(body, 2.0, alive(tokens));
    let small = font(Face::Regular, BAR_TEXT);
    let texts = [format!("{} {}", bar.name, bar.pid), bar.pid.to_string()];
    for text in texts {
        let galley = painter.layout_no_wrap(text, small.clone(), tokens.text);
        if galley.size().x + 18.0 < body.width() {
            let at = pos2(body.left() + 4.0, y - galley.size().y / 2.0);
            painter.galley(at, galley, tokens.text);
            break;
        }
    }
    let Some(end) = bar.end.as_ref().filter(|end| !end.unwatched) else {
        return;
    };
    if end.at.0 > place.view.to {
        return;
    }
    let at = pos2(to, y);
    let colour = if end.crash {
        Mark::Cross.paint(painter, at, tokens.danger);
        tokens.danger
    } else {
        let square = Rect::from_center_size(at, vec2(9.0, 9.0));
        let edge = Stroke::new(1.5, tokens.text);
        painter.rect(square, 1.0, tokens.panel, edge, StrokeKind::Inside);
        tokens.muted
    };
    cause(
        painter,
        tokens,
        place,
        at,
        [&end.words, &end.short],
        colour,
        bar,
    );
}

/// How a process ended: in full where that fits behind the end, else in a word,
/// else before it.
fn cause(
    painter: &Painter,
    tokens: &Tokens,
    place: &Place<'_>,
    end: Pos2,
    texts: [&String; 2],
    colour: Color32,
    bar: &Bar,
) {
    let face = font(Face::Regular, CAPTION);
    // A process that was started again stands in the same row.
    let others = place.view.lanes.bars.iter();
    let next = others
        .filter(|other| other.row == bar.row && other.from > bar.from)
        .map(|other| place.x(other.from.0))
        .fold(place.rect.right(), f32::min);
    let galleys = texts.map(|text| painter.layout_no_wrap(text.clone(), face.clone(), colour));
    let fits = galleys
        .iter()
        .find(|galley| end.x + 8.0 + galley.size().x <= next)
        .cloned();
    let (left, galley) = match fits {
        Some(galley) => (end.x + 8.0, galley),
        None => {
            let [_, short] = galleys;
            (end.x - 9.0 - short.size().x, short)
        }
    };
    let at = pos2(left, end.y - galley.size().y / 2.0);
    back(painter, tokens, Rect::from_min_size(at, galley.size()));
    painter.galley(at, galley, colour);
}

/// Behind a text that stands on something.
pub(super) fn back(painter: &Painter, tokens: &Tokens, text: Rect) {
    painter.rect_filled(text.expand2(vec2(3.0, 0.0)), 2.0, tokens.panel);
}

/// The moment through everything, with its flag, and the tail.
pub(super) fn moment(painter: &Painter, tokens: &Tokens, place: &Place<'_>) {
    let (view, plot) = (place.view, place.plot);
    let Some(moment) = view.moment.filter(|at| (view.from..=view.to).contains(at)) else {
        return;
    };
    let x = place.x(moment);
    let bottom = place.lanes.bottom();
    if let Some(tail) = view.tail.filter(|tail| *tail > moment) {
        let to = place.x(tail).min(plot.right());
        let band = Rect::from_min_max(pos2(x, plot.top()), pos2(to, bottom));
        painter.rect_filled(band, 0.0, tokens.frozen.gamma_multiply(0.10));
    }
    let top = plot.top() - 7.0;
    painter.vline(x, top..=bottom, Stroke::new(2.0, tokens.danger));
    let flag = vec![pos2(x, top), pos2(x + 11.0, top + 4.5), pos2(x, top + 9.0)];
    painter.add(Shape::convex_polygon(flag, tokens.danger, Stroke::NONE));
}
