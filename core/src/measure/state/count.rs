//! How many processes the target is.

use crate::clock::Now;
use crate::measure::{Probe, Reading, Unmeasured};
use crate::watch::ProcessIdentity;

/// Counts the target's processes. None is a number here: 0.
pub struct ProcessCount {
    target: String,
}

impl ProcessCount {
    /// A probe; `target` is how the target is called in sentences.
    #[must_use]
    pub fn new(target: &str) -> Self {
        Self {
            target: target.to_owned(),
        }
    }
}

impl Probe for ProcessCount {
    fn what(&self) -> String {
        format!("processes of {}", self.target)
    }

    fn read(&mut self, targets: &[ProcessIdentity], _now: Now) -> Result<Reading, Unmeasured> {
        #[expect(clippy::cast_precision_loss, reason = "no system has 2^52 processes")]
        let value = targets.len() as f64;
        Ok(Reading { value, note: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_is_a_number_too() {
        let mut probe = ProcessCount::new("server");
        let process = |pid| ProcessIdentity { pid, started: 1 };
        for targets in [vec![], vec![process(7)], vec![process(7), process(8)]] {
            let reading = probe.read(&targets, Now::default()).unwrap();
            assert_eq!(reading.value as usize, targets.len());
        }
        assert_eq!(probe.what(), "processes of server");
    }
}
