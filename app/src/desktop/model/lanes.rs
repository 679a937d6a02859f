//! The target's processes over time.

use crashcap_core::trigger::CrashSet;
use crashcap_core::units::Timestamp;
use crashcap_core::watch::ExitStatus;

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
    /// It counts as a crash.
    pub(crate) crash: bool,
    /// Recording ended; the process may live on.
    pub(crate) unwatched: bool,
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
            end.crash = CrashSet::default().counts(status);
        }
    }

    /// Nothing is watched any more.
    pub(crate) fn close(&mut self, at: Timestamp) {
        for bar in self.bars.iter_mut().filter(|bar| bar.end.is_none()) {
            bar.end = Some(End {
                at,
                words: String::new(),
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
}
