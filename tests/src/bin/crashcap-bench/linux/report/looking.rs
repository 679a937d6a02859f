//! What looking costs, as a part of the page.

use std::fmt::{self, Write as _};

use super::super::parts::looking::{Looking, OfPackets, OfProbes, Watching};
use super::markdown::{grouped, range};
use super::table::Table;

/// All of it.
pub(super) fn write(page: &mut String, looking: &Looking) -> fmt::Result {
    writeln!(page, "## What looking costs\n")?;
    probes(page, &looking.probes)?;
    packets(page, &looking.packets)
}

fn probes(page: &mut String, of: &OfProbes) -> fmt::Result {
    writeln!(
        page,
        "A host with {} TCP sockets and {} idle processes beside the recorder, no traffic;\n\
         nine kinds at their default intervals: sockets in CLOSE_WAIT of the target and of the host,\n\
         accept queue, cpu, memory, threads, open files, stopped, processes. The target is either a server with 50 connections, or the\n\
         process that holds all the sockets. Per cent of one core, {:.0} s each:\n",
        grouped(of.sockets as u64),
        grouped(of.processes as u64),
        of.seconds,
    )?;
    let mut table = Table::new(&[
        "target",
        "without triggers",
        "with nine kinds",
        "what they add",
        "of it looking, as told",
    ]);
    for one in &of.together {
        let figures = [one.without, one.with, one.with - one.without, one.told];
        let mut row = vec![one.watching.words().to_owned()];
        row.extend(figures.map(|figure| format!("{figure:.2}")));
        table.row(row);
    }
    writeln!(page, "{table}")?;
    writeln!(
        page,
        "Each kind by itself: milliseconds on a processor of one look, and per cent of a core of all\n\
         its looks; after a costly look it rests, so that all kinds of a recording together take no more than 1 %.\n"
    )?;
    let mut table = Table::new(&[
        "",
        "server: ms, median",
        "max",
        "%",
        "holder: ms, median",
        "max",
        "%",
    ]);
    let of_server = of
        .kinds
        .iter()
        .filter(|kind| kind.watching == Watching::Server);
    for server in of_server {
        let mut same = of
            .kinds
            .iter()
            .filter(|kind| kind.trigger == server.trigger);
        let holder = same.find(|kind| kind.watching == Watching::Holder);
        let mut row = vec![format!("`{}`", plain(server.trigger))];
        for kind in [Some(server), holder].into_iter().flatten() {
            row.push(format!("{:.2}", kind.look_ms.median));
            row.push(format!("{:.2}", kind.look_ms.max));
            row.push(format!("{:.2}", kind.percent));
        }
        table.row(row);
    }
    writeln!(page, "{table}")
}

/// A trigger without the limit that nothing reaches.
fn plain(trigger: &str) -> String {
    let words = trigger.split(' ');
    let words: Vec<&str> = words
        .filter(|word| !word.starts_with("above=") && !word.starts_with("sustained="))
        .collect();
    words.join(" ")
}

fn packets(page: &mut String, sets: &[OfPackets]) -> fmt::Result {
    writeln!(
        page,
        "Conditions over packets while 3,000 requests/s are recorded; per cent of one core of the\n\
         whole recorder, {} rounds in turn:\n",
        sets.first().map_or(0, |set| set.percent.count),
    )?;
    let mut table = Table::new(&["conditions", "median", "min..max", "packets/s", "lost"]);
    for set in sets {
        table.row(vec![
            set.name.to_owned(),
            format!("{:.2}", set.percent.median),
            range(set.percent, 2),
            format!("{:.0}", set.packets_per_second),
            grouped(set.lost),
        ]);
    }
    writeln!(page, "{table}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_that_nothing_reaches_are_not_told() {
        assert_eq!(plain("stuck how=stopped sustained=1h"), "stuck how=stopped");
        assert_eq!(plain("cpu above=1"), "cpu");
    }
}
