//! Packets or bits of one second after another.

use super::choice::TrafficUnit;
use crate::clock::Monotonic;
use crate::limits;
use crate::trigger::rules::What;
use crate::units::grouped;

pub(super) struct Traffic {
    unit: TrafficUnit,
    ends: Monotonic,
    counted: u64,
    /// Packets of this window were not seen.
    is_short: bool,
    /// The last window had nothing.
    was_idle: bool,
}

impl Traffic {
    pub(super) fn new(unit: TrafficUnit, begins: Monotonic) -> Self {
        Self {
            unit,
            ends: begins.after(limits::TRAFFIC_WINDOW),
            counted: 0,
            is_short: false,
            was_idle: false,
        }
    }

    pub(super) fn packet(&mut self, original: u32) {
        self.counted += match self.unit {
            TrafficUnit::PacketsPerSecond => 1,
            TrafficUnit::BitsPerSecond => u64::from(original) * 8,
        };
    }

    pub(super) fn missed(&mut self) {
        self.is_short = true;
    }

    pub(super) fn due(&self) -> Monotonic {
        self.ends
    }

    /// Ends the window. Time goes on until `until` without a packet.
    pub(super) fn pass(&mut self, until: Monotonic) -> (What, String) {
        let counted = std::mem::take(&mut self.counted);
        let is_short = std::mem::take(&mut self.is_short);
        let is_idle = counted == 0 && !is_short;
        let mut next = self.ends.after(limits::TRAFFIC_WINDOW);
        if is_idle && self.was_idle && until > next {
            // A long gap of a file: nothing again and again is nothing.
            let rest = until.since(next).as_nanos() / limits::TRAFFIC_WINDOW.as_nanos();
            let windows = u32::try_from(rest).unwrap_or(u32::MAX);
            next = next.after(limits::TRAFFIC_WINDOW.saturating_mul(windows));
        }
        self.ends = next;
        self.was_idle = is_idle;
        if is_short {
            return (What::Unknown, "not all packets were looked at".into());
        }
        // The window is one second.
        let measured = What::Measured(counted as f64);
        let unit = match self.unit {
            TrafficUnit::PacketsPerSecond => "packets/s",
            TrafficUnit::BitsPerSecond => "bit/s",
        };
        (measured, format!("{} {unit}", grouped(counted)))
    }
}
