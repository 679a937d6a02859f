//! The engine of Crashcap.
