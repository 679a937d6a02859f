//! "Allow always": `crashcap grant-rights` as root by way of pkexec, on a thread
//! of its own, which waits for the password.

use std::process::{Command, Output, Stdio};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::services::Wake;

/// The asking that is under way, and what came of it.
pub(crate) struct Always {
    done: Receiver<Result<(), String>>,
    #[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux asks"))]
    tell: Sender<Result<(), String>>,
    #[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux asks"))]
    wake: Wake,
}

impl Always {
    pub(crate) fn new(wake: Wake) -> Self {
        let (tell, done) = bounded(1);
        Self { done, tell, wake }
    }

    /// Runs a command that gives the right. What comes of it is told by [`Self::take`].
    ///
    /// # Errors
    /// A sentence: there is no thread for it.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux asks"))]
    pub(crate) fn begin(&self, mut command: Command) -> Result<(), String> {
        let (tell, wake) = (self.tell.clone(), self.wake.clone());
        let run = move || {
            let output = command.stdin(Stdio::null()).output();
            let done = match output {
                Ok(output) => of(&output),
                Err(error) => {
                    let program = command.get_program().display();
                    Err(format!(
                        "Nothing was changed: {program} cannot be started ({error})."
                    ))
                }
            };
            // The window may be gone.
            if tell.send(done).is_ok() {
                wake();
            }
        };
        let thread = std::thread::Builder::new().name("allow always".into());
        let begun = thread.spawn(run);
        begun
            .map(|_| ())
            .map_err(|error| format!("start a thread: {error}; try again later"))
    }

    /// What came of it, if it is done: an error is a sentence.
    pub(crate) fn take(&self) -> Option<Result<(), String>> {
        self.done.try_recv().ok()
    }
}

/// What pkexec answers itself (pkexec(1)), or the program that it ran.
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux asks"))]
fn of(output: &Output) -> Result<(), String> {
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.trim().lines().last().unwrap_or_default();
    Err(match output.status.code() {
        Some(0) => return Ok(()),
        Some(126) => "Nothing was changed: the administrator's password was not given.".into(),
        Some(127) => format!(
            "Nothing was changed: this computer did not let you ask for an administrator's \
             password{}.",
            in_brackets(said)
        ),
        _ => format!(
            "You may still not capture: it failed ({}){}.",
            output.status,
            in_brackets(said)
        ),
    })
}

#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux asks"))]
fn in_brackets(said: &str) -> String {
    match said {
        "" => String::new(),
        said => format!(" ({})", said.trim_end_matches('.')),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::time::Duration;

    fn played(script: &str) -> Result<(), String> {
        let (woken, wakes) = bounded(1);
        let always = Always::new(Arc::new(move || {
            let _ = woken.try_send(());
        }));
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        always.begin(command).unwrap();
        wakes.recv_timeout(Duration::from_secs(20)).unwrap();
        always.take().unwrap()
    }

    #[test]
    fn every_answer_of_pkexec_has_its_sentence() {
        assert_eq!(played("exit 0"), Ok(()));
        let sentences = [
            "exit 126",
            "exit 127",
            "echo one >&2; echo 'No authentication agent found.' >&2; exit 127",
            "echo 'make the group crashcap: groupadd: no room' >&2; exit 1",
        ]
        .map(|script| played(script).unwrap_err());
        insta::assert_snapshot!(sentences.join("\n"), @r"
        Nothing was changed: the administrator's password was not given.
        Nothing was changed: this computer did not let you ask for an administrator's password.
        Nothing was changed: this computer did not let you ask for an administrator's password (No authentication agent found).
        You may still not capture: it failed (exit status: 1) (make the group crashcap: groupadd: no room).
        ");
    }

    #[test]
    fn a_missing_program_is_told() {
        let always = Always::new(Arc::new(|| {}));
        always.begin(Command::new("/no/such/pkexec")).unwrap();
        let told = always.done.recv_timeout(Duration::from_secs(20)).unwrap();
        let told = told.unwrap_err();
        assert!(told.contains("/no/such/pkexec cannot be started"), "{told}");
    }
}
