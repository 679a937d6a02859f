//! Pictures of every screen in both themes, at two text sizes and in the smallest
//! window. Each is laid out in every run; CRASHCAP_PICTURES has a software
//! renderer draw them too: "write" into app/tests/snapshots, "compare" compares
//! with what lies there. Models of a machine that does not exist, and no clock:
//! the same code draws the same pixels.

#[cfg(target_os = "linux")]
mod compared;
#[cfg(target_os = "linux")]
mod drawn;

use egui::{Theme, Vec2, vec2};
use egui_kittest::Harness;

use crate::command::Messages;
use crate::model::{FormOf, Model, Overlay, samples, samples_incident};
use crate::{screens, theme};

/// A window that shows one model and does nothing.
struct Picture(Model);

impl eframe::App for Picture {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        screens::show(ui, &self.0, &mut Messages::new());
    }
}

/// What is done with a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// The screen is laid out, and nothing drawn.
    LayOut,
    /// It is drawn and kept.
    Write,
    /// It is drawn and compared with the one that is kept.
    Compare,
}

impl Purpose {
    fn now() -> Self {
        match std::env::var("CRASHCAP_PICTURES").as_deref() {
            Ok("write") => Self::Write,
            Ok("compare") => Self::Compare,
            Ok(other) => panic!("CRASHCAP_PICTURES is {other:?}, not \"write\" or \"compare\""),
            Err(_) => Self::LayOut,
        }
    }
}

const DARK: (Theme, &str) = (Theme::Dark, "dark");
const LIGHT: (Theme, &str) = (Theme::Light, "light");
/// A text size, the window's size, and the name of both.
const USUAL: (f32, Vec2, &str) = (1.0, vec2(1280.0, 800.0), "100");
const LARGE_TEXT: (f32, Vec2, &str) = (1.5, vec2(1280.0, 800.0), "150");
const SMALL: (f32, Vec2, &str) = (1.0, vec2(900.0, 600.0), "small");

type Look = ((Theme, &'static str), (f32, Vec2, &'static str));

/// Of a screen.
const ALL: [Look; 5] = [
    (DARK, USUAL),
    (DARK, LARGE_TEXT),
    (DARK, SMALL),
    (LIGHT, USUAL),
    (LIGHT, LARGE_TEXT),
];
/// Of a screen in another state: what else it shows is in the pictures of the screen.
const FEW: [Look; 3] = [(DARK, USUAL), (DARK, SMALL), (LIGHT, LARGE_TEXT)];

/// A model in both themes, at two text sizes, and in the smallest window.
fn picture(name: &str, looks: &[Look], model: fn() -> Model) {
    let purpose = Purpose::now();
    let mut wrong = Vec::new();
    for ((theme, theme_name), (zoom, size, size_name)) in looks.iter().copied() {
        let builder = Harness::builder()
            .with_size(size / zoom)
            .with_pixels_per_point(zoom)
            .with_theme(theme)
            .with_context_setup(theme::apply)
            .allow_missing_glyphs();
        if purpose == Purpose::LayOut {
            let mut harness = builder.build_eframe(|_| Picture(model()));
            harness.run_ok();
            assert!(!harness.output().shapes.is_empty());
            continue;
        }
        let file = format!("{name}-{theme_name}-{size_name}");
        wrong.extend(look(builder, Picture(model()), purpose, &file));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Draws one; a sentence where it is not like the one that is kept.
#[cfg(target_os = "linux")]
fn look(
    builder: egui_kittest::HarnessBuilder<Picture>,
    shown: Picture,
    purpose: Purpose,
    file: &str,
) -> Option<String> {
    let renderer = drawn::Renderer::new();
    let used = renderer.name.clone();
    let mut harness = builder.renderer(renderer.renderer).build_eframe(|_| shown);
    harness.run_ok();
    let picture = harness.render().expect("a picture");
    match purpose {
        Purpose::Write => {
            drawn::write(&picture, file, &used);
            None
        }
        _ => compared::compare(&picture, file, &used),
    }
}

#[cfg(not(target_os = "linux"))]
fn look(
    _: egui_kittest::HarnessBuilder<Picture>,
    _: Picture,
    _: Purpose,
    _: &str,
) -> Option<String> {
    panic!("the pictures are drawn on Linux alone, by lavapipe")
}

/// The recording with something above it.
/// Triggers and actions, with a form and what is seen now.
fn triggers() -> Model {
    let mut model = above(Overlay::Forms {
        open: Some((FormOf::Triggers, 1)),
    });
    samples::with_triggers(&mut model);
    model
}

fn above(overlay: Overlay) -> Model {
    let mut model = samples::recording();
    // The usual one is a folder of whoever draws this.
    model.settings.folder = "/home/dev/Crashcap".into();
    model.overlay = Some(overlay);
    model
}

#[test]
fn set_up() {
    picture("set-up", &ALL, samples::set_up);
}

#[test]
fn set_up_with_problems() {
    picture("set-up-problems", &FEW, samples::set_up_with_problems);
}

#[test]
fn set_up_without_rights() {
    picture("set-up-rights", &FEW, samples::set_up_without_rights);
}

#[test]
fn set_up_without_pkexec() {
    picture("set-up-typed", &FEW, samples::set_up_without_pkexec);
}

#[test]
fn recording() {
    picture("recording", &ALL, samples::recording);
}

#[test]
fn recording_that_loses() {
    picture("recording-losing", &FEW, samples::losing);
}

#[test]
fn crashed() {
    picture("crashed", &ALL, samples::crashed);
}

#[test]
fn recording_many_workers() {
    picture("recording-workers", &FEW, samples::workers);
}

#[test]
fn recording_with_triggers() {
    picture("recording-triggers", &FEW, || {
        let mut model = samples::recording();
        samples::with_conditions(&mut model);
        model
    });
}

#[test]
fn not_saved() {
    picture("not-saved", &FEW, samples::not_saved);
}

#[test]
fn not_recording() {
    picture("not-recording", &FEW, samples::not_recording);
}

#[test]
fn incidents() {
    picture("incidents", &ALL, samples_incident::incidents);
}

#[test]
fn incident() {
    picture("incident", &ALL, samples_incident::incident);
}

#[test]
fn incident_that_cannot_be_read() {
    picture("incident-unreadable", &FEW, samples_incident::unreadable);
}

#[test]
fn settings() {
    picture("triggers", &ALL, triggers);
    picture("settings", &ALL, || above(Overlay::Settings));
}

#[test]
fn palette() {
    picture("palette", &ALL, || {
        above(Overlay::Palette {
            search: "save".into(),
        })
    });
}

#[test]
fn keys() {
    picture("keys", &ALL, || above(Overlay::Keys));
}

#[test]
fn question_on_closing() {
    picture("closing", &FEW, || above(Overlay::CloseQuestion));
}
