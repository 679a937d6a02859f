//! Commands found by their names.

use crate::command::Command;

/// The commands whose name or description holds every word typed, those whose
/// name begins with what was typed first.
pub(crate) fn found(search: &str) -> Vec<Command> {
    let search = search.trim().to_lowercase();
    let mut all: Vec<Command> = Command::ALL
        .into_iter()
        .filter(|command| *command != Command::Palette)
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
        assert_eq!(found("freeze")[0], Command::Freeze);
        assert!(found("file open").contains(&Command::OpenFile));
        assert_eq!(found("").len(), Command::ALL.len() - 1);
        assert!(found("no such command").is_empty());
    }
}
