//! Each kind of condition, with packets from a script.

mod false_alarms;
mod kinds;
mod packets;
mod robust;
