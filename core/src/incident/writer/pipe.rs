//! Two buffers and a thread: one is written while the other is filled.
//!
//! Without a thread to be had (a machine at its limits is where servers crash)
//! every write is simply waited for.

use std::io;
use std::mem;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};
use memmap2::MmapMut;

use super::SystemWriter;

/// A buffer and how many bytes of it are to be written.
type Filled = (MmapMut, usize);

/// Where buffers go. A write's error is told by the next call.
pub(super) struct Pipe<F> {
    way: Way<F>,
    /// The buffer that is neither filled nor written just now.
    spare: Option<MmapMut>,
}

enum Way<F> {
    /// No thread could be had; `None` once the file is given back.
    Here(Option<F>),
    Thread(Writer<F>),
}

/// The thread that writes; ended and waited for when it is dropped.
struct Writer<F> {
    /// `None` once it is to end.
    full: Option<Sender<Filled>>,
    back: Receiver<io::Result<MmapMut>>,
    /// `None` once it has ended.
    thread: Option<JoinHandle<Option<F>>>,
}

impl<F: SystemWriter> Pipe<F> {
    pub(super) fn new(file: F, spare: MmapMut) -> Self {
        let (full, to_write) = bounded(1);
        let (written, back) = bounded(1);
        // Handed over afterwards: without a thread the file is still here.
        let (hand_over, handed) = bounded::<F>(1);
        let started = thread::Builder::new()
            .name("crashcap-writer".into())
            .spawn(move || {
                let file = handed.recv().ok()?;
                Some(write_all(file, &to_write, &written))
            });
        let way = match started {
            Err(_) => Way::Here(Some(file)),
            Ok(thread) => match hand_over.send(file) {
                Ok(()) => Way::Thread(Writer {
                    full: Some(full),
                    back,
                    thread: Some(thread),
                }),
                Err(refused) => Way::Here(Some(refused.into_inner())),
            },
        };
        Self {
            way,
            spare: Some(spare),
        }
    }

    /// Has the first `length` bytes of a buffer written, and leaves another
    /// buffer in its place, or the same.
    pub(super) fn write(&mut self, buffer: &mut MmapMut, length: usize) -> io::Result<()> {
        match &mut self.way {
            Way::Here(Some(file)) => file.write(&buffer[..length]),
            Way::Here(None) => Err(ended()),
            Way::Thread(writer) => {
                let other = match self.spare.take() {
                    Some(spare) => spare,
                    None => writer.back.recv().map_err(|_| ended())??,
                };
                let filled = mem::replace(buffer, other);
                let full = writer.full.as_ref().ok_or_else(ended)?;
                full.send((filled, length)).map_err(|_| ended())
            }
        }
    }

    /// Waits for the last write and gives the file back.
    pub(super) fn into_file(mut self) -> io::Result<F> {
        match &mut self.way {
            Way::Here(file) => file.take().ok_or_else(ended),
            Way::Thread(writer) => {
                writer.full = None;
                while let Ok(written) = writer.back.recv() {
                    written?;
                }
                writer.join().ok_or_else(ended)
            }
        }
    }
}

/// What the thread does: writes until there is nothing more to come, or an error.
fn write_all<F: SystemWriter>(
    mut file: F,
    to_write: &Receiver<Filled>,
    written: &Sender<io::Result<MmapMut>>,
) -> F {
    while let Ok((buffer, length)) = to_write.recv() {
        let result = file.write(&buffer[..length]);
        let failed = result.is_err();
        if written.send(result.map(|()| buffer)).is_err() || failed {
            break;
        }
    }
    file
}

impl<F> Writer<F> {
    fn join(&mut self) -> Option<F> {
        self.full = None;
        self.thread.take()?.join().ok()?
    }
}

impl<F> Drop for Writer<F> {
    fn drop(&mut self) {
        self.join();
    }
}

/// Only a thread that panicked ends before it was told to.
fn ended() -> io::Error {
    io::Error::other("the thread that writes has ended")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::limits::WRITE_UNIT;
    use crate::units::ByteCount;

    /// Takes some pieces and then no more.
    struct Memory {
        bytes: Vec<u8>,
        room: usize,
    }

    impl SystemWriter for Memory {
        fn create(_: &Path) -> io::Result<Self> {
            Err(io::ErrorKind::Unsupported.into())
        }
        fn reserve(&mut self, _: u64) -> io::Result<()> {
            Ok(())
        }
        fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
            self.bytes.extend_from_slice(bytes);
            if self.bytes.len() > self.room {
                return Err(io::ErrorKind::StorageFull.into());
            }
            Ok(())
        }
        fn finish(self, _: u64) -> io::Result<()> {
            Ok(())
        }
        fn rename_new(_: &Path, _: &Path) -> io::Result<()> {
            Ok(())
        }
        fn sync_folder(_: &Path) -> io::Result<()> {
            Ok(())
        }
        fn room(_: &Path) -> io::Result<ByteCount> {
            Ok(ByteCount(0))
        }
    }

    fn buffer() -> MmapMut {
        MmapMut::map_anon(WRITE_UNIT).unwrap()
    }

    fn ways(room: usize) -> [Pipe<Memory>; 2] {
        let memory = || Memory {
            bytes: Vec::new(),
            room,
        };
        let here = Pipe {
            way: Way::Here(Some(memory())),
            spare: None,
        };
        [here, Pipe::new(memory(), buffer())]
    }

    #[test]
    fn either_way_pieces_arrive_in_order() {
        for mut pipe in ways(usize::MAX) {
            let mut open = buffer();
            for piece in 0..50_u8 {
                open.fill(piece);
                pipe.write(&mut open, usize::from(piece) + 1).unwrap();
            }
            let expected: Vec<_> = (0..50_u8)
                .flat_map(|piece| vec![piece; usize::from(piece) + 1])
                .collect();
            assert_eq!(pipe.into_file().unwrap().bytes, expected);
        }
    }

    #[test]
    fn either_way_an_error_is_told() {
        for mut pipe in ways(2 * WRITE_UNIT) {
            let mut open = buffer();
            let mut told = (0..4).map(|_| pipe.write(&mut open, WRITE_UNIT));
            assert!(told.next().unwrap().is_ok() && told.next().unwrap().is_ok());
            // The third one fails, which its own call or the next one tells.
            let error = told.find_map(Result::err).unwrap();
            assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        }
        for mut pipe in ways(0) {
            let told = pipe
                .write(&mut buffer(), WRITE_UNIT)
                .and_then(|()| pipe.into_file().map(drop));
            assert_eq!(told.unwrap_err().kind(), io::ErrorKind::StorageFull);
        }
    }
}
