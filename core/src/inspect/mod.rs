//! Reading incidents and other capture files.

mod info;
#[cfg(test)]
mod tests;

pub use info::{Info, info};
