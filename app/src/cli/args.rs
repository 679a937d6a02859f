//! What can be asked on the command line, and how it is laid over a profile.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, Parser, Subcommand};
use crashcap_core::capture::NetworkNamespace;
use crashcap_core::profile::action::{ACTIONS, ActionText};
use crashcap_core::profile::raw::{Netns, RawProfile, RawTrigger, SignalName, Size, Span};
use crashcap_core::profile::trigger::{TRIGGERS, TriggerText};
use crashcap_core::profile::vocabulary::{FieldInfo, Vocabulary};
use crashcap_core::units::{ByteCount, parse_duration};

use super::exit::EXIT_CODES;

/// A flight recorder for network packets: keeps the last minutes of traffic in
/// a ring and freezes it the moment a process dies.
#[derive(Debug, Parser)]
#[command(name = "crashcap", version, propagate_version = true, after_long_help = EXIT_CODES)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Record until a trigger fires, then save what led to it
    #[command(after_long_help = record_help())]
    Record(Box<Record>),
    /// Say what would go wrong before a long wait, and how long the ring would last
    #[command(after_long_help = EXIT_CODES)]
    Check(Box<Check>),
    /// List the interfaces: state, addresses, current rate, why one cannot be opened
    Interfaces(Interfaces),
    /// List the processes that could be the target
    Processes(Processes),
    /// Say what a capture file holds; of an incident also why it was frozen
    Info(Info),
    /// Ask a running recorder how things stand
    Status(Which),
    /// Make a running recorder freeze now
    Freeze(Which),
    /// Make a running recorder save its ring and go on
    Snapshot(Which),
    /// Give a running recorder another folder for an incident that no folder took
    SaveTo(SaveTo),
    /// Record for a window, which talks over standard input and output
    #[command(hide = true)]
    Serve,
    /// Let the user who asked through pkexec capture from the next login on
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    GrantRights(Grant),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

fn record_help() -> String {
    format!(
        "{EXAMPLES}\n\n{}\n\n{COMMAND_FACTS}\n\n{}\n\n{KEYS}\n\n{EXIT_CODES}",
        vocabulary_help(&TRIGGERS, TRIGGERS_HEAD),
        vocabulary_help(&ACTIONS, ACTIONS_HEAD),
    )
}

const TRIGGERS_HEAD: &str = "\
Triggers: --trigger \"KIND FIELD=VALUE …\"; in a profile a table [[trigger]] with the same
words. A combination is written as such a table, here as there. `crashcap check` says what
each sees now.";

const COMMAND_FACTS: &str = "\
  What a command and a health check's command are told in their environment:
    CRASHCAP_TARGET, CRASHCAP_TARGET_PIDS  the target's name, and its processes now
    CRASHCAP_INTERFACES, CRASHCAP_FILTER   what is recorded
    CRASHCAP_FOLDER                        where incidents go
    CRASHCAP_STARTED                       since when, as in 2026-11-23T05:12:33Z
    CRASHCAP_PID                           the recorder";

const ACTIONS_HEAD: &str = "\
Actions: --action \"KIND FIELD=VALUE …\"; in a profile a table [[action]] with the same words.
They are done in their order when an incident has been saved; what came of each is kept
in it (`crashcap info`). Several for several.";

/// Each kind with an example, and each field.
fn vocabulary_help(of: &Vocabulary, head: &str) -> String {
    let mut help = format!("{head}\n");
    for kind in of.kinds {
        let example = if kind.is_combination() {
            // A table of TOML has quotes of its own.
            let table = kind.example.replace('\n', ",\n      ");
            format!("'{{ {table} }}'")
        } else {
            format!("\"{}\"", kind.example)
        };
        let (word, says) = (kind.word, kind.says);
        help += &format!("  {word}: {says}\n      --{} {example}\n", of.what);
    }
    help += "\n  Fields:\n";
    for field in of.fields.iter().filter(|field| field.word != "kind") {
        help += &format!("    {:<14} {}{}\n", field.word, field.says, usual(field));
    }
    help.trim_end().to_owned()
}

/// What holds where a field is not written: " (1s; health: 5s)".
fn usual(field: &FieldInfo) -> String {
    let mut all: Vec<String> = field
        .usual
        .iter()
        .map(|(kind, usual)| match *kind {
            "" => (*usual).to_owned(),
            kind => format!("{kind}: {usual}"),
        })
        .collect();
    // What holds for every other kind comes last in the list, and first in the sentence.
    let Some(last) = all.pop() else {
        return String::new();
    };
    all.insert(0, last);
    format!(" ({})", all.join("; "))
}

const EXAMPLES: &str = "\
Examples:
  A server crashes every few days on an unknown request. Keep the newest 150 MB of
  port 9973 and freeze when the process router_runner ends:
    crashcap record --filter \"port 9973\" --ring 150MB --target router_runner

  Whoever listens on the port, crashes only, about the last ten minutes:
    crashcap record --filter \"port 9973\" --ring 2GiB --age 10m --target-port 9973 --trigger crash

  Launch the server, and freeze when it ends:
    crashcap record --filter \"port 9973\" -- ./router_runner --port 9973

  Somebody else starts it again: keep recording after each crash, the newest 20 incidents:
    crashcap record --target router_runner --rearm --keep 20 --when-full drop-oldest

  Wait for a process that is not there yet, on two interfaces:
    crashcap record -i eth0 -i eth1 --target 'worker*' --wait

  A server in a container: inside its network, and the container's process is watched:
    crashcap record --netns 4711 --filter \"port 9973\" --target-pid 4711

  Keep the choices in a file, and use it:
    crashcap record --filter \"port 9973\" --target router_runner --save-profile 9973.toml
    crashcap record --profile 9973.toml";

const KEYS: &str = "\
While it records:
  f  or SIGUSR1, or `crashcap freeze`: freeze now
  s  or SIGUSR2, or `crashcap snapshot`: save the ring as it is and go on
  q  or Ctrl-C: stop; nothing is saved unless --save-on-stop
  SIGTERM, SIGHUP and a closed terminal: freeze, save and end";

/// What to record; everything that a profile can say.
#[derive(Debug, Default, ClapArgs)]
pub(crate) struct Choices {
    /// Take the choices of this profile; options given beside it win
    #[arg(long, value_name = "FILE")]
    pub(crate) profile: Option<PathBuf>,
    /// An interface, several times for several, or `all` [default: all]
    #[arg(short, long, value_name = "NAME", help_heading = "Capture")]
    pub(crate) interface: Vec<String>,
    /// Record inside this network namespace: that of a process, or of a file as in
    /// /run/netns (Linux; as root). Ports, sockets and health checks are looked at there;
    /// processes, logs, commands and actions stay outside
    #[arg(long, value_name = "PID or path", help_heading = "Capture")]
    pub(crate) netns: Option<NetworkNamespace>,
    /// Play a capture file back instead (pcap or pcapng)
    #[arg(long, value_name = "FILE", help_heading = "Capture")]
    pub(crate) read: Option<PathBuf>,
    /// How fast a capture file is played: recorded or full [default: full]
    #[arg(long, value_name = "SPEED", help_heading = "Capture")]
    pub(crate) speed: Option<String>,
    /// Keep packets that match this filter only, see pcap-filter(7)
    #[arg(short, long, value_name = "EXPRESSION", help_heading = "Capture")]
    pub(crate) filter: Option<String>,
    /// Keep this many bytes of a packet at most [default: all]
    #[arg(long, value_name = "BYTES", help_heading = "Capture")]
    pub(crate) snaplen: Option<u32>,
    /// Keep headers and no payload
    #[arg(long, help_heading = "Capture")]
    pub(crate) headers_only: bool,
    /// Ask the interface for everybody's packets
    #[arg(long, help_heading = "Capture")]
    pub(crate) promiscuous: bool,
    /// The kernel's buffers together [default: 64MiB]
    #[arg(long, value_name = "SIZE", help_heading = "Capture")]
    pub(crate) kernel_buffer: Option<ByteCount>,
    /// How much to keep, as in 150MB or 2GiB [default: 150MB]
    #[arg(
        long,
        value_name = "SIZE",
        allow_hyphen_values = true,
        help_heading = "Ring"
    )]
    pub(crate) ring: Option<ByteCount>,
    /// Let packets go that are older than this, by whole segments: on quiet links more is kept
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, help_heading = "Ring")]
    pub(crate) age: Option<Duration>,
    /// Watch processes of this name; `*` and `?` stand for other characters
    #[arg(long, value_name = "NAME", help_heading = "Target")]
    pub(crate) target: Option<String>,
    /// Watch this process
    #[arg(long, value_name = "PID", help_heading = "Target")]
    pub(crate) target_pid: Option<u32>,
    /// Watch processes with this in their command line; with `*` or `?` it must match all of it
    #[arg(long, value_name = "PATTERN", help_heading = "Target")]
    pub(crate) target_command: Option<String>,
    /// Watch processes of this executable
    #[arg(long, value_name = "PATH", help_heading = "Target")]
    pub(crate) target_exe: Option<PathBuf>,
    /// Watch whoever listens on this port
    #[arg(long, value_name = "PORT", help_heading = "Target")]
    pub(crate) target_port: Option<u16>,
    /// The target need not be there yet
    #[arg(long, help_heading = "Target")]
    pub(crate) wait: bool,
    /// Watch what these processes start too, and what that starts: a server's workers
    #[arg(long, help_heading = "Target")]
    pub(crate) tree: bool,
    /// With several processes: the end of any or of all [default: any]
    #[arg(long, value_name = "WHICH", help_heading = "Target")]
    pub(crate) fire_when: Option<String>,
    /// When to freeze: exit, crash, sockets, log … with fields, see below; several times
    /// for several [default: exit]
    #[arg(long, value_name = "TRIGGER", help_heading = "Freeze")]
    pub(crate) trigger: Vec<TriggerText>,
    /// What is done after an incident has been saved: run, webhook, evidence … with
    /// fields, see below; several times for several
    #[arg(long, value_name = "ACTION", help_heading = "Save")]
    pub(crate) action: Vec<ActionText>,
    /// An exit status that is no crash; several times for several [default: 0]
    #[arg(long, value_name = "STATUS", help_heading = "Freeze")]
    pub(crate) clean_code: Vec<i32>,
    /// A signal that is no crash; several times for several [default: HUP, INT, TERM]
    #[arg(long, value_name = "SIGNAL", help_heading = "Freeze")]
    pub(crate) clean_signal: Vec<String>,
    /// Go on recording this long after a firing [default: 1s]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, help_heading = "Freeze")]
    pub(crate) tail: Option<Duration>,
    /// Record again after a freeze
    #[arg(long, help_heading = "Freeze")]
    pub(crate) rearm: bool,
    /// With --rearm: no freeze within this time after one
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, help_heading = "Freeze")]
    pub(crate) cool_down: Option<Duration>,
    /// With --rearm: keep at most this many incidents
    #[arg(long, value_name = "COUNT", help_heading = "Freeze")]
    pub(crate) keep: Option<u32>,
    /// With --rearm: keep at most this many bytes of incidents
    #[arg(long, value_name = "SIZE", help_heading = "Freeze")]
    pub(crate) keep_bytes: Option<ByteCount>,
    /// With --rearm, when as much is kept as may be: stop or drop-oldest [default: stop]
    #[arg(long, value_name = "WHAT", help_heading = "Freeze")]
    pub(crate) when_full: Option<String>,
    /// Where incidents go [default: crashcap/incidents in your data folder]
    #[arg(long, value_name = "DIR", help_heading = "Save")]
    pub(crate) folder: Option<PathBuf>,
    /// Where an incident goes that the folder refuses [default: the temporary folder]
    #[arg(long, value_name = "DIR", help_heading = "Save")]
    pub(crate) fallback_dir: Option<PathBuf>,
    /// pcapng, or classic pcap without comments [default: pcapng]
    #[arg(long, value_name = "FORMAT", help_heading = "Save")]
    pub(crate) format: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Record {
    #[command(flatten)]
    pub(crate) choices: Choices,
    /// Save also when the user stops the recording, or a capture file ends
    #[arg(long, help_heading = "Save")]
    pub(crate) save_on_stop: bool,
    /// Write the choices into a profile and record; without a command after -- and
    /// --save-on-stop, which are said each time
    #[arg(long, value_name = "FILE")]
    pub(crate) save_profile: Option<PathBuf>,
    /// Let --save-profile replace a file that is there
    #[arg(long, requires = "save_profile")]
    pub(crate) force: bool,
    /// One JSON object a line on standard output, for scripts
    #[arg(long)]
    pub(crate) json: bool,
    /// Launch this command and watch it
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<std::ffi::OsString>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) choices: Choices,
    /// Rehearse freeze and save once, with a real file
    #[arg(long)]
    pub(crate) fire: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Interfaces {
    /// Those of this network namespace: that of a process, or of a file as in /run/netns
    #[arg(long, value_name = "PID or path")]
    pub(crate) netns: Option<NetworkNamespace>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Processes {
    /// Only those whose name or command line holds this text
    pub(crate) pattern: Option<String>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Info {
    /// A pcap or pcapng file
    pub(crate) file: PathBuf,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[cfg(target_os = "linux")]
#[derive(Debug, ClapArgs)]
pub(crate) struct Grant {
    /// Of another system than this one, for tests
    #[arg(long, value_name = "DIR", default_value = "/")]
    pub(crate) root: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct SaveTo {
    /// The folder
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) which: Which,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Which {
    /// Which recorder, where several run
    #[arg(long, value_name = "PID")]
    pub(crate) pid: Option<u32>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

impl Choices {
    /// Lays what was given over a profile as it was read.
    pub(crate) fn lay_over(&self, raw: &mut RawProfile, launched: Option<u32>) {
        self.lay_over_capture(raw);
        put(&mut raw.ring.size, self.ring.map(Size));
        put(&mut raw.ring.age, self.age.map(Span));
        self.lay_over_target(raw, launched);
        self.lay_over_triggers(raw);
        if !self.action.is_empty() {
            raw.action = self.action.iter().map(|text| text.0.clone()).collect();
        }
        let freeze = &mut raw.freeze;
        put(&mut freeze.tail, self.tail.map(Span));
        put(&mut freeze.then, self.rearm.then(|| "rearm".into()));
        put(&mut freeze.cool_down, self.cool_down.map(Span));
        put(&mut freeze.keep_count, self.keep);
        put(&mut freeze.keep_bytes, self.keep_bytes.map(Size));
        let when_full = self.when_full.as_ref().map(|what| what.replace('-', "_"));
        put(&mut freeze.when_full, when_full);
        put(&mut raw.save.folder, self.folder.clone());
        put(&mut raw.save.fallback, self.fallback_dir.clone());
        put(&mut raw.save.format, self.format.clone());
    }

    fn lay_over_capture(&self, raw: &mut RawProfile) {
        let capture = &mut raw.capture;
        if !self.interface.is_empty() || self.read.is_some() {
            (capture.interfaces, capture.all, capture.file) = (Vec::new(), None, None);
        }
        for name in &self.interface {
            if name == "all" {
                capture.all = Some(true);
            } else {
                capture.interfaces.push(name.clone());
            }
        }
        if self.read.is_some() {
            capture.netns = None;
        }
        put(&mut capture.netns, self.netns.clone().map(Netns));
        put(&mut capture.file, self.read.clone());
        put(&mut capture.speed, self.speed.clone());
        put(&mut capture.filter, self.filter.clone());
        put(&mut capture.snaplen, self.snaplen);
        put(&mut capture.headers_only, self.headers_only.then_some(true));
        put(&mut capture.promiscuous, self.promiscuous.then_some(true));
        put(&mut capture.kernel_buffer, self.kernel_buffer.map(Size));
    }

    fn lay_over_target(&self, raw: &mut RawProfile, launched: Option<u32>) {
        let target = &mut raw.target;
        let chosen = self.target.is_some()
            || self.target_pid.is_some()
            || self.target_command.is_some()
            || self.target_exe.is_some()
            || self.target_port.is_some()
            || launched.is_some();
        if chosen {
            target.pid = self.target_pid;
            target.name.clone_from(&self.target);
            target.command_line.clone_from(&self.target_command);
            target.executable.clone_from(&self.target_exe);
            target.port = self.target_port;
            target.launched = launched;
        }
        put(&mut target.wait, self.wait.then_some(true));
        put(&mut target.tree, self.tree.then_some(true));
        put(&mut target.fire_when, self.fire_when.clone());
    }

    fn lay_over_triggers(&self, raw: &mut RawProfile) {
        if !self.trigger.is_empty() {
            raw.trigger = self.trigger.iter().map(|text| text.0.clone()).collect();
        }
        if self.clean_code.is_empty() && self.clean_signal.is_empty() {
            return;
        }
        if raw.trigger.is_empty() {
            // What is used unless said otherwise.
            raw.trigger.push(RawTrigger::of_kind("exit"));
        }
        // Where none asks for a crash, the check says that of the first.
        let crash = raw.trigger.iter().position(|one| one.kind == "crash");
        if let Some(trigger) = raw.trigger.get_mut(crash.unwrap_or(0)) {
            self.lay_over_clean_ends(trigger);
        }
    }

    fn lay_over_clean_ends(&self, trigger: &mut RawTrigger) {
        if !self.clean_code.is_empty() {
            trigger.clean_codes = Some(self.clean_code.clone());
        }
        if !self.clean_signal.is_empty() {
            let names = self.clean_signal.iter().cloned().map(SignalName);
            trigger.clean_signals = Some(names.collect());
        }
    }
}

fn put<T>(field: &mut Option<T>, given: Option<T>) {
    if given.is_some() {
        *field = given;
    }
}

#[cfg(test)]
mod tests;
