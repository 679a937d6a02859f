//! The target's processes over time.

use crashcap_core::trigger::CrashSet;
use crashcap_core::units::Timestamp;
use crashcap_core::watch::{ExitStatus, signal_name};

/// Bars kept; the oldest that ended go.
const BARS_MAX: usize = 400;

/// One process for as long as it was watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bar {
    /// Its row: a process that was started again stands in the row of the one before.
    pub(crate) row: usize,
    /// Its number.
    pub(crate) pid: u32,
    /// Its name.
    pub(crate) name: String,
    /// Since when it is watched.
    pub(crate) from: Timestamp,
    /// When it ended, and how.
    pub(crate) end: Option<End>,
}

/// How a bar ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct End {
    /// When.
    pub(crate) at: Timestamp,
    /// In words: "was killed by SIGSEGV".
    pub(crate) words: String,
    /// In a word: "SIGSEGV".
    pub(crate) short: String,
    /// It counts as a crash.
    pub(crate) crash: bool,
    /// Recording ended; the process may live on.
    pub(crate) unwatched: bool,
}

/// How a process ended, in a word.
fn short(status: &ExitStatus) -> String {
    match status {
        ExitStatus::Code { code } => format!("status {code}"),
        ExitStatus::Signal { number, .. } => {
            signal_name(*number).unwrap_or_else(|| format!("signal {number}"))
        }
        ExitStatus::Exception { code } => format!("0x{code:08X}"),
        ExitStatus::Unknown { .. } => "ended".into(),
    }
}

/// Rows of processes that are drawn; beyond that they are counted.
const ROWS_MAX: usize = 3;

/// What is drawn of the lanes between two moments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Drawn {
    /// Where there are too many for a row each: how many were watched from each
    /// of these moments on. Takes the first row.
    pub(crate) counts: Vec<(u64, usize)>,
    /// The bars; where they are counted, only those that ended.
    pub(crate) bars: Vec<Bar>,
    /// Rows that this takes.
    pub(crate) rows: usize,
    /// Ends that have no row of their own.
    pub(crate) hidden: usize,
}

/// The bars.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lanes {
    /// In the order in which they were found.
    pub(crate) bars: Vec<Bar>,
}

impl Lanes {
    /// A process was found.
    pub(crate) fn found(&mut self, pid: u32, name: &str, at: Timestamp) {
        let taken = |row: usize| {
            let mut all = self.bars.iter();
            all.any(|bar| bar.row == row && bar.end.is_none())
        };
        let row = (0..).find(|row| !taken(*row)).unwrap_or(0);
        self.bars.push(Bar {
            row,
            pid,
            name: super::escaped(name),
            from: at,
            end: None,
        });
        if self.bars.len() > BARS_MAX
            && let Some(oldest) = self.bars.iter().position(|bar| bar.end.is_some())
        {
            self.bars.remove(oldest);
        }
    }

    /// A process ended.
    pub(crate) fn ended(&mut self, pid: u32, at: Timestamp, status: Option<&ExitStatus>) {
        if let Some(bar) = self.alive(pid) {
            bar.end = Some(End {
                at,
                words: "ended".into(),
                short: "ended".into(),
                crash: true,
                unwatched: false,
            });
        }
        if let Some(status) = status {
            self.status(pid, status);
        }
    }

    /// How a process ended is known.
    pub(crate) fn status(&mut self, pid: u32, status: &ExitStatus) {
        let ended = self.bars.iter_mut().rev().find(|bar| bar.pid == pid);
        if let Some(end) = ended.and_then(|bar| bar.end.as_mut()) {
            end.words = status.to_string();
            end.short = short(status);
            end.crash = CrashSet::default().counts(status);
        }
    }

    /// Nothing is watched any more.
    pub(crate) fn close(&mut self, at: Timestamp) {
        for bar in self.bars.iter_mut().filter(|bar| bar.end.is_none()) {
            bar.end = Some(End {
                at,
                words: String::new(),
                short: String::new(),
                crash: false,
                unwatched: true,
            });
        }
    }

    /// What a process is called: "router_runner (pid 4121)".
    pub(crate) fn who(&self, pid: u32) -> String {
        match self.bars.iter().rev().find(|bar| bar.pid == pid) {
            Some(bar) => format!("{} (pid {pid})", bar.name),
            None => format!("pid {pid}"),
        }
    }

    /// Rows needed.
    pub(crate) fn rows(&self) -> usize {
        self.bars.iter().map(|bar| bar.row + 1).max().unwrap_or(0)
    }

    /// What is drawn between two moments, in nanoseconds since 1970.
    pub(crate) fn between(&self, from: u64, to: u64) -> Drawn {
        let rows = self.rows();
        if rows > ROWS_MAX {
            return self.counted(from, to);
        }
        let seen =
            |bar: &&Bar| bar.from.0 <= to && bar.end.as_ref().is_none_or(|end| end.at.0 >= from);
        Drawn {
            bars: self.bars.iter().filter(seen).cloned().collect(),
            rows,
            ..Drawn::default()
        }
    }

    /// One lane that counts, and the ends that matter most: crashes, then the newest.
    fn counted(&self, from: u64, to: u64) -> Drawn {
        let end_of = |bar: &Bar| bar.end.clone().filter(|end| !end.unwatched);
        let mut ended: Vec<(End, &Bar)> = self
            .bars
            .iter()
            .filter_map(|bar| Some((end_of(bar)?, bar)))
            .filter(|(end, _)| (from..=to).contains(&end.at.0))
            .collect();
        let hidden = ended.len().saturating_sub(ROWS_MAX);
        ended.sort_by_key(|(end, _)| (!end.crash, std::cmp::Reverse(end.at)));
        ended.truncate(ROWS_MAX);
        ended.sort_by_key(|(end, _)| end.at);
        let bars = ended.iter().enumerate().map(|(index, (_, bar))| Bar {
            row: index + 1,
            ..(*bar).clone()
        });
        Drawn {
            counts: self.counts(),
            bars: bars.collect(),
            rows: 1 + ended.len(),
            hidden,
        }
    }

    /// How many processes were watched, from each moment on at which that changed.
    fn counts(&self) -> Vec<(u64, usize)> {
        let found = self.bars.iter().map(|bar| (bar.from.0, 1_isize));
        let ends = self.bars.iter().filter_map(|bar| bar.end.as_ref());
        let ended = ends.map(|end| (end.at.0, -1));
        let mut changes: Vec<_> = found.chain(ended).collect();
        changes.sort_unstable();
        let mut counts: Vec<(u64, usize)> = Vec::new();
        let mut count = 0_isize;
        for (at, change) in changes {
            count += change;
            let now = usize::try_from(count).unwrap_or(0);
            match counts.last_mut() {
                Some(last) if last.0 == at => last.1 = now,
                _ => counts.push((at, now)),
            }
        }
        counts
    }

    fn alive(&mut self, pid: u32) -> Option<&mut Bar> {
        let mut all = self.bars.iter_mut();
        all.find(|bar| bar.pid == pid && bar.end.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restart_stands_in_the_row_of_the_one_before() {
        let mut lanes = Lanes::default();
        lanes.found(10, "server", Timestamp(1));
        lanes.found(11, "server", Timestamp(1));
        let killed = ExitStatus::Signal {
            number: 11,
            core_dumped: None,
        };
        lanes.ended(10, Timestamp(5), Some(&killed));
        lanes.found(12, "server", Timestamp(6));
        let rows: Vec<_> = lanes.bars.iter().map(|bar| (bar.pid, bar.row)).collect();
        assert_eq!(rows, [(10, 0), (11, 1), (12, 0)]);
        let end = lanes.bars[0].end.as_ref().unwrap();
        assert!(end.crash);
        assert_eq!(lanes.rows(), 2);
    }

    #[test]
    fn many_processes_are_counted_and_only_ends_have_rows() {
        let mut lanes = Lanes::default();
        for pid in 0..6 {
            lanes.found(pid, "worker", Timestamp(10));
        }
        let code = |code| ExitStatus::Code { code };
        for (pid, at, status) in [(0, 20, 0), (1, 30, 0), (2, 40, 139), (3, 50, 0), (4, 60, 0)] {
            lanes.ended(pid, Timestamp(at), Some(&code(status)));
        }
        lanes.found(6, "worker", Timestamp(60));
        let drawn = lanes.between(0, 100);
        let ends: Vec<_> = drawn.bars.iter().map(|bar| (bar.row, bar.pid)).collect();
        // The crash, and the newest of the others.
        assert_eq!(ends, [(1, 2), (2, 3), (3, 4)]);
        assert_eq!((drawn.rows, drawn.hidden), (4, 2));
        let counts = [(10, 6), (20, 5), (30, 4), (40, 3), (50, 2), (60, 2)];
        assert_eq!(drawn.counts, counts);
        let crash = lanes.between(35, 45);
        assert_eq!((crash.rows, crash.hidden), (2, 0));
        assert_eq!(crash.bars[0].end.as_ref().unwrap().short, "status 139");
    }

    #[test]
    fn few_processes_have_a_row_each_as_long_as_they_are_in_sight() {
        let mut lanes = Lanes::default();
        lanes.found(1, "server", Timestamp(10));
        lanes.ended(1, Timestamp(20), Some(&ExitStatus::Code { code: 0 }));
        lanes.found(2, "server", Timestamp(30));
        let pids = |from, to| -> Vec<u32> {
            let drawn = lanes.between(from, to);
            drawn.bars.iter().map(|bar| bar.pid).collect()
        };
        assert_eq!(pids(0, 100), [1, 2]);
        assert_eq!(pids(25, 100), [2]);
        assert_eq!(pids(0, 25), [1]);
        assert_eq!(lanes.between(25, 100).counts, []);
    }
}
