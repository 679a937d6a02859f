//! A minute of traffic in a few points.

use egui::{Rect, Shape, Stroke, Ui, pos2};

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
        painter.add(Shape::convex_polygon(
            vec![left, right, pos2(right.x, base), pos2(left.x, base)],
            tokens.bytes,
            Stroke::NONE,
        ));
    }
}
