//! The shapes of states: state is never colour alone.

use egui::{Color32, Painter, Pos2, Response, Sense, Shape, Stroke, Ui, pos2, vec2};

use super::text::colour_of;
use crate::model::Tone;
use crate::theme::tokens;

/// A shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Recording: a filled dot.
    Dot,
    /// Not recording: a ring.
    Ring,
    /// Frozen: a square.
    Square,
    /// Doubtful: a triangle.
    Triangle,
    /// Dead or failed: a cross.
    Cross,
}

impl Mark {
    /// The shape of a tone.
    pub(crate) fn of(tone: Tone) -> Self {
        match tone {
            Tone::Good => Self::Dot,
            Tone::Frozen => Self::Square,
            Tone::Warning => Self::Triangle,
            Tone::Danger => Self::Cross,
            Tone::Plain => Self::Ring,
        }
    }

    /// The tone of a shape.
    fn tone(self) -> Tone {
        match self {
            Self::Dot => Tone::Good,
            Self::Square => Tone::Frozen,
            Self::Triangle => Tone::Warning,
            Self::Cross => Tone::Danger,
            Self::Ring => Tone::Plain,
        }
    }

    /// Draws it, 10 points large.
    pub(crate) fn paint(self, painter: &Painter, centre: Pos2, colour: Color32) {
        let shape = match self {
            Self::Dot => Shape::circle_filled(centre, 5.0, colour),
            Self::Ring => Shape::circle_stroke(centre, 4.25, Stroke::new(1.5, colour)),
            Self::Square => Shape::rect_filled(
                egui::Rect::from_center_size(centre, vec2(9.0, 9.0)),
                1.0,
                colour,
            ),
            Self::Triangle => Shape::convex_polygon(
                vec![
                    pos2(centre.x, centre.y - 5.0),
                    pos2(centre.x + 5.5, centre.y + 4.5),
                    pos2(centre.x - 5.5, centre.y + 4.5),
                ],
                colour,
                Stroke::NONE,
            ),
            Self::Cross => {
                for side in [-1.0, 1.0] {
                    painter.line_segment(
                        [
                            pos2(centre.x - 4.5, centre.y - 4.5 * side),
                            pos2(centre.x + 4.5, centre.y + 4.5 * side),
                        ],
                        Stroke::new(2.5, colour),
                    );
                }
                return;
            }
        };
        painter.add(shape);
    }
}

/// A shape in its colour, as high as a line of text.
pub(crate) fn mark(ui: &mut Ui, mark: Mark) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(12.0, 16.0), Sense::hover());
    let colour = match mark {
        Mark::Ring => tokens(ui).muted,
        _ => colour_of(ui, mark.tone()),
    };
    mark.paint(ui.painter(), rect.center(), colour);
    response
}
