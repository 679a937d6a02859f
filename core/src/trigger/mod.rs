//! When to freeze.
//!
//! Conditions are pure: they are told what was observed and answer with
//! firings. They never wait, read a clock or touch a system.

mod choice;
mod conditions;
mod firing;
pub mod packets;
pub mod rules;

pub use choice::{CrashSet, FireWhen, TriggerChoice};
pub use conditions::Conditions;
pub use firing::{Firing, TriggerKind};
