//! The engine of Crashcap: a bounded ring of captured packets that freezes
//! the moment a watched process ends.
//!
//! A module imports only from the rows above its own; `tests/layers.rs` checks it.
//!
//! | row | modules |
//! | --- | --- |
//! | 0 | [`units`], [`limits`], [`clock`] |
//! | 1 | [`pcapng`], [`packet`] |
//! | 2 | [`ring`] |
//! | 3 | [`capture`], [`watch`], [`measure`] |
//! | 4 | [`trigger`] |
//! | 5 | [`incident`] |
//! | 6 | [`action`] |
//! | 7 | [`profile`], [`inspect`] |
//! | 8 | [`recorder`] |
//! | 9 | [`link`] |

pub mod clock;
pub mod limits;
pub mod units;

pub mod packet;
pub mod pcapng;

pub mod ring;

pub mod capture;
pub mod measure;
pub mod watch;

pub mod trigger;

pub mod incident;

pub mod action;

pub mod inspect;
pub mod profile;

pub mod recorder;

pub mod link;
