//! The follower on its real thread, with segments from a script and with a
//! capture file that is played.

mod file;
mod live;
mod stage;
