//! Models for tests and pictures.
