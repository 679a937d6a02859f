//! What this computer has: interfaces, processes, rights, memory. Looked at
//! again and again; what is chosen stays chosen.

use std::collections::VecDeque;

use crashcap_core::clock::Monotonic;
use crashcap_core::profile::RawProfile;
use crashcap_core::recorder::{Available, Look};
use crashcap_core::units::ByteCount;
use crashcap_core::watch::{ProcessDetails, TargetSpec};

use super::OwnSession;
use crate::command::Command;

/// Rates kept of each interface: a minute's.
pub(crate) const RATES_MAX: usize = 60;

/// One interface as it is now.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct InterfaceNow {
    /// The system's name, by which it is recorded.
    pub(crate) name: String,
    /// What the user calls it: "Ethernet 2", "Wi-Fi".
    pub(crate) friendly: Option<String>,
    /// What the system says of its hardware.
    pub(crate) description: Option<String>,
    /// Its addresses.
    pub(crate) addresses: Vec<String>,
    /// It is up.
    pub(crate) up: bool,
    /// It is the loopback.
    pub(crate) loopback: bool,
    /// It is wireless.
    pub(crate) wireless: bool,
    /// Packets and bytes that the system counted; `None` where it does not count.
    pub(crate) counted: Option<(u64, u64)>,
}

/// An interface with what its counters said before.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Interface {
    /// As it is now.
    pub(crate) now: InterfaceNow,
    /// Bytes a second, the newest last.
    pub(crate) rates: VecDeque<u64>,
    /// Packets a second now.
    pub(crate) packets_per_second: Option<u64>,
}

/// Whether this user may capture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Rights {
    /// Not yet known, or known only at Start (Windows, macOS).
    #[default]
    Unknown,
    /// Yes.
    Yes,
    /// No: what is, and what to do.
    No(Remedy),
    /// Allowed for good, from the next login on: what is, and what to do.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux asks"))]
    NextLogin(Remedy),
}

/// What is missing, and the one way to get it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Remedy {
    /// What is, what would be granted, to whom and for how long.
    pub(crate) sentence: String,
    /// What is to be typed in a terminal, where nothing here can do it.
    pub(crate) typed: Option<String>,
    /// What can be done here.
    pub(crate) buttons: Vec<Command>,
}

/// Everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Machine {
    /// The interfaces, in the order in which they are listed.
    pub(crate) interfaces: Vec<Interface>,
    /// Why they could not be listed.
    pub(crate) interfaces_unlisted: Option<String>,
    /// When the counters were read last.
    pub(crate) counted_at: Option<Monotonic>,
    /// The processes.
    pub(crate) processes: Vec<ProcessDetails>,
    /// They were listed before something else was looked at: who ended since is not
    /// known.
    pub(crate) processes_old: bool,
    /// Why they could not be listed.
    pub(crate) processes_unlisted: Option<String>,
    /// How many processes match this target now.
    pub(crate) matching: Option<(TargetSpec, usize)>,
    /// Whether this user may capture.
    pub(crate) rights: Rights,
    /// The SSH session in which this window was started.
    pub(crate) session: Option<OwnSession>,
    /// An administrator is being asked to allow it for good.
    pub(crate) asking: bool,
    /// Memory that may be taken.
    pub(crate) available: Available,
    /// What each trigger sees now, while somebody edits them.
    pub(crate) seen: Vec<Seen>,
    /// What each trigger would have said when it was tested.
    pub(crate) tested: Vec<Seen>,
    /// They are being tested, which may take minutes.
    pub(crate) testing: bool,
}

/// What a trigger sees, by the profile with it alone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    /// That profile.
    pub(crate) of: RawProfile,
    /// What was seen of each of its conditions, or why it cannot be looked at.
    pub(crate) looks: Result<Vec<Look>, String>,
}

impl Machine {
    /// Takes in what the counters say now.
    pub(crate) fn glanced(&mut self, list: Vec<InterfaceNow>, at: Monotonic) {
        let before = std::mem::take(&mut self.interfaces);
        let span = self
            .counted_at
            .map(|earlier| at.since(earlier).as_secs_f64());
        self.interfaces = list
            .into_iter()
            .map(|now| {
                let known = before.iter().find(|one| one.now.name == now.name);
                Interface::after(known, now, span)
            })
            .collect();
        self.counted_at = Some(at);
        self.interfaces_unlisted = None;
    }

    /// An interface by its name.
    pub(crate) fn interface(&self, name: &str) -> Option<&Interface> {
        self.interfaces.iter().find(|one| one.now.name == name)
    }

    /// What the chosen interfaces carry now: packets and bytes a second. None
    /// chosen means all.
    pub(crate) fn rate_of(&self, chosen: &[String]) -> Option<(u64, u64)> {
        let counted = |one: &Interface| Some((one.packets_per_second?, *one.rates.back()?));
        if chosen.is_empty() {
            let all = self.interfaces.iter().find(|one| one.now.name == "any");
            if let Some(rate) = all.and_then(counted) {
                return Some(rate);
            }
        }
        self.interfaces
            .iter()
            .filter(|one| {
                one.now.name != "any" && (chosen.is_empty() || chosen.contains(&one.now.name))
            })
            .filter_map(counted)
            .reduce(|one, other| (one.0 + other.0, one.1 + other.1))
    }

    /// The bytes of memory that may be taken.
    pub(crate) fn free(&self) -> Option<ByteCount> {
        let known = [self.available.machine, self.available.control_group];
        known.into_iter().flatten().min()
    }
}

impl Interface {
    fn after(known: Option<&Self>, now: InterfaceNow, span: Option<f64>) -> Self {
        let mut rates = known.map(|one| one.rates.clone()).unwrap_or_default();
        let counted = known.and_then(|one| one.now.counted).zip(now.counted);
        let measured = counted.zip(span.filter(|span| *span > 0.0));
        let packets_per_second = measured.map(|((before, after), span)| {
            let per_second = |from: u64, to: u64| (to.saturating_sub(from) as f64 / span) as u64;
            rates.push_back(per_second(before.1, after.1));
            per_second(before.0, after.0)
        });
        while rates.len() > RATES_MAX {
            rates.pop_front();
        }
        Self {
            now,
            rates,
            packets_per_second,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting(packets: u64, bytes: u64) -> Vec<InterfaceNow> {
        vec![InterfaceNow {
            name: "eth0".into(),
            counted: Some((packets, bytes)),
            ..InterfaceNow::default()
        }]
    }

    #[test]
    fn rates_come_from_two_looks_and_the_time_between() {
        let mut machine = Machine::default();
        machine.glanced(counting(100, 1_000), Monotonic(0));
        assert_eq!(machine.rate_of(&[]), None);
        machine.glanced(counting(300, 5_000), Monotonic(2_000_000_000));
        assert_eq!(machine.rate_of(&[]), Some((100, 2_000)));
        assert_eq!(machine.rate_of(&["eth0".into()]), Some((100, 2_000)));
        assert_eq!(machine.rate_of(&["eth1".into()]), None);
    }

    #[test]
    fn a_counter_that_began_anew_is_no_traffic() {
        let mut machine = Machine::default();
        machine.glanced(counting(100, 1_000), Monotonic(0));
        machine.glanced(counting(1, 10), Monotonic(1_000_000_000));
        assert_eq!(machine.rate_of(&[]), Some((0, 0)));
    }
}
