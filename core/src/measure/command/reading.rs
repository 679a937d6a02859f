//! A thread that reads a pipe, and ends when it is told to.

use std::io::{self, PipeReader};
use std::thread::{Builder, JoinHandle};

use crossbeam_channel::{Receiver, bounded};

use super::system::{self, Reader, Stop};

/// A thread that reads a pipe; dropped, it ends though the pipe may be open.
pub(in crate::measure) struct Reading<T> {
    thread: Option<(JoinHandle<T>, Stop)>,
    done: Receiver<()>,
}

impl<T: Send + 'static> Reading<T> {
    /// Reads on a thread of its own.
    ///
    /// # Errors
    /// The system gives no thread or no pipe.
    pub(in crate::measure) fn new(
        pipe: PipeReader,
        read: impl FnOnce(&mut Reader) -> T + Send + 'static,
    ) -> io::Result<Self> {
        let (mut reader, stop) = system::reader(pipe)?;
        let (tell, done) = bounded::<()>(0);
        let thread = Builder::new().name("pipe".to_owned()).spawn(move || {
            let result = read(&mut reader);
            drop(tell);
            result
        })?;
        Ok(Self {
            thread: Some((thread, stop)),
            done,
        })
    }

    /// Disconnected when it has read to the end.
    pub(in crate::measure) fn done(&self) -> &Receiver<()> {
        &self.done
    }

    /// Ends it, and gives what it made; `None` when it panicked.
    pub(in crate::measure) fn end(mut self) -> Option<T> {
        self.join()
    }
}

impl<T> Reading<T> {
    fn join(&mut self) -> Option<T> {
        let (thread, stop) = self.thread.take()?;
        system::stop(stop, &thread);
        thread.join().ok()
    }
}

impl<T> Drop for Reading<T> {
    fn drop(&mut self) {
        drop(self.join());
    }
}
