//! What will happen, what it costs, and when it freezes.

use egui::accesskit::Role;
use egui::collapsing_header::CollapsingState;
use egui::{Align, Label, Layout, RichText, Ui, vec2};

use crate::command::{Command, Messages};
use crate::model::{Change, Field as At, Plan, SetUp, TargetKind, Tone};
use crate::theme::{BODY, CONTROL, Face, HEADING, font};
use crate::widgets::{
    Field, button_width, caption, chip, columns, command_button, field, muted, problem, seek,
    sentence_of, within,
};

/// What the panel holds. The sentences have room for most choices, so that nothing
/// below them moves while one chooses.
pub(crate) fn plan_panel(
    ui: &mut Ui,
    (set_up, plan, command_line): (&SetUp, &Plan, &str),
    out: &mut Messages,
) {
    let above = ui.cursor().top();
    for sentence in &plan.sentences {
        sentence_of(ui, sentence, HEADING);
    }
    let left = SENTENCES - (ui.cursor().top() - above);
    ui.add_space(left.max(0.0));
    ui.separator();
    triggers(ui, set_up, out);
    if let Some(at) = plan.problem(At::Freeze) {
        problem(ui, Tone::Danger, &at.sentence);
    }
    ui.separator();
    after(ui, set_up, plan, out);
    folder(ui, set_up, plan, out);
    ui.separator();
    cost(ui, plan);
    ui.separator();
    terminal(ui, command_line, out);
}

/// The same as a command line. The button that copies it stands in the line of the
/// heading, where it is seen whether the command line is or not.
fn terminal(ui: &mut Ui, command_line: &str, out: &mut Messages) {
    let id = ui.make_persistent_id("terminal");
    let state = CollapsingState::load_with_default_open(ui.ctx(), id, false);
    let (opener, ..) = state
        .show_header(ui, |ui| {
            ui.label("The same in a terminal");
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                command_button(ui, Command::CopyCommandLine, out);
            });
        })
        .body_unindented(|ui| {
            let text = RichText::new(command_line).font(font(Face::Mono, BODY));
            let shown = ui.add(Label::new(text).wrap().selectable(true));
            if !ui.clip_rect().contains_rect(shown.rect) {
                shown.scroll_to_me(None);
            }
        });
    ui.ctx().accesskit_node_builder(opener.id, |node| {
        node.set_role(Role::Button);
        node.set_label("Show or hide the command line");
    });
}

fn triggers(ui: &mut Ui, set_up: &SetUp, out: &mut Messages) {
    const CHIPS: [(&str, &str, &str); 3] = [
        ("exit", "ends", "any end, also with status 0"),
        (
            "crash",
            "crashes",
            "a signal, an exception or a status other than 0",
        ),
        (
            "restart",
            "restarts",
            "a new process matches after the old one ended",
        ),
    ];
    caption(ui, "Freeze when the target");
    if set_up.target == TargetKind::Nothing {
        muted(ui, "There is no target that could end.");
    } else {
        for (kind, text, about) in CHIPS {
            let on = set_up.freezes_on(kind);
            let places = columns(ui, 24.0, 12.0, &[84.0, 0.0]);
            let response = within(ui, places[0], Align::Min, |ui| chip(ui, on, text));
            // What Start lacks may be a trigger, or the time after one.
            if kind == "exit" && set_up.counting().next().is_none() {
                seek(&response, set_up, At::Freeze, out);
            }
            if response.clicked() {
                out.push(Change::FreezeOn(kind, !on).into());
            }
            within(ui, places[1], Align::Min, |ui| muted(ui, about));
        }
    }
    ui.horizontal(|ui| {
        command_button(ui, Command::EditTriggers, out);
        muted(ui, more(set_up));
    });
}

/// What there is beside the chips, in words.
fn more(set_up: &SetUp) -> String {
    let plainly = ["exit", "crash", "restart"];
    let others = set_up.triggers.iter();
    let others = others
        .filter(|form| !plainly.contains(&&*form.kind))
        .count();
    match (others, set_up.actions.len()) {
        (0, 0) => "sockets, memory, logs, packets, …".into(),
        (others, actions) => {
            let of = |count: usize, one: &str, many: &str| match count {
                0 => None,
                1 => Some(format!("1 {one}")),
                count => Some(format!("{count} {many}")),
            };
            let parts = [
                of(others, "other trigger", "other triggers"),
                of(actions, "action", "actions"),
            ];
            parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
        }
    }
}

fn after(ui: &mut Ui, set_up: &SetUp, plan: &Plan, out: &mut Messages) {
    let wrong = plan.problem(At::Tail);
    ui.horizontal(|ui| {
        ui.set_min_height(CONTROL);
        ui.label("Record");
        let (response, typed) = field(
            ui,
            Field {
                name: "Tail",
                text: &set_up.tail,
                hint: "1s",
                width: 64.0,
                mono: true,
                wrong: wrong.is_some(),
            },
        );
        seek(&response, set_up, At::Tail, out);
        out.extend(typed.map(|text| Change::Tail(text).into()));
        ui.label("more, then");
        for (rearm, text) in [(false, "stop"), (true, "record again")] {
            if ui.radio(set_up.rearm == rearm, text).clicked() {
                out.push(Change::Rearm(rearm).into());
            }
        }
    });
    if let Some(at) = wrong {
        problem(ui, Tone::Danger, &at.sentence);
    }
    if !set_up.rearm {
        return;
    }
    ui.horizontal(|ui| {
        ui.set_min_height(CONTROL);
        ui.label("Keep");
        let (_, typed) = field(
            ui,
            Field {
                name: "Incidents to keep",
                text: &set_up.keep,
                hint: "all",
                width: 56.0,
                mono: true,
                wrong: set_up.keep_unreadable().is_some(),
            },
        );
        out.extend(typed.map(|text| Change::Keep(text).into()));
        ui.label("incidents, then");
        for (drop, text) in [(false, "stop"), (true, "delete the oldest")] {
            if ui.radio(set_up.drop_oldest == drop, text).clicked() {
                out.push(Change::DropOldest(drop).into());
            }
        }
    });
}

fn folder(ui: &mut Ui, set_up: &SetUp, plan: &Plan, out: &mut Messages) {
    caption(ui, "Save into");
    ui.horizontal(|ui| {
        ui.set_min_height(CONTROL);
        let button = button_width(ui, Command::ChooseFolder.text());
        let (response, typed) = field(
            ui,
            Field {
                name: "Incidents folder",
                text: &set_up.folder,
                hint: "a folder",
                width: ui.available_width() - button - ui.spacing().item_spacing.x,
                mono: true,
                wrong: plan.problem(At::Folder).is_some(),
            },
        );
        seek(&response, set_up, At::Folder, out);
        out.extend(typed.map(|text| Change::Folder(text).into()));
        command_button(ui, Command::ChooseFolder, out);
    });
    if let Some(at) = plan.problem(At::Folder) {
        problem(ui, Tone::Danger, &at.sentence);
    }
}

/// What it takes; how long it lasts stands beside the ring's size.
fn cost(ui: &mut Ui, plan: &Plan) {
    let takes = plan.cost.as_deref();
    let takes = takes.unwrap_or("known when the ring's size is valid");
    ui.horizontal_top(|ui| {
        ui.spacing_mut().interact_size.y = 0.0;
        let size = vec2(NAMES, 0.0);
        ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
            ui.set_min_width(NAMES);
            muted(ui, "Takes");
        });
        ui.add(Label::new(takes).wrap());
    });
}

/// Room for the sentences in points: six lines.
const SENTENCES: f32 = 124.0;
/// Room for what stands before a value.
const NAMES: f32 = 48.0;
