//! The window.
//!
//! - It never holds capture rights: a child records, and it follows.
//! - The model knows no egui; views change nothing, they emit messages; one
//!   executor carries them out.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod app;
mod command;
#[cfg(test)]
mod driven;
mod execute;
mod frame_times;
mod icon;
mod keys;
#[path = "../launch/mod.rs"]
mod launch;
mod model;
mod outside;
mod panels;
#[cfg(test)]
mod pictures;
mod renderer;
mod screens;
mod services;
/// What the terminal program takes, to try what is to be pasted there.
#[cfg(test)]
#[path = "../cli"]
#[allow(dead_code, reason = "most of it is the other program's")]
mod terminal {
    pub(crate) mod args;
    mod exit;
}
mod theme;
mod tree;
mod widgets;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use crashcap_core::clock;
use model::{Renderer, Tone};
use renderer::Choice;
use services::store::Store;

/// Crashcap's window: pick an interface, a filter, a ring and a target, press
/// Start, and find the packets that led to the crash.
#[derive(Debug, Parser)]
#[command(name = "crashcap-desktop", version)]
pub(crate) struct Arguments {
    /// A pcap or pcapng file to open
    pub(crate) file: Option<PathBuf>,
    /// Take the choices of this profile
    #[arg(long, value_name = "FILE")]
    pub(crate) profile: Option<PathBuf>,
    /// Draw with this renderer, and with no other if it fails
    #[arg(long, value_enum)]
    renderer: Option<Renderer>,
    /// Set by the program itself when another renderer failed
    #[arg(long, value_enum, hide = true)]
    fallback_renderer: Option<Renderer>,
}

fn main() -> ExitCode {
    launch::pass_gate();
    let arguments = Arguments::parse();
    let kept = Store::of_user().map(|store| store.read(clock::now().wall));
    let kept = kept.unwrap_or_default();
    let choice = Choice {
        forced: arguments.renderer,
        preferred: kept.settings.renderer,
        fallback: arguments.fallback_renderer,
    };
    let size = kept.recent.window;
    let size = size.map_or([1280.0, 800.0], |size| [size.width, size.height]);
    let mut viewport = egui::ViewportBuilder::default()
        .with_title("Crashcap")
        .with_inner_size(size)
        .with_min_inner_size([900.0, 600.0])
        .with_app_id("crashcap");
    if let Some(icon) = icon::icon(Tone::Plain) {
        viewport = viewport.with_icon(icon);
    }
    let options = eframe::NativeOptions {
        viewport,
        ..eframe::NativeOptions::default()
    };
    renderer::run(choice, options, move |options| {
        eframe::run_native(
            "Crashcap",
            options,
            Box::new(move |context| {
                Ok(Box::new(app::Desktop::new(
                    &context.egui_ctx,
                    kept,
                    &arguments,
                )))
            }),
        )
    })
}
