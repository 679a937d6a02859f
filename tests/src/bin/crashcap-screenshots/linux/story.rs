//! The story, played in the window, with a picture of each screen on the way.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crashcap_tests::live::{Display, Place, Window, crashcap_desktop};
use crossbeam_channel::after;

use super::apart::{HOME, choose_theme};
use super::lab::{self, PORT, SERVER};
use super::{Failure, picture};

/// So long traffic is shown before a picture of it: the lines get a shape.
const BEFORE: Duration = Duration::from_secs(12);
const RECORDED: Duration = Duration::from_secs(16);
/// A screen that was asked for has been drawn by then, and its pointer is gone.
const SETTLED: Duration = Duration::from_millis(700);

/// A window, and where its pictures go.
struct Stage<'a> {
    window: Window,
    display: String,
    /// The window's number, in the display's words.
    id: String,
    theme: &'a str,
    folder: &'a Path,
}

/// All screens with this theme.
pub(super) fn play(theme: &str, folder: &Path) -> Result<(), Failure> {
    choose_theme(theme)?;
    let place = Place::new();
    let _server = lab::server()?;
    let load = lab::load(&["--no-poison"])?;
    let stage = open(&place, &profile(&place)?, theme, folder);
    pass(BEFORE);
    // The profile names the target; the list of processes tells more in a picture.
    stage.window.click_on("Button", "Process");
    stage.window.click_on("TextInput", "Search processes");
    stage.window.text(SERVER);
    let row = stage.window.wait_for("the server's row", |one| {
        one.role == "ListBoxOption" && one.name.starts_with(SERVER) && one.says(PORT)
    });
    stage.window.click(&row);
    stage.take("set-up")?;
    stage.window.key("ctrl+shift+t");
    stage
        .window
        .wait_for("triggers", |one| one.is("Button", "Test triggers now"));
    // What each sees is looked at each second.
    stage.window.wait_for_text("now");
    stage.take("triggers")?;
    stage.window.key("Escape");
    stage.window.key("ctrl+e");
    stage.window.wait_for_title("^Recording");
    pass(RECORDED);
    stage.take("recording")?;
    stage.window.key("ctrl+p");
    stage.window.wait_for_text("recording went on");
    stage.window.click_on("Button", "Close");
    stage.window.key("ctrl+shift+k");
    let field = "Find a command";
    stage
        .window
        .wait_for("the palette", |one| one.is("TextInput", field));
    stage.window.text("save");
    stage.take("palette")?;
    stage.window.key("Escape");
    drop(load);
    let _load = lab::load(&["--poison-after", "4s"])?;
    stage.window.wait_for_title("^Frozen: ");
    stage.window.wait_for_text("was killed by SIGSEGV");
    stage.take("incident")?;
    stage.window.key("ctrl+w");
    stage.window.key("ctrl+3");
    stage
        .window
        .wait_for("a saved incident", |one| one.role == "ListBoxOption");
    stage.take("incidents")?;
    stage.window.key("ctrl+shift+p");
    stage.take("settings")
}

impl Stage<'_> {
    /// Takes the picture of the screen that is shown.
    fn take(&self, name: &str) -> Result<(), Failure> {
        pass(SETTLED);
        let file = format!("{name}-{}.png", self.theme);
        picture::take(&self.display, &self.id, &self.folder.join(file))
    }
}

/// Lets time pass: a picture of traffic shows time.
fn pass(time: Duration) {
    // The channel delivers once, when the time has passed.
    let _ = after(time).recv();
}

fn open<'a>(place: &Place, profile: &Path, theme: &'a str, folder: &'a Path) -> Stage<'a> {
    let display = Display::new();
    let name = display.name().to_owned();
    // The home of the place has a name that differs from run to run.
    let mut command = Command::new("env");
    command
        .arg(format!("HOME={HOME}"))
        .arg(crashcap_desktop())
        .arg("--profile")
        .arg(profile);
    let window = Window::open_by(command, display, place);
    Stage {
        id: window.wait_for_title("^Crashcap$"),
        window,
        display: name,
        theme,
        folder,
    }
}

fn profile(place: &Place) -> Result<PathBuf, Failure> {
    let path = place.path("story.toml");
    let text = format!(
        "[capture]\ninterfaces = [\"lo\"]\nfilter = \"tcp port {PORT}\"\n\
         [ring]\nsize = \"150MB\"\n[target]\nname = \"{SERVER}\"\n\
         [[trigger]]\nkind = \"exit\"\n\
         [[trigger]]\nkind = \"sockets\"\nstates = [\"CLOSE_WAIT\"]\nabove = 100\nsustained = \"5s\"\n\
         [[action]]\nkind = \"evidence\"\nparts = [\"sockets\", \"process\"]\n[save]\nfolder = \"{HOME}/Crashcap\"\n"
    );
    std::fs::write(&path, text).map_err(|source| Failure::System {
        doing: "write the profile",
        source,
    })?;
    Ok(path)
}
