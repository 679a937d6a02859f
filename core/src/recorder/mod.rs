//! The engine: the threads and the keeper.
//!
//! A recording is started with a checked profile, told things through
//! [`Command`]s, and tells what happens through [`Event`]s.

mod keeper;
mod latest;
mod messages;
mod plan;

pub use latest::LatestStatus;
pub use messages::{Command, Event, Outcome, Phase, SourceStatus, Status};
pub use plan::{Available, MemoryPlan, MemoryRefusal};
