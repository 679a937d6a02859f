//! The crash lab.
fn main() {}
