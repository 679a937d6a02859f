//! The window's icon, which says how it stands (on Windows and X11; elsewhere
//! the title alone does). Drawn by `cargo xtask icons` from icons/crashcap.svg.

use egui::IconData;

use crate::model::Tone;

const USUAL: &[u8] = include_bytes!("../../../icons/crashcap-256.png");
const FROZEN: &[u8] = include_bytes!("../../../icons/crashcap-frozen-256.png");
const FAILED: &[u8] = include_bytes!("../../../icons/crashcap-failed-256.png");

/// The picture for a state: a square where something is frozen, a cross where it
/// failed, else the usual dot.
fn picture(state: Tone) -> &'static [u8] {
    match state {
        Tone::Frozen => FROZEN,
        Tone::Danger => FAILED,
        Tone::Good | Tone::Warning | Tone::Plain => USUAL,
    }
}

/// The icon for a state, or none where it cannot be read.
pub(crate) fn icon(state: Tone) -> Option<IconData> {
    eframe::icon_data::from_png_bytes(picture(state)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The colour in the middle.
    fn middle(state: Tone) -> [u8; 4] {
        let icon = icon(state).unwrap();
        let at = (4 * (icon.height / 2 * icon.width + icon.width / 2)) as usize;
        icon.rgba[at..at + 4].try_into().unwrap()
    }

    #[test]
    fn each_state_has_its_colour_in_the_middle() {
        assert_eq!(middle(Tone::Good), [0x35, 0xc9, 0x8b, 255]);
        assert_eq!(middle(Tone::Frozen), [0x58, 0xb8, 0xff, 255]);
        assert_eq!(middle(Tone::Danger), [0xff, 0x82, 0x78, 255]);
        assert_eq!(middle(Tone::Plain), middle(Tone::Good));
    }
}
