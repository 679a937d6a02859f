//! The module `link`.
