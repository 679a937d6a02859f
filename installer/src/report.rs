//! What passed, failed and was skipped, said in the last lines.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::problem::Problem;

/// The results of a task's steps.
pub(crate) struct Report {
    started: Instant,
    steps: usize,
    passed: Vec<String>,
    failed: Vec<(String, String)>,
    skipped: Vec<(String, String)>,
    /// Single tests of a step that passed, which this machine cannot serve.
    left_out: Vec<(String, String)>,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            steps: 0,
            passed: Vec::new(),
            failed: Vec::new(),
            skipped: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// Runs one step under a heading. True if it passed.
    pub(crate) fn step(&mut self, name: &str, step: impl FnOnce() -> Result<(), Problem>) -> bool {
        self.steps += 1;
        println!("\n=== Step {}: {name}", self.steps);
        let began = Instant::now();
        let result = step();
        let took = spoken(began.elapsed());
        match result {
            Ok(()) => {
                println!("Passed in {took}.");
                self.passed.push(name.to_owned());
                true
            }
            Err(problem) => {
                println!("Failed after {took}: {problem}");
                self.failed.push((name.to_owned(), problem.to_string()));
                false
            }
        }
    }

    /// Notes something that could not be run here.
    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        self.skipped.push((name.to_owned(), why.to_owned()));
    }

    /// Notes a single test that a step left out: told, and no failure anywhere.
    pub(crate) fn leave_out(&mut self, name: &str, why: &str) {
        self.left_out.push((name.to_owned(), why.to_owned()));
    }

    /// Prints the last lines and gives the exit code. With CI=true nothing may be skipped.
    pub(crate) fn end(&self) -> ExitCode {
        println!("{}", self.text());
        let strict = strict();
        if strict && !self.skipped.is_empty() {
            println!("With CI=true, skipped counts as failed.");
        }
        if self.good(strict) {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }

    /// True if nothing failed. What was skipped counts as a failure where `strict`.
    fn good(&self, strict: bool) -> bool {
        self.failed.is_empty() && (self.skipped.is_empty() || !strict)
    }

    /// The last lines: each failure and each skipped thing by name, then the sum.
    fn text(&self) -> String {
        let mut lines = vec![String::new()];
        for (name, why) in &self.failed {
            lines.push(format!("failed: {name} ({why})"));
        }
        for (name, why) in self.skipped.iter().chain(&self.left_out) {
            lines.push(format!("skipped: {name} ({why})"));
        }
        lines.push(format!(
            "{} passed, {} failed, {} skipped, in {}.",
            self.passed.len(),
            self.failed.len(),
            self.skipped.len() + self.left_out.len(),
            spoken(self.started.elapsed())
        ));
        lines.join("\n")
    }
}

/// True on a machine of continuous integration.
fn strict() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true" || value == "1")
}

/// A time as one says it: "3 min 21 s", "12.5 s".
fn spoken(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_name_what_did_not_run() {
        let mut report = Report::new();
        assert!(report.step("formatting", || Ok(())));
        report.skip("live_veth", "no rights");
        assert!(report.good(false));
        assert!(!report.good(true));
        report.leave_out("two_users", "needs root");
        let text = report.text();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[2], "skipped: two_users (needs root)");
        assert_eq!(lines[1], "skipped: live_veth (no rights)");
        assert!(
            lines[3].starts_with("1 passed, 0 failed, 2 skipped, in "),
            "{text}"
        );
    }

    #[test]
    fn a_failure_is_told_with_its_reason() {
        let mut report = Report::new();
        let why = || Problem::NoRights {
            why: "x".to_owned(),
        };
        assert!(!report.step("live_exit", || Err(why())));
        assert!(!report.good(false));
        assert!(
            report
                .text()
                .contains(&format!("failed: live_exit ({})", why())),
            "{}",
            report.text()
        );
    }

    #[test]
    fn times_are_spoken() {
        assert_eq!(spoken(Duration::from_millis(12_540)), "12.5 s");
        assert_eq!(spoken(Duration::from_secs(201)), "3 min 21 s");
    }
}
