//! Linux: oom_score_adj, and no core dumps of captured packets.

use std::fs;

use rustix::process::{DumpableBehavior, set_dumpable_behavior};

/// Half of the way to "always first" (proc(5), oom_score_adj runs to 1000).
const OOM_SCORE: i32 = 500;

/// Offers this process to the kernel before others when memory runs out, and
/// keeps what it captured out of core dumps.
pub(in crate::recorder) fn prefer_as_victim() {
    const PATH: &str = "/proc/self/oom_score_adj";
    let present = fs::read_to_string(PATH)
        .ok()
        .and_then(|text| text.trim().parse::<i32>().ok());
    if present.is_some_and(|present| present < OOM_SCORE) {
        // Raising needs no rights; where /proc is missing there is nothing to ask.
        let _ = fs::write(PATH, OOM_SCORE.to_string());
    }
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}
