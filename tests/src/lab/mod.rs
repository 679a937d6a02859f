//! The crash lab's parts that tests use too.
//!
//! The program `crashlab` plays the story that Crashcap is judged by: a server, the load
//! on it, and the one request that ends it. What is here knows nothing of that program's
//! command line: the requests and when they are due, the record of what was really sent,
//! the ways in which a server can end, and a second, independent look into a capture.
//!
//! - Everything that is drawn at random is drawn from a seed: the same seed gives the same
//!   requests, byte for byte, whatever the number of threads.
//! - Nothing here uses `crashcap-core`: what checks Crashcap must not share its mistakes.

pub mod capture;
pub mod events;
pub mod fault;
pub mod generator;
pub mod pacing;
pub mod process;
pub mod random;
pub mod sample;
pub mod system;
pub mod truth;
