//! From what happened to the firing, as a part of the page.

use std::fmt::{self, Write as _};

use super::super::parts::firing::Firings;
use super::table::Table;

/// A table.
pub(super) fn write(page: &mut String, firings: &[Firings]) -> fmt::Result {
    writeln!(
        page,
        "## From what happened to the firing\n\n\
         Milliseconds from just before it was brought about to the freeze, {} runs each in one\n\
         recording with re-arm; probes look each 200 ms here. The bound is interval, sustained time\n\
         and 100 ms for the look, its way to the keeper and a busy machine. False alarms are firings\n\
         beyond the runs, before which each condition is kept just below its limit for a while.\n",
        firings.first().map_or(0, |one| one.times_ms.count),
    )?;
    let mut table = Table::new(&[
        "condition",
        "what was brought about",
        "median",
        "max",
        "bound",
        "later",
        "false alarms",
    ]);
    for one in firings {
        table.row(vec![
            one.kind.to_owned(),
            one.what.to_owned(),
            format!("{:.1}", one.times_ms.median),
            format!("{:.1}", one.times_ms.max),
            format!("{:.0}", one.bound_ms),
            one.late().to_string(),
            one.false_alarms.to_string(),
        ]);
    }
    writeln!(page, "{table}")
}
