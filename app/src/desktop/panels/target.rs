//! Which process.

use egui::{Ui, Vec2, vec2};

use crate::command::Messages;
use crate::model::{
    Change, Field as At, Machine, Plan, ProcessRow, SetUp, TargetKind, Tone, escaped,
};
use crate::theme::CONTROL;
use crate::widgets::{
    Align, Column, Field, List, card, field, heading, list, muted, plain_button, problem, seek,
    segments,
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

/// The panel.
pub(crate) fn target_panel(
    ui: &mut Ui,
    size: Vec2,
    (set_up, machine, plan): (&SetUp, &Machine, &Plan),
    out: &mut Messages,
) {
    card(ui, "", size, |ui| {
        ui.horizontal(|ui| {
            heading(ui, "Target");
            ui.add_space(8.0);
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
                ui.add_space(8.0);
                search(ui, set_up, out);
                tree(ui, set_up, out);
            }
        });
        match set_up.target {
            TargetKind::Process => processes(ui, set_up, machine, out),
            TargetKind::Name => named(ui, set_up, machine, out),
            TargetKind::Port => port(ui, set_up, machine, out),
            TargetKind::Launch => launch(ui, set_up, out),
            TargetKind::Other => other(ui, set_up, machine, out),
            TargetKind::Nothing => {
                muted(
                    ui,
                    "Nothing is watched. Press F9 or Freeze now when it happens.",
                );
            }
        }
        if set_up.target != TargetKind::Process
            && let Some(at) = plan.problem(At::Target)
        {
            problem(ui, Tone::Warning, &at.sentence);
        }
    });
}

fn search(ui: &mut Ui, set_up: &SetUp, out: &mut Messages) {
    let (response, typed) = field(
        ui,
        Field {
            name: "Search processes",
            text: &set_up.search,
            hint: "name, PID, user, port or command line",
            width: ui.available_width() - TREE,
            mono: false,
            wrong: false,
        },
    );
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
    let size = vec2(ui.available_width(), ui.available_height());
    let done = list(
        ui,
        &List {
            name: "Processes",
            columns: &COLUMNS,
            rows: rows.len(),
            chosen,
            size,
            cells: &cells,
            danger: &|_| false,
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

fn named(ui: &mut Ui, set_up: &SetUp, machine: &Machine, out: &mut Messages) {
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
    count(ui, set_up, machine);
}

fn port(ui: &mut Ui, set_up: &SetUp, machine: &Machine, out: &mut Messages) {
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
    count(ui, set_up, machine);
}

/// What the opened profile says.
fn other(ui: &mut Ui, set_up: &SetUp, machine: &Machine, out: &mut Messages) {
    let words = set_up.other_in_words().unwrap_or_default();
    muted(ui, format!("As the profile says: {}.", escaped(&words)));
    ui.horizontal(|ui| wait(ui, set_up, out));
    count(ui, set_up, machine);
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

/// The room that the tick of [`tree`] takes beside a field.
const TREE: f32 = 148.0;

fn tree(ui: &mut Ui, set_up: &SetUp, out: &mut Messages) {
    let mut tree = set_up.tree;
    let tick = ui.checkbox(&mut tree, "With what it starts").on_hover_text(
        "A server's workers too: the processes that it starts, and what those start",
    );
    if tick.clicked() {
        out.push(Change::Tree(tree).into());
    }
}

/// How many match now.
fn count(ui: &mut Ui, set_up: &SetUp, machine: &Machine) {
    match crate::model::matching(set_up, machine) {
        Some(0) | None => {}
        Some(1) => {
            muted(ui, "1 process matches now.");
        }
        Some(count) => {
            muted(
                ui,
                format!("{count} processes match now; the end of any freezes."),
            );
        }
    }
}
