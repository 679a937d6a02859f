//! Every contrast, calculated (WCAG 2.2, relative luminance).

#![cfg(test)]

use egui::Color32;

use super::tokens::{DARK, LIGHT, Tokens};

fn luminance(colour: Color32) -> f64 {
    let linear = |channel: u8| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.040_45 {
            share / 12.92
        } else {
            ((share + 0.055) / 1.055).powf(2.4)
        }
    };
    let [red, green, blue, _] = colour.to_array();
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

fn contrast(one: Color32, other: Color32) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn surfaces(tokens: &Tokens) -> [Color32; 4] {
    [tokens.window, tokens.panel, tokens.raised, tokens.selection]
}

#[test]
fn every_text_can_be_read_on_every_surface() {
    for tokens in [&DARK, &LIGHT] {
        for text in [
            tokens.text,
            tokens.muted,
            tokens.recording,
            tokens.frozen,
            tokens.warning,
            tokens.danger,
        ] {
            for surface in surfaces(tokens) {
                let found = contrast(text, surface);
                assert!(found >= 4.5, "{text:?} on {surface:?}: {found:.2}");
            }
        }
        for (text, surface) in [
            (tokens.text, tokens.danger_row),
            (tokens.danger, tokens.danger_row),
            (tokens.on_recording, tokens.recording),
        ] {
            let found = contrast(text, surface);
            assert!(found >= 4.5, "{text:?} on {surface:?}: {found:.2}");
        }
    }
}

#[test]
fn every_shape_can_be_seen_on_its_surface() {
    for tokens in [&DARK, &LIGHT] {
        for surface in surfaces(tokens) {
            assert!(contrast(tokens.focus, surface) >= 3.0);
        }
        for surface in [tokens.window, tokens.panel, tokens.raised] {
            assert!(contrast(tokens.control, surface) >= 3.0);
        }
        for surface in [tokens.window, tokens.panel] {
            assert!(contrast(tokens.bytes, surface) >= 3.0);
        }
    }
}
