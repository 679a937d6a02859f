//! The figures as a page: printed on the terminal, and committed as RESULTS.md.

use std::fmt::{self, Write as _};

use super::super::capturer::Tool;
use super::super::parts::cost::Cost;
use super::super::parts::freeze::Deaths;
use super::super::parts::rate::Rate;
use super::super::parts::save::Saving;
use super::super::parts::window::Window;
use super::super::statistics::Spread;
use super::super::traffic::FILTER;
use super::table::Table;
use super::{Results, firing, looking, soak};

const MIB: u64 = 1 << 20;

/// The whole page.
pub(crate) fn render(results: &Results) -> Result<String, fmt::Error> {
    let mut page = String::new();
    head(&mut page, results)?;
    if !results.verdicts.is_empty() {
        verdicts(&mut page, results)?;
    }
    if let Some(costs) = &results.cost {
        cost(&mut page, results, costs)?;
    }
    if let Some(rates) = &results.rate {
        rate(&mut page, results, rates)?;
    }
    if let Some(scenes) = &results.freeze {
        freeze(&mut page, results, scenes)?;
    }
    if let Some(saving) = &results.save {
        save(&mut page, saving)?;
    }
    if let Some(measured) = &results.window {
        window(&mut page, measured)?;
    }
    if let Some(measured) = &results.looking {
        looking::write(&mut page, measured)?;
    }
    if let Some(firings) = &results.firing {
        firing::write(&mut page, firings)?;
    }
    if let Some(soaks) = &results.soak {
        soak::write(&mut page, soaks)?;
    }
    Ok(page)
}

fn head(page: &mut String, results: &Results) -> fmt::Result {
    let machine = &results.machine;
    writeln!(page, "# What the benches measured\n")?;
    if results.quick {
        writeln!(page, "A smoke run: these figures mean nothing.\n")?;
    }
    writeln!(
        page,
        "Written by `cargo xtask bench -- --write-results` on {}{}.\n\
         Other machines give other figures; what counts is the comparison within one run.\n",
        results.date,
        results
            .revision
            .as_ref()
            .map(|revision| format!(", revision {revision}"))
            .unwrap_or_default(),
    )?;
    let kind = if machine.virtual_machine {
        ", virtual"
    } else {
        ""
    };
    writeln!(
        page,
        "- CPU: {}, {} usable{kind}",
        machine.cpu, machine.cpus
    )?;
    writeln!(page, "- memory: {} MiB", machine.memory_mib)?;
    writeln!(page, "- kernel: Linux {}", machine.kernel)?;
    writeln!(page, "- files on: {}", machine.file_system)?;
    writeln!(page, "- load averages before: {}", machine.load_averages)?;
    for version in [
        &machine.crashcap,
        &machine.tcpdump,
        &machine.dumpcap,
        &machine.libpcap,
    ] {
        writeln!(page, "- {version}")?;
    }
    writeln!(page)
}

fn verdicts(page: &mut String, results: &Results) -> fmt::Result {
    let mut table = Table::new(&["what", "must reach", "measured", ""]);
    for verdict in &results.verdicts {
        table.row(vec![
            verdict.what.clone(),
            verdict.target.clone(),
            verdict.measured.clone(),
            verdict.stands.words().to_owned(),
        ]);
    }
    writeln!(page, "## Against the targets\n\n{table}")
}

fn cost(page: &mut String, results: &Results, costs: &[Cost]) -> fmt::Result {
    let extent = &results.extent;
    writeln!(
        page,
        "## CPU per packet\n\n\
         {} packets/s for {} ms, {} rounds in turn, filter `{FILTER}`; the capturer on one\n\
         CPU, the generator on another. Nanoseconds of CPU of all threads per packet captured.\n\
         `tcpdump -C 10 -W 15`, `dumpcap -b filesize:10000 -b files:15`, Crashcap `--ring 150MB`;\n\
         all as they are, but for the kernel buffer named. \"times\" is against Crashcap with 64 MiB.\n",
        grouped(extent.cost_rate),
        extent.cost_millis,
        extent.cost_rounds,
    )?;
    for &size in &extent.sizes {
        let own = |cost: &&Cost| cost.size == size;
        let crashcap = costs
            .iter()
            .filter(own)
            .find(|cost| cost.tool == Tool::Crashcap)
            .map(|cost| cost.ns_per_packet.median);
        let mut table = Table::new(&[
            &format!("{size} B"),
            "median ns",
            "min..max",
            "times",
            "delivered",
            "captured",
            "dropped",
            "peak MiB",
        ]);
        for cost in costs.iter().filter(own) {
            let ns = cost.ns_per_packet;
            table.row(vec![
                cost.tool.label().to_owned(),
                format!("{:.0}", ns.median),
                range(ns, 0),
                crashcap.map_or_else(String::new, |own| format!("{:.1}", ns.median / own)),
                grouped(cost.delivered),
                grouped(cost.captured),
                grouped(cost.dropped),
                cost.peak_memory.div_ceil(MIB).to_string(),
            ]);
        }
        writeln!(page, "{table}")?;
    }
    writeln!(
        page,
        "Captured may be less than delivered without a drop: tcpdump and dumpcap end without\n\
         reading the kernel's open block.\n"
    )
}

fn rate(page: &mut String, results: &Results, rates: &[Rate]) -> fmt::Result {
    let extent = &results.extent;
    writeln!(
        page,
        "## Highest lossless rate\n\n\
         Thousand packets/s; trials of {} ms, searched to {:.0} %; a loss is tried once more\n\
         before it counts. \"at least\": the generator's limit came first.\n",
        extent.rate_millis,
        extent.rate_resolution * 100.0,
    )?;
    for (&size, &rounds) in extent.sizes.iter().zip(&extent.rate_rounds) {
        let own = |rate: &&Rate| rate.size == size;
        let crashcap = rates
            .iter()
            .filter(own)
            .find(|rate| rate.tool == Tool::Crashcap)
            .map(|rate| rate.per_second.median);
        let mut table = Table::new(&[
            &format!("{size} B, rounds: {rounds}"),
            "median",
            "min..max",
            "Crashcap, 64 MiB, does",
        ]);
        for rate in rates.iter().filter(own) {
            let thousands = rate.per_second.scaled(1e-3);
            let at_least = if rate.at_least { "at least " } else { "" };
            table.row(vec![
                rate.tool.label().to_owned(),
                format!("{at_least}{:.0}", thousands.median),
                range(thousands, 0),
                crashcap.map_or_else(String::new, |own| {
                    format!("{:.2} times", own / rate.per_second.median)
                }),
            ]);
        }
        writeln!(page, "{table}")?;
    }
    Ok(())
}

fn freeze(page: &mut String, results: &Results, scenes: &[Deaths]) -> fmt::Result {
    writeln!(
        page,
        "## From a death to the freeze and the incident\n\n\
         Milliseconds from just before kill(2), so upper bounds; tail 0, ring 64 MiB.\n\
         \"Complete\" is in memory: every packet that the kernel had is in the incident; \"on\n\
         disk\" is when its file is there. \"Ended\" is when the parent's wait returned. The process\n\
         that dumps core has {} MiB of memory to write.\n",
        results.extent.ballast / MIB,
    )?;
    let mut table = Table::new(&[
        "",
        "deaths",
        "freeze median",
        "p99",
        "max",
        "complete median",
        "p99",
        "on disk median",
        "ended median",
        "end to freeze median",
        "p99",
    ]);
    for deaths in scenes {
        let mut name = deaths.scene.words().to_owned();
        if deaths.dumped > 0 {
            let _ = write!(
                name,
                " ({} dumped, fault told in {})",
                deaths.dumped, deaths.faults_told
            );
        }
        table.row(vec![
            name,
            deaths.frozen.count.to_string(),
            format!("{:.2}", deaths.frozen.median),
            format!("{:.2}", deaths.frozen.p99),
            format!("{:.2}", deaths.frozen.max),
            format!("{:.1}", deaths.complete.median),
            format!("{:.1}", deaths.complete.p99),
            format!("{:.1}", deaths.on_disk.median),
            format!("{:.2}", deaths.reaped.median),
            format!("{:.2}", deaths.frozen_after_end.median),
            format!("{:.2}", deaths.frozen_after_end.p99),
        ]);
    }
    writeln!(page, "{table}")
}

fn save(page: &mut String, saving: &Saving) -> fmt::Result {
    writeln!(
        page,
        "## Saving\n\n\
         A frozen ring of {} MiB to a file of {} bytes, beside\n\
         `dd if=/dev/zero bs=4M conv=fsync` of as much on the same disk; {} rounds in turn,\n\
         milliseconds as each of them says.\n",
        saving.ring / MIB,
        grouped(saving.file),
        saving.ratio.count,
    )?;
    let mut table = Table::new(&["", "median", "min..max"]);
    for (name, figures, places) in [
        ("Crashcap, ms", saving.crashcap_ms, 0),
        ("dd, ms", saving.dd_ms, 0),
        ("Crashcap's time over dd's", saving.ratio, 2),
    ] {
        table.row(vec![
            name.to_owned(),
            format!("{:.places$}", figures.median),
            range(figures, places),
        ]);
    }
    writeln!(page, "{table}")
}

fn window(page: &mut String, measured: &Window) -> fmt::Result {
    let start = measured.first_frame_ms;
    writeln!(
        page,
        "## The window\n\n\
         On a display without a screen; Mesa draws on the processor, and \"drawing\" is its threads.\n\
         From the start to the first frame, laid out: median {:.0} ms, {} of {} starts. Resident: {} MiB,\n\
         its own share {} MiB. Percent of one core while it records 3,000 requests/s, {} s each;\n\
         of a frame egui and tessellation, its median and the 99th percentile:\n",
        start.median,
        range(start, 0),
        start.count,
        measured.resident.div_ceil(MIB),
        measured.proportional.div_ceil(MIB),
        measured.seconds,
    )?;
    let mut table = Table::new(&["", "window", "drawing", "recorder", "frame, ms", "p99, ms"]);
    for load in &measured.loads {
        let figures = [load.window, load.drawing, load.recorder];
        let mut row = vec![load.shown.words().to_owned()];
        row.extend(figures.map(|figure| format!("{figure:.1}")));
        let frames = load.frame_ms.map(|frames| [frames.median, frames.p99]);
        row.extend(match frames {
            Some(frames) => frames.map(|figure| format!("{figure:.1}")),
            None => ["–", "–"].map(ToOwned::to_owned),
        });
        table.row(row);
    }
    writeln!(page, "{table}")
}

pub(super) fn range(figures: Spread, places: usize) -> String {
    format!("{:.places$}..{:.places$}", figures.min, figures.max)
}

/// A number with a comma between thousands.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }
}
