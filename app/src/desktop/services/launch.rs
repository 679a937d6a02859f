//! A target that is launched for the recording: by this window, with its rights
//! and environment, in a process group of its own.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::path::Path;
use std::process::Stdio;

use crate::launch::{self, Front, Launched, Outputs};

/// Starts a command as it was typed, up to its gate. What it writes goes nowhere,
/// or to the end of `log`.
///
/// # Errors
/// A sentence: what was typed is no command, or cannot be started.
pub(crate) fn launch(typed: &str, log: Option<&Path>) -> Result<Launched, String> {
    let mut words = words(typed)?;
    let program = words.remove(0);
    let outputs = match log {
        None => Outputs {
            out: Stdio::null(),
            err: Stdio::null(),
        },
        Some(path) => into_log(path)?,
    };
    launch::launch(&program, &words, outputs, Front::Window).map_err(|error| {
        let program = program.to_string_lossy();
        format!("launch {program}: {error}; check the command")
    })
}

/// The words of a command as a shell would take them; one at least.
fn words(typed: &str) -> Result<Vec<OsString>, String> {
    // On Windows a backslash is a part of paths and escapes nothing.
    let typed = if cfg!(windows) {
        typed.replace('\\', "\\\\")
    } else {
        typed.to_owned()
    };
    let words = shell_words::split(&typed)
        .map_err(|_| "A quote in the command to launch is not closed.".to_owned())?;
    if words.first().is_none_or(String::is_empty) {
        return Err("Type the command that starts the target.".into());
    }
    Ok(words.into_iter().map(OsString::from).collect())
}

fn into_log(path: &Path) -> Result<Outputs, String> {
    let open = || {
        let out = OpenOptions::new().create(true).append(true).open(path)?;
        let err = out.try_clone()?;
        Ok(Outputs {
            out: out.into(),
            err: err.into(),
        })
    };
    open().map_err(|error: std::io::Error| {
        format!(
            "open the target's log {}: {error}; choose another",
            path.display()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_keep_words_together() {
        let expected = ["./my server", "--name", "a b", ""].map(OsString::from);
        let typed = "'./my server' --name \"a b\" ''";
        assert_eq!(words(typed), Ok(expected.to_vec()));
        for typed in ["", "   ", "'' x", "server 'open"] {
            assert!(words(typed).is_err(), "{typed:?}");
        }
    }

    #[test]
    #[cfg(windows)]
    fn a_backslash_is_a_part_of_a_path() {
        let words = words(r#""C:\Program Files\x.exe" C:\y"#).unwrap();
        assert_eq!(
            words,
            [r"C:\Program Files\x.exe", r"C:\y"].map(OsString::from)
        );
    }

    #[test]
    fn what_cannot_be_started_is_told() {
        let refused = launch("/no/such/program", None).unwrap_err();
        assert!(
            refused.starts_with("launch /no/such/program: "),
            "{refused}"
        );
        let refused = launch("true", Some(Path::new("/no/such/folder/log"))).unwrap_err();
        assert!(refused.contains("/no/such/folder/log"), "{refused}");
    }
}
