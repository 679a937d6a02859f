//! From what was written to a valid trigger.

use std::str::FromStr;
use std::time::Duration;

use super::kinds::TRIGGERS;
use super::raw::{Amount, RawTrigger};
use crate::limits;
use crate::measure::{
    Alarm, Answer, Combine, CommandChoice, Expression, HealthCheck, ListenerChoice, LogCondition,
    LogSource, ProbeChoice, Program, Question, Resource, SocketScope, SocketState, Spoken, StuckIn,
};
use crate::profile::ProfileError;
use crate::profile::check::signal_number;
use crate::profile::raw::Span;
use crate::profile::vocabulary::{KindInfo, written_fields};
use crate::trigger::packets::{Often, PacketKind, PayloadText, TrafficUnit};
use crate::trigger::rules::Test;
use crate::trigger::{Condition, CrashSet, Observed, ProcessEvent, Trigger, When};
use crate::units::{ByteCount, duration_in_words};

/// Checks a trigger as written.
///
/// # Errors
/// The first thing that is not possible, and what is.
pub fn check(raw: &RawTrigger) -> Result<Trigger, ProfileError> {
    let written = Written::new(raw, Place::Alone)?;
    let when = written.when(0)?;
    let combined = !matches!(when, When::One(_));
    let trigger = Trigger {
        name: raw.name.clone().filter(|name| !name.trim().is_empty()),
        sustained: if combined {
            span(raw.sustained)
        } else {
            Duration::ZERO
        },
        grace: span(raw.grace),
        cool_down: span(raw.cool_down),
        most: raw.max_count,
        when,
    };
    if raw.max_count == Some(0) {
        return Err(written.wrong("max_count 0 would never fire; write enabled = false instead"));
    }
    let conditions = trigger.conditions().len();
    if conditions > limits::CONDITIONS_MAX {
        let most = limits::CONDITIONS_MAX;
        return Err(written.wrong(format!(
            "{conditions} conditions are too many; at most {most} are possible"
        )));
    }
    Ok(trigger)
}

/// What counts each time it happens.
const ONCE: Test = Test::Happens {
    times: 1,
    within: Duration::ZERO,
};

/// Whether a trigger stands alone or within a combination.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Alone,
    Within,
}

/// What was written, and of which kind it is.
struct Written<'a> {
    raw: &'a RawTrigger,
    kind: &'static KindInfo,
}

impl<'a> Written<'a> {
    fn new(raw: &'a RawTrigger, place: Place) -> Result<Self, ProfileError> {
        let kind = TRIGGERS.known(&raw.kind)?;
        let written = Self { raw, kind };
        for field in written_fields(raw) {
            let fits = match place {
                Place::Alone => TRIGGERS.takes(kind, &field),
                Place::Within => kind.owns(&field),
            };
            if !fits {
                return Err(written.not_taken(&field, place));
            }
        }
        Ok(written)
    }

    fn wrong(&self, why: impl Into<String>) -> ProfileError {
        TRIGGERS.wrong(&self.raw.kind, why)
    }

    fn missing(&self, what: &str) -> ProfileError {
        let example = if self.kind.is_combination() {
            // As the command line takes it.
            format!("{{ {} }}", self.kind.example.replace('\n', ", "))
        } else {
            format!("--trigger \"{}\"", self.kind.example)
        };
        self.wrong(format!("{what}, as in {example}"))
    }

    fn not_taken(&self, field: &str, place: Place) -> ProfileError {
        if place == Place::Within && TRIGGERS.takes(self.kind, field) {
            return self.wrong(format!(
                "{field} is of a whole trigger: write it beside the combination, not within"
            ));
        }
        let of_others = TRIGGERS.owners(field);
        let own: Vec<&str> = match place {
            Place::Alone => TRIGGERS.all_fields(self.kind).collect(),
            Place::Within => self.kind.fields.to_vec(),
        };
        self.wrong(format!(
            "it has no field {field}{of_others} only {}",
            own.join(", ")
        ))
    }

    fn when(&self, depth: usize) -> Result<When, ProfileError> {
        if !self.kind.is_combination() {
            return self.condition().map(When::One);
        }
        if depth >= limits::COMBINATIONS_DEEP_MAX {
            return Err(self.wrong("combinations are nested too deep"));
        }
        let parts = self.raw.of.as_deref().unwrap_or_default();
        let of: Vec<When> = parts
            .iter()
            .map(|part| Self::new(part, Place::Within)?.when(depth + 1))
            .collect::<Result<_, _>>()?;
        let within = span(self.raw.within);
        match (self.raw.kind.as_str(), <[When; 2]>::try_from(of)) {
            ("then", Ok([first, then])) => {
                if within.is_zero() {
                    return Err(
                        self.missing("within is missing: how much later the second may come")
                    );
                }
                Ok(When::Then {
                    first: Box::new(first),
                    then: Box::new(then),
                    within,
                })
            }
            ("then", Err(_)) => {
                Err(self.missing("of takes two conditions: the first and the second"))
            }
            (kind, of) => {
                let of = of.map_or_else(|of| of, Vec::from);
                if of.len() < 2 {
                    return Err(self.missing("of takes two conditions at least"));
                }
                Ok(if kind == "any" {
                    When::Any(of)
                } else {
                    When::All { of, within }
                })
            }
        }
    }

    fn condition(&self) -> Result<Condition, ProfileError> {
        let of = self.observed()?;
        let test = match &of {
            Observed::Probe {
                probe: ProbeChoice::Stuck(_),
                ..
            } => Test::Above(0.0),
            Observed::Probe { .. } => self.test(&of)?,
            Observed::Packets(packets) if packets.is_measured() => self.test(&of)?,
            Observed::Listener(listener) => self.listener_test(listener)?,
            Observed::Process(_) | Observed::Packets(_) => ONCE,
        };
        if let Observed::Packets(packets) = &of {
            packets
                .check(&[])
                .map_err(|error| self.wrong(error.to_string()))?;
        }
        Ok(Condition {
            of,
            test,
            sustained: span(self.raw.sustained),
        })
    }

    fn observed(&self) -> Result<Observed, ProfileError> {
        let usage = |resource| {
            let combine = self.combine()?;
            self.probe(ProbeChoice::Usage { resource, combine })
        };
        match self.kind.word {
            "exit" => Ok(Observed::Process(ProcessEvent::Exit)),
            "crash" => Ok(Observed::Process(ProcessEvent::Crash(self.crash_set()?))),
            "restart" => Ok(Observed::Process(ProcessEvent::Restart)),
            "appears" => Ok(Observed::Process(ProcessEvent::Appears)),
            "processes" => self.probe(ProbeChoice::Processes),
            "sockets" => self.probe(ProbeChoice::Sockets {
                states: self.states()?.into_iter().collect(),
                scope: self.scope()?,
            }),
            "accept_queue" => {
                let scope = self.scope()?;
                self.probe(ProbeChoice::AcceptQueue { scope })
            }
            "cpu" => usage(Resource::Cpu),
            "memory" => usage(Resource::ResidentMemory),
            "threads" => usage(Resource::Threads),
            "open_files" => usage(Resource::OpenFiles),
            "stuck" => {
                let ways = [
                    ("stopped", StuckIn::Stopped),
                    ("uninterruptible", StuckIn::UninterruptibleSleep),
                ];
                let how = self.one_of("how", self.raw.how.as_ref(), &ways)?;
                let how = how.ok_or_else(|| self.missing("how is missing"))?;
                self.probe(ProbeChoice::Stuck(how))
            }
            "log" => self.log().map(Observed::Listener),
            "health" => self.health().map(Observed::Listener),
            "command" => self.command().map(Observed::Listener),
            "time" => self.time().map(Observed::Listener),
            _ => self.packets().map(Observed::Packets),
        }
    }

    fn listener_test(&self, listener: &ListenerChoice) -> Result<Test, ProfileError> {
        Ok(match listener {
            ListenerChoice::Log(_) => {
                let Often { times, within } = self.often()?;
                Test::Happens { times, within }
            }
            ListenerChoice::Health(_) => {
                let times = self.raw.times.unwrap_or(limits::HEALTH_TIMES);
                if times == 0 {
                    return Err(self.wrong("times must be 1 at least"));
                }
                Test::Above(f64::from(times) - 1.0)
            }
            ListenerChoice::Command(_) => Test::Above(0.0),
            ListenerChoice::Time(_) => ONCE,
        })
    }

    fn expression(&self) -> Result<Option<Expression>, ProfileError> {
        let read =
            |regex: &String| Expression::new(regex).map_err(|error| self.wrong(error.to_string()));
        self.raw.regex.as_ref().map(read).transpose()
    }

    fn log(&self) -> Result<ListenerChoice, ProfileError> {
        let expression = self.expression()?;
        let expression = expression.ok_or_else(|| self.missing("regex is missing"))?;
        let raw = self.raw;
        let streams = [
            ("stdout", Spoken::Out),
            ("stderr", Spoken::Error),
            ("both", Spoken::Both),
        ];
        let mut sources = Vec::new();
        sources.extend(raw.file.iter().map(|file| LogSource::File(file.into())));
        let journal = raw.journal.iter().cloned();
        sources.extend(journal.map(|unit| LogSource::Journal { unit }));
        let event_log = raw.event_log.iter().cloned();
        sources.extend(event_log.map(|channel| LogSource::EventLog { channel }));
        let output = self.one_of("output", raw.output.as_ref(), &streams)?;
        sources.extend(output.map(LogSource::Output));
        let Ok([source]) = <[LogSource; 1]>::try_from(sources) else {
            return Err(self.missing("write one of file, journal, event_log and output"));
        };
        Ok(ListenerChoice::Log(LogCondition { source, expression }))
    }

    /// How often something is asked, and how long an answer may take.
    fn pace(
        &self,
        (every, timeout): (Duration, Duration),
        most: Duration,
    ) -> Result<(Duration, Duration), ProfileError> {
        let every = self.raw.every.map_or(every, |span| span.0);
        let timeout = self.raw.timeout.map_or(timeout, |span| span.0);
        let least = limits::ASK_INTERVAL_MIN;
        if every < least {
            let least = duration_in_words(least);
            return Err(self.wrong(format!("every must be {least} at least")));
        }
        if timeout < least || timeout > most {
            let (least, most) = (duration_in_words(least), duration_in_words(most));
            return Err(self.wrong(format!("timeout must be within {least} and {most}")));
        }
        Ok((every, timeout))
    }

    fn health(&self) -> Result<ListenerChoice, ProfileError> {
        let raw = self.raw;
        let (timeout, most) = match raw.command {
            None => (limits::HEALTH_TIMEOUT, limits::HEALTH_TIMEOUT_MAX),
            Some(_) => (limits::COMMAND_TIMEOUT, limits::COMMAND_TIMEOUT_MAX),
        };
        let (every, timeout) = self.pace((limits::HEALTH_INTERVAL, timeout), most)?;
        if raw.status.is_some() && raw.url.is_none() {
            return Err(self.wrong("status is of url: nothing else has one"));
        }
        let question = match (&raw.url, &raw.connect, &raw.command) {
            (Some(url), None, None) => Question::get(url, raw.status),
            (None, Some(address), None) => Question::connect(address),
            (None, None, Some(_)) => Ok(Question::Command(self.program()?)),
            _ => return Err(self.missing("write one of url, connect and command")),
        };
        let question = question.map_err(|error| self.wrong(error.to_string()))?;
        Ok(ListenerChoice::Health(HealthCheck {
            question,
            every,
            timeout,
        }))
    }

    fn command(&self) -> Result<ListenerChoice, ProfileError> {
        let usual = (limits::COMMAND_INTERVAL, limits::COMMAND_TIMEOUT);
        let (every, timeout) = self.pace(usual, limits::COMMAND_TIMEOUT_MAX)?;
        let program = self.program()?;
        let ways = [("success", true), ("fails", false)];
        let says = self.one_of("says", self.raw.says.as_ref(), &ways)?;
        let answer = match (says, self.expression()?) {
            (None, Some(expression)) => Answer::Output(expression),
            (Some(_), Some(_)) => {
                return Err(self.wrong("says and regex exclude one another: write one"));
            }
            (Some(false), None) => Answer::Failure,
            (_, None) => Answer::Success,
        };
        Ok(ListenerChoice::Command(CommandChoice {
            program,
            every,
            timeout,
            answer,
        }))
    }

    fn program(&self) -> Result<Program, ProfileError> {
        let words = self.raw.command.as_ref().map_or(&[][..], |words| &words.0);
        let split = words.split_first();
        let (program, arguments) = split.ok_or_else(|| self.missing("command is missing"))?;
        Ok(Program::new(program, arguments))
    }

    fn time(&self) -> Result<ListenerChoice, ProfileError> {
        let alarm = match (&self.raw.at, self.raw.after) {
            (Some(at), None) => Alarm::at(at).map_err(|why| self.wrong(why))?,
            (None, Some(after)) => Alarm::After(after.0),
            _ => return Err(self.missing("write one of at and after")),
        };
        Ok(ListenerChoice::Time(alarm))
    }

    fn packets(&self) -> Result<PacketKind, ProfileError> {
        let raw = self.raw;
        let after = || {
            let after = raw.after.ok_or_else(|| self.missing("after is missing"));
            after.map(|span| span.0)
        };
        match self.kind.word {
            "packet" => Ok(PacketKind::Filter {
                filter: raw
                    .filter
                    .clone()
                    .filter(|filter| !filter.trim().is_empty())
                    .ok_or_else(|| self.missing("filter is missing"))?,
                often: self.often()?,
            }),
            "payload" => Ok(PacketKind::Payload {
                text: match (&raw.text, &raw.regex) {
                    (Some(text), None) if !text.is_empty() => {
                        PayloadText::Bytes(text.clone().into_bytes())
                    }
                    (None, Some(regex)) => PayloadText::Regex(regex.clone()),
                    _ => return Err(self.missing("write one of text and regex")),
                },
                often: self.often()?,
            }),
            "no_answer" => Ok(PacketKind::NoAnswer {
                after: after()?,
                ports: raw.ports.clone().unwrap_or_default(),
                often: self.often()?,
            }),
            "silence" => Ok(PacketKind::Silence { after: after()? }),
            "traffic" => {
                let units = [
                    ("packets", TrafficUnit::PacketsPerSecond),
                    ("bits", TrafficUnit::BitsPerSecond),
                ];
                let unit = self.one_of("unit", raw.unit.as_ref(), &units)?;
                Ok(PacketKind::Traffic(
                    unit.unwrap_or(TrafficUnit::PacketsPerSecond),
                ))
            }
            "retransmissions" => Ok(PacketKind::Retransmissions {
                within: raw.within.map_or(limits::SHARE_SPAN_DEFAULT, |span| span.0),
            }),
            other => Err(TRIGGERS.wrong(other, "there is no such kind")),
        }
    }

    fn probe(&self, probe: ProbeChoice) -> Result<Observed, ProfileError> {
        let every = self.raw.every.map_or(limits::PROBE_INTERVAL, |span| span.0);
        if every < limits::PROBE_INTERVAL_MIN {
            let least = duration_in_words(limits::PROBE_INTERVAL_MIN);
            return Err(self.wrong(format!("every must be {least} at least")));
        }
        Ok(Observed::Probe { probe, every })
    }

    fn states(&self) -> Result<Vec<SocketState>, ProfileError> {
        let states = self.raw.states.as_deref().unwrap_or_default();
        if states.is_empty() {
            return Err(self.missing("states is missing"));
        }
        states
            .iter()
            .map(|state| {
                SocketState::from_str(state).map_err(|error| self.wrong(error.to_string()))
            })
            .collect()
    }

    fn scope(&self) -> Result<SocketScope, ProfileError> {
        let scopes = [("target", SocketScope::Target), ("host", SocketScope::Host)];
        let scope = self.one_of("scope", self.raw.scope.as_ref(), &scopes)?;
        match (scope, self.raw.port) {
            (Some(_), Some(_)) => Err(self.wrong("scope and port exclude one another: write one")),
            (None, Some(0)) => Err(self.wrong("port 0 is none; ports are 1 to 65535")),
            (None, Some(port)) => Ok(SocketScope::Port(port)),
            (scope, None) => Ok(scope.unwrap_or(SocketScope::Target)),
        }
    }

    fn combine(&self) -> Result<Combine, ProfileError> {
        let ways = [
            ("highest", Combine::Highest),
            ("lowest", Combine::Lowest),
            ("sum", Combine::Sum),
        ];
        let below = self.raw.below.is_some();
        let usual = if below {
            Combine::Lowest
        } else {
            Combine::Highest
        };
        let combine = self.one_of("combine", self.raw.combine.as_ref(), &ways)?;
        Ok(combine.unwrap_or(usual))
    }

    fn often(&self) -> Result<Often, ProfileError> {
        let most = limits::HAPPENINGS_COUNTED_MAX;
        match (self.raw.times, self.raw.within) {
            (Some(times), _) if times == 0 || times > most => {
                Err(self.wrong(format!("times must be within 1 and {most}")))
            }
            (None | Some(1), None) => Ok(Often::ONCE),
            (None | Some(1), Some(_)) => {
                Err(self.wrong("within is for several times: write times as well"))
            }
            (Some(_), None) => Err(self.wrong("times needs within: in which span")),
            (Some(times), Some(within)) => Ok(Often {
                times,
                within: self.within(within, limits::PACKET_SPAN_MIN)?,
            }),
        }
    }

    fn within(&self, written: Span, least: Duration) -> Result<Duration, ProfileError> {
        let most = limits::PACKET_SPAN_MAX;
        if written.0 < least || written.0 > most {
            let (least, most) = (duration_in_words(least), duration_in_words(most));
            return Err(self.wrong(format!("within must be within {least} and {most}")));
        }
        Ok(written.0)
    }

    fn test(&self, of: &Observed) -> Result<Test, ProfileError> {
        let raw = self.raw;
        let share = matches!(of, Observed::Packets(PacketKind::Retransmissions { .. }));
        if raw.within.is_some() && raw.grows_by.is_none() && !share {
            return Err(self.wrong(
                "within is of grows_by: above and below look at each number, and sustained says for how long it must be so",
            ));
        }
        match (&raw.above, &raw.below, &raw.grows_by) {
            (Some(above), None, None) => {
                let above = self.number(above, of)?;
                if share && above >= 100.0 {
                    let why = "above must be below 100: it is a share in per cent";
                    return Err(self.wrong(why));
                }
                Ok(Test::Above(above))
            }
            (None, Some(below), None) => {
                let below = self.number(below, of)?;
                if below == 0.0 {
                    let why = "nothing is ever below 0: write below=1 for none at all";
                    return Err(self.wrong(why));
                }
                Ok(Test::Below(below))
            }
            (None, None, Some(by)) => self.grows(by, of),
            (None, None, None) => Err(self.missing("a number to compare with is missing")),
            _ => Err(self.wrong(
                "above, below and grows_by exclude one another: write one, or two triggers",
            )),
        }
    }

    /// Growth needs two readings within its span, and each of them is remembered.
    fn grows(&self, by: &Amount, of: &Observed) -> Result<Test, ProfileError> {
        let every = match of {
            Observed::Probe { every, .. } => *every,
            _ => limits::TRAFFIC_WINDOW,
        };
        let within = self.raw.within;
        let within = within.ok_or_else(|| self.wrong("grows_by needs within: in which span"))?;
        let within = self.within(within, every.saturating_mul(2))?;
        let most = every.saturating_mul(limits::GROWTH_READINGS_MAX);
        if within > most {
            return Err(self.wrong(format!(
                "within can be {} at most where it is looked at each {}: look less often, with every",
                duration_in_words(most),
                duration_in_words(every)
            )));
        }
        let by = self.number(by, of)?;
        if by == 0.0 {
            return Err(self.wrong("grows_by 0 is always so: write 1 at least"));
        }
        Ok(Test::Grows { by, within })
    }

    /// An amount in the unit of what is measured.
    fn number(&self, amount: &Amount, of: &Observed) -> Result<f64, ProfileError> {
        let text = amount.0.trim();
        let number = match of {
            Observed::Probe {
                probe:
                    ProbeChoice::Usage {
                        resource: Resource::ResidentMemory,
                        ..
                    },
                ..
            } => {
                #[expect(clippy::cast_precision_loss, reason = "2^53 bytes are 9 petabytes")]
                let bytes = ByteCount::from_str(text)
                    .map_err(|error| self.wrong(error.to_string()))?
                    .0 as f64;
                Some(bytes)
            }
            Observed::Packets(PacketKind::Traffic(TrafficUnit::BitsPerSecond)) => bits(text),
            // What is measured in per cent.
            Observed::Probe {
                probe:
                    ProbeChoice::Usage {
                        resource: Resource::Cpu,
                        ..
                    },
                ..
            }
            | Observed::Packets(PacketKind::Retransmissions { .. }) => text
                .strip_suffix('%')
                .unwrap_or(text)
                .trim_end()
                .parse()
                .ok(),
            _ => text.parse().ok(),
        };
        number
            .filter(|number: &f64| number.is_finite() && *number >= 0.0)
            .ok_or_else(|| {
                self.wrong(format!(
                    "\"{text}\" is no number that it can be compared with: write one as in {}",
                    self.kind.example
                ))
            })
    }

    fn crash_set(&self) -> Result<CrashSet, ProfileError> {
        let default = CrashSet::default();
        Ok(CrashSet {
            clean_codes: self.raw.clean_codes.clone().unwrap_or(default.clean_codes),
            clean_signals: match &self.raw.clean_signals {
                Some(names) => names
                    .iter()
                    .map(|name| signal_number(&name.0))
                    .collect::<Result<_, _>>()?,
                None => default.clean_signals,
            },
        })
    }

    fn one_of<T: Copy>(
        &self,
        field: &str,
        written: Option<&String>,
        choices: &[(&str, T)],
    ) -> Result<Option<T>, ProfileError> {
        let Some(written) = written else {
            return Ok(None);
        };
        let found = choices.iter().find(|(name, _)| name == written);
        found.map(|(_, choice)| Some(*choice)).ok_or_else(|| {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            self.wrong(format!("{field} is {}, not {written}", names.join(" or ")))
        })
    }
}

fn span(written: Option<Span>) -> Duration {
    written.map_or(Duration::ZERO, |span| span.0)
}

/// Bits per second: `10Mbit`, `1.5 Gbit/s`, `64000`.
fn bits(text: &str) -> Option<f64> {
    let lower = text.to_ascii_lowercase();
    let plain = lower.trim_end_matches("/s");
    let plain = ["bits", "bit", "bps"]
        .iter()
        .find_map(|unit| plain.strip_suffix(unit))
        .unwrap_or(plain)
        .trim_end();
    let (digits, factor) = match plain.as_bytes().last()? {
        b'k' => (&plain[..plain.len() - 1], 1e3),
        b'm' => (&plain[..plain.len() - 1], 1e6),
        b'g' => (&plain[..plain.len() - 1], 1e9),
        _ => (plain, 1.0),
    };
    let number: f64 = digits.trim_end().parse().ok()?;
    Some(number * factor)
}
