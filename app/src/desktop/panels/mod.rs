//! Panels: each a plain function over data, which emits messages.

pub(crate) mod banner;
pub(crate) mod events;
pub(crate) mod filter;
pub(crate) mod gauges;
pub(crate) mod interface;
pub(crate) mod plan;
pub(crate) mod readings;
pub(crate) mod recording_head;
pub(crate) mod rights;
pub(crate) mod ring;
pub(crate) mod status_bar;
pub(crate) mod target;
pub(crate) mod top_bar;
