//! Triggers and actions, each with a form for all it can say. What a trigger sees
//! now stands below it.

use egui::{Align, ScrollArea, TextEdit, Ui, Vec2, vec2};

use crashcap_core::profile::vocabulary::{FieldForm, FieldInfo, KindInfo};
use crashcap_core::recorder::Look;

use crate::command::{Command, Messages};
use crate::model::{Change, Form, FormChange, FormOf, Machine, Model, Seen, Tone, escaped};
use crate::theme::{BODY, CONTROL, Face, font, tokens};
use crate::widgets::{
    Field, caption, choice, columns, command_button, field, follow_focus, heading, menu, muted,
    plain_button, problem, segments, within,
};

const WIDTH: f32 = 820.0;
/// From a trigger's left to what belongs to it.
const INDENT: f32 = 32.0;
const NAMES: f32 = 168.0;
const VALUES: f32 = 280.0;
/// What a field means stands beside it where it has as much room, else below.
const HELP_MIN: f32 = 220.0;
const MENU: f32 = 420.0;

/// What is seldom written stands below, folded away until something is.
const MORE: [&str; 5] = ["every", "name", "grace", "cool_down", "max_count"];

/// The dialog, in so much room. What ends it is seen wherever one has scrolled to.
pub(super) fn forms(
    ui: &mut Ui,
    room: Vec2,
    model: &Model,
    open: Option<(FormOf, usize)>,
    out: &mut Messages,
) {
    let width = room.x.min(WIDTH);
    ui.set_width(width);
    heading(ui, "Triggers and actions");
    let left = (room.y - FOOTER).max(CONTROL);
    let area = ScrollArea::vertical()
        .id_salt("forms")
        .max_height(left)
        .min_scrolled_height(left);
    area.show(ui, |ui| {
        // The bar stands beside what is scrolled.
        ui.set_width(width - BAR);
        caption(ui, "Freeze when any of these is so; F9 always freezes");
        section(ui, FormOf::Triggers, model, open, out);
        ui.separator();
        caption(ui, "When an incident has been saved, in this order");
        section(ui, FormOf::Actions, model, open, out);
        follow_focus(ui);
    });
    ui.separator();
    ui.horizontal(|ui| {
        command_button(ui, Command::TestTriggers, out);
        if model.machine.testing {
            muted(ui, "Testing; a program may take its time.");
        }
        if plain_button(ui, "Close").clicked() {
            out.push(Change::OverlayClosed.into());
        }
    });
}

/// The heading, the line and the buttons, with what is between, in points.
const FOOTER: f32 = 96.0;
/// Room for the bar that scrolls, in points.
const BAR: f32 = 12.0;

fn section(
    ui: &mut Ui,
    of: FormOf,
    model: &Model,
    open: Option<(FormOf, usize)>,
    out: &mut Messages,
) {
    let forms = model.set_up.forms(of);
    if forms.is_empty() {
        muted(
            ui,
            match of {
                FormOf::Triggers => "None: only you freeze.",
                FormOf::Actions => "Nothing more is done.",
            },
        );
    }
    for (place, form) in forms.iter().enumerate() {
        let is_open = open == Some((of, place));
        row(ui, of, place, form, is_open, out);
        if of == FormOf::Triggers {
            seen(ui, model, form);
        }
        if is_open {
            ui.scope(|ui| fields(ui, of, place, form, out));
        }
    }
    add(ui, of, out);
}

/// On or off, what it says, and what can be done with it.
fn row(ui: &mut Ui, of: FormOf, place: usize, form: &Form, is_open: bool, out: &mut Messages) {
    const BUTTON: f32 = 76.0;
    let (says, wrong) = form.says(of, "the target");
    let places = columns(ui, CONTROL, 8.0, &[24.0, 0.0, BUTTON, BUTTON, BUTTON]);
    let change = |change| Change::Form(of, change).into();
    within(ui, places[0], Align::Min, |ui| {
        let mut on = form.is_on();
        let ticked = ui.checkbox(&mut on, "");
        name(ui, &ticked, &says);
        if ticked.clicked() {
            out.push(change(FormChange::Turn(place, !form.is_on())));
        }
    });
    within(ui, places[1], Align::Min, |ui| {
        crate::widgets::elided(ui, &says);
    });
    let button = |ui: &mut Ui, at: usize, text: &str| {
        within(ui, places[at], Align::Min, |ui| {
            let pressed = ui.add(egui::Button::new(text).min_size(vec2(BUTTON, CONTROL)));
            name(ui, &pressed, &format!("{text} {says}"));
            pressed.clicked()
        })
    };
    if of == FormOf::Actions && place > 0 && button(ui, 2, "Earlier") {
        out.push(change(FormChange::Up(place)));
    }
    if button(ui, 3, if is_open { "Done" } else { "Edit" }) {
        out.push(Change::OpenForm((!is_open).then_some((of, place))).into());
    }
    if button(ui, 4, "Remove") {
        out.push(change(FormChange::Remove(place)));
    }
    if let Some(wrong) = wrong {
        indented(ui, |ui| problem(ui, Tone::Danger, &wrong));
    }
}

fn name(ui: &Ui, response: &egui::Response, text: &str) {
    let text = text.to_owned();
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_label(text));
}

fn indented(ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> egui::Response) {
    ui.horizontal_top(|ui| {
        ui.add_space(INDENT);
        ui.vertical(contents);
    });
}

/// What a trigger sees now, or would have said when it was tested.
fn seen(ui: &mut Ui, model: &Model, form: &Form) {
    let Some(of) = model.set_up.alone(form) else {
        return;
    };
    let Machine { seen, tested, .. } = &model.machine;
    let find = |list: &'_ [Seen]| list.iter().find(|one| one.of == of).cloned();
    let (is_test, found) = match find(tested) {
        Some(found) => (true, Some(found)),
        None => (false, find(seen)),
    };
    let Some(found) = found else {
        return;
    };
    match found.looks {
        Err(why) => indented(ui, |ui| problem(ui, Tone::Warning, &escaped(&why))),
        Ok(looks) => {
            for look in looks {
                if let Some((tone, text)) = in_words(&look, is_test) {
                    indented(ui, |ui| match tone {
                        Tone::Plain => muted(ui, escaped(&text)),
                        tone => problem(ui, tone, &escaped(&text)),
                    });
                }
            }
        }
    }
}

/// What one look says, and how grave it is.
fn in_words(look: &Look, is_test: bool) -> Option<(Tone, String)> {
    let seen = match &look.seen {
        Err(why) => return Some((Tone::Warning, why.clone())),
        Ok(None) if is_test => {
            let text = "This is seen only while recording: nothing to test now.";
            return Some((Tone::Plain, text.into()));
        }
        Ok(None) => return None,
        Ok(Some(seen)) => seen,
    };
    Some(match (is_test, look.counts, &look.would_say) {
        (true, Some(true), Some(says)) => (
            Tone::Warning,
            format!("It would freeze now, saying: {says}."),
        ),
        (true, _, Some(_)) => (
            Tone::Plain,
            format!("It would not freeze now: it is {seen}."),
        ),
        (_, Some(true), _) => (Tone::Warning, format!("Now {seen}: that is so already.")),
        _ => (Tone::Plain, format!("Now {seen}.")),
    })
}

/// All that one can say: what is its own, and what any may say below it.
fn fields(ui: &mut Ui, of: FormOf, place: usize, form: &Form, out: &mut Messages) {
    let Some(kind) = form.info(of) else {
        return;
    };
    indented(ui, |ui| muted(ui, kind.says));
    ui.spacing_mut().item_spacing.y = 4.0;
    let vocabulary = of.vocabulary();
    // Whether it counts is the tick.
    let all = vocabulary
        .all_fields(kind)
        .filter(|word| *word != "enabled");
    let all = all.filter_map(|word| vocabulary.field(word));
    let (more, own): (Vec<_>, Vec<_>) = all.partition(|info| MORE.contains(&info.word));
    let mut shown = |ui: &mut Ui, info: &FieldInfo| {
        let typed = one_field(ui, info, kind, form.text(info.word));
        out.extend(typed.map(|text| {
            let change = FormChange::Text(place, info.word, text);
            Change::Form(of, change).into()
        }));
    };
    for info in own {
        shown(ui, info);
    }
    if more.is_empty() {
        return;
    }
    let written = more.iter().any(|info| !form.text(info.word).is_empty());
    let id = ui.make_persistent_id(("more", place));
    let open: bool = ui.data(|data| data.get_temp(id)).unwrap_or(written);
    indented(ui, |ui| {
        let pressed = plain_button(ui, if open { "Less" } else { "More" });
        if pressed.clicked() {
            ui.data_mut(|data| data.insert_temp(id, !open));
        }
        pressed
    });
    if open {
        for info in more {
            shown(ui, info);
        }
    }
}

/// A field's name, its control and what it means: the new text where it was changed.
fn one_field(ui: &mut Ui, info: &FieldInfo, kind: &KindInfo, text: &str) -> Option<String> {
    let width = ui.available_width() - INDENT - NAMES - VALUES - 2.0 * 8.0;
    let beside = width >= HELP_MIN;
    let help = |ui: &Ui, width: f32| {
        let colour = tokens(ui).muted;
        let face = font(Face::Regular, BODY);
        ui.painter()
            .layout(info.says.to_owned(), face, colour, width)
    };
    let help = if beside {
        help(ui, width)
    } else {
        help(ui, ui.available_width() - INDENT)
    };
    let control = match info.form {
        FieldForm::Triggers => 3.0 * CONTROL,
        _ => CONTROL,
    };
    let height = match beside {
        true => control.max(help.size().y),
        false => control,
    };
    let widths = [INDENT - 8.0, NAMES, VALUES, 0.0];
    let places = columns(ui, height, 8.0, if beside { &widths } else { &widths[..3] });
    within(ui, places[1], Align::Min, |ui| {
        crate::widgets::elided(ui, info.title).on_hover_text(info.word)
    });
    let typed = within(ui, places[2], Align::Min, |ui| match info.form {
        FieldForm::Choice(ways) => choices(ui, info, ways, text),
        FieldForm::Triggers => lines(ui, info.title, text),
        _ => {
            let hint = hint(info, kind);
            let of = Field {
                name: info.title,
                text,
                hint: &hint,
                width: VALUES,
                mono: true,
                wrong: false,
            };
            field(ui, of).1
        }
    });
    if beside {
        within(ui, places[3], Align::Min, |ui| ui.label(help));
    } else {
        indented(ui, |ui| ui.label(help));
    }
    typed
}

/// One of several ways: the usual one is chosen until another is. Where none is usual,
/// the chosen one is left again by pressing it.
fn choices(ui: &mut Ui, info: &FieldInfo, ways: &[&'static str], text: &str) -> Option<String> {
    ui.spacing_mut().interact_size.y = CONTROL;
    let usual = info.usual_of("");
    let chosen = match text {
        "" => usual.unwrap_or_default(),
        text => text,
    };
    let ways: Vec<(&str, &str)> = ways.iter().map(|way| (*way, *way)).collect();
    let pressed = segments(ui, chosen, &ways)?;
    Some(match Some(pressed) == usual || pressed == chosen {
        true => String::new(),
        false => pressed.to_owned(),
    })
}

/// What holds while nothing is written, else how it may be written.
fn hint(info: &FieldInfo, kind: &KindInfo) -> String {
    if let Some(usual) = info.usual_of(kind.word) {
        return format!("usually {usual}");
    }
    match example(info, kind) {
        "" => String::new(),
        example => format!("as in {example}"),
    }
}

/// What the kind's example says in this field.
fn example(info: &FieldInfo, kind: &KindInfo) -> &'static str {
    let before = format!(" {}=", info.word);
    let Some(at) = kind.example.find(&before) else {
        return "";
    };
    let value = &kind.example[at + before.len()..];
    match value.strip_prefix('\'') {
        Some(quoted) => quoted.split('\'').next().unwrap_or_default(),
        None => value.split(' ').next().unwrap_or_default(),
    }
}

/// Triggers, a line each.
fn lines(ui: &mut Ui, name: &str, text: &str) -> Option<String> {
    let mut typed = text.to_owned();
    let edit = TextEdit::multiline(&mut typed)
        .id_salt(name)
        .font(font(Face::Mono, BODY))
        .hint_text("crash\nmemory above=2GB")
        .desired_rows(3)
        .desired_width(VALUES - 16.0);
    let response = ui.add(edit);
    self::name(ui, &response, name);
    response.changed().then_some(typed)
}

/// One more, of a kind that is chosen from all.
fn add(ui: &mut Ui, of: FormOf, out: &mut Messages) {
    let text = match of {
        FormOf::Triggers => "Add a trigger",
        FormOf::Actions => "Add an action",
    };
    menu(ui, text, MENU, |ui| {
        for kind in of.vocabulary().kinds {
            if choice(ui, kind.title, "")
                .on_hover_text(kind.says)
                .clicked()
            {
                out.push(Change::Form(of, FormChange::Add(kind.word)).into());
                ui.close();
            }
        }
    });
}
