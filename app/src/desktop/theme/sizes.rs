//! Measures in points.

/// The grid.
pub(crate) const GRID: f32 = 8.0;
/// Margins and the gaps between panels.
pub(crate) const MARGIN: f32 = 16.0;
/// The height of controls and of rows in short lists.
pub(crate) const CONTROL: f32 = 32.0;
/// The height of rows in long lists.
pub(crate) const ROW: f32 = 24.0;
/// Corners of controls and panels.
pub(crate) const RADIUS: u8 = 6;
/// The bar at the top.
pub(crate) const TOP_BAR: f32 = 48.0;
/// The bar at the bottom.
pub(crate) const STATUS_BAR: f32 = 24.0;

/// Captions.
pub(crate) const CAPTION: f32 = 12.0;
/// Text.
pub(crate) const BODY: f32 = 13.0;
/// Headings.
pub(crate) const HEADING: f32 = 15.0;
/// The sentence that says what is.
pub(crate) const SENTENCE: f32 = 20.0;
/// Readings.
pub(crate) const READING: f32 = 28.0;
