//! What a launched target says, passed on and looked at.

use std::io::{self, ErrorKind, Read, Write};
use std::thread::Builder;

use crossbeam_channel::Sender;

use super::matches::Matches;
use crate::limits;
use crate::measure::expression::Expression;
use crate::measure::listener::{Teller, Told};

/// Looks at what a target says on a thread of its own, and passes each piece on
/// first. `called` is how sentences call it: "the output of server"; each of
/// `listens` looks for its own, and its words come as those of its number.
///
/// The thread lives until the target has closed its output, whether or not
/// anybody hears its words: were it ended before, the target would be ended by
/// SIGPIPE or wait for ever. Where `onto` takes nothing any more, what is said
/// is still read.
///
/// # Errors
/// The system gives no thread.
pub fn listen_to_output(
    output: impl Read + Send + 'static,
    onto: impl Write + Send + 'static,
    called: &str,
    listens: Vec<(u16, Expression)>,
    words: &Sender<Told>,
) -> io::Result<()> {
    let ears = listens
        .into_iter()
        .map(|(by, expression)| Ear {
            matches: Matches::new(called.to_owned(), expression),
            teller: Teller::unstoppable(by, words.clone()),
        })
        .collect();
    let pass = move || pass_on(output, onto, ears);
    Builder::new().name("output".to_owned()).spawn(pass)?;
    Ok(())
}

/// Who looks for one expression.
struct Ear {
    matches: Matches,
    teller: Teller,
}

fn pass_on(mut output: impl Read, onto: impl Write, mut ears: Vec<Ear>) {
    let mut onto = Some(onto);
    let mut buffer = vec![0; limits::PIPE_BUFFER];
    loop {
        let piece = match output.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => &buffer[..count],
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        if let Some(to) = &mut onto
            && to.write_all(piece).and_then(|()| to.flush()).is_err()
        {
            onto = None;
        }
        for Ear { matches, teller } in &mut ears {
            matches.push(piece, teller);
        }
    }
    for Ear { matches, teller } in &mut ears {
        matches.finish(teller);
    }
}
