//! Which renderer draws: the usual one of the system first, and when it fails
//! at start (a remote desktop, a virtual machine) the next.
//!
//! The program restarts itself for that, before any recorder runs: a graphics
//! driver that failed is not to be trusted to clean up.

use std::any::Any;
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::launch::OWN_VARIABLE;
use crate::model::Renderer;

/// The option that names it.
pub(crate) const OPTION: &str = "--renderer";

/// The hidden one that a restarted program is given.
const FALLBACK: &str = "--fallback-renderer";
/// Makes Mesa's OpenGL draw on the processor, and is read when that is loaded.
const MESA_SOFTWARE: &str = "LIBGL_ALWAYS_SOFTWARE";

/// Set when the first frame was drawn: from then on nothing is tried anew.
static DRAWN: AtomicBool = AtomicBool::new(false);

impl Renderer {
    /// In which order they are tried: what the settings ask for, then the usual
    /// ones. Windows has only OpenGL 1.1 over a remote desktop; elsewhere OpenGL
    /// starts quicker and takes less memory.
    fn order(windows: bool, preferred: Option<Self>) -> Vec<Self> {
        let mut order = if windows {
            vec![Self::Wgpu, Self::Glow, Self::Software]
        } else {
            vec![Self::Glow, Self::Wgpu, Self::Software]
        };
        if let Some(preferred) = preferred {
            order.retain(|one| *one != preferred);
            order.insert(0, preferred);
        }
        order
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
    fn choose(self, options: &mut eframe::NativeOptions) {
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

/// What to draw with.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Choice {
    /// Asked for on the command line: this one and no other.
    pub(crate) forced: Option<Renderer>,
    /// The settings' wish.
    pub(crate) preferred: Option<Renderer>,
    /// What is tried after another failed.
    pub(crate) fallback: Option<Renderer>,
}

impl Choice {
    /// The one to try now.
    fn now(self) -> Renderer {
        let order = Renderer::order(cfg!(windows), self.preferred);
        self.forced.or(self.fallback).unwrap_or(order[0])
    }

    /// The one to try when that failed.
    fn next(self) -> Option<Renderer> {
        if self.forced.is_some() {
            return None;
        }
        let order = Renderer::order(cfg!(windows), self.preferred);
        let at = order.iter().position(|one| *one == self.now())?;
        order.get(at + 1).copied()
    }
}

/// Runs the window; when it fails before its first frame, the program starts
/// again with the next renderer.
pub(crate) fn run(
    choice: Choice,
    mut options: eframe::NativeOptions,
    window: impl FnOnce(eframe::NativeOptions) -> eframe::Result,
) -> ExitCode {
    let renderer = choice.now();
    if renderer == Renderer::Software
        && cfg!(target_os = "linux")
        && std::env::var_os(MESA_SOFTWARE).is_none()
    {
        return restart(renderer);
    }
    renderer.choose(&mut options);
    let why = match catch_unwind(AssertUnwindSafe(|| window(options))) {
        Ok(Ok(())) => return ExitCode::SUCCESS,
        // No renderer helps where there is no display.
        Ok(Err(eframe::Error::WinitEventLoop(_))) => {
            eprintln!(
                "crashcap-desktop: open a window: no display answers here; record with `crashcap record` in a terminal"
            );
            return ExitCode::FAILURE;
        }
        Ok(Err(error)) => error.to_string(),
        Err(panic) => in_words(&*panic),
    };
    let failed = format!(
        "crashcap-desktop: draw the window with {}: {why}",
        renderer.name()
    );
    if DRAWN.load(Ordering::Relaxed) {
        eprintln!("{failed}");
        return ExitCode::FAILURE;
    }
    let Some(next) = choice.next() else {
        let software = match renderer {
            Renderer::Software => String::new(),
            _ => format!("try {OPTION} software, or "),
        };
        eprintln!("{failed}; {software}record with `crashcap record` in a terminal");
        return ExitCode::FAILURE;
    };
    eprintln!("{failed}; trying {}", next.name());
    restart(next)
}

fn in_words(panic: &(dyn Any + Send)) -> String {
    let words = panic.downcast_ref::<&str>().map(ToString::to_string);
    let words = words.or_else(|| panic.downcast_ref::<String>().cloned());
    words.unwrap_or_else(|| "the graphics driver failed".to_owned())
}

/// Starts this program again and ends with it.
fn restart(with: Renderer) -> ExitCode {
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => {
            eprintln!("crashcap-desktop: find this program to start it again: {error}");
            return ExitCode::FAILURE;
        }
    };
    let mut command = Command::new(program);
    command
        .args(arguments(std::env::args_os().skip(1)))
        .arg(FALLBACK)
        .arg(with.name());
    if with == Renderer::Software && std::env::var_os(MESA_SOFTWARE).is_none() {
        // What this window starts draws as the user has it.
        command
            .env(MESA_SOFTWARE, "1")
            .env(OWN_VARIABLE, MESA_SOFTWARE);
    }
    replace(&mut command)
}

/// The new program takes the place of this one.
#[cfg(unix)]
fn replace(command: &mut Command) -> ExitCode {
    use std::os::unix::process::CommandExt;
    let error = command.exec();
    eprintln!("crashcap-desktop: start this program again: {error}");
    ExitCode::FAILURE
}

/// The new program goes on when this one has ended.
#[cfg(not(unix))]
fn replace(command: &mut Command) -> ExitCode {
    match command.spawn() {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("crashcap-desktop: start this program again: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The arguments without a renderer that was tried before.
fn arguments(mut all: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut kept = Vec::new();
    while let Some(one) = all.next() {
        if one == FALLBACK {
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

    /// What is tried, one after the other.
    fn tried(mut choice: Choice) -> Vec<Renderer> {
        let mut tried = vec![choice.now()];
        while let Some(next) = choice.next() {
            tried.push(next);
            choice.fallback = Some(next);
        }
        tried
    }

    #[test]
    fn each_is_tried_once_the_usual_one_of_the_system_first() {
        use Renderer::{Glow, Software, Wgpu};
        assert_eq!(Renderer::order(true, None), [Wgpu, Glow, Software]);
        assert_eq!(Renderer::order(false, None), [Glow, Wgpu, Software]);
        let usual = Renderer::order(cfg!(windows), None);
        assert_eq!(tried(Choice::default()), usual);
        let choice = Choice {
            preferred: Some(Software),
            ..Choice::default()
        };
        let order = [&[Software], &usual[..2]].concat();
        assert_eq!(tried(choice), order);
        for forced in [Glow, Wgpu, Software] {
            let choice = Choice {
                forced: Some(forced),
                ..choice
            };
            assert_eq!(tried(choice), [forced]);
        }
    }

    #[test]
    fn a_renderer_that_failed_is_not_asked_for_again() {
        let before = ["file.pcapng", FALLBACK, "wgpu", "--x"];
        let kept = arguments(before.iter().map(OsString::from));
        assert_eq!(kept, ["file.pcapng", "--x"]);
    }
}
