//! Pictures of every screen in both themes, at two text sizes and in the smallest
//! window. Each is laid out in every run; `CRASHCAP_PICTURES=write` has a
//! software renderer draw them into app/tests/snapshots, and `compare` compares
//! with what lies there: another renderer draws other pixels.

use egui::{Theme, vec2};
use egui_kittest::Harness;

use crate::command::Messages;
use crate::model::{Model, Overlay, samples};
use crate::{screens, theme};

/// A window that shows one model and does nothing.
struct Picture(Model);

impl eframe::App for Picture {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        screens::show(ui, &self.0, &mut Messages::new());
    }
}

/// Draws a model in both themes at two text sizes, and in the smallest window.
pub(crate) fn picture(name: &str, model: fn() -> Model) {
    for (theme, theme_name) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
        for (zoom, size, size_name) in [
            (1.0, vec2(1280.0, 800.0), "100"),
            (1.5, vec2(1280.0, 800.0), "150"),
            (1.0, vec2(900.0, 600.0), "small"),
        ] {
            let mut builder = Harness::builder()
                .with_size(size / zoom)
                .with_pixels_per_point(zoom)
                .with_theme(theme)
                .with_context_setup(theme::apply)
                .allow_missing_glyphs();
            if std::env::var_os("CRASHCAP_PICTURES").is_some() {
                builder = builder.wgpu();
            }
            let mut harness = builder.build_eframe(|_| Picture(model()));
            harness.run_ok();
            look(&mut harness, &format!("{name}-{theme_name}-{size_name}"));
        }
    }
}

fn look(harness: &mut Harness<'_, Picture>, file: &str) {
    match std::env::var("CRASHCAP_PICTURES").as_deref() {
        Ok("compare") => harness.snapshot(file),
        Ok("write") => {
            let picture = harness.render().expect("a software renderer");
            let folder = std::path::Path::new("tests/snapshots");
            std::fs::create_dir_all(folder).expect("a folder for pictures");
            let path = folder.join(format!("{file}.png"));
            picture.save(path).expect("a picture on disk");
        }
        _ => assert!(!harness.output().shapes.is_empty()),
    }
}

#[test]
fn set_up() {
    picture("set-up", samples::set_up);
}

#[test]
fn set_up_with_problems() {
    picture("set-up-problems", samples::set_up_with_problems);
}

#[test]
fn set_up_without_rights() {
    picture("set-up-rights", samples::set_up_without_rights);
}

#[test]
fn settings() {
    picture("settings", || Model {
        overlay: Some(Overlay::Settings),
        ..samples::set_up()
    });
}

#[test]
fn recording() {
    picture("recording", samples::recording);
}

#[test]
fn recording_that_loses() {
    picture("recording-losing", samples::losing);
}

#[test]
fn crashed() {
    picture("crashed", samples::crashed);
}

#[test]
fn recording_many_workers() {
    picture("recording-workers", samples::workers);
}

#[test]
fn not_saved() {
    picture("not-saved", samples::not_saved);
}

#[test]
fn not_recording() {
    picture("not-recording", samples::not_recording);
}
