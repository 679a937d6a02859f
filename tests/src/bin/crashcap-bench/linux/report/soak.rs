//! What the soaks found, as a part of the page.

use std::fmt::{self, Write as _};

use super::super::parts::soak::{Quarter, Soak, Soaks};
use super::markdown::grouped;
use super::table::Table;

/// Notices that the page quotes.
const QUOTED: usize = 5;

/// Both.
pub(super) fn write(page: &mut String, soaks: &Soaks) -> fmt::Result {
    writeln!(page, "## For long\n")?;
    if let Some(soak) = &soaks.at_speed {
        writeln!(
            page,
            "Incidents at speed: in turn `crashcap freeze` and a crash of a server that is started\n\
             again at once; ring 8 MB, `--rearm --keep 20 --when-full drop-oldest`."
        )?;
        one(page, soak)?;
    }
    if let Some(soak) = &soaks.story {
        writeln!(
            page,
            "3,000 requests/s and a crash each minute, the server started again each time; ring\n\
             150 MB, `--rearm --keep 3 --when-full drop-oldest`."
        )?;
        one(page, soak)?;
    }
    Ok(())
}

fn one(page: &mut String, soak: &Soak) -> fmt::Result {
    writeln!(
        page,
        "{} incidents in {:.1} minutes, {} counted by the recorder, {} read whole; {} of {} hold\n\
         the poisonous request; {} of {} files kept, {} deleted as the oldest;\n\
         {} firings without a freeze; {} packets, {} lost.\n",
        soak.wanted,
        soak.seconds / 60.0,
        soak.counted,
        soak.whole,
        soak.with_poison,
        soak.poisoned,
        soak.kept,
        soak.keep,
        soak.deleted,
        soak.noted,
        grouped(soak.packets),
        grouped(soak.lost),
    )?;
    for notice in soak.notices.iter().take(QUOTED) {
        writeln!(page, "It told: {notice}\n")?;
    }
    writeln!(page, "{}", quarters(&soak.quarters))
}

fn quarters(quarters: &[Quarter]) -> Table {
    let mut table = Table::new(&[
        "quarter",
        "resident MiB, median",
        "max",
        "open files, median",
        "max",
        "threads, median",
        "max",
        "CPU, % of a core",
    ]);
    for (number, quarter) in quarters.iter().enumerate() {
        table.row(vec![
            (number + 1).to_string(),
            format!("{:.1}", quarter.resident_mib.median),
            format!("{:.1}", quarter.resident_mib.max),
            quarter.open_files.median.to_string(),
            quarter.open_files.max.to_string(),
            quarter.threads.median.to_string(),
            quarter.threads.max.to_string(),
            format!("{:.2}", quarter.cpu_percent),
        ]);
    }
    table
}
