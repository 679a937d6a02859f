//! The faces: one for words in two weights, one of equal widths for packets,
//! paths and readings. Other scripts come from the system, on demand.

use std::sync::Arc;

use egui::{FontData, FontDefinitions, FontFamily, FontId};

const REGULAR: &[u8] = include_bytes!("../../../assets/fonts/Roboto-Regular.ttf");
const MEDIUM: &[u8] = include_bytes!("../../../assets/fonts/Roboto-Medium.ttf");

/// Which face.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    /// Words.
    Regular,
    /// Words of more weight.
    Medium,
    /// Packets, paths, filters, readings.
    Mono,
}

/// A face in a size in points.
pub(crate) fn font(face: Face, size: f32) -> FontId {
    let family = match face {
        Face::Regular => FontFamily::Proportional,
        Face::Medium => FontFamily::Name("medium".into()),
        Face::Mono => FontFamily::Monospace,
    };
    FontId::new(size, family)
}

/// The definitions; behind our faces stand those that come with egui.
pub(super) fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    for (name, bytes) in [("regular", REGULAR), ("medium", MEDIUM)] {
        let data = Arc::new(FontData::from_static(bytes));
        fonts.font_data.insert(name.to_owned(), data);
    }
    let proportional = fonts.families.entry(FontFamily::Proportional).or_default();
    let mut medium = proportional.clone();
    proportional.insert(0, "regular".to_owned());
    medium.insert(0, "medium".to_owned());
    fonts
        .families
        .insert(FontFamily::Name("medium".into()), medium);
    fonts
}
