//! Which program is to be run, and why one cannot be.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use super::system;

/// A program with its arguments and what is added to its environment.
///
/// It is run as it is named, never through a shell: who wants one names it
/// ("sh", "-c", …).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Program {
    /// A path, or a name that is looked for in the folders of PATH.
    pub program: OsString,
    /// Its arguments, without its own name.
    pub arguments: Vec<OsString>,
    /// Variables that are added to the recorder's own.
    pub environment: Vec<(OsString, OsString)>,
}

impl Program {
    /// A program with arguments.
    #[must_use]
    pub fn new<S: Into<OsString>>(
        program: impl Into<OsString>,
        arguments: impl IntoIterator<Item = S>,
    ) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            environment: Vec::new(),
        }
    }

    /// The same with these variables added.
    #[must_use]
    pub fn with<N: Into<OsString>, V: Into<OsString>>(
        mut self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let pairs = variables
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()));
        self.environment.extend(pairs);
        self
    }

    /// How sentences call it: its name without folders.
    #[must_use]
    pub fn name(&self) -> String {
        let path = Path::new(&self.program);
        let name = path.file_name().unwrap_or(&self.program);
        name.to_string_lossy().into_owned()
    }

    /// Finds it as execvp(3) does, without running anything.
    ///
    /// # Errors
    /// What would stand in its way. A refusal by AppArmor or SELinux shows only
    /// when it is run.
    pub fn check(&self) -> Result<PathBuf, CannotRun> {
        if self.program.is_empty() {
            return Err(CannotRun::Empty);
        }
        let path = Path::new(&self.program);
        if path.components().count() > 1 || path.is_absolute() {
            return self.check_file(path);
        }
        let mut refused = None;
        for folder in system::folders(env::var_os("PATH").as_deref()) {
            match self.check_file(&folder.join(path)) {
                Ok(found) => return Ok(found),
                Err(CannotRun::NoSuchFile { .. } | CannotRun::NotAFile { .. }) => {}
                Err(other) => refused = refused.or(Some(other)),
            }
        }
        Err(refused.unwrap_or_else(|| CannotRun::NotInPath {
            program: self.program.clone(),
        }))
    }

    fn check_file(&self, path: &Path) -> Result<PathBuf, CannotRun> {
        let failed = |error: io::Error| self.why(path, &error);
        for path in system::spellings(path) {
            match path.metadata() {
                Ok(found) if found.is_file() => {
                    system::may_run(&path, &found).map_err(failed)?;
                    return Ok(path);
                }
                Ok(_) => return Err(CannotRun::NotAFile { path }),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Err(CannotRun::NoSuchFile {
            path: path.to_path_buf(),
        })
    }

    /// An error that says nothing of the file.
    pub(super) fn failed(&self, error: &io::Error) -> CannotRun {
        CannotRun::Failed {
            path: PathBuf::from(&self.program),
            reason: error.to_string(),
        }
    }

    /// What an error of the system means for this file.
    pub(super) fn why(&self, path: &Path, error: &io::Error) -> CannotRun {
        let path = path.to_path_buf();
        let there = path.metadata();
        match (error.kind(), &there) {
            (io::ErrorKind::NotFound, Ok(_)) => CannotRun::NoInterpreter { path },
            (io::ErrorKind::NotFound, Err(_)) => CannotRun::NoSuchFile { path },
            (io::ErrorKind::PermissionDenied, Ok(found)) if !system::has_mode(found) => {
                CannotRun::NotExecutable { path }
            }
            (io::ErrorKind::PermissionDenied, Ok(_)) => CannotRun::Refused { path },
            (io::ErrorKind::PermissionDenied, Err(_)) => CannotRun::Hidden { path },
            _ if system::is_no_program(error) => CannotRun::NotAProgram { path },
            _ => CannotRun::Failed {
                path,
                reason: error.to_string(),
            },
        }
    }
}

/// Why a program cannot be run, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotRun {
    /// There is no name.
    #[error("run a program: none is named; write its path first, then its arguments")]
    Empty,
    /// Nothing of this name is in the search path.
    #[error(
        "run {}: no folder of PATH has such a program; install it, or write its whole path",
        shown(.program)
    )]
    NotInPath {
        /// The name.
        program: OsString,
    },
    /// There is no such file.
    #[error("run {}: there is no such file; correct the path, or install the program", .path.display())]
    NoSuchFile {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// It is a folder or a device.
    #[error("run {}: it is no file; write the path of the program itself", .path.display())]
    NotAFile {
        /// What was named.
        path: PathBuf,
    },
    /// No mode bit lets anybody execute it.
    #[error("run {}: it is not executable; allow it with `chmod +x`", .path.display())]
    NotExecutable {
        /// The file.
        path: PathBuf,
    },
    /// The system refuses although the file is executable.
    #[error(
        "run {}: permission denied although the file is executable for somebody: this user may \
         not run it, its file system is mounted noexec, or AppArmor or SELinux forbids it; look \
         at `ls -l` and `findmnt -T` of it and for \"denied\" in `journalctl -k`, then allow it \
         or name another program",
        .path.display()
    )]
    Refused {
        /// The file.
        path: PathBuf,
    },
    /// A folder on the way cannot be entered.
    #[error(
        "run {}: permission denied on the way to it; allow this user to enter its folders, or \
         put the program elsewhere",
        .path.display()
    )]
    Hidden {
        /// The file.
        path: PathBuf,
    },
    /// The file is there, but not what it needs to run.
    #[error(
        "run {}: the file is there, but the interpreter in its first line, or the loader that \
         it needs, is not; install that, or correct the line",
        .path.display()
    )]
    NoInterpreter {
        /// The file.
        path: PathBuf,
    },
    /// The file is no program for this machine.
    #[error(
        "run {}: it is no program of this system; a script needs a first line that names its \
         interpreter, such as #!/bin/sh",
        .path.display()
    )]
    NotAProgram {
        /// The file.
        path: PathBuf,
    },
    /// Something else, in the system's words.
    #[error("run {}: {reason}; run it by hand to see why", .path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
}

fn shown(name: &OsStr) -> String {
    name.to_string_lossy().into_owned()
}
