//! Waiting that can be called off.

use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};

/// Waits between two tries.
pub trait Pause {
    /// Waits for `span`; `false` where waiting was called off, at once or meanwhile.
    fn pause(&self, span: Duration) -> bool;
}

/// A message, or that nobody can send one any more, calls it off.
impl Pause for Receiver<()> {
    fn pause(&self, span: Duration) -> bool {
        matches!(self.recv_timeout(span), Err(RecvTimeoutError::Timeout))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossbeam_channel::bounded;

    #[test]
    fn a_pause_lasts_or_is_called_off() {
        let (stop, stopped) = bounded(1);
        assert!(stopped.pause(Duration::from_millis(1)));
        stop.send(()).unwrap();
        assert!(!stopped.pause(Duration::from_secs(600)));
        drop(stop);
        assert!(!stopped.pause(Duration::from_secs(600)));
    }
}
