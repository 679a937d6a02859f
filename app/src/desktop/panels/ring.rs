//! How much is kept.

use egui::{Button, Slider, Ui, Vec2, vec2};

use crate::command::Messages;
use crate::model::{Change, Field as At, Plan, SetUp, Tone, written_like};
use crate::theme::{CONTROL, ROW};
use crate::widgets::{Field, Mark, card, colour_of, elided, field, mark, muted, seek};
use crashcap_core::units::ByteCount;

/// The slider's ends, in MB.
const SMALLEST: f64 = 10.0;
const LARGEST: f64 = 16_000.0;

/// The panel.
pub(crate) fn ring_panel(
    ui: &mut Ui,
    size: Vec2,
    (set_up, plan): (&SetUp, &Plan),
    out: &mut Messages,
) {
    card(ui, "Ring", size, |ui| {
        let at = plan.problem(At::Ring);
        ui.horizontal(|ui| {
            ui.set_min_height(CONTROL);
            slider(ui, set_up, out);
            let (response, size) = field(
                ui,
                Field {
                    name: "Ring size",
                    text: &set_up.ring,
                    hint: "150MB",
                    width: 96.0,
                    mono: true,
                    wrong: at.is_some(),
                },
            );
            seek(&response, set_up, At::Ring, out);
            out.extend(size.map(|text| Change::Ring(text).into()));
            muted(ui, "not older than");
            let (_, age) = field(
                ui,
                Field {
                    name: "Ring age",
                    text: &set_up.age,
                    hint: "any age",
                    width: 80.0,
                    mono: true,
                    wrong: false,
                },
            );
            out.extend(age.map(|text| Change::Age(text).into()));
            let mut headers = set_up.headers_only;
            let tooltip = "Keep the headers of each packet and no payload: the ring lasts longer, and no request can be read.";
            let chosen = ui.checkbox(&mut headers, "Headers only");
            if chosen.on_hover_text(tooltip).clicked() {
                out.push(Change::HeadersOnly(headers).into());
            }
        });
        match at {
            Some(at) => {
                ui.spacing_mut().interact_size.y = ROW;
                ui.horizontal(|ui| {
                    ui.set_min_height(ROW);
                    mark(ui, Mark::of(Tone::Danger));
                    if let Some(size) = at.ring_that_fits {
                        let text = written_like(&set_up.ring, size);
                        let button = Button::new(format!("Use {text}")).min_size(vec2(0.0, ROW));
                        if ui.add(button).clicked() {
                            out.push(Change::Ring(text).into());
                        }
                    }
                    let colour = colour_of(ui, Tone::Danger);
                    ui.visuals_mut().override_text_color = Some(colour);
                    elided(ui, &at.sentence);
                });
            }
            None => {
                muted(ui, lasting(plan));
            }
        }
    });
}

/// How long it lasts and what it takes, in one line.
fn lasting(plan: &Plan) -> String {
    match &plan.lasts {
        Some(lasts) => format!("Lasts {lasts}."),
        None => "How long it lasts is known when the interfaces were measured.".to_owned(),
    }
}

fn slider(ui: &mut Ui, set_up: &SetUp, out: &mut Messages) {
    let mut megabytes = set_up
        .ring_size()
        .map_or(SMALLEST, |size| size.0 as f64 / 1e6)
        .clamp(SMALLEST, LARGEST);
    ui.spacing_mut().slider_width = 200.0;
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
