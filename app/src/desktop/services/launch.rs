//! A target that is launched for the recording: by this window, with its rights
//! and environment, in a process group of its own.

use std::process::{Command, Stdio};

/// Starts a command as it was typed and answers with its pid. It is not waited
/// for: whoever does takes its status, which the recorder is to see.
///
/// # Errors
/// A sentence: what was typed is no command, or cannot be started.
pub(crate) fn launch(typed: &str) -> Result<u32, String> {
    let words = shell_words::split(typed)
        .map_err(|error| format!("read the command to launch: {error}; close the quotes"))?;
    let Some((program, arguments)) = words.split_first() else {
        return Err("Type the command that starts the target.".into());
    };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    apart(&mut command);
    match command.spawn() {
        Ok(child) => Ok(child.id()),
        Err(error) => Err(format!("launch {program}: {error}; check the command")),
    }
}

#[cfg(unix)]
fn apart(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(windows)]
fn apart(command: &mut Command) {
    use std::os::windows::process::CommandExt;
    use windows_sys::Win32::System::Threading::{CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW};
    command.creation_flags(CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW);
}
