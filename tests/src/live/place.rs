//! A test's own folders, and the program run in them.

use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::{self, JoinHandle};

use shared_child::SharedChild;
use tempfile::TempDir;

use super::recording::Recording;
use super::{PATIENCE, crashcap, until};

/// Where one test records: its folders, and its own place for the sockets by
/// which recorders are asked, so that tests don't hear each other's.
#[derive(Debug)]
pub struct Place {
    root: TempDir,
}

/// How a program ended that has ended.
#[derive(Clone, Debug)]
pub struct Said {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub output: String,
    /// Standard error.
    pub errors: String,
}

impl Place {
    /// New and empty folders.
    ///
    /// # Panics
    /// When they cannot be made.
    pub fn new() -> Self {
        let place = Self {
            root: tempfile::tempdir().unwrap(),
        };
        for folder in [place.incidents(), place.fallback(), place.path("run")] {
            fs::create_dir(folder).unwrap();
        }
        place
    }

    /// A path within it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Where incidents go.
    pub fn incidents(&self) -> PathBuf {
        self.path("incidents")
    }

    /// Where they go when that is not possible.
    pub fn fallback(&self) -> PathBuf {
        self.path("fallback")
    }

    /// The files in the folder of incidents.
    ///
    /// # Panics
    /// When it cannot be read.
    pub fn saved_files(&self) -> Vec<PathBuf> {
        files(&self.incidents())
    }

    /// The files in the fallback folder.
    ///
    /// # Panics
    /// When it cannot be read.
    pub fn fallback_files(&self) -> Vec<PathBuf> {
        files(&self.fallback())
    }

    /// The first file of the incidents, as soon as it is there.
    ///
    /// # Panics
    /// When none comes.
    pub fn first_file(&self) -> PathBuf {
        until("a saved file", || self.saved_files().into_iter().next())
    }

    /// The program under test with these arguments.
    pub fn crashcap<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut command = Command::new(crashcap());
        command.args(arguments);
        self.environment(&mut command);
        command
    }

    /// What makes a program look here for sockets and temporary files.
    pub fn environment(&self, command: &mut Command) {
        command
            .env("XDG_RUNTIME_DIR", self.path("run"))
            .env("TMPDIR", self.root.path())
            .current_dir(self.root.path())
            .stdin(Stdio::null());
    }

    /// The program under test, run to its end.
    pub fn said(&self, arguments: &[&str]) -> Said {
        run(&mut self.crashcap(arguments))
    }

    /// The arguments of a small recording into these folders; what `more` says wins.
    pub fn record_arguments(&self, more: &[&str]) -> Vec<String> {
        let folder = self.incidents().display().to_string();
        let fallback = self.fallback().display().to_string();
        let mut all = vec!["record".to_owned(), "--json".to_owned()];
        let small = [
            ("--interface", "lo"),
            ("--ring", "8MB"),
            ("--kernel-buffer", "2MiB"),
            ("--tail", "100ms"),
            ("--folder", &folder),
            ("--fallback-dir", &fallback),
        ];
        for (name, value) in small {
            if !more.contains(&name) {
                all.extend([name.to_owned(), value.to_owned()]);
            }
        }
        all.extend(more.iter().map(ToString::to_string));
        all
    }

    /// Starts a small recording on loopback, and waits until it records.
    pub fn record(&self, more: &[&str]) -> Recording {
        let mut recording = self.start(more);
        recording.wait_until_recording();
        recording
    }

    /// The same without waiting.
    pub fn start(&self, more: &[&str]) -> Recording {
        Recording::start(&mut self.crashcap(&self.record_arguments(more)))
    }

    /// A recording that is expected to be refused.
    pub fn refused(&self, more: &[&str]) -> Said {
        run(&mut self.crashcap(&self.record_arguments(more)))
    }
}

/// Runs a program to its end.
///
/// # Panics
/// When it cannot be started, or does not end.
pub fn run(command: &mut Command) -> Said {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = SharedChild::spawn(child).unwrap();
    let output = everything(child.take_stdout().unwrap());
    let errors = everything(child.take_stderr().unwrap());
    let status = child.wait_timeout(PATIENCE).unwrap();
    if status.is_none() {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let said = Said {
        code: status.and_then(|status| status.code()),
        output: output.join().unwrap(),
        errors: errors.join().unwrap(),
    };
    assert!(status.is_some(), "it did not end: {command:?}: {said:?}");
    said
}

/// Everything that is said on one output.
fn everything(mut source: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        source.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

impl Said {
    /// It was refused with this code, and the sentence has all these parts.
    ///
    /// # Panics
    /// When not.
    pub fn assert_refused(&self, code: i32, parts: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        for part in parts {
            assert!(self.errors.contains(part), "{part:?} is not in {self:?}");
        }
        assert_eq!(self.errors.lines().count(), 1, "one sentence: {self:?}");
        assert_eq!(self.output, "", "{self:?}");
    }
}

impl Default for Place {
    fn default() -> Self {
        Self::new()
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}
