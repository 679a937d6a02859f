//! The timeline: traffic, what is no longer kept, drops, the target's life, the
//! moment. Drawn from plain data; what was done with it is answered.

use egui::{
    Align2, Event, Id, Key, Painter, Pos2, Rect, Response, Sense, Shape, Stroke, Ui, Vec2, pos2,
    vec2,
};

use super::Mark;
use crate::model::{COLUMN, TimelineView};
use crate::theme::{BODY, CAPTION, Face, Tokens, font, tokens};

/// Measures of the picture, in points.
const LEFT: f32 = 120.0;
const RIGHT: f32 = 56.0;
const AXIS: f32 = 24.0;
const ROW: f32 = 20.0;
const BAR: f32 = 10.0;

/// What was done: look at this part now, or (inner `None`) at all.
pub(crate) type Zoom = Option<Option<(u64, u64)>>;

/// How many columns a timeline of this width has.
pub(crate) fn columns(width: f32) -> usize {
    ((width - LEFT - RIGHT) / COLUMN).max(1.0) as usize
}

/// Where things stand.
struct Place<'a> {
    view: &'a TimelineView,
    plot: Rect,
    lanes: Rect,
}

impl Place<'_> {
    fn x(&self, at: u64) -> f32 {
        let span = (self.view.to - self.view.from).max(1) as f64;
        let share = (at as f64 - self.view.from as f64) / span;
        self.plot.left() + (share as f32) * self.plot.width()
    }

    fn at(&self, x: f32) -> u64 {
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
    let lanes = ROW * view.rows as f32 + if view.rows > 0 { 8.0 } else { 0.0 };
    let inner = Rect::from_min_max(
        pos2(rect.left() + LEFT, rect.top() + 8.0),
        pos2(rect.right() - RIGHT, rect.bottom() - AXIS),
    );
    let place = Place {
        view,
        plot: Rect::from_min_max(inner.min, pos2(inner.right(), inner.bottom() - lanes)),
        lanes: Rect::from_min_max(pos2(inner.left(), inner.bottom() - lanes), inner.max),
    };
    describe(&response, name, view);
    let painter = ui.painter_at(rect);
    let tokens = tokens(ui);
    paint_axis(&painter, tokens, &place, rect);
    paint_traffic(&painter, tokens, &place);
    paint_forgotten(&painter, tokens, &place);
    paint_bars(&painter, tokens, &place, rect);
    paint_moment(&painter, tokens, &place);
    if response.has_focus() {
        let edge = Stroke::new(2.0, tokens.focus);
        painter.rect_stroke(rect.shrink(1.0), 4.0, edge, egui::StrokeKind::Inside);
    }
    hover(ui, &painter, &place, &response);
    pointer(ui, &place, &response).or_else(|| keys(ui, &place, &response))
}

fn describe(response: &Response, name: &str, view: &TimelineView) {
    let text = format!("{name}: {}", view.reading(view.moment.unwrap_or(view.to)));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &text));
}

fn paint_axis(painter: &Painter, tokens: &Tokens, place: &Place<'_>, rect: Rect) {
    let face = font(Face::Regular, CAPTION);
    let line = Stroke::new(1.0, tokens.line);
    let bottom = rect.bottom() - AXIS;
    painter.hline(place.plot.x_range(), bottom, line);
    for tick in &place.view.ticks {
        let x = place.x(tick.at);
        painter.vline(x, place.plot.top()..=bottom + 4.0, line);
        // A label that would be cut at an end is left out.
        if x > place.plot.left() + 24.0 && x < place.plot.right() - 24.0 {
            let at = pos2(x, bottom + 6.0);
            painter.text(
                at,
                Align2::CENTER_TOP,
                &tick.label,
                face.clone(),
                tokens.muted,
            );
        }
    }
    let right = if place.view.live { "now" } else { "" };
    let at = pos2(place.plot.right(), bottom + 6.0);
    painter.text(at, Align2::CENTER_TOP, right, face.clone(), tokens.muted);
    let bytes = crashcap_core::units::ByteCount(place.view.bytes_top as u64);
    let packets = crashcap_core::units::PacketCount(place.view.packets_top as u64);
    let left = place.plot.left() - 12.0;
    let scale = [
        (place.plot.top(), format!("{bytes}/s"), tokens.bytes),
        (
            place.plot.top() + 16.0,
            format!("{packets} packets/s"),
            tokens.text,
        ),
    ];
    for (y, text, _) in &scale {
        let at = pos2(left, *y);
        painter.text(at, Align2::RIGHT_TOP, text, face.clone(), tokens.muted);
    }
}

fn paint_traffic(painter: &Painter, tokens: &Tokens, place: &Place<'_>) {
    let (view, plot) = (place.view, place.plot);
    let painter = painter.with_clip_rect(plot.expand2(vec2(0.0, 6.0)));
    let count = view.columns.len().max(2) - 1;
    let width = (view.to - view.from) / count as u64;
    let shift = (view.from % width.max(1)) as f32 / width.max(1) as f32;
    let height = |value: f64, top: f64| (value / top).min(1.0) as f32 * (plot.height() - 4.0);
    let mut line: Vec<Pos2> = Vec::with_capacity(view.columns.len());
    let flush = |line: &mut Vec<Pos2>| {
        if line.len() > 1 {
            let stroke = Stroke::new(1.5, tokens.text);
            painter.add(Shape::line(std::mem::take(line), stroke));
        }
        line.clear();
    };
    for (index, column) in view.columns.iter().enumerate() {
        let x = plot.left() + (index as f32 - shift) * COLUMN;
        if !column.known {
            flush(&mut line);
            continue;
        }
        let top = plot.bottom() - height(column.bytes, view.bytes_top);
        let fill = Rect::from_min_max(pos2(x, top), pos2(x + COLUMN, plot.bottom()));
        painter.rect_filled(fill, 0.0, tokens.bytes);
        let most = plot.bottom() - height(column.packets_max, view.packets_top);
        let least = plot.bottom() - height(column.packets_min, view.packets_top);
        if least - most > 1.0 {
            let stroke = Stroke::new(1.0, tokens.text.gamma_multiply(0.5));
            painter.vline(x + COLUMN / 2.0, most..=least, stroke);
        }
        line.push(pos2(x + COLUMN / 2.0, most));
        if column.lost > 0 {
            let drop = Rect::from_min_size(pos2(x, plot.top() - 4.0), vec2(COLUMN, 4.0));
            painter.rect_filled(drop, 0.0, tokens.warning);
        }
    }
    flush(&mut line);
}

/// What is no longer kept is dimmed.
fn paint_forgotten(painter: &Painter, tokens: &Tokens, place: &Place<'_>) {
    let Some(oldest) = place.view.oldest_kept.filter(|at| *at > place.view.from) else {
        return;
    };
    let x = place.x(oldest).min(place.plot.right());
    let dim = Rect::from_min_max(
        pos2(place.plot.left(), place.plot.top() - 4.0),
        pos2(x, place.plot.bottom()),
    );
    painter.rect_filled(dim, 0.0, tokens.panel.gamma_multiply(0.65));
    painter.vline(x, place.plot.y_range(), Stroke::new(1.0, tokens.muted));
    let face = font(Face::Regular, CAPTION);
    let (at, align) = if x - place.plot.left() > 110.0 {
        (pos2(x - 6.0, place.plot.top()), Align2::RIGHT_TOP)
    } else {
        return;
    };
    painter.text(at, align, "no longer kept", face, tokens.muted);
}

fn paint_bars(painter: &Painter, tokens: &Tokens, place: &Place<'_>, rect: Rect) {
    if place.view.rows == 0 {
        return;
    }
    let face = font(Face::Regular, CAPTION);
    let at = pos2(place.plot.left() - 12.0, place.lanes.top() + 8.0);
    let label = match place.view.rows_hidden {
        0 => "target".to_owned(),
        hidden => format!("target, {hidden} more"),
    };
    painter.text(at, Align2::RIGHT_TOP, label, face.clone(), tokens.muted);
    let clip = Rect::from_min_max(
        pos2(place.plot.left(), place.lanes.top()),
        pos2(rect.right(), place.lanes.bottom()),
    );
    let painter = painter.with_clip_rect(clip);
    for bar in &place.view.bars {
        let y = place.lanes.top() + 8.0 + ROW * bar.row as f32 + ROW / 2.0;
        let from = place.x(bar.from.0).max(place.plot.left());
        let to = bar
            .end
            .as_ref()
            .map_or(place.plot.right(), |end| place.x(end.at.0));
        let body = Rect::from_min_max(
            pos2(from, y - BAR / 2.0),
            pos2(to.max(from + 1.0), y + BAR / 2.0),
        );
        let fill = tokens.recording.gamma_multiply(0.35);
        painter.rect_filled(body, 2.0, fill);
        let text = format!("{} {}", bar.name, bar.pid);
        let small = font(Face::Regular, 10.0);
        let galley = painter.layout_no_wrap(text, small, tokens.text);
        if galley.size().x + 8.0 < body.width() {
            let at = pos2(body.left() + 4.0, y - galley.size().y / 2.0);
            painter.galley(at, galley, tokens.text);
        }
        let Some(end) = bar.end.as_ref().filter(|end| !end.unwatched) else {
            continue;
        };
        let at = pos2(to, y);
        if end.crash {
            Mark::Cross.paint(&painter, at, tokens.danger);
        } else {
            let square = Rect::from_center_size(at, vec2(9.0, 9.0));
            let edge = Stroke::new(1.5, tokens.text);
            painter.rect_stroke(square, 1.0, edge, egui::StrokeKind::Inside);
        }
        let colour = if end.crash {
            tokens.danger
        } else {
            tokens.muted
        };
        let words = painter.layout_no_wrap(end.words.clone(), face.clone(), colour);
        let after = pos2(to + 9.0, y - words.size().y / 2.0);
        // At the right edge there is room before the end only.
        let at = if after.x + words.size().x <= rect.right() {
            after
        } else {
            pos2(to - 9.0 - words.size().x, after.y)
        };
        let back = Rect::from_min_size(at, words.size()).expand(2.0);
        painter.rect_filled(back, 2.0, tokens.panel);
        painter.galley(at, words, colour);
    }
}

fn paint_moment(painter: &Painter, tokens: &Tokens, place: &Place<'_>) {
    let Some(moment) = place.view.moment else {
        return;
    };
    if moment < place.view.from || moment > place.view.to {
        return;
    }
    let x = place.x(moment);
    let bottom = place.lanes.bottom();
    if let Some(tail) = place.view.tail.filter(|tail| *tail > moment) {
        let to = place.x(tail).min(place.plot.right());
        let band = Rect::from_min_max(pos2(x, place.plot.top()), pos2(to, bottom));
        painter.rect_filled(band, 0.0, tokens.frozen.gamma_multiply(0.10));
    }
    let line = Stroke::new(2.0, tokens.danger);
    painter.vline(x, place.plot.top() - 4.0..=bottom, line);
    let flag = vec![
        pos2(x, place.plot.top() - 4.0),
        pos2(x + 10.0, place.plot.top()),
        pos2(x, place.plot.top() + 4.0),
    ];
    painter.add(Shape::convex_polygon(flag, tokens.danger, Stroke::NONE));
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
    let x = (pointer.x + 10.0).min(place.plot.right() - size.x);
    let back = Rect::from_min_size(pos2(x, place.plot.top() + 20.0), size);
    let edge = Stroke::new(1.0, tokens.control);
    painter.rect(back, 4.0, tokens.raised, edge, egui::StrokeKind::Inside);
    painter.galley(back.min + vec2(8.0, 4.0), galley, tokens.text);
}

fn pointer(ui: &Ui, place: &Place<'_>, response: &Response) -> Zoom {
    let start_id = response.id.with("drag");
    if response.double_clicked() {
        return Some(None);
    }
    if response.clicked() {
        response.request_focus();
    }
    if let Some(zoom) = drag(ui, place, response, start_id) {
        return Some(zoom);
    }
    let at = response.hover_pos()?;
    let (scroll, shift) = ui.input(|input| (input.smooth_scroll_delta(), input.modifiers.shift));
    let along = if scroll.x == 0.0 && shift {
        scroll.y
    } else {
        scroll.x
    };
    if along != 0.0 {
        return Some(place.view.panned(f64::from(-along / place.plot.width())));
    }
    if scroll.y == 0.0 {
        return None;
    }
    let factor = 1.002_f64.powf(f64::from(-scroll.y));
    Some(place.view.zoomed(factor, place.at(at.x)))
}

/// What is dragged over is looked at.
fn drag(
    ui: &Ui,
    place: &Place<'_>,
    response: &Response,
    start_id: Id,
) -> Option<Option<(u64, u64)>> {
    let at = response.interact_pointer_pos();
    if response.drag_started()
        && let Some(at) = at
    {
        ui.data_mut(|data| data.insert_temp(start_id, at.x));
    }
    let start: Option<f32> = ui.data(|data| data.get_temp(start_id));
    let (start, at) = (start?, at?);
    let (left, right) = (start.min(at.x), start.max(at.x));
    if response.dragged() {
        let band = Rect::from_x_y_ranges(left..=right, place.plot.y_range());
        let fill = tokens(ui).focus.gamma_multiply(0.2);
        ui.painter()
            .rect_filled(band.intersect(place.plot), 0.0, fill);
        return None;
    }
    ui.data_mut(|data| data.remove::<f32>(start_id));
    if right - left < 4.0 {
        return None;
    }
    let (from, to) = (place.at(left), place.at(right));
    Some(place.view.within(from as f64, (to - from) as f64))
}

fn keys(ui: &Ui, place: &Place<'_>, response: &Response) -> Zoom {
    if !response.has_focus() {
        return None;
    }
    let filter = egui::EventFilter {
        horizontal_arrows: true,
        ..egui::EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let view = place.view;
    let middle = view.from / 2 + view.to / 2;
    let span = (view.to - view.from) as f64;
    ui.input(|input| {
        let mut keys = input.events.iter().filter_map(|event| match event {
            Event::Key {
                key, pressed: true, ..
            } => Some(*key),
            _ => None,
        });
        keys.find_map(|key| match key {
            Key::Plus | Key::Equals => Some(view.zoomed(0.5, middle)),
            Key::Minus => Some(view.zoomed(2.0, middle)),
            Key::Num0 => Some(None),
            Key::ArrowLeft => Some(view.panned(-0.1)),
            Key::ArrowRight => Some(view.panned(0.1)),
            Key::Home => Some(view.within(view.whole.0 as f64, span)),
            Key::End => Some(view.within(view.whole.1 as f64 - span, span)),
            _ => None,
        })
    })
}
