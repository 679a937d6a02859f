//! The module `inspect`.
