//! Triggers and actions, driven by what their controls are called.

use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use crashcap_core::recorder::Look;

use crate::command::Command;
use crate::driven::{Driven, click, drive, drive_at, type_into};
use crate::model::{Form, FormOf, Model, Overlay, Seen, samples};

fn editing(open: Option<(FormOf, usize)>) -> Model {
    let mut model = samples::set_up();
    model.overlay = Some(Overlay::Forms { open });
    model
}

#[test]
fn a_form_of_every_kind_opens_and_says_what_it_is() {
    for of in [FormOf::Triggers, FormOf::Actions] {
        for kind in of.vocabulary().kinds {
            for (pixels, text) in [((1280.0, 800.0), 1.0), ((900.0, 600.0), 2.0)] {
                let mut model = editing(Some((of, 0)));
                let forms = match of {
                    FormOf::Triggers => &mut model.set_up.triggers,
                    FormOf::Actions => &mut model.set_up.actions,
                };
                *forms = vec![Form::of_kind(kind.word)];
                let window = drive_at(egui::vec2(pixels.0, pixels.1), text, model);
                window.get_by_label(kind.says);
                // What is seldom written is folded away.
                for word in kind.fields.iter().filter(|word| **word != "every") {
                    let title = of.vocabulary().field(word).unwrap().title;
                    assert!(window.query_all_by_label(title).count() > 0, "{title}");
                }
            }
        }
    }
}

#[test]
fn what_ends_the_dialog_is_always_seen() {
    for (pixels, text) in [((1280.0, 800.0), 1.0), ((900.0, 600.0), 1.0)] {
        let mut model = samples::set_up();
        samples::with_triggers(&mut model);
        model.overlay = Some(Overlay::Forms {
            open: Some((FormOf::Triggers, 1)),
        });
        let window = drive_at(egui::vec2(pixels.0, pixels.1), text, model);
        let whole = window.ctx.content_rect();
        for name in [Command::TestTriggers.text(), "Close"] {
            let place = window.get_by_label(name).rect();
            assert!(whole.contains_rect(place), "{name} at {place:?}");
        }
    }
}

#[test]
fn a_trigger_is_added_written_and_taken_away_by_name() {
    let mut window = drive(editing(None));
    click(&mut window, "Add a trigger");
    click(&mut window, "TCP sockets");
    // What is missing is said at once.
    let said = window.get_all_by_label_contains("states is missing");
    assert!(said.count() >= 1);
    type_into(&mut window, "In these states", "CLOSE_WAIT");
    type_into(&mut window, "Above", "100");
    type_into(&mut window, "For at least", "5s");
    let says = "TCP sockets in CLOSE_WAIT of the target are above 100 for 5 s";
    let raw = window.state().model.set_up.raw(None);
    assert_eq!(raw.trigger.len(), 2);
    assert_eq!(
        raw.check().unwrap().triggers[1]
            .trigger
            .clause("the target"),
        says
    );
    let tick = |window: &mut Harness<'_, Driven>| {
        window.get_by_role_and_label(Role::CheckBox, says).click();
        window.run_ok();
    };
    tick(&mut window);
    assert_eq!(
        window.state().model.set_up.raw(None).trigger[1].enabled,
        Some(false)
    );
    tick(&mut window);
    click(&mut window, &format!("Remove {says}"));
    assert_eq!(window.state().model.set_up.raw(None).trigger.len(), 1);
}

#[test]
fn actions_are_put_in_order() {
    let mut window = drive(editing(None));
    for title in ["Notify", "Run a program"] {
        click(&mut window, "Add an action");
        click(&mut window, title);
    }
    type_into(&mut window, "Program", "/bin/page --now");
    click(&mut window, "Earlier run /bin/page");
    let kinds = window.state().model.set_up.raw(None).action;
    let kinds: Vec<_> = kinds.iter().map(|action| &*action.kind).collect();
    assert_eq!(kinds, ["run", "notify"]);
}

#[test]
fn a_combination_has_a_line_for_each_of_its_conditions() {
    let mut model = editing(Some((FormOf::Triggers, 1)));
    let combination =
        "[[trigger]]\nkind = \"any\"\nof = [{ kind = \"crash\" }, { kind = \"cpu\", above = 90 }]";
    let raw = crashcap_core::profile::RawProfile::from_toml(combination).unwrap();
    model
        .set_up
        .triggers
        .push(Form::of_trigger(&raw.trigger[0]));
    let mut window = drive(model);
    click(&mut window, "More");
    type_into(&mut window, "Called", "both");
    let kept = window.state().model.set_up.raw(None).trigger;
    assert_eq!(kept[1].of, raw.trigger[0].of);
    assert_eq!(kept[1].name.as_deref(), Some("both"));
}

#[test]
fn what_is_seen_now_stands_below_a_trigger_and_a_test_says_what_it_would_have_said() {
    let mut model = editing(None);
    let form = Form::of_trigger(
        &"sockets states=CLOSE_WAIT above=10 port=80"
            .parse::<crashcap_core::profile::trigger::TriggerText>()
            .unwrap()
            .0,
    );
    let look = Look {
        trigger: 0,
        clause: String::new(),
        seen: Ok(Some("12".into())),
        counts: Some(true),
        would_say: Some("TCP sockets in CLOSE_WAIT of local port 80: 12, above 10".into()),
    };
    let seen = Seen {
        of: model.set_up.alone(&form).unwrap(),
        looks: Ok(vec![look]),
    };
    model.set_up.triggers.push(form);
    model.machine.seen = vec![seen.clone()];
    let mut window = drive(model);
    window.get_by_label("Now 12: that is so already.");
    click(&mut window, Command::TestTriggers.text());
    assert_eq!(window.state().commands, [Command::TestTriggers]);
    window.state_mut().model.machine.tested = vec![seen];
    window.run_ok();
    window.get_by_label_contains("It would freeze now, saying: TCP sockets in CLOSE_WAIT");
}
