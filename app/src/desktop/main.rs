//! The window.
//!
//! - It never holds capture rights: a child records, and it follows.
//! - The model knows no egui; views change nothing, they emit messages; one
//!   executor carries them out.

mod app;
mod command;
#[cfg(test)]
mod driven;
mod execute;
mod keys;
mod model;
mod outside;
mod panels;
#[cfg(test)]
mod pictures;
mod screens;
mod services;
mod theme;
mod widgets;

fn main() -> eframe::Result {
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_inner_size([1280.0, 800.0])
            .with_min_inner_size([900.0, 600.0])
            .with_app_id("crashcap"),
        ..eframe::NativeOptions::default()
    };
    eframe::run_native(
        "Crashcap",
        options,
        Box::new(|context| Ok(Box::new(app::Desktop::new(&context.egui_ctx)))),
    )
}
