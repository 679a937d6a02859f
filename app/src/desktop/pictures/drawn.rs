//! Drawing by a software renderer, and where pictures are kept.

use std::fs;
use std::path::{Path, PathBuf};

use eframe::egui_wgpu::RendererOptions;
use egui_kittest::wgpu::{WgpuTestRenderer, create_render_state, default_wgpu_setup};
use image::RgbaImage;
use oxipng::{BitDepth, ColorType, Options, RawImage};

/// The file that names the renderer of the pictures that are kept.
const RENDERER: &str = "renderer.txt";

/// A renderer, and who it is.
pub(super) struct Renderer {
    pub(super) renderer: WgpuTestRenderer,
    /// The driver with its version: "llvmpipe, Mesa 22.3.6 (LLVM 15.0.6)".
    pub(super) name: String,
}

impl Renderer {
    /// The one that Vulkan's loader offers, of several one that is a processor.
    pub(super) fn new() -> Self {
        let state = create_render_state(default_wgpu_setup(), RendererOptions::PREDICTABLE);
        let adapter = state.adapter.get_info();
        Self {
            renderer: WgpuTestRenderer::from_render_state(state),
            name: format!("{}, {}", adapter.driver, adapter.driver_info),
        }
    }
}

/// Where a picture is kept; or, with another ending, what else is known of it.
pub(super) fn place(file: &str, ending: &str) -> PathBuf {
    folder().join(format!("{file}{ending}"))
}

/// Whose pictures are kept.
pub(super) fn kept_renderer() -> String {
    let text = fs::read_to_string(folder().join(RENDERER)).unwrap_or_default();
    text.trim().to_owned()
}

/// Keeps a picture, as small as it gets without a loss.
pub(super) fn write(picture: &RgbaImage, file: &str, renderer: &str) {
    fs::create_dir_all(folder()).expect("a folder for pictures");
    fs::write(folder().join(RENDERER), format!("{renderer}\n")).expect("its renderer's name");
    fs::write(place(file, ".png"), png(picture)).expect("a picture on disk");
}

fn png(picture: &RgbaImage) -> Vec<u8> {
    let image = RawImage::new(
        picture.width(),
        picture.height(),
        ColorType::RGBA,
        BitDepth::Eight,
        picture.as_raw().clone(),
    );
    let image = image.expect("bytes for each pixel");
    image
        .create_optimized_png(&Options::from_preset(2))
        .expect("a PNG")
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots")
}
