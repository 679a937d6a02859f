//! A user's choices, checked once.
//!
//! What was written (options, a TOML file, the window) becomes a [`Profile`],
//! which can only hold valid values. Every unknown or invalid field is an
//! error with its line: a mistyped trigger that is silently dropped is a lost week.

pub mod action;
mod check;
mod choices;
mod error;
mod file;
mod items;
mod line;
pub mod raw;
#[cfg(test)]
mod tests;
pub mod trigger;
pub mod vocabulary;

pub use choices::{
    ActionChoice, CaptureChoice, Profile, RingChoice, SaveChoice, SourceChoice, Speed,
    TargetChoice, Then, TriggerChoice, WhenFull,
};

pub use error::ProfileError;
pub use raw::RawProfile;

/// A plain valid profile for the tests of rows below.
#[cfg(test)]
pub(crate) fn tests_profile(ring: crate::units::ByteCount) -> Profile {
    Profile {
        capture: CaptureChoice {
            sources: SourceChoice::All,
            namespace: None,
            filter: None,
            snaplen: crate::limits::SNAPLEN_MAX,
            headers_only: false,
            promiscuous: false,
            kernel_buffer: crate::limits::KERNEL_BUFFER_DEFAULT,
        },
        ring: RingChoice {
            size: ring,
            age: None,
        },
        target: None,
        triggers: Vec::new(),
        actions: Vec::new(),
        tail: crate::limits::TAIL_DEFAULT,
        then: Then::Stop,
        save: SaveChoice {
            folder: std::env::temp_dir(),
            fallback: std::env::temp_dir(),
            format: crate::incident::Format::Pcapng,
        },
    }
}
