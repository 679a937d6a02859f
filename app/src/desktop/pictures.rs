//! Pictures of every screen in both themes at two text sizes, drawn by a
//! software renderer. Compared with those committed where that renderer is
//! pinned (`CRASHCAP_PICTURES=compare`, set by `cargo xtask test`), else only
//! drawn: another renderer draws other pixels.

use egui::{Theme, vec2};
use egui_kittest::Harness;

use crate::command::Messages;
use crate::model::{Model, samples};
use crate::{screens, theme};

/// Draws a model in both themes at two text sizes.
fn picture(name: &str, model: &Model) {
    for (theme, theme_name) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
        for (zoom, zoom_name) in [(1.0, "100"), (1.5, "150")] {
            let mut harness = Harness::builder()
                .with_size(vec2(1280.0, 800.0))
                .with_theme(theme)
                .with_context_setup(theme::apply)
                .allow_missing_glyphs()
                .wgpu()
                .build_ui(move |ui| {
                    ui.ctx().set_zoom_factor(zoom);
                    screens::show(ui, model, &mut Messages::new());
                });
            harness.run_ok();
            let file = format!("{name}-{theme_name}-{zoom_name}");
            match std::env::var("CRASHCAP_PICTURES").as_deref() {
                Ok("compare") => harness.snapshot(&file),
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
    }
}

#[test]
fn set_up() {
    picture("set-up", &samples::set_up());
}

#[test]
fn set_up_with_problems() {
    picture("set-up-problems", &samples::set_up_with_problems());
}
