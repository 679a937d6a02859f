//! A line in a log, a server that takes no connection, a program's word, the clock, and two
//! conditions together.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;
use tempfile::TempDir;

use super::super::super::capturer::Places;
use super::super::super::failure::Failure;
use super::super::super::lab::Server;
use super::super::super::recording::{Recording, Status};
use super::{Case, Firings, LOOK, SPREAD, measured, next_freeze, now_doing, options, sum_up};

/// How often a log is looked at, and in these cases a server and a program.
const INTERVAL: Duration = Duration::from_millis(100);
/// How often a clock is looked at.
const TICK: Duration = Duration::from_millis(100);
const TIMES: u32 = 3;
const AFTER: Duration = Duration::from_millis(500);
/// The start is told a moment after the clock was started.
const TOLD_LATE_NS: u64 = 10_000_000;
/// How long the first of two lines counts.
const WITHIN: Duration = Duration::from_millis(500);

/// All but the clock, which fires but once in a recording.
pub(super) fn cases(places: &Places) -> Result<Vec<Box<dyn Case>>, Failure> {
    Ok(vec![
        Box::new(Log {
            folder: places.folder()?,
        }),
        Box::new(Health {
            places: places.clone(),
            server: None,
            port: "0".to_owned(),
        }),
        Box::new(Program {
            folder: places.folder()?,
        }),
        Box::new(Then {
            folder: places.folder()?,
            run: 0.0,
        }),
    ])
}

fn append(log: &Path, line: &str) -> Result<(), Failure> {
    let file = OpenOptions::new().append(true).create(true).open(log);
    file.and_then(|mut file| file.write_all(line.as_bytes()))
        .map_err(|source| Failure::Write {
            path: log.to_owned(),
            source,
        })
}

/// A new and empty file.
fn empty(path: &Path) -> Result<(), Failure> {
    append(path, "")
}

struct Log {
    folder: TempDir,
}

impl Log {
    fn path(&self) -> PathBuf {
        self.folder.path().join("shop.log")
    }
}

impl Case for Log {
    fn kind(&self) -> &'static str {
        "log"
    }

    fn what(&self) -> &'static str {
        "a line"
    }

    fn options(&mut self) -> Result<Vec<String>, Failure> {
        empty(&self.path())?;
        let trigger = format!("log file={} regex=panic", self.path().display());
        Ok(options(&["--trigger", &trigger]))
    }

    fn bound(&self) -> Duration {
        INTERVAL + LOOK
    }

    fn ready(&mut self, recording: &mut Recording) -> Result<(), Failure> {
        recording.listen(INTERVAL)
    }

    fn just_below(&mut self, recording: &mut Recording, quiet: Duration) -> Result<(), Failure> {
        for number in 0..quiet.as_millis() / 10 {
            append(
                &self.path(),
                &format!("order {number}, nothing but a p anic\n"),
            )?;
            recording.listen(Duration::from_millis(10))?;
        }
        Ok(())
    }

    fn provoke(&mut self, _: &mut Recording) -> Result<u64, Failure> {
        now_doing(|| append(&self.path(), "panic: out of orders\n")).map(|(at_ns, ())| at_ns)
    }

    fn relax(&mut self, _: &mut Recording) -> Result<(), Failure> {
        Ok(())
    }
}

/// A server that is killed, and started again where it was.
struct Health {
    places: Places,
    server: Option<Server>,
    port: String,
}

impl Health {
    fn start(&mut self) -> Result<(), Failure> {
        if self.server.is_none() {
            let server = Server::start_on(&self.places, &self.port, &["--threads", "2"])?;
            self.port = server.port().to_owned();
            self.server = Some(server);
        }
        Ok(())
    }

    fn kill(&mut self) -> Result<u64, Failure> {
        let none = || Failure::Impossible("no server runs".to_owned());
        let mut server = self.server.take().ok_or_else(none)?;
        let (at_ns, ()) = now_doing(|| server.program.signal(Signal::KILL))?;
        server.program.wait()?;
        Ok(at_ns)
    }
}

impl Case for Health {
    fn kind(&self) -> &'static str {
        "health"
    }

    fn what(&self) -> &'static str {
        "no connection, 3 times each 100 ms"
    }

    fn options(&mut self) -> Result<Vec<String>, Failure> {
        self.start()?;
        let trigger = format!(
            "health connect=127.0.0.1:{} times={TIMES} every=100ms",
            self.port
        );
        Ok(options(&["--trigger", &trigger]))
    }

    fn bound(&self) -> Duration {
        TIMES * INTERVAL + LOOK
    }

    fn ready(&mut self, recording: &mut Recording) -> Result<(), Failure> {
        self.start()?;
        recording.wait_for_status("an answer", |status| {
            let condition = status.conditions.first();
            condition.is_some_and(|one| one.value == Some(0.0))
        })?;
        Ok(())
    }

    fn just_below(&mut self, recording: &mut Recording, quiet: Duration) -> Result<(), Failure> {
        // It is started again before it was missed three times.
        for _ in 0..quiet.as_millis() / 500 {
            self.kill()?;
            recording.listen(INTERVAL)?;
            self.ready(recording)?;
        }
        Ok(())
    }

    fn provoke(&mut self, _: &mut Recording) -> Result<u64, Failure> {
        self.kill()
    }

    fn relax(&mut self, _: &mut Recording) -> Result<(), Failure> {
        self.start()
    }
}

/// A program that finds a file or not.
struct Program {
    folder: TempDir,
}

impl Program {
    fn mark(&self) -> PathBuf {
        self.folder.path().join("mark")
    }
}

impl Case for Program {
    fn kind(&self) -> &'static str {
        "command"
    }

    fn what(&self) -> &'static str {
        "it exits with 0, each 100 ms"
    }

    fn options(&mut self) -> Result<Vec<String>, Failure> {
        let mark = self.mark().display().to_string();
        let trigger = format!("command command='test -e {mark}' says=success every=100ms");
        Ok(options(&["--trigger", &trigger]))
    }

    fn bound(&self) -> Duration {
        INTERVAL + LOOK
    }

    fn ready(&mut self, recording: &mut Recording) -> Result<(), Failure> {
        measured(recording)
    }

    fn just_below(&mut self, recording: &mut Recording, quiet: Duration) -> Result<(), Failure> {
        recording.listen(quiet)
    }

    fn provoke(&mut self, _: &mut Recording) -> Result<u64, Failure> {
        now_doing(|| empty(&self.mark())).map(|(at_ns, ())| at_ns)
    }

    fn relax(&mut self, _: &mut Recording) -> Result<(), Failure> {
        fs::remove_file(self.mark()).map_err(Failure::system("remove a file"))
    }
}

/// Two lines, one after the other.
struct Then {
    folder: TempDir,
    /// Which run, so that the second line comes at another moment between two looks.
    run: f64,
}

impl Then {
    fn log(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the line, and waits until it was seen once more.
    fn seen(&self, recording: &mut Recording, which: usize, name: &str) -> Result<(), Failure> {
        let times = |status: &Status| status.conditions.get(which).map_or(0, |one| one.times);
        let before = recording.heard().status.as_ref().map_or(0, times);
        append(&self.log(name), "line\n")?;
        recording.wait_for_status("the line", |status| times(status) > before)?;
        Ok(())
    }
}

impl Case for Then {
    fn kind(&self) -> &'static str {
        "then"
    }

    fn what(&self) -> &'static str {
        "a line, then one in another log"
    }

    fn options(&mut self) -> Result<Vec<String>, Failure> {
        let one = |name: &str| {
            empty(&self.log(name))?;
            let log = self.log(name);
            Ok(format!(
                "{{ kind = \"log\", file = {log:?}, regex = \"line\" }}"
            ))
        };
        let (first, second) = (one("first")?, one("second")?);
        let profile = self.log("profile.toml");
        append(
            &profile,
            &format!(
                "[[trigger]]\nkind = \"then\"\nwithin = \"500ms\"\nof = [{first}, {second}]\n"
            ),
        )?;
        Ok(options(&["--profile", &profile.display().to_string()]))
    }

    fn bound(&self) -> Duration {
        INTERVAL + LOOK
    }

    fn ready(&mut self, recording: &mut Recording) -> Result<(), Failure> {
        // Longer than what came first counts.
        recording.listen(WITHIN + INTERVAL)
    }

    fn just_below(&mut self, recording: &mut Recording, _: Duration) -> Result<(), Failure> {
        for _ in 0..3 {
            // In the wrong order, and then too late.
            self.seen(recording, 1, "second")?;
            self.seen(recording, 0, "first")?;
            recording.listen(WITHIN + INTERVAL)?;
            self.seen(recording, 1, "second")?;
        }
        Ok(())
    }

    fn provoke(&mut self, recording: &mut Recording) -> Result<u64, Failure> {
        self.seen(recording, 0, "first")?;
        self.run += 1.0;
        recording.listen(INTERVAL.mul_f64((self.run * SPREAD).fract()))?;
        now_doing(|| append(&self.log("second"), "line\n")).map(|(at_ns, ())| at_ns)
    }

    fn relax(&mut self, _: &mut Recording) -> Result<(), Failure> {
        Ok(())
    }
}

/// The clock: so long after the start of a recording, each run with its own.
pub(super) fn time(runs: usize, places: &Places) -> Result<Firings, Failure> {
    let options = options(&["--trigger", "time after=500ms"]);
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let mut times = Vec::new();
    let mut early = 0;
    for _ in 0..runs {
        let mut recording = Recording::start(places, &options)?;
        let due_ns = recording.began_ns() + AFTER.as_nanos() as u64;
        // A freeze before its time is heard too, and is a false alarm.
        let frozen_ns = next_freeze(&mut recording, 0)?;
        recording.wait_until_saved()?;
        early += u64::from(frozen_ns + TOLD_LATE_NS < due_ns);
        times.push(frozen_ns.saturating_sub(due_ns) as f64 / 1e6);
        recording.stop()?;
    }
    sum_up("time", "500 ms after the start", times, TICK + LOOK, early)
}
