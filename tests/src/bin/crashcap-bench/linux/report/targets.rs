//! The targets of the design, beside what was measured.

use serde::Serialize;

use super::super::capturer::{LARGE_BUFFER_MIB, RING_BYTES, SMALL_BUFFER_MIB, Tool};
use super::super::parts::cost::Cost;
use super::super::parts::firing::Firings;
use super::super::parts::freeze::{Deaths, Scene};
use super::super::parts::looking::{Looking, Together};
use super::super::parts::rate::Rate;
use super::super::parts::save::Saving;
use super::super::parts::soak::Soak;
use super::super::parts::window::{Shown, Window};
use super::Results;

/// Frame sizes with their factors of CPU per packet against tcpdump and against dumpcap.
const COST_FACTORS: [(usize, f64, f64); 3] = [(64, 3.0, 8.0), (300, 2.5, 5.0), (1400, 2.0, 3.0)];
/// The frame size of the targets about rates.
const RATE_SIZE: usize = 1400;
const RATE_FACTOR: f64 = 1.8;
/// The 99th percentile of the freeze, in milliseconds.
const FREEZE_MS: f64 = 5.0;
/// Twice libpcap's read timeout, in milliseconds: the complete incident without a backlog.
const COMPLETE_MS: f64 = 20.0;
/// What the recorder may need beside ring and kernel buffer.
const OWN_MEMORY_MIB: u64 = 32;
const MIB: u64 = 1 << 20;

/// How one figure stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Verdict {
    /// What is compared.
    pub(crate) what: String,
    /// What must be reached, in words.
    pub(crate) target: String,
    /// What was measured, in words.
    pub(crate) measured: String,
    pub(crate) stands: Stands,
}

/// Whether a target is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stands {
    Reached,
    /// Short of it by no more than the measurement can tell.
    WithinResolution,
    Missed,
}

impl Stands {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::WithinResolution => "within the resolution",
            Self::Missed => "**missed**",
        }
    }

    fn when(reached: bool) -> Self {
        if reached { Self::Reached } else { Self::Missed }
    }
}

/// Every target whose part was measured.
pub(super) fn judge(results: &Results) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    if let Some(costs) = &results.cost {
        cost(costs, &mut verdicts);
        memory(costs, &mut verdicts);
    }
    if let Some(rates) = &results.rate {
        rate(rates, results.extent.rate_resolution, &mut verdicts);
    }
    if let Some(scenes) = &results.freeze {
        freeze(scenes, &mut verdicts);
    }
    verdicts.extend(results.save.as_ref().map(save));
    verdicts.extend(results.window.as_ref().and_then(window));
    verdicts.extend(results.looking.iter().flat_map(looking));
    verdicts.extend(results.firing.iter().map(|firings| firing(firings)));
    if let Some(soaks) = &results.soak {
        let both = [
            ("incidents at speed", &soaks.at_speed),
            ("a crash each minute", &soaks.story),
        ];
        for (name, soaked) in both {
            verdicts.extend(soaked.iter().flat_map(|one| soak(name, one)));
        }
    }
    verdicts
}

/// The window must cost less than this of one core while it is minimised and records.
const MINIMISED_PERCENT: f64 = 2.0;

fn window(window: &Window) -> Option<Verdict> {
    let mut loads = window.loads.iter();
    let load = loads.find(|load| load.shown == Shown::Minimised)?;
    let percent = load.window + load.drawing;
    Some(Verdict {
        what: "the window, minimised while recording".to_owned(),
        target: format!("under {MINIMISED_PERCENT} % of a core"),
        measured: format!("{percent:.1} %"),
        stands: Stands::when(percent < MINIMISED_PERCENT),
    })
}

/// Looking for triggers must add less than this of one core on a busy host.
const LOOKING_PERCENT: f64 = 1.0;

fn looking(looking: &Looking) -> Vec<Verdict> {
    let together = looking.probes.together.iter();
    let verdict = |of: &Together| {
        let added = of.with - of.without;
        Verdict {
            what: format!("looking for every kind, of {}", of.watching.words()),
            target: format!("under {LOOKING_PERCENT} % of a core"),
            measured: format!("{added:.2} %"),
            stands: Stands::when(added < LOOKING_PERCENT),
        }
    };
    together.map(verdict).collect()
}

fn firing(firings: &[Firings]) -> Verdict {
    let late: Vec<&str> = firings
        .iter()
        .filter(|one| one.late() > 0 || one.false_alarms > 0)
        .map(|one| one.kind)
        .collect();
    Verdict {
        what: format!(
            "firings of {} kinds within their bounds, none false",
            firings.len()
        ),
        target: "all".to_owned(),
        measured: if late.is_empty() {
            "all".to_owned()
        } else {
            format!("not {}", late.join(", "))
        },
        stands: Stands::when(late.is_empty()),
    }
}

fn soak(name: &str, soak: &Soak) -> Vec<Verdict> {
    let complete = Verdict {
        what: format!("soak, {name}: whole incidents"),
        target: format!("all {}", soak.wanted),
        measured: format!("{} of {} counted", soak.whole, soak.counted),
        stands: Stands::when(soak.is_complete()),
    };
    let drifts = soak.drifts().into_iter().map(|drift| Verdict {
        what: format!("soak, {name}: {}", drift.what),
        target: drift.allowed,
        measured: drift.measured,
        stands: Stands::when(drift.flat),
    });
    std::iter::once(complete).chain(drifts).collect()
}

fn cost(costs: &[Cost], verdicts: &mut Vec<Verdict>) {
    let median = |tool, size| {
        let cost = costs
            .iter()
            .find(|cost| cost.tool == tool && cost.size == size)?;
        Some(cost.ns_per_packet.median)
    };
    let against = [(Tool::Tcpdump, "tcpdump"), (Tool::Dumpcap, "dumpcap")];
    for (other, name) in against {
        for (size, of_tcpdump, of_dumpcap) in COST_FACTORS {
            let factor = if other == Tool::Tcpdump {
                of_tcpdump
            } else {
                of_dumpcap
            };
            let (Some(own), Some(others)) = (median(Tool::Crashcap, size), median(other, size))
            else {
                continue;
            };
            let ratio = others / own;
            verdicts.push(Verdict {
                what: format!("CPU per packet of {size} B, against {name}"),
                target: format!("{factor} times less"),
                measured: format!("{ratio:.1} times less"),
                stands: Stands::when(ratio >= factor),
            });
        }
    }
}

fn memory(costs: &[Cost], verdicts: &mut Vec<Verdict>) {
    let buffers = [
        (Tool::Crashcap, LARGE_BUFFER_MIB),
        (Tool::CrashcapSmall, SMALL_BUFFER_MIB),
    ];
    for (tool, buffer_mib) in buffers {
        let own = costs.iter().filter(|cost| cost.tool == tool);
        let Some(peak) = own.map(|cost| cost.peak_memory).max() else {
            continue;
        };
        let allowed = RING_BYTES + (buffer_mib + OWN_MEMORY_MIB) * MIB;
        verdicts.push(Verdict {
            what: format!("memory, ring 150 MB, kernel buffer {buffer_mib} MiB"),
            target: format!("at most {} MiB", allowed / MIB),
            measured: format!("{} MiB", peak.div_ceil(MIB)),
            stands: Stands::when(peak <= allowed),
        });
    }
}

fn rate(rates: &[Rate], resolution: f64, verdicts: &mut Vec<Verdict>) {
    let of = |tool| {
        rates
            .iter()
            .find(|rate| rate.tool == tool && rate.size == RATE_SIZE)
    };
    let pairs = [
        (Tool::Crashcap, Tool::Tcpdump, RATE_FACTOR),
        (Tool::Crashcap, Tool::Dumpcap, RATE_FACTOR),
        (Tool::CrashcapSmall, Tool::Tcpdump, 1.0),
        (Tool::CrashcapSmall, Tool::Dumpcap, 1.0),
        (Tool::Crashcap, Tool::TcpdumpLarge, 1.0),
        (Tool::Crashcap, Tool::DumpcapLarge, 1.0),
    ];
    for (own, other, factor) in pairs {
        let (Some(own), Some(other)) = (of(own), of(other)) else {
            continue;
        };
        let ratio = own.per_second.median / other.per_second.median;
        let more = if own.at_least { "at least " } else { "" };
        verdicts.push(Verdict {
            what: format!(
                "lossless rate at {RATE_SIZE} B, {} against {}",
                own.tool.label(),
                other.tool.label()
            ),
            target: if factor > 1.0 {
                format!("{factor} times")
            } else {
                "not less".to_owned()
            },
            measured: format!("{more}{ratio:.2} times"),
            stands: if ratio >= factor {
                Stands::Reached
            } else if ratio >= factor * (1.0 - resolution) {
                Stands::WithinResolution
            } else {
                Stands::Missed
            },
        });
    }
}

/// Judged from the kill, which is before the death: what is reached so is reached in any case.
fn freeze(scenes: &[Deaths], verdicts: &mut Vec<Verdict>) {
    for deaths in scenes {
        let scene = deaths.scene.words();
        let (what, measured) = match deaths.scene {
            Scene::CoreDump if deaths.faults_told == 0 => (
                format!("fault to freeze, {scene}; only the end was told here"),
                format!("p99 {:.2} ms", deaths.frozen.p99),
            ),
            Scene::CoreDump => (
                format!("fault to freeze, {scene}"),
                format!("p99 {:.2} ms", deaths.frozen.p99),
            ),
            _ => (
                format!("death to freeze, {scene}"),
                format!(
                    "p99 {:.2} ms from the kill, {:.2} from the end",
                    deaths.frozen.p99, deaths.frozen_after_end.p99
                ),
            ),
        };
        verdicts.push(Verdict {
            what,
            target: format!("p99 under {FREEZE_MS} ms"),
            measured,
            stands: Stands::when(deaths.frozen.p99 < FREEZE_MS),
        });
        if deaths.scene == Scene::Idle {
            verdicts.push(Verdict {
                what: format!("death to complete incident, {scene}"),
                target: format!("median within {COMPLETE_MS} ms"),
                measured: format!("median {:.1} ms", deaths.complete.median),
                stands: Stands::when(deaths.complete.median <= COMPLETE_MS),
            });
        }
    }
}

fn save(saving: &Saving) -> Verdict {
    let ratio = saving.crashcap_ms.median / saving.dd_ms.median;
    Verdict {
        what: format!(
            "saving a frozen ring of {} MiB, against dd",
            saving.ring / MIB
        ),
        target: "not slower".to_owned(),
        measured: format!("{ratio:.2} of its time"),
        stands: Stands::when(ratio <= 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::statistics::Spread;
    use super::*;

    fn rate_of(tool: Tool, per_second: f64) -> Rate {
        Rate {
            tool,
            size: RATE_SIZE,
            per_second: Spread::of([per_second]).unwrap(),
            at_least: false,
        }
    }

    #[test]
    fn rates_are_reached_missed_or_too_close_to_tell() {
        let stands = |own: f64, other: f64| {
            let rates = [
                rate_of(Tool::Crashcap, own),
                rate_of(Tool::TcpdumpLarge, other),
            ];
            let mut verdicts = Vec::new();
            rate(&rates, 0.05, &mut verdicts);
            assert_eq!(verdicts.len(), 1);
            verdicts[0].stands
        };
        assert_eq!(stands(1000.0, 1000.0), Stands::Reached);
        assert_eq!(stands(960.0, 1000.0), Stands::WithinResolution);
        assert_eq!(stands(940.0, 1000.0), Stands::Missed);
    }

    #[test]
    fn the_cost_is_compared_with_both_tools_as_people_run_them() {
        let cost_of = |tool, ns| Cost {
            tool,
            size: 64,
            ns_per_packet: Spread::of([ns]).unwrap(),
            delivered: 1,
            captured: 1,
            dropped: 0,
            reached: Spread::of([1.0]).unwrap(),
            peak_memory: 300 * MIB,
        };
        let costs = [
            cost_of(Tool::Crashcap, 50.0),
            cost_of(Tool::Tcpdump, 150.0),
            cost_of(Tool::Dumpcap, 390.0),
        ];
        let mut verdicts = Vec::new();
        cost(&costs, &mut verdicts);
        memory(&costs, &mut verdicts);
        let stands: Vec<_> = verdicts.iter().map(|verdict| verdict.stands).collect();
        assert_eq!(stands, [Stands::Reached, Stands::Missed, Stands::Missed]);
    }

    #[test]
    fn saving_slower_than_dd_is_missed() {
        let saving = |own, others| Saving {
            ring: 1 << 30,
            file: 1 << 30,
            crashcap_ms: Spread::of([own]).unwrap(),
            dd_ms: Spread::of([others]).unwrap(),
            ratio: Spread::of([own / others]).unwrap(),
        };
        assert_eq!(save(&saving(500.0, 1000.0)).stands, Stands::Reached);
        assert_eq!(save(&saving(1100.0, 1000.0)).stands, Stands::Missed);
    }
}
