//! Hearing what a target says without standing in its way: a process of its own
//! passes on what the target writes to where it would have gone, and a copy to
//! whoever listens.
//!
//! That process lives until the target closes its output. So a target that goes on
//! after its recording has ended neither waits nor is ended by SIGPIPE.

use std::env;
use std::io::{self, ErrorKind, PipeReader, Read, Write};
use std::process::{Command, Stdio};

use crossbeam_channel::Sender;

use crashcap_core::limits;
use crashcap_core::measure::{Spoken, Told};
use crashcap_core::recorder::OutputConditions;

use super::{Front, Outputs, apart, system};

/// Set in the process that passes on.
const PASSES: &str = "CRASHCAP_PASSES_ON";

/// What a target will say, for those who listen.
#[derive(Debug, Default)]
pub(crate) struct Said(Vec<(Spoken, PipeReader)>);

impl Outputs {
    /// The same places, with a copy of what goes there where conditions listen to it.
    ///
    /// # Errors
    /// The system gives no pipe or no process.
    pub(crate) fn heard_by(
        self,
        conditions: &OutputConditions,
        front: Front,
    ) -> io::Result<(Self, Said)> {
        let mut said = Said::default();
        let mut copied = |stream, place| {
            if !conditions.want(stream) {
                return Ok(place);
            }
            let (place, copy) = copied(place, front)?;
            said.0.push((stream, copy));
            io::Result::Ok(place)
        };
        let out = copied(Spoken::Out, self.out)?;
        let err = copied(Spoken::Error, self.err)?;
        Ok((Self { out, err }, said))
    }
}

/// Starts a process that passes on to this place; where the target is to write
/// instead, and what it wrote.
fn copied(place: Stdio, front: Front) -> io::Result<(Stdio, PipeReader)> {
    let (from_target, target) = io::pipe()?;
    let (copy, to_us) = io::pipe()?;
    let mut command = Command::new(env::current_exe()?);
    command
        .env(PASSES, "1")
        .stdin(from_target)
        .stdout(place)
        .stderr(to_us);
    apart(&mut command, front);
    // It ends by itself, with the target's output.
    command.spawn()?;
    Ok((target.into(), copy))
}

impl Said {
    /// Listens on threads of their own. What is heard comes from `told`.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(crate) fn listen(
        self,
        conditions: &OutputConditions,
        told: &Sender<Told>,
    ) -> io::Result<()> {
        for (stream, copy) in self.0 {
            conditions.listen(stream, copy, io::sink(), told)?;
        }
        Ok(())
    }
}

/// In the process that is to pass on what a target says: does so to its end, and
/// ends. Returns in every other process.
pub(crate) fn pass_on() {
    if env::var_os(PASSES).is_none() {
        return;
    }
    system::never_wait_for_the_copy();
    let mut place = Some(io::stdout());
    let mut copy = Some(io::stderr());
    let mut patient = true;
    let mut buffer = vec![0; limits::PIPE_BUFFER];
    loop {
        let piece = match io::stdin().lock().read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => &buffer[..length],
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        // What nobody takes is still read: the target is not to notice.
        if let Some(to) = &mut place
            && to.write_all(piece).and_then(|()| to.flush()).is_err()
        {
            place = None;
        }
        if let Some(to) = &mut copy
            && give(to, piece, &mut patient).is_err()
        {
            copy = None;
        }
    }
    std::process::exit(0);
}

/// Gives a piece to who listens, who may be slower than the target for a moment.
/// Where no room comes in that time, what finds none is missed, until there is some.
fn give(copy: &mut impl Write, mut piece: &[u8], patient: &mut bool) -> io::Result<()> {
    while !piece.is_empty() {
        match copy.write(piece) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => {
                piece = &piece[count..];
                *patient = true;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                *patient = *patient && system::room_comes(limits::COPY_WAIT);
                if !*patient {
                    return Ok(());
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
