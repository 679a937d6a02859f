//! Keys to commands. Space, Enter and what is typed belong to controls.

use egui::{Context, Key, KeyboardShortcut, Modifiers};

use crate::command::{Command, Messages, Shortcut};

/// Takes the keys of commands out of the input. Does nothing while something
/// above the screen takes the keys, but for freezing, which works anywhere.
pub(crate) fn take(context: &Context, overlay: bool, out: &mut Messages) {
    let mut all: Vec<(Command, KeyboardShortcut)> = Command::ALL
        .into_iter()
        .filter(|command| !overlay || *command == Command::Freeze)
        .filter_map(|command| Some((command, shortcut(command.shortcut()?)?)))
        .collect();
    // Without Shift a key is taken with it too: those with it come first.
    all.sort_by_key(|(_, keys)| !keys.modifiers.shift);
    for (command, keys) in all {
        if context.input_mut(|input| input.consume_shortcut(&keys)) {
            out.push(command.into());
        }
    }
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
            if let Some(keys) = command.shortcut() {
                assert!(shortcut(keys).is_some(), "{}", keys.text());
            }
        }
    }
}
