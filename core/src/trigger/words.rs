//! Triggers and what made them fire, as sentences.

use std::time::Duration;

use super::choice::{Condition, Observed, ProcessEvent, Trigger, When};
use super::packets::{PacketKind, PayloadText, TrafficUnit};
use super::rules::Test;
use crate::measure::{Answer, ListenerChoice, ProbeChoice, Resource};
use crate::units::{ByteCount, duration_in_words, grouped};

impl Trigger {
    /// When it fires, as a clause: "TCP sockets in CLOSE_WAIT of router_runner are
    /// above 100 for 5 s". `target` is how the target is called.
    #[must_use]
    pub fn clause(&self, target: &str) -> String {
        let mut out = self.when.clause(target);
        if !self.sustained.is_zero() && !matches!(self.when, When::One(_)) {
            out += &format!(", and all that for {}", duration_in_words(self.sustained));
        }
        if !self.grace.is_zero() {
            out += &format!(", not in the first {}", duration_in_words(self.grace));
        }
        if !self.cool_down.is_zero() {
            out += &format!(", once within {}", duration_in_words(self.cool_down));
        }
        match self.most {
            Some(1) => out += ", once only",
            Some(most) => out += &format!(", {most} times at most"),
            None => {}
        }
        out
    }
}

impl When {
    fn clause(&self, target: &str) -> String {
        let joined = |of: &[Self], word: &str| {
            let parts: Vec<String> = of.iter().map(|one| one.clause(target)).collect();
            parts.join(word)
        };
        match self {
            Self::One(one) => one.clause(target),
            Self::Any(of) => joined(of, ", or "),
            Self::All { of, within } if within.is_zero() => {
                format!("{}, at the same time", joined(of, ", and "))
            }
            Self::All { of, within } => {
                let within = duration_in_words(*within);
                format!("{}, all within {within}", joined(of, ", and "))
            }
            Self::Then {
                first,
                then,
                within,
            } => format!(
                "{}, and within {} after that {}",
                first.clause(target),
                duration_in_words(*within),
                then.clause(target)
            ),
        }
    }
}

impl Condition {
    /// When it counts, as a clause.
    #[must_use]
    pub fn clause(&self, target: &str) -> String {
        let for_so_long = lasting(self.sustained);
        match &self.of {
            Observed::Process(event) => match event {
                ProcessEvent::Exit => format!("{target} ends"),
                ProcessEvent::Crash(_) => format!("{target} crashes"),
                ProcessEvent::Restart => format!("{target} was started again"),
                ProcessEvent::Appears => format!("{target} appears"),
            },
            Observed::Probe {
                probe: ProbeChoice::Stuck(stuck_in),
                ..
            } => {
                let how = match stuck_in {
                    crate::measure::StuckIn::UninterruptibleSleep => "in uninterruptible sleep",
                    crate::measure::StuckIn::Stopped => "stopped",
                };
                format!("a process of {target} is {how}{for_so_long}")
            }
            Observed::Probe { probe, .. } => {
                let verb = match probe {
                    ProbeChoice::Usage {
                        resource: Resource::Cpu | Resource::ResidentMemory,
                        ..
                    } => "is",
                    _ => "are",
                };
                self.measured(&probe.what(target), verb)
            }
            Observed::Packets(packets) => match packets {
                PacketKind::Filter { filter, often } if often.times == 1 => {
                    format!("a packet matches {filter}")
                }
                PacketKind::Filter { filter, often } => {
                    let within = duration_in_words(often.within);
                    format!("{} packets match {filter} within {within}", often.times)
                }
                PacketKind::Payload { text, often } if often.times == 1 => {
                    format!("a payload holds {}", quoted(text))
                }
                PacketKind::Payload { text, often } => {
                    let within = duration_in_words(often.within);
                    format!(
                        "payloads hold {} {} times within {within}",
                        quoted(text),
                        often.times
                    )
                }
                PacketKind::NoAnswer {
                    after,
                    ports,
                    often,
                } => {
                    let of = match ports.as_slice() {
                        [] => String::new(),
                        [port] => format!(" on port {port}"),
                        ports => {
                            let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
                            format!(" on ports {}", ports.join(", "))
                        }
                    };
                    let after = duration_in_words(*after);
                    match often.times {
                        1 => format!("a request{of} has no answer for {after}"),
                        times => format!(
                            "{times} requests{of} have no answer for {after}, within {}",
                            duration_in_words(often.within)
                        ),
                    }
                }
                PacketKind::Silence { after } => {
                    format!("no packet comes for {}", duration_in_words(*after))
                }
                PacketKind::Traffic(unit) => {
                    let what = match unit {
                        TrafficUnit::PacketsPerSecond => "packets per second",
                        TrafficUnit::BitsPerSecond => "bits per second",
                    };
                    self.measured(what, "are")
                }
                PacketKind::Retransmissions { within } => {
                    let within = duration_in_words(*within);
                    let what = format!("the share of TCP segments sent again within {within}");
                    self.measured(&what, "is")
                }
            },
            Observed::Listener(listener) => self.listened(listener),
        }
    }

    /// When what is listened to counts.
    fn listened(&self, to: &ListenerChoice) -> String {
        let for_so_long = lasting(self.sustained);
        match to {
            ListenerChoice::Log(log) => {
                let line = format!("of {}", log.source.whose());
                let expression = log.expression.as_str();
                match self.test {
                    Test::Happens { times, within } if times > 1 => {
                        let within = duration_in_words(within);
                        format!("{times} lines {line} match {expression} within {within}")
                    }
                    _ => format!("a line {line} matches {expression}"),
                }
            }
            ListenerChoice::Health(check) => match self.test {
                Test::Above(limit) if limit >= 1.0 => format!(
                    "{} fails {} times in a row",
                    check.question,
                    whole(limit) + 1
                ),
                _ => format!("{} fails", check.question),
            },
            ListenerChoice::Command(choice) => {
                let name = choice.program.name();
                match &choice.answer {
                    Answer::Success => format!("{name} exits with status 0{for_so_long}"),
                    Answer::Failure => format!("{name} fails{for_so_long}"),
                    Answer::Output(expression) => {
                        format!(
                            "what {name} says matches {}{for_so_long}",
                            expression.as_str()
                        )
                    }
                }
            }
            ListenerChoice::Time(alarm) => alarm.to_string(),
        }
    }

    fn measured(&self, what: &str, verb: &str) -> String {
        let for_so_long = lasting(self.sustained);
        match self.test {
            Test::Grows { by, within } => format!(
                "{what} grow by {} within {}{for_so_long}",
                self.number(by),
                duration_in_words(within)
            ),
            _ => format!("{what} {verb} {}{for_so_long}", self.limit()),
        }
    }

    /// "above 100", "below 20 % of a core".
    fn limit(&self) -> String {
        match self.test {
            Test::Above(limit) => format!("above {}", self.number(limit)),
            Test::Below(limit) => format!("below {}", self.number(limit)),
            Test::Grows { by, within } => format!(
                "grown by {} within {}",
                self.number(by),
                duration_in_words(within)
            ),
            Test::Happens { .. } => String::new(),
        }
    }

    /// A value of it with its unit, as people read it: "2.1 GB", "97 % of a core".
    #[must_use]
    pub fn number(&self, value: f64) -> String {
        match &self.of {
            Observed::Probe {
                probe: ProbeChoice::Usage { resource, .. },
                ..
            } => match resource {
                Resource::Cpu => format!("{value:.0} % of a core"),
                Resource::ResidentMemory => ByteCount(whole(value)).to_string(),
                Resource::Threads | Resource::OpenFiles => grouped(whole(value)),
            },
            Observed::Packets(PacketKind::Retransmissions { .. }) => format!("{value:.1} %"),
            Observed::Packets(PacketKind::Traffic(TrafficUnit::PacketsPerSecond)) => {
                format!("{} packets/s", grouped(whole(value)))
            }
            Observed::Packets(PacketKind::Traffic(TrafficUnit::BitsPerSecond)) => bits(value),
            Observed::Listener(ListenerChoice::Health(_)) => match whole(value) {
                0 => "no failure".to_owned(),
                1 => "1 failure".to_owned(),
                many => format!("{many} failures in a row"),
            },
            Observed::Listener(ListenerChoice::Command(_)) => {
                if value > 0.0 { "yes" } else { "no" }.to_owned()
            }
            _ => grouped(whole(value)),
        }
    }

    /// What was seen of it, as a clause. `value` and `note` are the latest.
    #[must_use]
    pub fn evidence(&self, target: &str, value: Option<f64>, note: Option<&str>) -> String {
        let in_brackets = note.map_or(String::new(), |note| format!(" ({note})"));
        match (&self.of, value) {
            (Observed::Probe { probe, .. }, Some(value))
                if !matches!(probe, ProbeChoice::Stuck(_)) =>
            {
                format!(
                    "{}: {}, {}{}{in_brackets}",
                    probe.what(target),
                    self.number(value),
                    self.limit(),
                    lasting(self.sustained)
                )
            }
            (Observed::Packets(packets), Some(_)) if packets.is_measured() => format!(
                "{}, {}{}",
                note.unwrap_or("traffic"),
                self.limit(),
                lasting(self.sustained)
            ),
            (Observed::Listener(ListenerChoice::Health(_)), Some(value)) => {
                let note = note.unwrap_or("a health check failed");
                match whole(value) {
                    0 | 1 => note.to_owned(),
                    many => format!("{note}, {many} failures in a row"),
                }
            }
            (Observed::Listener(ListenerChoice::Command(choice)), Some(_)) => {
                let name = choice.program.name();
                let note = note.map_or(name, ToOwned::to_owned);
                format!("the command {note}{}", lasting(self.sustained))
            }
            (Observed::Probe { .. }, Some(_)) => format!(
                "{}{}",
                note.unwrap_or("a process is stuck"),
                lasting(self.sustained)
            ),
            _ => note.map_or_else(|| self.clause(target), ToOwned::to_owned),
        }
    }
}

fn lasting(span: Duration) -> String {
    if span.is_zero() {
        String::new()
    } else {
        format!(" for {}", duration_in_words(span))
    }
}

fn quoted(text: &PayloadText) -> String {
    match text {
        PayloadText::Bytes(bytes) => format!("\"{}\"", bytes.escape_ascii()),
        PayloadText::Regex(pattern) => format!("what matches {pattern}"),
    }
}

fn bits(value: f64) -> String {
    match value {
        0.0..1e3 => format!("{value:.0} bit/s"),
        1e3..1e6 => format!("{:.1} kbit/s", value / 1e3),
        1e6..1e9 => format!("{:.1} Mbit/s", value / 1e6),
        _ => format!("{:.1} Gbit/s", value / 1e9),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts and bytes below 2^63"
)]
fn whole(value: f64) -> u64 {
    value.max(0.0).round() as u64
}
