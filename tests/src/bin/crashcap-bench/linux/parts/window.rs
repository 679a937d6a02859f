//! What the window costs beside its recorder: while it has the focus, while another has it, and
//! minimised; its memory; and how long it takes to its first frame.
//!
//! The display has no screen, so that Mesa draws on the processor (llvmpipe). Its threads are
//! counted apart: with a graphics card that work is not the processor's.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crashcap_tests::lab::system::LOOPBACK;
use crossbeam_channel::{after, tick};
use serde::Serialize;
use tempfile::TempDir;

use super::super::capturer::Places;
use super::super::child::Program;
use super::super::failure::Failure;
use super::super::statistics::Spread;
use super::super::usage::{Shares, cpu_ns, cpu_shares, memory};
use super::Extent;

const LIMIT: Duration = Duration::from_secs(30);
/// A state of the window lasts before it is measured: what changes it costs too.
const SETTLE: Duration = Duration::from_secs(2);
const CONNECTIONS: &str = "16";
/// What the window writes for tests: there after its first frame.
const TREE: &str = "CRASHCAP_ACCESSIBLE_TREE";
/// What it writes for this bench: a line for each frame, in milliseconds.
const FRAMES: &str = "CRASHCAP_FRAME_TIMES";

/// How the window is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Shown {
    Focused,
    Unfocused,
    Minimised,
}

impl Shown {
    const ALL: [Self; 3] = [Self::Focused, Self::Unfocused, Self::Minimised];

    /// In the tables.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Focused => "seen, with the focus",
            Self::Unfocused => "seen, without the focus",
            Self::Minimised => "minimised",
        }
    }
}

/// Hundredths of one core while 3000 requests a second are recorded.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Load {
    pub(crate) shown: Shown,
    /// The window without the threads that draw.
    pub(crate) window: f64,
    /// Those threads.
    pub(crate) drawing: f64,
    /// The recorder, the window's child.
    pub(crate) recorder: f64,
    /// Milliseconds of a frame: egui and tessellation, without rasterising. None where none
    /// was drawn.
    pub(crate) frame_ms: Option<Spread>,
}

/// Everything about the window.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Window {
    /// Milliseconds from its start to its first frame, laid out.
    pub(crate) first_frame_ms: Spread,
    pub(crate) loads: Vec<Load>,
    /// Seconds that each state was measured.
    pub(crate) seconds: u64,
    /// Bytes resident, and the part of them that is its own.
    pub(crate) resident: u64,
    pub(crate) proportional: u64,
}

/// Measures it all.
pub(crate) fn measure(extent: &Extent, places: &Places, window: &Path) -> Result<Window, Failure> {
    let display = Display::start()?;
    let starts = (0..extent.window_starts).map(|number| {
        eprintln!("window: start {} of {}", number + 1, extent.window_starts);
        first_frame_ms(&display, places, window)
    });
    let starts: Vec<f64> = starts.collect::<Result<_, _>>()?;
    let none = || Failure::Impossible("no start of the window was asked for".to_owned());
    let first_frame_ms = Spread::of(starts).ok_or_else(none)?;

    let (_server, _load) = traffic(places)?;
    let shown = Session::start(&display, places, window)?;
    shown.key("ctrl+e")?;
    shown.wait_for_title("^Recording")?;
    let recorder = shown.recorder()?;
    let mut loads = Vec::new();
    for state in Shown::ALL {
        eprintln!("window: {}", state.words());
        let _beside = match state {
            Shown::Focused => None,
            // Another window takes the focus, as on any desktop.
            Shown::Unfocused => Some(Session::start(&display, places, window)?),
            Shown::Minimised => {
                shown.minimise()?;
                None
            }
        };
        pass(SETTLE);
        let began = Instant::now();
        let (window, child) = (cpu_shares(shown.pid())?, cpu_ns(recorder)?);
        let before = shown.frames_ms()?.len();
        pass(Duration::from_secs(extent.window_seconds));
        let (window, child) = (
            cpu_shares(shown.pid())?.since(window),
            cpu_ns(recorder)? - child,
        );
        let core = began.elapsed().as_nanos() as f64;
        let frames = shown.frames_ms()?;
        let percent = |ns: u64| ns as f64 * 100.0 / core;
        let Shares { own_ns, drawing_ns } = window;
        loads.push(Load {
            shown: state,
            window: percent(own_ns),
            drawing: percent(drawing_ns),
            recorder: percent(child),
            frame_ms: Spread::of(frames.into_iter().skip(before)),
        });
    }
    let (resident, proportional) = memory(shown.pid())?;
    Ok(Window {
        first_frame_ms,
        loads,
        seconds: extent.window_seconds,
        resident,
        proportional,
    })
}

/// Lets time pass.
fn pass(time: Duration) {
    // The channel delivers once, when the time has passed.
    let _ = after(time).recv();
}

/// Looks for something that nothing tells of, every millisecond.
fn until<T>(
    what: &str,
    mut found: impl FnMut() -> Result<Option<T>, Failure>,
) -> Result<T, Failure> {
    let (again, enough) = (tick(Duration::from_millis(1)), after(LIMIT));
    loop {
        if let Some(found) = found()? {
            return Ok(found);
        }
        let _ = again.recv();
        if enough.try_recv().is_ok() {
            return Err(Failure::Impossible(format!("waited in vain for {what}")));
        }
    }
}

fn first_frame_ms(display: &Display, places: &Places, window: &Path) -> Result<f64, Failure> {
    let folder = places.folder()?;
    let tree = folder.path().join("tree");
    let mut command = display.window(window, &folder);
    command.env(TREE, &tree);
    let began = Instant::now();
    let _program = Program::start("crashcap-desktop", command, None)?;
    until("the first frame", || match fs::metadata(&tree) {
        Ok(_) => Ok(Some(())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::system("look for the first frame")(error)),
    })?;
    Ok(began.elapsed().as_secs_f64() * 1e3)
}

/// The crash lab's server and 3000 requests a second to it.
fn traffic(places: &Places) -> Result<(Program, Program), Failure> {
    let mut command = Command::new(&places.crashlab);
    command.args(["server", "--port", PORT, "--threads", CONNECTIONS]);
    let mut server = Program::start("crashlab server", command, None)?;
    server.wait_for("its address", LIMIT, |line| {
        Ok(line.text.starts_with("listening on ").then_some(()))
    })?;
    let mut command = Command::new(&places.crashlab);
    command
        .args(["load", "--no-poison", "--rate", "3000", "--connections"])
        .args([CONNECTIONS, "--duration", "300s", "--connect"])
        .arg(format!("127.0.0.1:{PORT}"));
    Ok((server, Program::start("crashlab load", command, None)?))
}

const PORT: &str = "9973";

/// A display without a screen, with a window manager.
struct Display {
    name: String,
    _manager: Program,
    _server: Program,
}

impl Display {
    fn start() -> Result<Self, Failure> {
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-nolisten", "tcp"]);
        command.args(["-screen", "0", "1400x900x24"]);
        let mut server = Program::start("Xvfb", command, None)?;
        let name = server.wait_for("its number", LIMIT, |line| {
            let number = line.text.trim().parse::<u32>().ok();
            Ok(number
                .filter(|_| !line.on_stderr)
                .map(|number| format!(":{number}")))
        })?;
        let mut command = Command::new("openbox");
        command.args(["--sm-disable", "--config-file", "/dev/null"]);
        let manager = Program::start("openbox", with(command, &name), None)?;
        let display = Self {
            name,
            _manager: manager,
            _server: server,
        };
        until("the window manager", || {
            let told = display.ask("xprop", &["-root", "_NET_SUPPORTING_WM_CHECK"])?;
            Ok(told.contains("window id").then_some(()))
        })?;
        Ok(display)
    }

    /// The window as it is started for the first time, with everything of its own in a folder.
    fn window(&self, program: &Path, folder: &TempDir) -> Command {
        let mut command = with(Command::new(program), &self.name);
        command
            .env("HOME", folder.path())
            .env("XDG_RUNTIME_DIR", folder.path())
            .env("LIBGL_ALWAYS_SOFTWARE", "1");
        for variable in [
            "WAYLAND_DISPLAY",
            "XDG_CONFIG_HOME",
            "XDG_DATA_HOME",
            "XDG_STATE_HOME",
            "DBUS_SESSION_BUS_ADDRESS",
        ] {
            command.env_remove(variable);
        }
        command
    }

    fn ask(&self, program: &str, arguments: &[&str]) -> Result<String, Failure> {
        let mut command = Command::new("timeout");
        command.arg("30").arg(program).args(arguments);
        let output = with(command, &self.name).output();
        let output = output.map_err(|source| Failure::Start {
            program: program.into(),
            source,
        })?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
        }
        Err(Failure::Refused {
            command: format!("{program} {}", arguments.join(" ")),
            said: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        })
    }
}

fn with(mut command: Command, display: &str) -> Command {
    command.env("DISPLAY", display);
    command
}

/// A window, ready to record.
struct Session<'a> {
    display: &'a Display,
    // Before the folder, so that it is dead before its files go.
    program: Program,
    id: String,
    frames: PathBuf,
    _folder: TempDir,
}

impl<'a> Session<'a> {
    fn start(display: &'a Display, places: &Places, window: &Path) -> Result<Self, Failure> {
        let folder = places.folder()?;
        let profile = profile(folder.path())?;
        let mut command = display.window(window, &folder);
        let frames = folder.path().join("frames");
        command.arg("--profile").arg(profile).env(FRAMES, &frames);
        let program = Program::start("crashcap-desktop", command, None)?;
        let mut session = Self {
            display,
            program,
            id: String::new(),
            frames,
            _folder: folder,
        };
        session.id = session.wait_for_title("^Crashcap$")?;
        session.activate()?;
        Ok(session)
    }

    fn pid(&self) -> u32 {
        self.program.pid()
    }

    /// How long each frame took until now.
    fn frames_ms(&self) -> Result<Vec<f64>, Failure> {
        let text = fs::read_to_string(&self.frames);
        let text = text.map_err(Failure::system("read the window's frame times"))?;
        Ok(text.lines().filter_map(|line| line.parse().ok()).collect())
    }

    fn key(&self, key: &str) -> Result<(), Failure> {
        self.display.ask("xdotool", &["key", key]).map(drop)
    }

    fn wait_for_title(&self, pattern: &str) -> Result<String, Failure> {
        let search = [
            "search",
            "--sync",
            "--onlyvisible",
            "--limit",
            "1",
            "--name",
        ];
        self.display
            .ask("xdotool", &[&search[..], &[pattern]].concat())
    }

    /// Gives it the focus.
    fn activate(&self) -> Result<(), Failure> {
        let activate = ["windowactivate", "--sync", &self.id];
        self.display.ask("xdotool", &activate).map(drop)
    }

    fn minimise(&self) -> Result<(), Failure> {
        let minimise = ["windowminimize", &self.id];
        self.display.ask("xdotool", &minimise)?;
        until("the minimised window", || {
            let told = self.display.ask("xprop", &["-id", &self.id, "WM_STATE"])?;
            Ok(told.contains("Iconic").then_some(()))
        })
    }

    /// The newest child that serves; another checks filters.
    fn recorder(&self) -> Result<u32, Failure> {
        until("the recorder", || {
            let pid = self.pid();
            let mut children = String::new();
            let reading = || Failure::system("read the window's children");
            for thread in fs::read_dir(format!("/proc/{pid}/task")).map_err(reading())? {
                let path = thread.map_err(reading())?.path().join("children");
                // A thread may end between the listing and the reading.
                children.push_str(&fs::read_to_string(path).unwrap_or_default());
            }
            let serves = |child: &u32| {
                let line = fs::read(format!("/proc/{child}/cmdline")).unwrap_or_default();
                line.split(|byte| *byte == 0).any(|word| word == b"serve")
            };
            let children = children.split_whitespace().rev();
            Ok(children.filter_map(|one| one.parse().ok()).find(serves))
        })
    }
}

fn profile(folder: &Path) -> Result<PathBuf, Failure> {
    let path = folder.join("profile.toml");
    let text = format!(
        "[capture]\ninterfaces = [{LOOPBACK:?}]\nfilter = \"tcp port {PORT}\"\n\
         [ring]\nsize = \"150MB\"\n[target]\nport = {PORT}\n[[trigger]]\nkind = \"exit\"\n\
         [save]\nfolder = {folder:?}\n"
    );
    fs::write(&path, text).map_err(|source| Failure::Write {
        path: path.clone(),
        source,
    })?;
    Ok(path)
}
