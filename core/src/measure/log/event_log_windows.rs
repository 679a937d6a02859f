//! The Windows event log, by a subscription to a channel (EvtSubscribe). Each event
//! is one line: its message, and the whole of it as XML.

use std::io;
use std::ptr::{null, null_mut};

use widestring::U16CString;
use windows_sys::Win32::Foundation::{
    CloseHandle, ERROR_ACCESS_DENIED, ERROR_EVT_CHANNEL_NOT_FOUND, ERROR_INSUFFICIENT_BUFFER,
    ERROR_NO_MORE_ITEMS, HANDLE,
};
use windows_sys::Win32::System::EventLog::{
    EVT_HANDLE, EvtClose, EvtFormatMessage, EvtFormatMessageEvent, EvtNext,
    EvtOpenPublisherMetadata, EvtRender, EvtRenderEventXml, EvtSubscribe,
    EvtSubscribeToFutureEvents,
};
use windows_sys::Win32::System::Threading::CreateEventW;

use super::matches::Matches;
use crate::limits;
use crate::measure::listener::Teller;

/// Whether the channel can be followed; else why not, and what to do.
pub(super) fn check(channel: &str) -> Result<(), (String, &'static str)> {
    let name_one = "name a channel as the Event Viewer does, such as Application";
    let remedy = |error: &io::Error| {
        let code = error.raw_os_error().map(i32::cast_unsigned);
        match code {
            Some(ERROR_ACCESS_DENIED) => "record as an administrator, or name another channel",
            Some(ERROR_EVT_CHANNEL_NOT_FOUND) => name_one,
            _ => "look at the channel in the Event Viewer",
        }
    };
    if channel.trim().is_empty() {
        return Err(("no channel is named".to_owned(), name_one));
    }
    Subscription::new(channel)
        .map(drop)
        .map_err(|error| (error.to_string(), remedy(&error)))
}

/// Follows the channel, and subscribes again where that fails.
pub(super) fn follow(channel: &str, mut matches: Matches, teller: &mut Teller) {
    loop {
        let ended = match Subscription::new(channel) {
            Err(error) => error,
            Ok(subscription) => loop {
                if teller.rests(limits::LOG_INTERVAL) {
                    return;
                }
                match subscription.take(|line| {
                    matches.push(line.as_bytes(), teller);
                    matches.push(b"\n", teller);
                }) {
                    Ok(()) => teller.recovered(),
                    Err(error) => break error,
                }
            },
        };
        teller.trouble(format!(
            "the event log {channel} cannot be read: {ended}; it is tried again"
        ));
        if teller.rests(limits::JOURNAL_AGAIN) {
            return;
        }
    }
}

/// A handle of the event log; closed when dropped.
struct Handle(EVT_HANDLE);

impl Handle {
    /// What a call answered; 0 means that it failed.
    fn of(answered: EVT_HANDLE) -> io::Result<Self> {
        match answered {
            0 => Err(io::Error::last_os_error()),
            handle => Ok(Self(handle)),
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the handle is open and nobody else has it.
        unsafe { EvtClose(self.0) };
    }
}

/// The event that the service sets; only needed because a subscription without a
/// callback takes one.
struct Signal(HANDLE);

impl Drop for Signal {
    fn drop(&mut self) {
        // SAFETY: the handle is open and nobody else has it.
        unsafe { CloseHandle(self.0) };
    }
}

/// Events that are written from now on.
struct Subscription {
    /// Closed before the signal that it sets.
    events: Handle,
    _signal: Signal,
}

impl Subscription {
    fn new(channel: &str) -> io::Result<Self> {
        let channel = wide(channel)?;
        // SAFETY: no attributes and no name.
        let signal = unsafe { CreateEventW(null(), 1, 0, null()) };
        if signal.is_null() {
            return Err(io::Error::last_os_error());
        }
        let signal = Signal(signal);
        // SAFETY: the signal outlives the subscription, the channel ends in a zero,
        // and there is no callback.
        let events = unsafe {
            EvtSubscribe(
                0,
                signal.0,
                channel.as_ptr(),
                null(),
                0,
                null(),
                None,
                EvtSubscribeToFutureEvents,
            )
        };
        Ok(Self {
            events: Handle::of(events)?,
            _signal: signal,
        })
    }

    /// Takes what was written since the last time, an event a line.
    fn take(&self, mut line: impl FnMut(&str)) -> io::Result<()> {
        loop {
            let (mut event, mut count) = (0, 0);
            // SAFETY: there is room for the one event that is asked for.
            let got = unsafe { EvtNext(self.events.0, 1, &mut event, 0, 0, &mut count) };
            if got == 0 {
                let error = io::Error::last_os_error();
                let none = error.raw_os_error().map(i32::cast_unsigned);
                return match none {
                    Some(ERROR_NO_MORE_ITEMS) => Ok(()),
                    _ => Err(error),
                };
            }
            let event = Handle(event);
            line(&in_a_line(&event)?);
        }
    }
}

/// The message, where its provider has one here, and the XML.
fn in_a_line(event: &Handle) -> io::Result<String> {
    let xml = text(|room, used| {
        let bytes = u32::try_from(room.len() * 2).unwrap_or(u32::MAX);
        let mut properties = 0;
        // SAFETY: the buffer has that many bytes.
        let done = unsafe {
            EvtRender(
                0,
                event.0,
                EvtRenderEventXml,
                bytes,
                room.as_mut_ptr().cast(),
                used,
                &mut properties,
            )
        };
        // It counts bytes.
        *used = used.div_ceil(2);
        done != 0
    })?;
    let message = message(event, &xml).unwrap_or_default();
    let line = format!("{message} {xml}");
    Ok(line.replace(['\r', '\n'], " ").trim().to_owned())
}

fn message(event: &Handle, xml: &str) -> io::Result<String> {
    let provider = wide(provider(xml).ok_or(io::ErrorKind::NotFound)?)?;
    // SAFETY: the name ends in a zero.
    let publisher = unsafe { EvtOpenPublisherMetadata(0, provider.as_ptr(), null(), 0, 0) };
    let publisher = Handle::of(publisher)?;
    text(|room, used| {
        let length = u32::try_from(room.len()).unwrap_or(u32::MAX);
        // SAFETY: the buffer has that many characters, and there are no values.
        let done = unsafe {
            EvtFormatMessage(
                publisher.0,
                event.0,
                0,
                0,
                null(),
                EvtFormatMessageEvent,
                length,
                match room {
                    [] => null_mut(),
                    room => room.as_mut_ptr(),
                },
                used,
            )
        };
        done != 0
    })
}

/// `<Provider Name='Application Error'`.
fn provider(xml: &str) -> Option<&str> {
    let (_, name) = xml.split_once("<Provider Name=")?;
    let quote = name
        .chars()
        .next()
        .filter(|one| matches!(one, '\'' | '"'))?;
    name[1..].split(quote).next()
}

/// Calls twice: for the length, and for the text of up to so many characters.
fn text(mut call: impl FnMut(&mut [u16], &mut u32) -> bool) -> io::Result<String> {
    let mut room = Vec::new();
    for _ in 0..2 {
        let mut used = 0;
        if call(&mut room, &mut used) {
            let used = usize::try_from(used).unwrap_or(0).min(room.len());
            let text = String::from_utf16_lossy(&room[..used]);
            return Ok(text.trim_end_matches('\0').to_owned());
        }
        let error = io::Error::last_os_error();
        if error.raw_os_error().map(i32::cast_unsigned) != Some(ERROR_INSUFFICIENT_BUFFER) {
            return Err(error);
        }
        let used = usize::try_from(used).unwrap_or(0);
        room.resize(used.min(limits::LOG_LINE_MAX), 0);
    }
    Err(io::ErrorKind::FileTooLarge.into())
}

fn wide(text: &str) -> io::Result<U16CString> {
    U16CString::from_str(text).map_err(|_| io::ErrorKind::InvalidInput.into())
}
