//! The tokens as egui's style.

use egui::style::{Selection, WidgetVisuals, Widgets};
use egui::{Color32, Context, CornerRadius, Stroke, Style, TextStyle, Theme, Visuals, vec2};

use super::fonts::{Face, definitions, font};
use super::sizes::{BODY, CAPTION, CONTROL, GRID, HEADING, RADIUS};
use super::tokens::{DARK, LIGHT, Tokens};

/// Gives a context our faces and both themes.
pub(crate) fn apply(context: &Context) {
    context.set_fonts(definitions());
    for (theme, tokens) in [(Theme::Dark, &DARK), (Theme::Light, &LIGHT)] {
        context.set_style_of(theme, style(theme, tokens));
    }
}

fn style(theme: Theme, tokens: &Tokens) -> Style {
    let mut style = Style {
        visuals: visuals(theme, tokens),
        ..Style::default()
    };
    style.text_styles = [
        (TextStyle::Small, font(Face::Regular, CAPTION)),
        (TextStyle::Body, font(Face::Regular, BODY)),
        (TextStyle::Button, font(Face::Regular, BODY)),
        (TextStyle::Heading, font(Face::Medium, HEADING)),
        (TextStyle::Monospace, font(Face::Mono, BODY)),
    ]
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(GRID, GRID);
    spacing.button_padding = vec2(12.0, 4.0);
    spacing.interact_size.y = CONTROL;
    // Nothing moves without telling something.
    style.animation_time = 0.0;
    style
}

fn visuals(theme: Theme, tokens: &Tokens) -> Visuals {
    let base = match theme {
        Theme::Dark => Visuals::dark(),
        Theme::Light => Visuals::light(),
    };
    let line = Stroke::new(1.0, tokens.line);
    Visuals {
        widgets: widgets(tokens),
        selection: Selection {
            bg_fill: tokens.selection,
            stroke: Stroke::new(1.0, tokens.text),
        },
        hyperlink_color: tokens.focus,
        faint_bg_color: tokens.raised,
        extreme_bg_color: tokens.window,
        text_edit_bg_color: Some(tokens.window),
        code_bg_color: tokens.raised,
        warn_fg_color: tokens.warning,
        error_fg_color: tokens.danger,
        window_corner_radius: CornerRadius::same(RADIUS),
        menu_corner_radius: CornerRadius::same(RADIUS),
        window_fill: tokens.panel,
        window_stroke: line,
        panel_fill: tokens.window,
        window_shadow: egui::Shadow::NONE,
        popup_shadow: egui::Shadow::NONE,
        weak_text_color: Some(tokens.muted),
        ..base
    }
}

fn widgets(tokens: &Tokens) -> Widgets {
    let state = |fill: Color32, edge: Color32, width: f32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(width, edge),
        corner_radius: CornerRadius::same(RADIUS),
        fg_stroke: Stroke::new(1.0, tokens.text),
        expansion: 0.0,
    };
    Widgets {
        noninteractive: state(tokens.panel, tokens.line, 1.0),
        inactive: state(tokens.raised, tokens.control, 1.0),
        hovered: state(tokens.raised, tokens.text, 1.0),
        active: state(tokens.selection, tokens.focus, 2.0),
        open: state(tokens.raised, tokens.focus, 1.0),
    }
}
