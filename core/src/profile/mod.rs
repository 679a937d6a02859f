//! A user's choices, checked once.
//!
//! What was written (options, a TOML file, the window) becomes a [`Profile`],
//! which can only hold valid values. Every unknown or invalid field is an
//! error with its line: a mistyped trigger that is silently dropped is a lost week.

mod choices;

pub use choices::{
    CaptureChoice, CrashSet, FireWhen, Profile, RingChoice, SaveChoice, SourceChoice, Speed,
    TargetChoice, Then, TriggerChoice, WhenFull,
};

pub use crate::incident::Format;
