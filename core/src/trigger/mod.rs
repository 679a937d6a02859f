//! When to freeze.
//!
//! Conditions are pure: they are told what was observed and answer with
//! firings. They never wait, read a clock or touch a system.

mod choice;
mod firing;
pub mod packets;
mod process;
pub mod rules;
mod set;
#[cfg(test)]
mod set_tests;
mod status;
mod words;

pub use choice::{Condition, CrashSet, FireWhen, Observed, ProcessEvent, Trigger, When};
pub use firing::{Firing, TriggerKind};
pub use set::{Fires, LeafSignal, THE_TARGET, TriggerSet};
pub use status::ConditionStatus;
