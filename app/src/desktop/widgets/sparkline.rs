//! A minute of traffic in a few points.

use egui::{Mesh, Rect, Stroke, Ui, pos2};

use crate::theme::tokens;

/// Draws the rates, the newest at the right, the largest at the top.
pub(crate) fn sparkline(ui: &mut Ui, rates: &[u64], room: usize, rect: Rect) {
    let tokens = tokens(ui);
    let base = rect.bottom() - 0.5;
    let painter = ui.painter();
    painter.hline(rect.x_range(), base, Stroke::new(1.0, tokens.line));
    let most = rates.iter().copied().max().unwrap_or(0);
    if most == 0 {
        return;
    }
    let step = rect.width() / room.saturating_sub(1).max(1) as f32;
    let first = rect.right() - step * (rates.len().saturating_sub(1)) as f32;
    for (index, pair) in rates.windows(2).enumerate() {
        let at = |offset: usize, rate: u64| {
            let share = rate as f32 / most as f32;
            pos2(
                first + step * (index + offset) as f32,
                base - share * (rect.height() - 2.0),
            )
        };
        let (left, right) = (at(0, pair[0]), at(1, pair[1]));
        if pair == [0, 0] {
            continue;
        }
        // Corners without softened edges: those of a slope as thin as this reach far
        // beyond it.
        let mut slope = Mesh::default();
        for corner in [left, pos2(left.x, base), right, pos2(right.x, base)] {
            slope.colored_vertex(corner, tokens.bytes);
        }
        slope.add_triangle(0, 1, 2);
        slope.add_triangle(1, 2, 3);
        painter.add(slope);
    }
}
