//! The colours.

use egui::Color32;

/// The colours of one theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tokens {
    /// Behind everything.
    pub(crate) window: Color32,
    /// Panels and cards.
    pub(crate) panel: Color32,
    /// What is raised from a panel: buttons, fields, heads of tables.
    pub(crate) raised: Color32,
    /// A chosen row.
    pub(crate) selection: Color32,
    /// Lines that only divide.
    pub(crate) line: Color32,
    /// Text.
    pub(crate) text: Color32,
    /// Text of less weight.
    pub(crate) muted: Color32,
    /// The edge of a control.
    pub(crate) control: Color32,
    /// The edge of the control that has the focus.
    pub(crate) focus: Color32,
    /// Recording goes on.
    pub(crate) recording: Color32,
    /// Text on `recording`.
    pub(crate) on_recording: Color32,
    /// Frozen: safe from being overwritten.
    pub(crate) frozen: Color32,
    /// Something is lost or doubtful.
    pub(crate) warning: Color32,
    /// What died or failed, and nothing else.
    pub(crate) danger: Color32,
    /// Behind a row that tells of what died or failed.
    pub(crate) danger_row: Color32,
    /// The area of bytes per second.
    pub(crate) bytes: Color32,
}

/// The dark theme.
pub(crate) const DARK: Tokens = Tokens {
    window: Color32::from_rgb(0x0F, 0x13, 0x17),
    panel: Color32::from_rgb(0x16, 0x1B, 0x21),
    raised: Color32::from_rgb(0x1E, 0x25, 0x2D),
    selection: Color32::from_rgb(0x1B, 0x3B, 0x57),
    line: Color32::from_rgb(0x2B, 0x34, 0x3E),
    text: Color32::from_rgb(0xE6, 0xEB, 0xF0),
    muted: Color32::from_rgb(0xA3, 0xAF, 0xBB),
    control: Color32::from_rgb(0x71, 0x80, 0x90),
    focus: Color32::from_rgb(0x7C, 0xC4, 0xFF),
    recording: Color32::from_rgb(0x35, 0xC9, 0x8B),
    on_recording: Color32::from_rgb(0x07, 0x14, 0x0E),
    frozen: Color32::from_rgb(0x58, 0xB8, 0xFF),
    warning: Color32::from_rgb(0xF0, 0xB2, 0x3C),
    danger: Color32::from_rgb(0xFF, 0x82, 0x78),
    danger_row: Color32::from_rgb(0x3B, 0x1B, 0x1C),
    bytes: Color32::from_rgb(0x4A, 0x7F, 0xA8),
};

/// The light theme.
pub(crate) const LIGHT: Tokens = Tokens {
    window: Color32::from_rgb(0xF3, 0xF5, 0xF7),
    panel: Color32::from_rgb(0xFF, 0xFF, 0xFF),
    raised: Color32::from_rgb(0xE9, 0xED, 0xF1),
    selection: Color32::from_rgb(0xCF, 0xE5, 0xF7),
    line: Color32::from_rgb(0xCD, 0xD5, 0xDC),
    text: Color32::from_rgb(0x16, 0x1B, 0x21),
    muted: Color32::from_rgb(0x53, 0x60, 0x6C),
    control: Color32::from_rgb(0x6C, 0x78, 0x84),
    focus: Color32::from_rgb(0x0B, 0x6B, 0xB5),
    recording: Color32::from_rgb(0x0F, 0x6B, 0x46),
    on_recording: Color32::from_rgb(0xFF, 0xFF, 0xFF),
    frozen: Color32::from_rgb(0x0A, 0x5F, 0x9C),
    warning: Color32::from_rgb(0x7F, 0x4E, 0x00),
    danger: Color32::from_rgb(0xAE, 0x1F, 0x18),
    danger_row: Color32::from_rgb(0xFB, 0xE1, 0xDE),
    bytes: Color32::from_rgb(0x5C, 0x8F, 0xB5),
};

/// The colours of the theme in use.
pub(crate) fn tokens(ui: &egui::Ui) -> &'static Tokens {
    if ui.visuals().dark_mode {
        &DARK
    } else {
        &LIGHT
    }
}
