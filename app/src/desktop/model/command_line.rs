//! The command that records the same in a terminal.

use super::{Form, FormOf, SetUp, TargetKind};

/// The command line, ready to be pasted into a shell.
pub(crate) fn command_line(set_up: &SetUp) -> String {
    if set_up.counting().any(|form| form.texts.contains_key("of")) {
        // A combination does not fit into a line.
        let profile = set_up.profile.as_deref();
        let profile =
            profile.map_or_else(|| "profile.toml".into(), |path| path.display().to_string());
        return format!("crashcap record --profile {}", quoted(&profile));
    }
    let mut words: Vec<String> = vec!["crashcap".into(), "record".into()];
    let mut option = |name: &str, value: &str| {
        words.push(name.into());
        words.push(quoted(value));
    };
    for name in &set_up.interfaces {
        option("--interface", name);
    }
    if let Some(namespace) = set_up.namespace() {
        option("--netns", &namespace.written());
    }
    if !set_up.filter.trim().is_empty() {
        option("--filter", set_up.filter.trim());
    }
    option("--ring", set_up.ring.trim());
    if !set_up.age.trim().is_empty() {
        option("--age", set_up.age.trim());
    }
    match set_up.target {
        TargetKind::Process => {
            if let Some(pid) = set_up.pid {
                option("--target-pid", &pid.to_string());
            }
        }
        TargetKind::Name => option("--target", set_up.name.trim()),
        TargetKind::Port => option("--target-port", set_up.port.trim()),
        TargetKind::Launch | TargetKind::Nothing => {}
    }
    let triggers: Vec<&Form> = set_up.counting().collect();
    // `exit` is what is used when none is named.
    if set_up.target == TargetKind::Nothing || triggers != [&Form::of_kind("exit")] {
        for line in triggers
            .iter()
            .filter_map(|form| form.line(FormOf::Triggers))
        {
            option("--trigger", &line);
        }
    }
    let actions = set_up.actions.iter().filter(|form| form.is_on());
    for line in actions.filter_map(|form| form.line(FormOf::Actions)) {
        option("--action", &line);
    }
    option("--tail", set_up.tail.trim());
    if set_up.rearm {
        option("--keep", set_up.keep.trim());
        let when_full = if set_up.drop_oldest {
            "drop-oldest"
        } else {
            "stop"
        };
        option("--when-full", when_full);
    }
    option("--folder", set_up.folder.trim());
    let named = matches!(set_up.target, TargetKind::Name | TargetKind::Port);
    for (chosen, flag) in [
        (set_up.headers_only, "--headers-only"),
        (set_up.rearm, "--rearm"),
        (set_up.wait && named, "--wait"),
        (
            set_up.tree && set_up.target != TargetKind::Nothing,
            "--tree",
        ),
    ] {
        if chosen {
            words.push(flag.into());
        }
    }
    if set_up.target == TargetKind::Launch {
        words.push("--".into());
        words.push(set_up.launch.trim().into());
    }
    words.join(" ")
}

/// A word as a POSIX shell takes it.
fn quoted(word: &str) -> String {
    let plain = |one: char| one.is_ascii_alphanumeric() || "_-./:=+,@%".contains(one);
    if !word.is_empty() && word.chars().all(plain) {
        return word.into();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_story_is_one_command() {
        let set_up = SetUp {
            interfaces: vec!["lo".into()],
            filter: "port 9973".into(),
            target: TargetKind::Name,
            name: "router_runner".into(),
            folder: "/tmp".into(),
            ..SetUp::default()
        };
        assert_eq!(
            command_line(&set_up),
            "crashcap record --interface lo --filter 'port 9973' --ring 150MB --target router_runner --tail 1s --folder /tmp"
        );
    }
}
