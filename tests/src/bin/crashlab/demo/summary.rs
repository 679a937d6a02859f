//! The end of the demo: each point with its answer, then the figures.

use std::path::Path;

use crashcap_tests::lab::events::SavedIncident;
use crashcap_tests::lab::system::Ending;
use crashcap_tests::lab::truth::{GroundTruth, wall_ns};

use super::checks::Findings;
use super::children::Ended;
use super::plot::Plot;
use super::stage::Frozen;

/// Everything that was seen while the story was played.
#[derive(Debug)]
pub(super) struct Story {
    pub(super) pid: u32,
    pub(super) plot: Plot,
    /// How the server had to end, where it had to.
    pub(super) expected: Option<Ending>,
    pub(super) server_end: Option<Ended>,
    pub(super) recorder_end: Ended,
    pub(super) outcome: Option<String>,
    pub(super) trigger: Option<String>,
    pub(super) frozen: Frozen,
    pub(super) saved: SavedIncident,
    pub(super) truth: GroundTruth,
}

impl Story {
    /// Nanoseconds from the server's end, as the system told its parent, to the freeze. Below
    /// zero when Crashcap was told first.
    pub(super) fn freeze_after_end_ns(&self) -> Option<i64> {
        let end = self.server_end?;
        Some(difference(self.frozen.at_ns, wall_ns(end.at)))
    }
}

/// `later - earlier`, which may be below zero.
fn difference(later: u64, earlier: u64) -> i64 {
    let size = i64::try_from(later.abs_diff(earlier)).unwrap_or(i64::MAX);
    if later < earlier { -size } else { size }
}

/// Nanoseconds for people.
pub(super) fn millis(nanos: i64) -> String {
    format!("{:.2} ms", nanos as f64 / 1e6)
}

/// Prints the points and the table.
pub(super) fn print(story: &Story, findings: &Findings, folder: &Path) {
    println!();
    for check in &findings.checks {
        let (mark, found) = match &check.found {
            Ok(found) => ("ok", found),
            Err(found) => ("NOT", found),
        };
        println!("{mark:<5}{:<37}{found}", check.what);
    }
    println!();
    let poison = &findings.poison;
    if let Some(after) = story.freeze_after_end_ns() {
        let (span, how) = match after {
            ..0 => (-after, "before the server's parent was told of its end"),
            _ => (after, "after the server's parent was told of its end"),
        };
        row("freeze", &format!("{} {how}", millis(span)));
    }
    let after_poison = difference(story.frozen.at_ns, poison.at_ns);
    let name = story.server_end.map_or("freeze", |_| "");
    row(
        name,
        &format!("{} after the poison was sent", millis(after_poison)),
    );
    if let Some(own) = story.frozen.after_end_ns {
        let own = i64::try_from(own).unwrap_or(i64::MAX);
        row(
            "",
            &format!("{} after the end by Crashcap's own clock", millis(own)),
        );
    }
    let file = &findings.file;
    let span = file.last_ns.saturating_sub(file.first_ns) as f64 / 1e9;
    row(
        "packets",
        &format!("{} over {span:.2} s", grouped(file.packets)),
    );
    row("size", &format!("{} bytes", grouped(story.saved.bytes)));
    let lost = story
        .saved
        .lost
        .map_or_else(|| "not known".to_owned(), grouped);
    row("lost", &lost);
    let load = &story.truth;
    row(
        "load",
        &format!(
            "{} requests, {:.0} a second, {} sent late{}",
            grouped(load.sent),
            load.rate_reached,
            load.sent_late,
            match load.visits {
                0 => String::new(),
                visits => format!("; {} visitors", grouped(visits)),
            }
        ),
    );
    match findings.poison_packet {
        Some(number) => row(
            "poison",
            &format!("packet {number}, {} to {}", poison.local, poison.remote),
        ),
        None => row("poison", "not found"),
    }
    if !story.saved.incident.is_empty() {
        row("incident", &story.saved.incident);
    }
    row("file", &story.saved.path.display().to_string());
    row("kept in", &folder.display().to_string());
}

fn row(name: &str, value: &str) {
    println!("     {name:<10}{value}");
}

/// Digits in groups of three.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        let grouped: Vec<_> = [0, 12, 999, 1000, 148_201, 1_234_567].map(grouped).into();
        assert_eq!(grouped, ["0", "12", "999", "1,000", "148,201", "1,234,567"]);
    }

    #[test]
    fn a_freeze_before_the_parents_news_is_below_zero() {
        assert_eq!(difference(5, 8), -3);
        assert_eq!(millis(difference(400_000, 0)), "0.40 ms");
    }
}
