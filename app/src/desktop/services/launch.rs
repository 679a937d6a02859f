//! A target that is launched for the recording: by this window, with its rights
//! and environment, in a process group of its own.

use std::ffi::OsString;
use std::io;
use std::process::Stdio;

use crossbeam_channel::{Receiver, bounded};

use crashcap_core::limits;
use crashcap_core::measure::Told;
use crashcap_core::recorder::OutputConditions;

use crate::launch::{self, Front, Launched, Outputs};

/// Starts a command as it was typed, up to its gate. What it writes goes nowhere;
/// what conditions hear in it is told.
///
/// # Errors
/// A sentence: what was typed is no command, or cannot be started.
pub(crate) fn launch(
    typed: &str,
    conditions: &OutputConditions,
) -> Result<(Launched, Receiver<Told>), String> {
    let mut words = words(typed)?;
    let program = words.remove(0);
    let outputs = Outputs {
        out: Stdio::null(),
        err: Stdio::null(),
    };
    let (tell, told) = bounded(limits::SIGNALS_QUEUED_MAX);
    let start = || {
        let (outputs, said) = outputs.heard_by(conditions, Front::Window)?;
        let launched = launch::launch(&program, &words, outputs, Front::Window)?;
        said.listen(conditions, &tell)?;
        io::Result::Ok(launched)
    };
    let launched = start().map_err(|error| {
        let program = program.to_string_lossy();
        format!("launch {program}: {error}; check the command")
    })?;
    Ok((launched, told))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crashcap_core::profile::RawProfile;

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
        let nobody = OutputConditions::of(&RawProfile::default().check().unwrap());
        let refused = launch("/no/such/program", &nobody).unwrap_err();
        assert!(
            refused.starts_with("launch /no/such/program: "),
            "{refused}"
        );
    }
}
