//! Linux: oom_score_adj, open files, no core dumps of captured packets, capabilities.

use std::fs;

use rustix::process::{
    DumpableBehavior, Resource, Rlimit, geteuid, getrlimit, set_dumpable_behavior, setrlimit,
};
use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities};

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
        // Raising needs no rights, but the files of a program that was given rights
        // or another user belong to root until it may be dumped. Where /proc is
        // missing there is nothing to ask.
        let _ = set_dumpable_behavior(DumpableBehavior::Dumpable);
        let _ = fs::write(PATH, OOM_SCORE.to_string());
    }
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// Allows this process as many open files as it may have: each target takes a
/// pidfd, and 1024 targets alone pass the usual soft limit. A target that was
/// launched for the recording runs already and keeps the user's limit.
pub(in crate::recorder) fn allow_many_files() {
    let limits = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limits.maximum,
        maximum: limits.maximum,
    };
    // Where it is refused, targets beyond the limit are watched by polling, which is told.
    let _ = setrlimit(Resource::Nofile, raised);
}

/// Gives up the capabilities of the calling thread; source threads, which
/// reopen devices, keep theirs. Threads share memory, so this narrows what a
/// fault can do and is no wall. Root keeps its rights: it was started to use them.
pub(in crate::recorder) fn drop_capabilities() {
    if geteuid().is_root() {
        return;
    }
    let none = CapabilitySets {
        effective: CapabilitySet::empty(),
        permitted: CapabilitySet::empty(),
        inheritable: CapabilitySet::empty(),
    };
    // Giving up is always allowed.
    let _ = set_capabilities(None, none);
}
