//! A timeline driven by pointer and keys.

use egui::accesskit::Role;
use egui::{Key, Modifiers, Pos2, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use super::timeline::{Zoom, columns, timeline};
use crate::model::{Lanes, TimelineData, TimelineView};
use crate::theme;

const SECOND: u64 = 1_000_000_000;
const WHOLE: (u64, u64) = (1_000 * SECOND, 1_100 * SECOND);
const WIDTH: f32 = 120.0 + 500.0 + 56.0;

/// A timeline of 100 seconds on 500 points, and what is looked at.
struct Shown {
    zoom: Option<(u64, u64)>,
    asked: usize,
}

impl Shown {
    fn took(&mut self, zoom: Zoom) {
        if let Some(zoom) = zoom {
            self.zoom = zoom;
            self.asked += 1;
        }
    }

    /// In seconds, rounded.
    fn seen(&self) -> Option<(u64, u64)> {
        let round = |at: u64| (at - WHOLE.0 + SECOND / 2) / SECOND;
        self.zoom.map(|(from, to)| (round(from), round(to)))
    }
}

fn shown() -> Harness<'static, Shown> {
    let show = |ui: &mut egui::Ui, shown: &mut Shown| {
        let data = TimelineData {
            columns: &|_, _, count| vec![Default::default(); count],
            lanes: &Lanes::default(),
            whole: WHOLE,
            oldest_kept: None,
            moment: None,
            tail: None,
            zoom: shown.zoom,
            grows: false,
        };
        let view = TimelineView::of(data, columns(WIDTH));
        let zoom = timeline(ui, "Traffic", &view, vec2(WIDTH, 200.0));
        shown.took(zoom);
    };
    let shown = Shown {
        zoom: None,
        asked: 0,
    };
    let mut harness = Harness::builder()
        .with_size(vec2(WIDTH + 32.0, 240.0))
        // Two clicks within the time of a double click.
        .with_step_dt(1.0 / 60.0)
        .with_context_setup(theme::apply)
        .allow_missing_glyphs()
        .build_ui_state(show, shown);
    harness.run();
    harness
}

/// Where this second of the whole stands.
fn at(harness: &Harness<'_, Shown>, second: f32) -> Pos2 {
    let rect = harness.get_by_role_and_label(Role::Image, "Traffic").rect();
    pos2(rect.left() + 120.0 + second * 5.0, rect.center().y)
}

fn focus(harness: &mut Harness<'_, Shown>) {
    harness
        .get_by_role_and_label(Role::Image, "Traffic")
        .focus();
    harness.run();
}

fn press(harness: &mut Harness<'_, Shown>, key: Key) {
    harness.key_press(key);
    harness.run();
}

#[test]
fn a_drag_looks_at_what_it_went_over_and_a_double_click_at_all() {
    let mut harness = shown();
    let (from, to) = (at(&harness, 60.0), at(&harness, 20.0));
    harness.drag_at(from);
    harness.run();
    harness.hover_at(to);
    harness.run();
    assert_eq!(harness.state().asked, 0, "before it ended");
    harness.drop_at(to);
    harness.run();
    assert_eq!(harness.state().seen(), Some((20, 60)));
    for _ in 0..2 {
        harness.drag_at(to);
        harness.drop_at(to);
    }
    harness.run();
    assert_eq!(harness.state().seen(), None);
}

#[test]
fn the_wheel_zooms_where_the_pointer_is_and_moves_with_shift() {
    let mut harness = shown();
    let place = at(&harness, 25.0);
    harness.hover_at(place);
    harness.run();
    let wheel = |harness: &mut Harness<'_, Shown>, y: f32, modifiers: Modifiers| {
        harness.event_modifiers(
            egui::Event::MouseWheel {
                unit: egui::MouseWheelUnit::Point,
                source: egui::MouseWheelSource::Wheel,
                delta: vec2(0.0, y),
                phase: egui::TouchPhase::Move,
                modifiers,
            },
            modifiers,
        );
        harness.run_steps(60);
    };
    wheel(&mut harness, 400.0, Modifiers::NONE);
    let (from, to) = harness.state().zoom.expect("a part");
    let span = to - from;
    assert!(span < 60 * SECOND, "{span}");
    // What was under the pointer still is.
    let under = from + span / 4;
    assert!(under.abs_diff(WHOLE.0 + 25 * SECOND) < SECOND, "{under}");
    wheel(&mut harness, -100.0, Modifiers::SHIFT);
    let (moved, end) = harness.state().zoom.expect("a part");
    assert!(moved > from, "{moved}");
    assert_eq!((end - moved) / SECOND, span / SECOND);
}

#[test]
fn keys_zoom_move_and_show_all_while_it_has_the_focus() {
    let mut harness = shown();
    press(&mut harness, Key::Plus);
    assert_eq!(harness.state().asked, 0, "without the focus");
    focus(&mut harness);
    press(&mut harness, Key::Plus);
    assert_eq!(harness.state().seen(), Some((25, 75)));
    press(&mut harness, Key::ArrowRight);
    assert_eq!(harness.state().seen(), Some((30, 80)));
    press(&mut harness, Key::Home);
    assert_eq!(harness.state().seen(), Some((0, 50)));
    press(&mut harness, Key::End);
    assert_eq!(harness.state().seen(), Some((50, 100)));
    press(&mut harness, Key::Plus);
    press(&mut harness, Key::Minus);
    assert_eq!(harness.state().seen(), Some((50, 100)));
    let asked = harness.state().asked;
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num0);
    harness.run();
    assert_eq!(harness.state().asked, asked, "Ctrl+0 is the text's size");
    press(&mut harness, Key::Num0);
    assert_eq!(harness.state().seen(), None);
}

#[test]
fn who_cannot_see_it_hears_its_name_and_what_it_shows() {
    let harness = shown();
    let all: Vec<_> = harness.query_all_by_role(Role::Image).collect();
    assert_eq!(all.len(), 1);
    let node = all[0].accesskit_node();
    assert_eq!(node.label().as_deref(), Some("Traffic"));
    let value = node.value().expect("a value");
    assert!(value.ends_with("nothing known"), "{value}");
}
