//! Whether an incident's file is whole, and holds the request that led to it. Reads it without
//! Crashcap's code.

use std::path::Path;

use crashcap_tests::lab::capture::{self, CaptureError};
use crashcap_tests::lab::truth::{GroundTruth, Poison};

use super::super::super::failure::Failure;
use super::super::super::recording::Saved;
use super::Tally;

/// Looks at the file, and counts it.
pub(super) fn count(
    tally: &mut Tally,
    saved: &Saved,
    poison: Option<&Poison>,
) -> Result<(), Failure> {
    let bytes = poison.map(Poison::bytes).transpose();
    let bytes = bytes.map_err(|error| Failure::Impossible(error.to_string()))?;
    let mut found = false;
    let read = capture::read(&saved.path, |packet| {
        let (Some(poison), Some(bytes)) = (poison, &bytes) else {
            return;
        };
        if let Some(segment) = capture::tcp_segment(&packet) {
            let ends = (segment.source, segment.destination);
            found |= ends == (poison.local, poison.remote) && segment.payload == bytes;
        }
    });
    let whole = match read {
        Ok(summary) => summary.packets == saved.packets && summary.out_of_order == 0,
        Err(CaptureError::Broken { reason, .. }) => {
            eprintln!("note: {}: {reason}", saved.path.display());
            false
        }
        Err(error) => return Err(Failure::Impossible(error.to_string())),
    };
    tally.wanted += 1;
    tally.whole += u64::from(whole);
    tally.lost = tally.lost.max(saved.lost);
    if poison.is_some() {
        tally.poisoned += 1;
        tally.with_poison += u64::from(found);
    }
    Ok(())
}

/// The poisonous request that the load says it sent.
pub(super) fn poison(truth: &Path) -> Result<Poison, Failure> {
    let truth = GroundTruth::read(truth).map_err(|error| Failure::Impossible(error.to_string()))?;
    let none = || Failure::Impossible("the load sent no poisonous request".to_owned());
    truth.poison.ok_or_else(none)
}
