//! Which process.

use crashcap_core::watch::{Ports, ProcessDetails};
use egui::{Label, Response, RichText, Ui, Vec2, vec2};

use crate::command::Messages;
use crate::model::{
    Change, Field as At, Machine, Plan, ProcessRow, SetUp, TargetKind, Tone, escaped,
};
use crate::theme::{CONTROL, ROW};
use crate::widgets::{
    Align, Column, Danger, Field, List, Mark, ROW_CARD_EDGE, below_heading, colour_of, field, list,
    mark, muted, plain_button, problem, row_card, row_heading, seek, segments,
};

const COLUMNS: [Column; 7] = [
    column("Process", 128.0, Align::Left),
    column("PID", 56.0, Align::Right),
    column("User", 72.0, Align::Left),
    column("CPU", 40.0, Align::Right),
    column("Memory", 60.0, Align::Right),
    column("Listens on", 72.0, Align::Left),
    column("Command line", 0.0, Align::Middle),
];

const fn column(title: &'static str, width: f32, align: Align) -> Column {
    Column {
        title,
        width,
        align,
    }
}

/// How high the panel is with so many rows of processes, in points.
pub(crate) fn target_height(set_up: &SetUp, machine: &Machine, rows: usize) -> f32 {
    let chosen = |one: &&ProcessDetails| Some(one.process.identity.pid) == set_up.pid;
    let chosen = machine.processes.iter().find(chosen);
    let hidden = chosen.is_some_and(|one| matches!(one.ports, Ports::Unknown { .. }));
    let told = match set_up.target {
        TargetKind::Process if hidden => CONTROL + BETWEEN,
        _ => 0.0,
    };
    2.0 * ROW_CARD_EDGE + CONTROL + BETWEEN + (rows + 1) as f32 * ROW + told
}

/// Between the rows, in points.
const BETWEEN: f32 = 4.0;

/// The panel.
pub(crate) fn target_panel(
    ui: &mut Ui,
    size: Vec2,
    (set_up, machine, plan): (&SetUp, &Machine, &Plan),
    out: &mut Messages,
) {
    row_card(ui, size, |ui| {
        ui.spacing_mut().item_spacing.y = BETWEEN;
        ui.horizontal(|ui| {
            row_heading(ui, "Target", CONTROL);
            let kinds = [
                (TargetKind::Process, "Process"),
                (TargetKind::Name, "Name"),
                (TargetKind::Port, "Port"),
                (TargetKind::Launch, "Launch"),
                (TargetKind::Nothing, "None"),
            ];
            // Only a profile can name it so; there it is not lost.
            let other = set_up.other().map(|_| (TargetKind::Other, "Other"));
            let kinds: Vec<_> = kinds.into_iter().chain(other).collect();
            let clicked = segments(ui, set_up.target, &kinds);
            out.extend(clicked.map(|kind| Change::Target(kind).into()));
            if set_up.target == TargetKind::Process {
                // From the search Tab goes on to what was found.
                tree(ui, set_up, out);
                search(ui, set_up, out);
            }
        });
        if set_up.target == TargetKind::Process {
            processes(ui, set_up, machine, out);
        } else {
            below_heading(ui, |ui| {
                match set_up.target {
                    TargetKind::Name => named(ui, set_up, out),
                    TargetKind::Port => port(ui, set_up, out),
                    TargetKind::Launch => launch(ui, set_up, out),
                    TargetKind::Other => other(ui, set_up, out),
                    TargetKind::Process | TargetKind::Nothing => {
                        muted(
                            ui,
                            "Nothing is watched. Press F9 or Freeze now when it happens.",
                        );
                    }
                }
                stands(ui, set_up, machine, plan, out);
            });
        }
    });
}

/// What is wrong, with the remedy beside it, or how many match now.
fn stands(ui: &mut Ui, set_up: &SetUp, machine: &Machine, plan: &Plan, out: &mut Messages) {
    let looked_up = matches!(
        set_up.target,
        TargetKind::Name | TargetKind::Port | TargetKind::Other
    );
    let found = crate::model::matching(set_up, machine);
    if let Some(at) = plan.problem(At::Target) {
        ui.horizontal(|ui| {
            ui.set_min_height(CONTROL);
            mark(ui, Mark::of(Tone::Warning));
            if looked_up && found == Some(0) && plain_button(ui, "Wait for it").clicked() {
                out.push(Change::Wait(true).into());
            }
            let text = RichText::new(&at.sentence).color(colour_of(ui, Tone::Warning));
            ui.add(Label::new(text).wrap());
        });
    } else if looked_up {
        muted(ui, count_in_words(found, set_up.wait));
    }
}

/// How many match now.
fn count_in_words(found: Option<usize>, waits: bool) -> String {
    match (found, waits) {
        (None, _) => "Looking how many match now.".into(),
        (Some(0), true) => "None matches now; it is waited for.".into(),
        (Some(0), false) => "None matches now.".into(),
        (Some(1), _) => "1 process matches now.".into(),
        (Some(count), _) => format!("{count} processes match now; the end of any freezes."),
    }
}

fn search(ui: &mut Ui, set_up: &SetUp, out: &mut Messages) {
    let (response, typed) = field(
        ui,
        Field {
            name: "Search processes",
            text: &set_up.search,
            hint: "search",
            width: ui.available_width().max(SEARCH_MIN),
            mono: false,
            wrong: false,
        },
    );
    let response = response.on_hover_text("Name, PID, user, port or command line.");
    seek(&response, set_up, At::Target, out);
    out.extend(typed.map(|text| Change::Search(text).into()));
}

fn processes(ui: &mut Ui, set_up: &SetUp, machine: &Machine, out: &mut Messages) {
    if let Some(why) = &machine.processes_unlisted {
        problem(ui, Tone::Warning, why);
        return;
    }
    if set_up.pid.is_some() && !set_up.process_lives(machine) {
        ended(ui, set_up, out);
    }
    let rows = ProcessRow::all(set_up, machine);
    if rows.is_empty() {
        let nothing = if machine.processes.is_empty() {
            "Processes appear here."
        } else {
            "No process matches. Type less, or name the target by Name and wait for it."
        };
        muted(ui, nothing);
        return;
    }
    let chosen = rows.iter().position(|row| Some(row.pid) == set_up.pid);
    let cells = |row: usize| rows.get(row).map(ProcessRow::cells).unwrap_or_default();
    let hidden = chosen.and_then(|row| rows.get(row));
    let hidden = hidden.filter(|row| row.ports_unknown.is_some());
    let below = hidden.map_or(0.0, |_| CONTROL + BETWEEN);
    let size = vec2(ui.available_width(), ui.available_height() - below);
    let done = list(
        ui,
        &List {
            name: "Processes",
            columns: &COLUMNS,
            rows: rows.len(),
            chosen,
            size,
            cells: &cells,
            danger: Danger::Never,
        },
    );
    if let Some(row) = done.chose.and_then(|row| rows.get(row)) {
        out.push(
            Change::Process {
                pid: row.pid,
                name: row.name.clone(),
                started: row.started,
            }
            .into(),
        );
    }
    if let Some(row) = hidden {
        ports_unknown(ui, row, out);
    }
}

/// Whose ports are not to be seen can still be named by one.
fn ports_unknown(ui: &mut Ui, row: &ProcessRow, out: &mut Messages) {
    ui.horizontal(|ui| {
        ui.set_min_height(CONTROL);
        let told = format!(
            "Ports unknown: these processes belong to {}. Type the port instead.",
            row.user
        );
        let told = muted(ui, told);
        if let Some(why) = &row.ports_unknown {
            told.on_hover_text(why);
        }
        if named_button(ui, "Port", "Name the target by its port").clicked() {
            out.push(Change::Target(TargetKind::Port).into());
        }
    });
}

/// The chosen process has ended: the next of its name can take its place.
fn ended(ui: &mut Ui, set_up: &SetUp, out: &mut Messages) {
    let name = escaped(&set_up.pid_name);
    if name.is_empty() {
        return;
    }
    ui.horizontal(|ui| {
        muted(ui, format!("{name} has ended."));
        if plain_button(ui, "Watch for the next of its name").clicked() {
            out.push(Change::ByName.into());
        }
    });
}

fn named(ui: &mut Ui, set_up: &SetUp, out: &mut Messages) {
    ui.horizontal(|ui| {
        ui.set_min_height(CONTROL);
        let (response, typed) = field(
            ui,
            Field {
                name: "Process name",
                text: &set_up.name,
                hint: "router_*",
                width: 260.0,
                mono: true,
                wrong: false,
            },
        );
        seek(&response, set_up, At::Target, out);
        out.extend(typed.map(|text| Change::Name(text).into()));
        wait(ui, set_up, out);
    });
}

fn port(ui: &mut Ui, set_up: &SetUp, out: &mut Messages) {
    ui.horizontal(|ui| {
        ui.set_min_height(CONTROL);
        let (response, typed) = field(
            ui,
            Field {
                name: "Port",
                text: &set_up.port,
                hint: "9973",
                width: 120.0,
                mono: true,
                wrong: false,
            },
        );
        seek(&response, set_up, At::Target, out);
        out.extend(typed.map(|text| Change::Port(text).into()));
        wait(ui, set_up, out);
    });
}

/// What the opened profile says.
fn other(ui: &mut Ui, set_up: &SetUp, out: &mut Messages) {
    let words = set_up.other_in_words().unwrap_or_default();
    muted(ui, format!("As the profile says: {}.", escaped(&words)));
    ui.horizontal(|ui| wait(ui, set_up, out));
}

fn launch(ui: &mut Ui, set_up: &SetUp, out: &mut Messages) {
    let (response, typed) = field(
        ui,
        Field {
            name: "Command to launch",
            text: &set_up.launch,
            hint: "./server --port 9973",
            width: ui.available_width(),
            mono: true,
            wrong: false,
        },
    );
    seek(&response, set_up, At::Target, out);
    out.extend(typed.map(|text| Change::Launch(text).into()));
    tree(ui, set_up, out);
    muted(
        ui,
        "It is started when recording begins, with your own rights.",
    );
}

fn wait(ui: &mut Ui, set_up: &SetUp, out: &mut Messages) {
    let mut wait = set_up.wait;
    if ui
        .checkbox(&mut wait, "Wait for it if it is not there")
        .clicked()
    {
        out.push(Change::Wait(wait).into());
    }
    tree(ui, set_up, out);
}

/// The least of the field, in points.
const SEARCH_MIN: f32 = 72.0;

fn tree(ui: &mut Ui, set_up: &SetUp, out: &mut Messages) {
    let mut tree = set_up.tree;
    let tick = ui.checkbox(&mut tree, "With what it starts").on_hover_text(
        "A server's workers too: the processes that it starts, and what those start",
    );
    if tick.clicked() {
        out.push(Change::Tree(tree).into());
    }
}

/// A button whose word says too little by itself.
fn named_button(ui: &mut Ui, text: &str, name: &str) -> Response {
    let response = plain_button(ui, text);
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_label(name));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_many_match_is_always_said() {
        assert_eq!(
            count_in_words(Some(0), true),
            "None matches now; it is waited for."
        );
        assert_eq!(count_in_words(Some(1), true), "1 process matches now.");
        assert!(count_in_words(Some(3), false).starts_with("3 processes match now"));
        assert!(count_in_words(None, true).starts_with("Looking"));
    }
}
