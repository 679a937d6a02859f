//! What will happen, what it costs, and when it freezes.

use egui::{Align, Label, RichText, Ui, Vec2};

use crate::command::{Command, Messages};
use crate::model::{Change, Field as At, Plan, SetUp, TargetKind, Tone};
use crate::theme::{BODY, CONTROL, Face, HEADING, font};
use crate::widgets::{
    Field, caption, card, chip, columns, command_button, field, muted, problem, within,
};

/// The panel.
pub(crate) fn plan_panel(
    ui: &mut Ui,
    size: Vec2,
    (set_up, plan, command_line): (&SetUp, &Plan, &str),
    out: &mut Messages,
) {
    card(ui, "What will happen", size, |ui| {
        for sentence in &plan.sentences {
            let text = RichText::new(sentence).font(font(Face::Regular, HEADING));
            ui.add(Label::new(text).wrap());
        }
        ui.add_space(4.0);
        ui.separator();
        triggers(ui, set_up, out);
        if let Some(at) = plan.problem(At::Freeze) {
            problem(ui, Tone::Danger, &at.sentence);
        }
        ui.separator();
        after(ui, set_up, out);
        folder(ui, set_up, plan, out);
        ui.separator();
        costs(ui, plan);
        ui.separator();
        ui.collapsing("The same in a terminal", |ui| {
            let text = RichText::new(command_line).font(font(Face::Mono, BODY));
            ui.add(Label::new(text).wrap().selectable(true));
            command_button(ui, Command::CopyCommandLine, out);
        });
    });
}

fn triggers(ui: &mut Ui, set_up: &SetUp, out: &mut Messages) {
    caption(ui, "Freeze when the target");
    if set_up.target == TargetKind::Nothing {
        muted(ui, "There is no target: freeze by hand.");
        return;
    }
    type Chip = (bool, &'static str, &'static str, fn(bool) -> Change);
    let chips: [Chip; 3] = [
        (
            set_up.on_exit,
            "ends",
            "any end, also with status 0",
            Change::OnExit,
        ),
        (
            set_up.on_crash,
            "crashes",
            "a signal, an exception or a status other than 0",
            Change::OnCrash,
        ),
        (
            set_up.on_restart,
            "restarts",
            "a new process matches after the old one ended",
            Change::OnRestart,
        ),
    ];
    for (on, text, about, change) in chips {
        let places = columns(ui, 28.0, 12.0, &[84.0, 0.0]);
        if within(ui, places[0], Align::Min, |ui| chip(ui, on, text)) {
            out.push(change(!on).into());
        }
        within(ui, places[1], Align::Min, |ui| muted(ui, about));
    }
}

fn after(ui: &mut Ui, set_up: &SetUp, out: &mut Messages) {
    ui.horizontal(|ui| {
        ui.set_min_height(CONTROL);
        ui.label("Record");
        let (_, typed) = field(
            ui,
            Field {
                name: "Tail",
                text: &set_up.tail,
                hint: "1s",
                width: 64.0,
                mono: true,
                wrong: false,
            },
        );
        out.extend(typed.map(|text| Change::Tail(text).into()));
        ui.label("more, then");
        for (rearm, text) in [(false, "stop"), (true, "record again")] {
            if ui.radio(set_up.rearm == rearm, text).clicked() {
                out.push(Change::Rearm(rearm).into());
            }
        }
    });
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
                hint: "20",
                width: 56.0,
                mono: true,
                wrong: set_up.keep.trim().parse::<u32>().is_err(),
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
        let (_, typed) = field(
            ui,
            Field {
                name: "Incidents folder",
                text: &set_up.folder,
                hint: "a folder",
                width: ui.available_width() - 130.0,
                mono: true,
                wrong: plan.problem(At::Folder).is_some(),
            },
        );
        out.extend(typed.map(|text| Change::Folder(text).into()));
        command_button(ui, Command::ChooseFolder, out);
    });
    if let Some(at) = plan.problem(At::Folder) {
        problem(ui, Tone::Danger, &at.sentence);
    }
}

fn costs(ui: &mut Ui, plan: &Plan) {
    caption(ui, "Lasts");
    ui.label(plan.lasts.as_deref().unwrap_or("being measured"));
    caption(ui, "Takes");
    ui.label(
        plan.cost
            .as_deref()
            .unwrap_or("known when all choices are valid"),
    );
}
