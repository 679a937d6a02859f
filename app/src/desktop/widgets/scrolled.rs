//! Lines that nothing can be chosen of: one stop for Tab, scrolled by keys.

use egui::{EventFilter, Key, Role, Sense, Stroke, StrokeKind, Ui};

use crate::theme::tokens;

/// By how much the keys scroll what stands in this panel while it has the focus, in
/// points. `line` is the height of a line, `all` of all of them.
pub(crate) fn scrolled_by_keys(ui: &Ui, name: &str, line: f32, all: f32) -> f32 {
    let place = ui.max_rect();
    let id = ui.make_persistent_id((name, "keys"));
    let response = ui.interact(place, id, Sense::focusable_noninteractive());
    response.widget_info(|| egui::WidgetInfo::labeled(Role::ListBox, true, name));
    if !response.has_focus() {
        return 0.0;
    }
    let edge = Stroke::new(2.0, tokens(ui).focus);
    let around = place.expand2(egui::vec2(8.0, 6.0));
    ui.painter()
        .rect_stroke(around, 4.0, edge, StrokeKind::Inside);
    let filter = EventFilter {
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
    let moves = [
        (Key::ArrowUp, line),
        (Key::ArrowDown, -line),
        (Key::PageUp, place.height()),
        (Key::PageDown, -place.height()),
        (Key::Home, all),
        (Key::End, -all),
    ];
    ui.input(|input| {
        let pressed = moves.iter().filter(|(key, _)| input.key_pressed(*key));
        pressed.map(|(_, delta)| delta).sum()
    })
}
