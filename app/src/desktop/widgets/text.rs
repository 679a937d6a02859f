//! Text in its sizes and colours.

use egui::{Color32, Label, Response, RichText, Ui};

use crate::model::{Tone, elided_in_middle};
use crate::theme::{Face, HEADING, SENTENCE, font, tokens};

/// The colour of a tone.
pub(crate) fn colour_of(ui: &Ui, tone: Tone) -> Color32 {
    let tokens = tokens(ui);
    match tone {
        Tone::Good => tokens.recording,
        Tone::Frozen => tokens.frozen,
        Tone::Warning => tokens.warning,
        Tone::Danger => tokens.danger,
        Tone::Plain => tokens.text,
    }
}

/// A heading.
pub(crate) fn heading(ui: &mut Ui, text: &str) -> Response {
    ui.add(Label::new(RichText::new(text).font(font(Face::Medium, HEADING))).truncate())
}

/// The sentence that says what is.
pub(crate) fn sentence(ui: &mut Ui, text: &str) -> Response {
    sentence_of(ui, text, SENTENCE)
}

/// The same in another size. A number keeps its unit beside it.
pub(crate) fn sentence_of(ui: &mut Ui, text: &str, size: f32) -> Response {
    let drawn = RichText::new(unbroken(text)).font(font(Face::Regular, size));
    let response = ui.add(Label::new(drawn).wrap());
    let told = text.to_owned();
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_value(told));
    response
}

/// No line ends between a number and its unit, nor between "2 min" and "20 s".
pub(crate) fn unbroken(text: &str) -> String {
    const NO_BREAK: char = '\u{a0}';
    let digit = |word: &str| word.ends_with(|last: char| last.is_ascii_digit());
    let number = |word: &str| word.starts_with(|first: char| first.is_ascii_digit());
    let mut out = String::with_capacity(text.len());
    let mut before = ["", ""];
    for (index, word) in text.split(' ').enumerate() {
        if index > 0 {
            let of_number = digit(before[1]) && is_unit(word);
            let second = digit(before[0]) && is_unit(before[1]) && number(word);
            let keeps = of_number || (second && matches!(before[1], "min" | "h" | "d"));
            out.push(if keeps { NO_BREAK } else { ' ' });
        }
        out.push_str(word);
        before = [before[1], word];
    }
    out
}

/// Whether a word, perhaps with the end of a clause, is a unit.
fn is_unit(word: &str) -> bool {
    let word = word.trim_end_matches(['.', ',', ';', ':', ')']);
    let word = word.strip_suffix("/s").unwrap_or(word);
    matches!(
        word,
        "ns" | "µs"
            | "ms"
            | "s"
            | "min"
            | "h"
            | "d"
            | "%"
            | "B"
            | "kB"
            | "MB"
            | "GB"
            | "TB"
            | "KiB"
            | "MiB"
            | "GiB"
            | "TiB"
            | "bit"
            | "kbit"
            | "Mbit"
            | "Gbit"
            | "Tbit"
    )
}

/// Text of less weight.
pub(crate) fn muted(ui: &mut Ui, text: impl Into<String>) -> Response {
    let colour = tokens(ui).muted;
    ui.add(Label::new(RichText::new(text).color(colour)).wrap())
}

/// Text that ends in … where it does not fit; the whole on hover.
pub(crate) fn elided(ui: &mut Ui, text: &str) -> Response {
    ui.add(Label::new(text).truncate())
}

/// A text without so much of its middle that it is no wider than this, as measured.
pub(crate) fn without_middle(text: &str, width: f32, measure: impl Fn(&str) -> f32) -> String {
    let whole = measure(text);
    if whole <= width {
        return text.to_owned();
    }
    let letters = text.chars().count();
    // Near the right number at once, and then letter by letter.
    let mut kept = (letters as f32 * (width / whole).clamp(0.0, 1.0)).ceil() as usize;
    let mut shorter = elided_in_middle(text, kept);
    while kept > 1 && measure(&shorter) > width {
        kept -= 1;
        shorter = elided_in_middle(text, kept);
    }
    shorter
}

/// What is wrong, with the triangle that says so without colour.
pub(crate) fn problem(ui: &mut Ui, tone: Tone, text: &str) -> Response {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.spacing_mut().interact_size.y = 16.0;
        super::mark(ui, super::Mark::of(tone));
        let colour = colour_of(ui, tone);
        ui.add(Label::new(RichText::new(text).color(colour)).wrap())
    })
    .inner
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_its_unit_stay_together() {
        let text = "killed at 05:15:33.000; 148,201 packets over 2 min 20 s, 157 MB at 3 MB/s.";
        let broken: Vec<String> = unbroken(text)
            .split(' ')
            .map(|part| part.replace('\u{a0}', "_"))
            .collect();
        let expected = [
            "killed",
            "at",
            "05:15:33.000;",
            "148,201",
            "packets",
            "over",
            "2_min_20_s,",
            "157_MB",
            "at",
            "3_MB/s.",
        ];
        assert_eq!(broken, expected);
        assert_eq!(unbroken("pid 4121 s"), "pid 4121\u{a0}s");
        assert_eq!(unbroken("a  b"), "a  b");
    }

    #[test]
    fn a_text_loses_no_more_than_it_must() {
        let ten_each = |text: &str| text.chars().count() as f32 * 10.0;
        assert_eq!(without_middle("abcdef", 60.0, ten_each), "abcdef");
        assert_eq!(without_middle("abcdef", 59.0, ten_each), "ab…ef");
        // The first letters are wide ones.
        let wide = |text: &str| {
            let of = |one| if one == 'W' { 30.0 } else { 10.0 };
            text.chars().map(of).sum()
        };
        assert_eq!(without_middle("WWWWabcdef", 70.0, wide), "W…ef");
        assert_eq!(without_middle("abc", 0.0, ten_each), "…");
    }
}
