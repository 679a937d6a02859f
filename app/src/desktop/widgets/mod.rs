//! Small parts that every panel uses. Each is drawn from data and returns a
//! response or emits messages; none keeps what a model should know.

mod button;
mod card;
mod field;
mod focus;
mod list;
mod mark;
mod menu;
mod scrolled;
mod sparkline;
mod text;
mod timeline;
mod timeline_input;
mod timeline_measured;
mod timeline_paint;
#[cfg(test)]
mod timeline_tests;

pub(crate) use button::{
    button_width, chip, command_button, main_button, plain_button, primary_button, segments,
    space_before,
};
pub(crate) use card::{
    CARD_EDGE, ROW_CARD_EDGE, below_heading, caption, card, card_around, columns, row_card,
    row_heading, within,
};
pub(crate) use field::{Field, field};
pub(crate) use focus::{follow_focus, seek};
pub(crate) use list::{Align, Column, Danger, List, list};
pub(crate) use mark::{Mark, mark};
pub(crate) use menu::{choice, entry, menu, menu_button};
pub(crate) use scrolled::scrolled_by_keys;
pub(crate) use sparkline::sparkline;
pub(crate) use text::{colour_of, elided, heading, muted, problem, sentence, sentence_of};
pub(crate) use timeline::{columns as timeline_columns, room_for_measured, timeline};
