//! The engine: the threads and the keeper.
//!
//! A recording is started with a checked profile, told things through
//! [`Command`]s, and tells what happens through [`Event`]s.

mod actor;
mod answers;
mod error;
pub mod follow;
mod forecast;
mod keeper;
mod latest;
mod look;
mod messages;
mod outbox;
mod output;
mod plan;
mod saver;
mod sources;
mod start;
mod system;
mod thread;

pub use answers::{Answer, Answers, Ticket};
pub use error::StartError;
pub use forecast::{Rate, forecast, source_count};
pub use latest::LatestStatus;
pub use look::{Look, look_once};
pub use messages::{Command, Event, Outcome, Phase, SourceStatus, Status, TrafficBin};
pub use output::OutputConditions;
pub use plan::{Available, MemoryPlan, MemoryRefusal};
pub use start::{Front, Recorder};
#[cfg(target_os = "linux")]
pub use system::{AskerError, become_asker};
