//! What pointer and keys ask of a timeline.

use egui::{Event, Id, Key, Modifiers, Rect, Response, Ui};

use super::timeline::{Place, Zoom};
use crate::model::TimelineView;
use crate::theme::tokens;

/// A drag over less is a click that slipped, in points.
const DRAG_MIN: f32 = 4.0;
/// By how much a point of the wheel zooms.
const WHEEL: f64 = 1.002;
/// What a key moves by, as a share of what is seen.
const STEP: f64 = 0.1;

/// Drag, wheel and double click.
pub(super) fn pointer(ui: &Ui, place: &Place<'_>, response: &Response) -> Zoom {
    if response.double_clicked() {
        return Some(None);
    }
    if response.clicked() || response.drag_started() {
        response.request_focus();
    }
    if let Some(zoom) = drag(ui, place, response) {
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
    let factor = WHEEL.powf(f64::from(-scroll.y));
    Some(place.view.zoomed(factor, place.at(at.x)))
}

/// What is dragged over is looked at.
fn drag(ui: &Ui, place: &Place<'_>, response: &Response) -> Option<Option<(u64, u64)>> {
    let id: Id = response.id.with("drag");
    if response.drag_started() {
        let origin = ui.input(|input| input.pointer.press_origin());
        ui.data_mut(|data| data.insert_temp(id, origin.map(|at| at.x)));
    }
    let start: Option<f32> = ui.data(|data| data.get_temp(id)).flatten();
    let (start, at) = (start?, response.interact_pointer_pos()?);
    let (left, right) = (start.min(at.x), start.max(at.x));
    if response.dragged() {
        let band = Rect::from_x_y_ranges(left..=right, place.plot.y_range());
        let fill = tokens(ui).focus.gamma_multiply(0.2);
        ui.painter()
            .rect_filled(band.intersect(place.plot), 0.0, fill);
        return None;
    }
    ui.data_mut(|data| data.remove::<Option<f32>>(id));
    if right - left < DRAG_MIN {
        return None;
    }
    let (from, to) = (place.at(left), place.at(right));
    Some(place.view.within(from as f64, (to - from) as f64))
}

/// Keys while it has the focus. Those with Ctrl belong to the window.
pub(super) fn keys(ui: &Ui, view: &TimelineView, response: &Response) -> Zoom {
    if !response.has_focus() {
        return None;
    }
    let filter = egui::EventFilter {
        horizontal_arrows: true,
        ..egui::EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    ui.input(|input| {
        input.events.iter().find_map(|event| match event {
            Event::Key {
                key,
                pressed: true,
                modifiers,
                ..
            } => asked(view, *key, *modifiers),
            _ => None,
        })
    })
}

fn asked(view: &TimelineView, key: Key, modifiers: Modifiers) -> Zoom {
    if modifiers.command || modifiers.alt || modifiers.ctrl {
        return None;
    }
    let (from, to) = view.part;
    let middle = from + (to - from) / 2;
    let span = (to - from) as f64;
    match key {
        Key::Plus | Key::Equals => Some(view.zoomed(0.5, middle)),
        Key::Minus => Some(view.zoomed(2.0, middle)),
        Key::Num0 => Some(None),
        Key::ArrowLeft => Some(view.panned(-STEP)),
        Key::ArrowRight => Some(view.panned(STEP)),
        Key::Home => Some(view.within(view.whole.0 as f64, span)),
        Key::End => Some(view.within(view.whole.1 as f64 - span, span)),
        _ => None,
    }
}
