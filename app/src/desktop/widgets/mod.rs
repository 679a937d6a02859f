//! Small parts that every panel uses. Each is drawn from data and returns a
//! response or emits messages; none keeps what a model should know.

mod button;
mod card;
mod field;
mod focus;
mod list;
mod mark;
mod menu;
mod sparkline;
mod text;
mod timeline;
mod timeline_input;
mod timeline_paint;
#[cfg(test)]
mod timeline_tests;

pub(crate) use button::{chip, command_button, main_button, plain_button, segments};
pub(crate) use card::{caption, card, card_around, columns, within};
pub(crate) use field::{Field, field};
pub(crate) use focus::{follow_focus, seek};
pub(crate) use list::{Align, Column, List, list};
pub(crate) use mark::{Mark, mark};
pub(crate) use menu::{choice, entry, menu, menu_button};
pub(crate) use sparkline::sparkline;
pub(crate) use text::{colour_of, elided, heading, muted, problem, sentence};
pub(crate) use timeline::{columns as timeline_columns, timeline};
