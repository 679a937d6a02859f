//! The module `packet`.
