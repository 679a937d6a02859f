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

/// Triggers and actions over the choices, with a form and what is seen now.
fn triggers() -> Model {
    let mut model = samples::set_up();
    samples::with_triggers(&mut model);
    model.overlay = Some(Overlay::Forms {
        open: Some((FormOf::Triggers, 1)),
    });
    model
}

/// The recording with something above it.
fn above(overlay: Overlay) -> Model {
    let mut model = samples::recording();
    // The usual one is a folder of whoever draws this.
    model.settings.folder = "/home/dev/Crashcap".into();
    model.overlay = Some(overlay);
    model
}

/// A picture: its name, how it is looked at, and what it shows.
type Named = (&'static str, &'static [Look], fn() -> Model);

/// All pictures.
const PICTURES: [Named; 22] = [
    ("set-up", &ALL, samples::set_up),
    ("set-up-problems", &FEW, samples::set_up_with_problems),
    ("set-up-rights", &FEW, samples::set_up_without_rights),
    ("set-up-typed", &FEW, samples::set_up_without_pkexec),
    (
        "set-up-hidden-ports",
        &FEW,
        samples::set_up_with_hidden_ports,
    ),
    ("set-up-waits", &FEW, samples::set_up_that_waits),
    ("recording", &ALL, samples::recording),
    ("recording-losing", &FEW, samples::losing),
    ("crashed", &ALL, samples::crashed),
    ("recording-workers", &FEW, samples::workers),
    ("recording-triggers", &FEW, recording_with_triggers),
    ("not-saved", &FEW, samples::not_saved),
    ("not-recording", &FEW, samples::not_recording),
    ("incidents", &ALL, incidents_with_a_choice),
    ("incident", &ALL, samples_incident::incident),
    ("incident-unreadable", &FEW, samples_incident::unreadable),
    ("triggers", &ALL, triggers),
    ("settings", &ALL, || above(Overlay::Settings)),
    ("palette", &ALL, || {
        above(Overlay::Palette {
            search: "save".into(),
        })
    }),
    ("keys", &ALL, || above(Overlay::Keys)),
    ("closing", &FEW, || above(Overlay::CloseQuestion)),
    ("stopping", &FEW, || above(Overlay::StopQuestion)),
];

fn recording_with_triggers() -> Model {
    let mut model = samples::recording();
    samples::with_conditions(&mut model);
    model
}

fn incidents_with_a_choice() -> Model {
    let mut model = samples_incident::incidents();
    let rows = model.incidents.rows.as_deref().unwrap_or_default();
    model.incidents.chosen = rows.first().map(|row| row.path.clone());
    model
}

/// Draws those of the list with these names; several tests, for several processors.
fn draw(names: &[&str]) {
    for (name, looks, model) in PICTURES.iter().filter(|(name, ..)| names.contains(name)) {
        picture(name, looks, *model);
    }
}

/// The names of each test's pictures.
const SET_UP: [&str; 6] = [
    "set-up",
    "set-up-problems",
    "set-up-rights",
    "set-up-typed",
    "set-up-hidden-ports",
    "set-up-waits",
];
const RECORDING: [&str; 7] = [
    "recording",
    "recording-losing",
    "crashed",
    "recording-workers",
    "recording-triggers",
    "not-saved",
    "not-recording",
];
const INCIDENTS: [&str; 3] = ["incidents", "incident", "incident-unreadable"];
const OVERLAYS: [&str; 6] = [
    "triggers", "settings", "palette", "keys", "closing", "stopping",
];

#[test]
fn set_up() {
    draw(&SET_UP);
}

#[test]
fn recording() {
    draw(&RECORDING);
}

#[test]
fn incidents() {
    draw(&INCIDENTS);
}

#[test]
fn overlays() {
    draw(&OVERLAYS);
}

#[test]
fn every_picture_is_drawn_by_one_test() {
    let drawn = SET_UP.iter().chain(&RECORDING).chain(&INCIDENTS);
    let mut drawn: Vec<&str> = drawn.chain(&OVERLAYS).copied().collect();
    let mut listed: Vec<&str> = PICTURES.iter().map(|(name, ..)| *name).collect();
    drawn.sort_unstable();
    listed.sort_unstable();
    assert_eq!(drawn, listed);
}

#[test]
fn no_picture_is_kept_that_is_not_drawn() {
    let drawn: Vec<String> = PICTURES
        .iter()
        .flat_map(|(name, looks, _)| {
            looks
                .iter()
                .map(move |((_, theme), (.., size))| format!("{name}-{theme}-{size}.png"))
        })
        .collect();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    for file in std::fs::read_dir(folder).expect("a folder of pictures") {
        let name = file.expect("a file").file_name();
        let name = name.to_string_lossy().into_owned();
        // What a comparison found is written beside, and not kept.
        let kept = name.ends_with(".png") && name.matches('.').count() == 1;
        assert!(!kept || drawn.contains(&name), "{name} is of no picture");
    }
}

/// What can have the focus has a name, for those who do not see it.
#[test]
fn whatever_can_have_the_focus_has_a_name() {
    use egui_kittest::kittest::NodeT;
    for (name, _, model) in PICTURES {
        let window = crate::driven::drive(model());
        let nameless: Vec<String> = window
            .root()
            .children_recursive()
            .filter(|node| {
                let node = node.accesskit_node();
                let focusable = node.data().supports_action(egui::accesskit::Action::Focus);
                focusable && node.label().unwrap_or_default().trim().is_empty()
            })
            .map(|node| {
                let role = node.accesskit_node().role();
                format!("{role:?} at {:?}", node.rect())
            })
            .collect();
        assert!(nameless.is_empty(), "{name}: {nameless:?}");
    }
}
