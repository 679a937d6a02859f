//! Commands found by their names.

use crate::command::Command;

/// The commands whose name or description holds every word typed, those whose
/// name begins with what was typed first.
///
/// Of starting and stopping only what can be done now is offered.
pub(crate) fn found(search: &str, recording: bool) -> Vec<Command> {
    let search = search.trim().to_lowercase();
    let mut all: Vec<Command> = Command::ALL
        .into_iter()
        .filter(|command| match command {
            Command::Palette | Command::StartOrStop => false,
            Command::Start => !recording,
            Command::Stop | Command::Freeze | Command::Peek | Command::EndRecorder => recording,
            _ => true,
        })
        .filter(|command| {
            let text = format!("{} {}", command.text(), command.tooltip()).to_lowercase();
            search.split_whitespace().all(|word| text.contains(word))
        })
        .collect();
    all.sort_by_key(|command| !command.text().to_lowercase().starts_with(&search));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_find_commands_in_any_order() {
        assert_eq!(found("freeze", true)[0], Command::Freeze);
        assert!(found("file open", false).contains(&Command::OpenFile));
        assert!(found("no such command", false).is_empty());
    }

    #[test]
    fn what_cannot_be_done_now_is_not_offered() {
        let (idle, recording) = (found("", false), found("", true));
        assert_eq!(idle[0], Command::Start);
        assert_eq!(recording[0], Command::Stop);
        let all = |one: &Command| idle.contains(one) || recording.contains(one);
        let never: Vec<_> = Command::ALL.into_iter().filter(|one| !all(one)).collect();
        assert_eq!(never, [Command::StartOrStop, Command::Palette]);
    }
}
