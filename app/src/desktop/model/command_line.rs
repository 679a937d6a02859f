//! The command that records the same in a terminal.

use std::path::PathBuf;

use crashcap_core::profile::RawProfile;
use crashcap_core::profile::action::ActionText;
use crashcap_core::profile::trigger::{RawTrigger, TriggerText};

use super::set_up::written;
use super::{SetUp, TargetKind};

/// The command line, ready to be pasted into a shell.
pub(crate) fn command_line(set_up: &SetUp) -> String {
    let launches = set_up.target == TargetKind::Launch;
    let raw = set_up.raw(launches.then_some(1));
    command_line_of(&raw, launches.then(|| set_up.launch.trim()))
}

/// The command line of a profile, and of a command to launch, which stands in none.
pub(crate) fn command_line_of(raw: &RawProfile, launch: Option<&str>) -> String {
    let usual = usual();
    let mut line = Line(vec!["crashcap".into(), "record".into()]);
    line.capture(raw, &usual);
    line.ring(raw);
    line.target(raw, &usual);
    line.triggers(raw, launch.is_some());
    line.freeze(raw);
    line.save(raw, &usual);
    if let Some(launch) = launch {
        line.0.push("--".into());
        line.0.push(launch.into());
    }
    line.0.join(" ")
}

/// What is so unless it is said otherwise, all of it written out.
fn usual() -> RawProfile {
    let mut nothing = RawProfile::default();
    // The usual folder is always said: who runs the command may have another.
    nothing.save.folder = Some(PathBuf::from("/"));
    let profile = nothing.check();
    profile.map_or(nothing, |profile| profile.to_raw())
}

struct Line(Vec<String>);

impl Line {
    fn option(&mut self, name: &str, value: &str) {
        self.0.push(name.into());
        self.0.push(quoted(value));
    }

    /// Says something that is not as usual.
    fn unusual<T: PartialEq>(
        &mut self,
        name: &str,
        [written, usual]: [&Option<T>; 2],
        text: impl Fn(&T) -> String,
    ) {
        if let Some(value) = written
            && Some(value) != usual.as_ref()
        {
            self.option(name, &text(value));
        }
    }

    fn flag(&mut self, name: &str, on: Option<bool>) {
        if on == Some(true) {
            self.0.push(name.into());
        }
    }

    fn capture(&mut self, raw: &RawProfile, usual: &RawProfile) {
        let (raw, usual) = (&raw.capture, &usual.capture);
        for name in &raw.interfaces {
            self.option("--interface", name);
        }
        if let Some(namespace) = &raw.netns {
            self.option("--netns", &namespace.0.written());
        }
        if let Some(file) = &raw.file {
            self.option("--read", &file.display().to_string());
        }
        let full = Some("full".to_owned());
        self.unusual("--speed", [&raw.speed, &full], Clone::clone);
        if let Some(filter) = &raw.filter {
            self.option("--filter", filter);
        }
        self.unusual("--snaplen", [&raw.snaplen, &usual.snaplen], u32::to_string);
        let kernel_buffer = [&raw.kernel_buffer, &usual.kernel_buffer];
        self.unusual("--kernel-buffer", kernel_buffer, |size| size.exact());
        self.flag("--headers-only", raw.headers_only);
        self.flag("--promiscuous", raw.promiscuous);
    }

    fn ring(&mut self, raw: &RawProfile) {
        if let Some(size) = raw.ring.size {
            self.option("--ring", &size.exact());
        }
        if let Some(age) = raw.ring.age {
            self.option("--age", &written(age.0));
        }
    }

    fn target(&mut self, raw: &RawProfile, usual: &RawProfile) {
        let target = &raw.target;
        let path = |path: &PathBuf| path.display().to_string();
        let ways = [
            ("--target", target.name.clone()),
            ("--target-pid", target.pid.map(|pid| pid.to_string())),
            ("--target-command", target.command_line.clone()),
            ("--target-exe", target.executable.as_ref().map(path)),
            ("--target-port", target.port.map(|port| port.to_string())),
        ];
        for (name, value) in ways {
            if let Some(value) = value {
                self.option(name, &value);
            }
        }
        self.flag("--wait", target.wait);
        self.flag("--tree", target.tree);
        let any = usual.target.fire_when.clone().or(Some("any".into()));
        self.unusual("--fire-when", [&target.fire_when, &any], Clone::clone);
    }

    /// What is turned off is not said: it does nothing.
    fn triggers(&mut self, raw: &RawProfile, launches: bool) {
        let enabled = raw.trigger.iter().filter(|one| one.enabled != Some(false));
        let enabled: Vec<&RawTrigger> = enabled.collect();
        let target = &raw.target;
        let named = target.name.is_some()
            || target.pid.is_some()
            || target.command_line.is_some()
            || target.executable.is_some()
            || target.port.is_some();
        // `exit` is what is used for a target when nothing is said.
        if !(named || launches) || enabled != [&RawTrigger::of_kind("exit")] {
            for one in enabled {
                self.option("--trigger", &TriggerText(one.clone()).to_string());
            }
        }
        let actions = raw.action.iter().filter(|one| one.enabled != Some(false));
        for one in actions {
            self.option("--action", &ActionText(one.clone()).to_string());
        }
    }

    fn freeze(&mut self, raw: &RawProfile) {
        let freeze = &raw.freeze;
        if let Some(tail) = freeze.tail {
            self.option("--tail", &written(tail.0));
        }
        if freeze.then.as_deref() != Some("rearm") {
            return;
        }
        self.0.push("--rearm".into());
        if let Some(cool_down) = freeze.cool_down.filter(|one| !one.0.is_zero()) {
            self.option("--cool-down", &written(cool_down.0));
        }
        if let Some(keep) = freeze.keep_count {
            self.option("--keep", &keep.to_string());
        }
        if let Some(size) = freeze.keep_bytes {
            self.option("--keep-bytes", &size.exact());
        }
        if let Some(when_full) = &freeze.when_full {
            self.option("--when-full", &when_full.replace('_', "-"));
        }
    }

    fn save(&mut self, raw: &RawProfile, usual: &RawProfile) {
        let path = |path: &PathBuf| path.display().to_string();
        if let Some(folder) = &raw.save.folder {
            self.option("--folder", &path(folder));
        }
        self.unusual(
            "--fallback-dir",
            [&raw.save.fallback, &usual.save.fallback],
            path,
        );
        self.unusual(
            "--format",
            [&raw.save.format, &usual.save.format],
            Clone::clone,
        );
    }
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
    use crate::model::Form;
    use crate::terminal::args::{Args, Verb};
    use clap::Parser;

    fn story() -> SetUp {
        SetUp {
            interfaces: vec!["lo".into()],
            filter: "port 9973".into(),
            target: TargetKind::Name,
            name: "router_runner".into(),
            folder: "/tmp".into(),
            ..SetUp::default()
        }
    }

    #[test]
    fn the_story_is_one_command() {
        assert_eq!(
            command_line(&story()),
            "crashcap record --interface lo --filter 'port 9973' --ring 150MB --target router_runner --tail 1s --folder /tmp"
        );
    }

    /// What the terminal program makes of a line.
    fn taken(line: &str) -> RawProfile {
        let words = shell_words::split(line).unwrap();
        let args = Args::try_parse_from(words).unwrap_or_else(|error| panic!("{line}\n{error}"));
        let Verb::Record(record) = args.verb else {
            panic!("{line}");
        };
        let mut raw = RawProfile::default();
        let launched = (!record.command.is_empty()).then_some(1);
        record.choices.lay_over(&mut raw, launched);
        raw
    }

    /// Every table of a profile, with something unusual in every field of it.
    const PROFILES: [&str; 6] = [
        "[capture]\ninterfaces = [\"eth0\", \"it's\"]\nfilter = \"tcp[13] & 4 != 0\"\nsnaplen = 400\n\
         promiscuous = true\nkernel_buffer = \"128MiB\"\n[ring]\nsize = \"1GiB\"\nage = \"10m\"\n\
         [target]\nname = \"日本 *\"\nwait = true\ntree = true\nfire_when = \"all\"\n\
         [freeze]\ntail = \"1500us\"\nthen = \"rearm\"\ncool_down = \"90s\"\nkeep_count = 3\n\
         keep_bytes = \"2GB\"\nwhen_full = \"drop_oldest\"\n\
         [save]\nfolder = \"/a b\"\nfallback = \"/c\"\nformat = \"pcap\"",
        "[target]\ncommand_line = \"server.py --port 99*\"\nwait = true\n[freeze]\nthen = \"rearm\"",
        "[target]\nexecutable = \"/opt/a server\"\n[capture]\nheaders_only = true",
        "[target]\nport = 9973\n[[trigger]]\nkind = \"crash\"\nclean_codes = [0, 3]\n\
         [[trigger]]\nkind = \"log\"\nfile = \"/var/log/it's.log\"\nregex = \"panic|a b\"",
        "[target]\npid = 7\n[[trigger]]\nkind = \"exit\"\nmax_count = 2\n\
         [[action]]\nkind = \"run\"\ncommand = [\"/bin/page me\", \"--now\"]",
        "[[trigger]]\nkind = \"silence\"\nafter = \"30s\"",
    ];

    #[test]
    fn the_terminal_records_the_same() {
        for text in PROFILES {
            let mut set_up = SetUp::default();
            set_up.take(&RawProfile::from_toml(text).unwrap());
            let line = command_line(&set_up);
            let same = taken(&line).check().unwrap();
            assert_eq!(same, set_up.raw(None).check().unwrap(), "{line}");
        }
        let launches = SetUp {
            target: TargetKind::Launch,
            launch: "./server --port 1".into(),
            ..story()
        };
        let line = command_line(&launches);
        assert_eq!(
            taken(&line).check(),
            launches.raw(Some(1)).check(),
            "{line}"
        );
    }

    #[test]
    fn a_file_and_a_combination_are_said_too() {
        let text = "[capture]\nfile = \"/a b.pcap\"\nspeed = \"recorded\"";
        let raw = RawProfile::from_toml(text).unwrap();
        let line = command_line_of(&raw, None);
        assert_eq!(taken(&line).check(), raw.check(), "{line}");
        let of = "memory above=2GB\ncrash";
        let mut both = Form::of_kind("any");
        both.texts.insert("of".into(), of.into());
        let set_up = SetUp {
            triggers: vec![both],
            ..story()
        };
        let line = command_line(&set_up);
        let trigger = r#"--trigger '{ kind = "any", of = ["#;
        assert!(line.contains(trigger), "{line}");
        assert!(line.contains(r#"kind = "crash""#), "{line}");
    }
}
