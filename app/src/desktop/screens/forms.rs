//! Triggers and actions, each with a form for all it can say. What a trigger sees
//! now stands below it.

use egui::{Align, RichText, TextEdit, Ui, vec2};

use crashcap_core::profile::vocabulary::{FieldForm, FieldInfo, KindInfo};
use crashcap_core::recorder::Look;

use crate::command::{Command, Messages};
use crate::model::{Change, Form, FormChange, FormOf, Machine, Model, Seen, Tone, escaped};
use crate::theme::{BODY, CONTROL, Face, font, tokens};
use crate::widgets::{
    Field, caption, choice, columns, command_button, field, heading, menu, muted, plain_button,
    problem, segments, within,
};

const WIDTH: f32 = 820.0;
/// From a trigger's left to what belongs to it.
const INDENT: f32 = 32.0;
const NAMES: f32 = 112.0;
const VALUES: f32 = 300.0;
const MENU: f32 = 420.0;

/// The dialog.
pub(super) fn forms(
    ui: &mut Ui,
    width: f32,
    model: &Model,
    open: Option<(FormOf, usize)>,
    out: &mut Messages,
) {
    let width = width.min(WIDTH);
    ui.set_width(width);
    heading(ui, "Triggers and actions");
    caption(ui, "Freeze when any of these is so; F9 always freezes");
    section(ui, FormOf::Triggers, model, open, out);
    ui.separator();
    caption(ui, "When an incident has been saved, in this order");
    section(ui, FormOf::Actions, model, open, out);
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
        (true, _, Some(says)) => (Tone::Plain, format!("It would not freeze now: {says}.")),
        (_, Some(true), _) => (Tone::Warning, format!("Now {seen}: that is so already.")),
        _ => (Tone::Plain, format!("Now {seen}.")),
    })
}

/// All that one can say.
fn fields(ui: &mut Ui, of: FormOf, place: usize, form: &Form, out: &mut Messages) {
    let Some(kind) = form.info(of) else {
        return;
    };
    indented(ui, |ui| muted(ui, kind.says));
    ui.spacing_mut().item_spacing.y = 4.0;
    let vocabulary = of.vocabulary();
    for word in vocabulary.all_fields(kind) {
        // That is the tick.
        let info = vocabulary.field(word).filter(|info| info.word != "enabled");
        if let Some(info) = info {
            let typed = one_field(ui, info, kind, form.text(word));
            out.extend(typed.map(|text| {
                let change = FormChange::Text(place, info.word, text);
                Change::Form(of, change).into()
            }));
        }
    }
}

/// A field's name, its control and what it means: the new text where it was changed.
fn one_field(ui: &mut Ui, info: &FieldInfo, kind: &KindInfo, text: &str) -> Option<String> {
    let height = match info.form {
        FieldForm::Triggers => 3.0 * CONTROL,
        _ => CONTROL,
    };
    let places = columns(ui, height, 8.0, &[INDENT - 8.0, NAMES, VALUES, 0.0]);
    within(ui, places[1], Align::Min, |ui| {
        let text = RichText::new(info.word).font(font(Face::Mono, BODY));
        ui.label(text);
    });
    let typed = within(ui, places[2], Align::Min, |ui| match info.form {
        FieldForm::Choice(ways) => {
            let usual = std::iter::once(("", "as usual"));
            let ways: Vec<(&str, &str)> =
                usual.chain(ways.iter().map(|way| (*way, *way))).collect();
            ui.spacing_mut().interact_size.y = 26.0;
            segments(ui, text, &ways).map(ToOwned::to_owned)
        }
        FieldForm::Triggers => lines(ui, info.word, text),
        _ => {
            let of = Field {
                name: info.word,
                text,
                hint: hint(info, kind),
                width: VALUES,
                mono: true,
                wrong: false,
            };
            field(ui, of).1
        }
    });
    within(ui, places[3], Align::Min, |ui| {
        ui.visuals_mut().override_text_color = Some(tokens(ui).muted);
        crate::widgets::elided(ui, info.says).on_hover_text(info.says);
    });
    typed
}

/// What the kind's example says in this field.
fn hint(info: &FieldInfo, kind: &KindInfo) -> &'static str {
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
