//! A target that is launched for the recording.

use std::ffi::OsString;
use std::io::{self, stderr};
use std::process::Stdio;

use crossbeam_channel::{Receiver, Sender, bounded};

use crashcap_core::limits;
use crashcap_core::measure::Told;
use crashcap_core::recorder::{Command, OutputConditions};

use crate::cli::exit::{Exit, Failure};
use crate::launch::pass::Said;
use crate::launch::{self, Front, Launched, Outputs};

/// A target at its gate, and what it will say where conditions listen to that.
pub(super) struct AtGate {
    launched: Launched,
    said: Said,
}

/// Starts the command up to its gate. With `--json`, standard output belongs to
/// the events, so the target writes to standard error.
pub(super) fn launch(
    command: &[OsString],
    json: bool,
    conditions: &OutputConditions,
) -> Result<Option<AtGate>, Failure> {
    let Some((program, arguments)) = command.split_first() else {
        return Ok(None);
    };
    let outputs = Outputs {
        out: if json {
            stderr().into()
        } else {
            Stdio::inherit()
        },
        // Not inherited: where the target is heard, another process writes there, and
        // to that it is not standard error.
        err: stderr().into(),
    };
    let start = || {
        let (outputs, said) = outputs.heard_by(conditions, Front::Terminal)?;
        let launched = launch::launch(program, arguments, outputs, Front::Terminal)?;
        io::Result::Ok(AtGate { launched, said })
    };
    start().map(Some).map_err(|error| {
        Failure::new(
            Exit::NotFound,
            format!(
                "launch {}: {error}; check the command after --",
                program.to_string_lossy()
            ),
        )
    })
}

impl AtGate {
    /// Its process, from now on.
    pub(super) fn pid(&self) -> u32 {
        self.launched.pid
    }

    /// Recording runs: the target may, and what it says is heard.
    ///
    /// # Errors
    /// Nobody can listen; the target runs all the same.
    pub(super) fn let_go(
        self,
        conditions: &OutputConditions,
        commands: Sender<Command>,
    ) -> io::Result<()> {
        let (words, told) = bounded(limits::SIGNALS_QUEUED_MAX);
        let heard = self.said.listen(conditions, &words).and_then(|()| {
            let pass = move || pass_on(&told, &commands);
            let thread = std::thread::Builder::new().name("heard".into());
            thread.spawn(pass).map(drop)
        });
        self.launched.let_go();
        heard
    }
}

fn pass_on(told: &Receiver<Told>, commands: &Sender<Command>) {
    for command in told.iter().filter_map(Command::of_told) {
        if commands.send(command).is_err() {
            // The recording is over.
            return;
        }
    }
}
