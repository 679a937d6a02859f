//! The file as the parser wants to read it.

use std::fs::File;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

/// What the system said of a read that failed.
#[derive(Clone, Default)]
pub(super) struct Trouble(Arc<Mutex<Option<io::Error>>>);

impl Trouble {
    pub(super) fn take(&self) -> Option<io::Error> {
        // A replaced option is whole even after a panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn keep(&self, error: io::Error) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }
}

/// Fills every buffer as far as the file goes, since the parser takes a short
/// first read for the whole head; and keeps what the system says, since the
/// parser does not.
pub(super) struct Filling {
    file: File,
    trouble: Trouble,
}

impl Filling {
    pub(super) fn new(file: File, trouble: Trouble) -> Self {
        Self { file, trouble }
    }
}

impl Read for Filling {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.file.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // What was read so far is worth having first.
                Err(_) if filled > 0 => break,
                Err(error) => {
                    let kind = error.kind();
                    self.trouble.keep(error);
                    return Err(kind.into());
                }
            }
        }
        Ok(filled)
    }
}
