//! What is told on top of every screen.

use egui::{CornerRadius, Frame, Label, Layout, Margin, Stroke, Ui};

use crate::command::Messages;
use crate::model::{Banner, Change};
use crate::theme::{MARGIN, RADIUS, tokens};
use crate::widgets::{Mark, colour_of, command_button, mark, plain_button};

/// The banners, the newest first.
pub(crate) fn banners(ui: &mut Ui, banners: &[Banner], out: &mut Messages) {
    for (index, banner) in banners.iter().enumerate() {
        Frame::new()
            .fill(tokens(ui).panel)
            .stroke(Stroke::new(1.0, colour_of(ui, banner.tone)))
            .corner_radius(CornerRadius::same(RADIUS))
            .inner_margin(Margin::symmetric(12, 6))
            .outer_margin(Margin {
                left: MARGIN as i8,
                right: MARGIN as i8,
                top: 8,
                bottom: 0,
            })
            .show(ui, |ui| {
                ui.horizontal(|ui| {
                    mark(ui, Mark::of(banner.tone));
                    ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                        if plain_button(ui, "Close").clicked() {
                            out.push(Change::BannerClosed(index).into());
                        }
                        if let Some(file) = &banner.file
                            && plain_button(ui, "Open it").clicked()
                        {
                            out.push(Change::Open(file.clone()).into());
                        }
                        for remedy in banner.remedies.iter().rev() {
                            command_button(ui, *remedy, out);
                        }
                        ui.with_layout(Layout::left_to_right(egui::Align::Center), |ui| {
                            ui.add(Label::new(&banner.sentence).wrap());
                        });
                    });
                });
            });
    }
}
