//! Keys to commands. Space, Enter and what is typed belong to controls.

use egui::{Context, Event, Id, Key, KeyboardShortcut, Modifiers, Plugin, Popup, RawInput};

use crate::command::{Command, Messages, Shortcut};
use crate::model::Change;

/// Takes the keys of commands out of the input. Does nothing while something
/// above the screen takes the keys, but for freezing, which works anywhere.
pub(crate) fn take(context: &Context, overlay: bool, out: &mut Messages) {
    let mut all: Vec<(Command, KeyboardShortcut)> = Command::ALL
        .into_iter()
        .filter(|command| !overlay || *command == Command::Freeze)
        .flat_map(|command| {
            let keys = command.shortcut().into_iter().chain(command.also());
            keys.filter_map(move |keys| Some((command, shortcut(keys)?)))
        })
        .collect();
    // Without Shift a key is taken with it too: those with it come first.
    all.sort_by_key(|(_, keys)| !keys.modifiers.shift);
    for (command, keys) in all {
        if context.input_mut(|input| input.consume_shortcut(&keys)) {
            out.push(command.into());
        }
    }
    if context
        .data_mut(|data| data.remove_temp::<()>(escape()))
        .is_some()
        && !overlay
    {
        out.push(Change::BannerClosed(0).into());
    }
}

/// Has Escape close what is told above the screen, the newest first. Without this
/// egui takes the focus from whoever has it, and Tab begins at the top again.
pub(crate) fn keep_focus_on_escape(context: &Context) {
    context.add_plugin(Escape);
}

struct Escape;

impl Plugin for Escape {
    fn debug_name(&self) -> &'static str {
        "escape"
    }

    fn input_hook(&mut self, context: &Context, input: &mut RawInput) {
        // Menus and dialogs close with it.
        let above = context.memory(|memory| memory.top_modal_layer().is_some());
        if above || Popup::is_any_open(context) {
            return;
        }
        let before = input.events.len();
        input.events.retain(|event| !is_escape(event));
        if input.events.len() < before {
            context.data_mut(|data| data.insert_temp(escape(), ()));
        }
    }
}

fn is_escape(event: &Event) -> bool {
    let Event::Key {
        key: Key::Escape,
        pressed: true,
        modifiers,
        ..
    } = event
    else {
        return false;
    };
    modifiers.is_none()
}

/// Where it is kept that Escape was pressed.
fn escape() -> Id {
    Id::unique("escape was pressed")
}

fn shortcut(of: Shortcut) -> Option<KeyboardShortcut> {
    let mut modifiers = Modifiers::NONE;
    modifiers.command = of.command;
    modifiers.shift = of.shift;
    Some(KeyboardShortcut::new(modifiers, Key::from_name(of.key)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shortcut_names_a_key() {
        for command in Command::ALL {
            for keys in command.shortcut().into_iter().chain(command.also()) {
                assert!(shortcut(keys).is_some(), "{}", keys.text());
            }
        }
    }
}
