//! Which renderer draws: the usual one of the system first, and when it fails
//! at start (a remote desktop, a virtual machine) the next.
//!
//! The program restarts itself for that, before any recorder runs: a graphics
//! driver that failed is not to be trusted to clean up.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::model::Renderer;

/// The option that names it.
pub(crate) const OPTION: &str = "--renderer";

/// Set when the first frame was drawn: from then on nothing is tried anew.
static DRAWN: AtomicBool = AtomicBool::new(false);

impl Renderer {
    /// In which order they are tried. Windows has only OpenGL 1.1 over a remote
    /// desktop; elsewhere OpenGL starts quicker and takes less memory.
    const ORDER: [Self; 3] = if cfg!(windows) {
        [Self::Wgpu, Self::Glow, Self::Software]
    } else {
        [Self::Glow, Self::Wgpu, Self::Software]
    };

    /// The one to begin with.
    pub(crate) const fn first() -> Self {
        Self::ORDER[0]
    }

    /// The one to try when this one failed.
    fn next(self) -> Option<Self> {
        let at = Self::ORDER.iter().position(|one| *one == self)?;
        Self::ORDER.get(at + 1).copied()
    }

    /// Its name on the command line.
    fn name(self) -> &'static str {
        match self {
            Self::Glow => "glow",
            Self::Wgpu => "wgpu",
            Self::Software => "software",
        }
    }

    /// What the window is opened with.
    pub(crate) fn choose(self, options: &mut eframe::NativeOptions) {
        options.renderer = match self {
            Self::Glow => eframe::Renderer::Glow,
            Self::Wgpu => eframe::Renderer::Wgpu,
            Self::Software if cfg!(target_os = "linux") => eframe::Renderer::Glow,
            Self::Software => {
                choose_processor(&mut options.wgpu_options);
                eframe::Renderer::Wgpu
            }
        };
    }
}

/// Of the adapters the one that is a processor: WARP on Windows.
fn choose_processor(options: &mut eframe::egui_wgpu::WgpuConfiguration) {
    use eframe::egui_wgpu::WgpuSetup;
    use eframe::wgpu::DeviceType;

    if let WgpuSetup::CreateNew(setup) = &mut options.wgpu_setup {
        setup.native_adapter_selector = Some(std::sync::Arc::new(|adapters, _| {
            let mut all = adapters.iter();
            let processor = all.find(|one| one.get_info().device_type == DeviceType::Cpu);
            let none = || "no software renderer is installed".to_owned();
            processor.cloned().ok_or_else(none)
        }));
    }
}

/// A frame was drawn.
pub(crate) fn drawn() {
    DRAWN.store(true, Ordering::Relaxed);
}

/// Runs the window; when it fails before its first frame, the program starts
/// again with the next renderer, unless one was asked for.
pub(crate) fn run(
    renderer: Renderer,
    asked_for: bool,
    window: impl FnOnce() -> eframe::Result,
) -> ExitCode {
    let why = match catch_unwind(AssertUnwindSafe(window)) {
        Ok(Ok(())) => return ExitCode::SUCCESS,
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the graphics driver failed".to_owned(),
    };
    let next = renderer
        .next()
        .filter(|_| !DRAWN.load(Ordering::Relaxed) && !asked_for);
    let Some(next) = next else {
        eprintln!(
            "crashcap-desktop: open the window with {}: {why}; try {OPTION} software, or record with `crashcap record` in a terminal",
            renderer.name()
        );
        return ExitCode::FAILURE;
    };
    eprintln!(
        "crashcap-desktop: open the window with {}: {why}; trying {}",
        renderer.name(),
        next.name()
    );
    restart(next)
}

/// Starts this program again and ends with it.
fn restart(with: Renderer) -> ExitCode {
    let Ok(program) = std::env::current_exe() else {
        return ExitCode::FAILURE;
    };
    let mut command = Command::new(program);
    command
        .args(arguments(std::env::args().skip(1)))
        .arg("--fallback-renderer")
        .arg(with.name());
    if with == Renderer::Software {
        command.env("LIBGL_ALWAYS_SOFTWARE", "1");
    }
    match command.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// The arguments without a renderer that was tried before.
fn arguments(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept = Vec::new();
    let mut all = all;
    while let Some(one) = all.next() {
        if one == "--fallback-renderer" {
            all.next();
        } else {
            kept.push(one);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_tried_once_and_software_last() {
        let mut tried = vec![Renderer::first()];
        while let Some(next) = tried.last().and_then(|last| last.next()) {
            tried.push(next);
        }
        assert_eq!(tried.len(), 3);
        assert_eq!(tried[2], Renderer::Software);
    }

    #[test]
    fn a_renderer_that_failed_is_not_asked_for_again() {
        let before = ["file.pcapng", "--fallback-renderer", "wgpu", "--x"];
        let kept = arguments(before.iter().map(ToString::to_string));
        assert_eq!(kept, ["file.pcapng", "--x"]);
    }
}
