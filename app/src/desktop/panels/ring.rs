//! How much is kept.

use egui::{Align, Slider, Ui, Vec2};

use crate::command::Messages;
use crate::model::{
    Change, Field as At, LARGER_KERNEL_BUFFER, Plan, SetUp, Tone, whole_size, written_like,
};
use crate::theme::{CONTROL, tokens};
use crate::widgets::{
    Field, Mark, ROW_CARD_EDGE, below_heading, choice, colour_of, columns, elided, field, mark,
    menu, muted, plain_button, row_card, row_heading, seek, within,
};
use crashcap_core::limits;
use crashcap_core::units::ByteCount;

/// The slider's ends, in MB.
const SMALLEST: f64 = 10.0;
const LARGEST: f64 = 16_000.0;

/// How high the panel is.
pub(crate) const RING_HEIGHT: f32 = 2.0 * ROW_CARD_EDGE + 2.0 * CONTROL + BETWEEN;
/// Between its rows.
const BETWEEN: f32 = 4.0;
/// The slider's width, and the narrowest.
const SLIDER: f32 = 200.0;
const SLIDER_MIN: f32 = 96.0;

/// The panel.
pub(crate) fn ring_panel(
    ui: &mut Ui,
    size: Vec2,
    (set_up, plan): (&SetUp, &Plan),
    out: &mut Messages,
) {
    row_card(ui, size, |ui| {
        ui.spacing_mut().item_spacing.y = BETWEEN;
        ui.horizontal(|ui| {
            ui.set_min_height(CONTROL);
            row_heading(ui, "Ring", CONTROL);
            size_and_age(ui, set_up, plan, out);
        });
        below_heading(ui, |ui| {
            let places = columns(ui, CONTROL, 8.0, &[0.0, KERNEL]);
            within(ui, places[0], Align::Min, |ui| says(ui, set_up, plan, out));
            within(ui, places[1], Align::Max, |ui| {
                ui.spacing_mut().interact_size.y = CONTROL;
                kernel_buffer(ui, set_up, out);
            });
        });
    });
}

/// The first row: how much is kept, and for how long at most.
fn size_and_age(ui: &mut Ui, set_up: &SetUp, plan: &Plan, out: &mut Messages) {
    const SIZE: f32 = 88.0;
    const AGE: f32 = 72.0;
    const WORDS: f32 = 224.0;
    let rest = ui.available_width() - SIZE - AGE - WORDS;
    slider(ui, set_up, rest.clamp(SLIDER_MIN, SLIDER), out);
    let (response, size) = field(
        ui,
        Field {
            name: "Ring size",
            text: &set_up.ring,
            hint: "150MB",
            width: SIZE,
            mono: true,
            wrong: plan.problem(At::Ring).is_some(),
        },
    );
    seek(&response, set_up, At::Ring, out);
    out.extend(size.map(|text| Change::Ring(text).into()));
    muted(ui, "not older than");
    let (response, age) = field(
        ui,
        Field {
            name: "Ring age",
            text: &set_up.age,
            hint: "any age",
            width: AGE,
            mono: true,
            wrong: plan.problem(At::Age).is_some(),
        },
    );
    seek(&response, set_up, At::Age, out);
    out.extend(age.map(|text| Change::Age(text).into()));
    let mut headers = set_up.headers_only;
    let tooltip = "Keep the headers of each packet and no payload: the ring lasts longer, and no request can be read.";
    let chosen = ui.checkbox(&mut headers, "Headers only");
    if chosen.on_hover_text(tooltip).clicked() {
        out.push(Change::HeadersOnly(headers).into());
    }
}

/// What is wrong and what would fit, or how long it lasts.
fn says(ui: &mut Ui, set_up: &SetUp, plan: &Plan, out: &mut Messages) {
    let wrong = plan.problem(At::Ring).or_else(|| plan.problem(At::Age));
    let Some(at) = wrong else {
        ui.visuals_mut().override_text_color = Some(tokens(ui).muted);
        elided(ui, &lasting(plan));
        return;
    };
    mark(ui, Mark::of(Tone::Danger));
    if let Some(size) = at.ring_that_fits {
        let text = written_like(&set_up.ring, size);
        if plain_button(ui, &format!("Use {text}")).clicked() {
            out.push(Change::Ring(text).into());
        }
    }
    let colour = colour_of(ui, Tone::Danger);
    ui.visuals_mut().override_text_color = Some(colour);
    elided(ui, &at.sentence);
}

/// How long it lasts, in one line.
fn lasting(plan: &Plan) -> String {
    match &plan.lasts {
        Some(lasts) => format!("Lasts {lasts}."),
        None => "How long it lasts is known when the interfaces were measured.".to_owned(),
    }
}

/// Where packets wait for the recorder. Of sizes only those that help are offered.
fn kernel_buffer(ui: &mut Ui, set_up: &SetUp, out: &mut Messages) {
    const TOOLTIP: &str = "Packets wait in the kernel until they are taken into the ring. A \
        larger buffer loses none of a longer burst.";
    let chosen = set_up.kernel_buffer();
    let text = format!("Kernel buffer {}", whole_size(chosen));
    let opened = menu(ui, text, KERNEL_MENU, |ui| {
        for size in KERNEL_BUFFERS.map(|mebibytes| ByteCount(mebibytes << 20)) {
            let about = match size {
                limits::KERNEL_BUFFER_DEFAULT => "usual",
                LARGER_KERNEL_BUFFER => "where packets are lost",
                _ => "",
            };
            if choice(ui, whole_size(size), about).clicked() {
                out.push(Change::KernelBuffer(size).into());
                ui.close();
            }
        }
    });
    opened.on_hover_text(TOOLTIP);
}

/// Sizes to choose from, in MiB.
const KERNEL_BUFFERS: [u64; 6] = [16, 64, 128, 256, 512, 1_024];
/// The button's width, and its menu's, in points.
const KERNEL: f32 = 168.0;
const KERNEL_MENU: f32 = 260.0;

fn slider(ui: &mut Ui, set_up: &SetUp, width: f32, out: &mut Messages) {
    let mut megabytes = set_up
        .ring_size()
        .map_or(SMALLEST, |size| size.0 as f64 / 1e6)
        .clamp(SMALLEST, LARGEST);
    ui.spacing_mut().slider_width = width;
    let slider = Slider::new(&mut megabytes, SMALLEST..=LARGEST)
        .logarithmic(true)
        .trailing_fill(true)
        .show_value(false);
    let response = ui.add(slider);
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_label("Ring size in MB");
    });
    if response.changed() {
        out.push(Change::Ring(round(megabytes)).into());
    }
}

/// Two figures that mean something: 150MB, 2.4GB.
fn round(megabytes: f64) -> String {
    let digits = megabytes.log10().floor().max(1.0);
    let step = 10_f64.powf(digits - 1.0);
    let rounded = (megabytes / step).round() * step;
    let bytes = ByteCount((rounded * 1e6) as u64);
    crashcap_core::profile::raw::Size(bytes).exact()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slider_gives_sizes_that_a_person_would_write() {
        assert_eq!(round(153.7), "150MB");
        assert_eq!(round(2_449.0), "2400MB");
        assert_eq!(round(10.0), "10MB");
        assert_eq!(round(16_000.0), "16GB");
    }
}
