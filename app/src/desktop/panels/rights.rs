//! What keeps this user from capturing, and what to do: the first thing seen. One
//! line says it, the next does it.

use egui::{CornerRadius, Frame, Label, Margin, RichText, Stroke, Ui};

use crate::command::{Command, Messages};
use crate::model::{Machine, Rights, Tone};
use crate::theme::{BODY, Face, GRID, RADIUS, font, tokens};
use crate::widgets::{Mark, button_width, colour_of, command_button, mark, muted};

/// From the frame to the words that stand beside the mark, in points.
const INDENT: f32 = 20.0;

/// The panel, where there is something to tell.
pub(crate) fn rights_panel(ui: &mut Ui, machine: &Machine, out: &mut Messages) {
    let (Rights::No(remedy) | Rights::NextLogin(remedy)) = &machine.rights else {
        return;
    };
    Frame::new()
        .fill(tokens(ui).panel)
        .stroke(Stroke::new(1.0, colour_of(ui, Tone::Warning)))
        .corner_radius(CornerRadius::same(RADIUS))
        .inner_margin(Margin::symmetric(12, 8))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = GRID / 2.0;
            ui.horizontal_top(|ui| {
                ui.spacing_mut().interact_size.y = 16.0;
                mark(ui, Mark::of(Tone::Warning));
                ui.add(Label::new(&remedy.sentence).wrap());
            });
            // A command that leaves no room for the buttons has a line of its own.
            let typed = remedy.typed.as_deref();
            let apart = typed.is_some_and(|typed| {
                let buttons = remedy.buttons.iter();
                let gap = ui.spacing().item_spacing.x;
                let buttons = buttons.map(|command| button_width(ui, command.text()) + gap);
                let face = font(Face::Mono, BODY);
                let colour = tokens(ui).text;
                let text = ui.painter().layout_no_wrap(typed.to_owned(), face, colour);
                INDENT + text.size().x + gap + buttons.sum::<f32>() > ui.available_width()
            });
            let command = |ui: &mut Ui| {
                if let Some(typed) = typed {
                    let text = RichText::new(typed).font(font(Face::Mono, BODY));
                    ui.add(Label::new(text).selectable(true));
                }
            };
            if apart {
                ui.horizontal(|ui| {
                    ui.spacing_mut().interact_size.y = 16.0;
                    ui.add_space(INDENT);
                    command(ui);
                });
            }
            ui.horizontal_wrapped(|ui| {
                ui.add_space(INDENT);
                if !apart {
                    command(ui);
                }
                buttons(ui, machine, &remedy.buttons, out);
            });
        });
    ui.add_space(GRID);
}

/// What can be done, one question at a time.
fn buttons(ui: &mut Ui, machine: &Machine, commands: &[Command], out: &mut Messages) {
    ui.add_enabled_ui(!machine.asking, |ui| {
        for command in commands {
            command_button(ui, *command, out);
            if let Some(told) = consequence(*command) {
                muted(ui, told);
                ui.add_space(GRID);
            }
        }
    });
    if machine.asking {
        muted(ui, "The password is being asked for.");
    }
}

/// What a button asks for, and from when on it helps.
fn consequence(command: Command) -> Option<&'static str> {
    match command {
        Command::AllowThisTime => Some("asks for an administrator's password"),
        Command::AllowAlways => Some("takes effect after you log in again"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable;

    use crate::command::Command;
    use crate::driven::{click, drive};
    use crate::model::samples;

    #[test]
    fn one_line_says_it_and_the_next_does_it() {
        for model in [
            samples::set_up_without_rights(),
            samples::set_up_without_pkexec(),
        ] {
            let crate::model::Rights::No(remedy) = model.machine.rights.clone() else {
                panic!("{:?}", model.machine.rights);
            };
            let window = drive(model);
            let said = window.get_by_label(&remedy.sentence).rect();
            assert!(said.height() < 24.0, "one line: {said:?}");
            let first = window.get_by_label(remedy.buttons[0].text()).rect();
            assert!(first.top() >= said.bottom(), "{first:?} below {said:?}");
            for button in &remedy.buttons {
                let place = window.get_by_label(button.text()).rect();
                assert_eq!(place.center().y, first.center().y, "{button:?}");
            }
        }
    }

    #[test]
    fn where_nobody_can_be_asked_the_command_is_copied() {
        let mut window = drive(samples::set_up_without_pkexec());
        window.get_by_label_contains("sudo setcap cap_net_raw+ep /home/dev/");
        assert!(
            window
                .query_by_label(Command::AllowThisTime.text())
                .is_none()
        );
        click(&mut window, Command::CopyGrant.text());
        assert_eq!(window.state().commands, [Command::CopyGrant]);
    }
}
