//! What a user chooses of triggers, checked.

use std::time::Duration;

use super::TriggerKind;
use super::packets::PacketKind;
use super::rules::Test;
use crate::measure::{ListenerChoice, ProbeChoice, Resource};
use crate::watch::ExitStatus;

/// When to freeze, and how often. Freezing by hand is always there beside.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// What the user calls it.
    pub name: Option<String>,
    /// When it fires.
    pub when: When,
    /// For how long the whole must hold without a break.
    pub sustained: Duration,
    /// Not before so long after the start.
    pub grace: Duration,
    /// Not again before so long after it fired.
    pub cool_down: Duration,
    /// How many times at most.
    pub most: Option<u32>,
}

/// A condition, or a combination of them.
#[derive(Clone, Debug, PartialEq)]
pub enum When {
    /// One condition.
    One(Condition),
    /// Any of these.
    Any(Vec<When>),
    /// All of these within a span; with a span of zero all at once.
    All {
        /// The conditions.
        of: Vec<When>,
        /// The span.
        within: Duration,
    },
    /// One, and at a later moment the other.
    Then {
        /// What comes first.
        first: Box<When>,
        /// What comes then.
        then: Box<When>,
        /// How much later at most.
        within: Duration,
    },
}

/// One thing that is looked at, and when it counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// What is looked at.
    pub of: Observed,
    /// When it counts. What happens is tested with [`Test::Happens`].
    pub test: Test,
    /// For how long a number must stand so before it counts.
    pub sustained: Duration,
}

/// What can be looked at.
#[derive(Clone, Debug, PartialEq)]
pub enum Observed {
    /// What the target's processes come to.
    Process(ProcessEvent),
    /// A number that a probe measures at intervals.
    Probe {
        /// Which.
        probe: ProbeChoice,
        /// How often.
        every: Duration,
    },
    /// Packets.
    Packets(PacketKind),
    /// What a thread of its own listens to: a log, a server, a program, the clock.
    Listener(ListenerChoice),
}

/// What the target's processes come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProcessEvent {
    /// Any end of a target process.
    Exit,
    /// An end that counts as a crash.
    Crash(CrashSet),
    /// A new process matches after the old one ended.
    Restart,
    /// A process matches that did not before.
    Appears,
}

/// Which end counts where several processes match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FireWhen {
    /// The end of any of them.
    #[default]
    Any,
    /// The end of the last of them.
    All,
}

/// Which ends are not crashes. All others are, unknown ones too (and it is said).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrashSet {
    /// Exit statuses that are no crash: 0 by default.
    pub clean_codes: Vec<i32>,
    /// Signals that are no crash: HUP, INT and TERM by default.
    pub clean_signals: Vec<i32>,
}

impl Default for CrashSet {
    fn default() -> Self {
        // SIGHUP, SIGINT and SIGTERM have these numbers on every Unix.
        Self {
            clean_codes: vec![0],
            clean_signals: vec![1, 2, 15],
        }
    }
}

impl CrashSet {
    /// Whether an end is a crash.
    #[must_use]
    pub fn counts(&self, status: &ExitStatus) -> bool {
        match status {
            ExitStatus::Code { code } => !self.clean_codes.contains(code),
            ExitStatus::Signal { number, .. } => !self.clean_signals.contains(number),
            ExitStatus::Exception { .. } | ExitStatus::Unknown { .. } => true,
        }
    }
}

impl Trigger {
    /// A trigger that fires whenever this is so.
    #[must_use]
    pub fn of(when: When) -> Self {
        Self {
            name: None,
            when,
            sustained: Duration::ZERO,
            grace: Duration::ZERO,
            cool_down: Duration::ZERO,
            most: None,
        }
    }

    /// One on what the target's processes come to.
    #[must_use]
    pub fn on(event: ProcessEvent) -> Self {
        Self::of(When::One(Condition::happens(Observed::Process(event))))
    }

    /// Every condition in it, in order.
    #[must_use]
    pub fn conditions(&self) -> Vec<&Condition> {
        let mut all = Vec::new();
        self.when.gather(&mut all);
        all
    }

    /// Its kind: that of its condition.
    #[must_use]
    pub fn kind(&self) -> TriggerKind {
        match &self.when {
            When::One(one) => one.of.kind(),
            _ => TriggerKind::Combination,
        }
    }
}

impl When {
    fn gather<'a>(&'a self, all: &mut Vec<&'a Condition>) {
        match self {
            Self::One(one) => all.push(one),
            Self::Any(of) | Self::All { of, .. } => of.iter().for_each(|one| one.gather(all)),
            Self::Then { first, then, .. } => {
                first.gather(all);
                then.gather(all);
            }
        }
    }
}

impl Condition {
    /// One that counts each time it happens.
    #[must_use]
    pub fn happens(of: Observed) -> Self {
        Self {
            of,
            test: Test::Happens {
                times: 1,
                within: Duration::ZERO,
            },
            sustained: Duration::ZERO,
        }
    }
}

impl Observed {
    /// The kind of a trigger on it.
    #[must_use]
    pub fn kind(&self) -> TriggerKind {
        match self {
            Self::Process(ProcessEvent::Exit) => TriggerKind::Exit,
            Self::Process(ProcessEvent::Crash(_)) => TriggerKind::Crash,
            Self::Process(ProcessEvent::Restart) => TriggerKind::Restart,
            Self::Process(ProcessEvent::Appears) => TriggerKind::Appears,
            Self::Probe { probe, .. } => match probe {
                ProbeChoice::Sockets { .. } => TriggerKind::Sockets,
                ProbeChoice::AcceptQueue { .. } => TriggerKind::AcceptQueue,
                ProbeChoice::Usage { resource, .. } => match resource {
                    Resource::Cpu => TriggerKind::Cpu,
                    Resource::ResidentMemory => TriggerKind::Memory,
                    Resource::Threads => TriggerKind::Threads,
                    Resource::OpenFiles => TriggerKind::OpenFiles,
                },
                ProbeChoice::Stuck(_) => TriggerKind::Stuck,
                ProbeChoice::Processes => TriggerKind::Processes,
            },
            Self::Packets(packets) => match packets {
                PacketKind::Filter { .. } => TriggerKind::Packet,
                PacketKind::Payload { .. } => TriggerKind::Payload,
                PacketKind::NoAnswer { .. } => TriggerKind::NoAnswer,
                PacketKind::Silence { .. } => TriggerKind::Silence,
                PacketKind::Traffic(_) => TriggerKind::Traffic,
                PacketKind::Retransmissions { .. } => TriggerKind::Retransmissions,
            },
            Self::Listener(listener) => match listener {
                ListenerChoice::Log(_) => TriggerKind::Log,
                ListenerChoice::Health(_) => TriggerKind::Health,
                ListenerChoice::Command(_) => TriggerKind::Command,
                ListenerChoice::Time(_) => TriggerKind::Time,
            },
        }
    }

    /// Whether it can be asked of others than the target.
    #[must_use]
    pub fn has_scope(&self) -> bool {
        let Self::Probe { probe, .. } = self else {
            return false;
        };
        matches!(
            probe,
            ProbeChoice::Sockets { .. } | ProbeChoice::AcceptQueue { .. }
        )
    }

    /// Whether it cannot be looked at without a target.
    #[must_use]
    pub fn needs_target(&self) -> bool {
        match self {
            Self::Process(_) => true,
            Self::Probe { probe, .. } => probe.needs_target(),
            Self::Packets(_) | Self::Listener(_) => false,
        }
    }
}
