//! The program: it takes in what happened, shows the model, and carries out
//! what was asked.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crashcap_core::clock;
use egui::{Context, ViewportCommand};

use crate::Arguments;
use crate::command::{Command, Message, Messages};
use crate::frame_times::FrameTimes;
use crate::model::{Change, Model, Settings, StateNow, Theme, Tone};
use crate::outside::Outside;
use crate::services::scheme::Scheme;
use crate::services::store::{Kept, WindowSize};
use crate::{execute, icon, keys, renderer, screens, theme, tree};

/// How often a recording is drawn: while the window has the focus, and else.
const REDRAW: Duration = Duration::from_millis(100);
const REDRAW_UNFOCUSED: Duration = Duration::from_millis(500);

/// The window.
pub(crate) struct Desktop {
    model: Model,
    outside: Outside,
    title: String,
    icon: Tone,
    record_at_first_frame: bool,
    /// Somebody types into it; also told to who wakes it.
    focused: Arc<AtomicBool>,
    /// What the settings' file says.
    kept: Settings,
    frame_times: FrameTimes,
}

impl Desktop {
    /// A window that has just been opened.
    pub(crate) fn new(context: &Context, kept: Kept, arguments: &Arguments) -> Self {
        theme::apply(context);
        keys::keep_focus_on_escape(context);
        tree::write_where_asked(context);
        // Text size is a setting of ours; egui's own keys would go past it.
        context.options_mut(|options| options.zoom_with_keyboard = false);
        let focused = Arc::new(AtomicBool::new(true));
        let (waking, looked_at) = (context.clone(), Arc::clone(&focused));
        // What nobody looks at need not be drawn at once; `logic` takes it in then.
        let wake = Arc::new(move || match looked_at.load(Ordering::Relaxed) {
            true => waking.request_repaint(),
            false => waking.request_repaint_after(REDRAW_UNFOCUSED),
        });
        let mut model = Model::default();
        let mut outside = Outside::new(wake);
        let record_at_first_frame = execute::begin(&mut model, &mut outside, kept, arguments);
        Self {
            focused,
            kept: model.settings.clone(),
            model,
            outside,
            title: String::new(),
            icon: Tone::Plain,
            record_at_first_frame,
            frame_times: FrameTimes::where_asked(),
        }
    }

    /// Settings take effect at once, and are written when they change.
    fn settle(&mut self, context: &Context) {
        let settings = &self.model.settings;
        context.set_theme(match settings.theme {
            Theme::System => match self.outside.schemes.now() {
                Some(Scheme::Dark) => egui::ThemePreference::Dark,
                Some(Scheme::Light) => egui::ThemePreference::Light,
                None => egui::ThemePreference::System,
            },
            Theme::Dark => egui::ThemePreference::Dark,
            Theme::Light => egui::ThemePreference::Light,
        });
        context.set_zoom_factor(f32::from(settings.text_size) / 100.0);
        if *settings == self.kept {
            return;
        }
        self.kept = settings.clone();
        let kept = self
            .outside
            .store
            .as_ref()
            .map(|store| store.keep_settings(settings));
        if let Some(Err(sentence)) = kept {
            self.model.tell(Tone::Warning, sentence, &[]);
        }
    }

    /// The size that the next window begins with; a maximised one keeps the size before.
    fn measure(&mut self, context: &Context) {
        let zoom = context.zoom_factor();
        let size = context.input(|input| {
            let window = input.viewport();
            let usual = window.maximized != Some(true) && window.fullscreen != Some(true);
            let inside = window
                .inner_rect
                .filter(|_| usual && window.minimized != Some(true));
            inside.map(|inside| inside.size() * zoom)
        });
        if let Some(size) = size {
            self.outside.recent.window = Some(WindowSize {
                width: size.x.round(),
                height: size.y.round(),
            });
        }
    }

    /// The state stands in the title, which every system shows.
    fn entitle(&mut self, context: &Context) {
        let title = self.model.title();
        if title != self.title {
            context.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.title = title;
        }
        // And in the icon, where there is one for each window.
        let state = StateNow::of(&self.model).tone;
        if state != self.icon {
            let icon = icon::icon(state).map(Arc::new);
            context.send_viewport_cmd(ViewportCommand::Icon(icon));
            self.icon = state;
        }
    }
}

impl eframe::App for Desktop {
    /// Runs also while the window is minimised or hidden.
    fn logic(&mut self, context: &Context, _frame: &mut eframe::Frame) {
        let now = clock::now();
        self.model.now = now;
        let focused = context.input(|input| input.focused);
        self.focused.store(focused, Ordering::Relaxed);
        execute::take_in(&mut self.model, &mut self.outside, now);
        self.outside.check_filter(&mut self.model, now);
        if let Some(later) = self.outside.look(&mut self.model, now) {
            context.request_repaint_after(later);
        }
        self.measure(context);
        execute::closing(&mut self.model, context);
        self.entitle(context);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.outside.recent.recording_since = None;
        // The window is gone: nobody would read why it failed.
        let _ = self.outside.keep_recent();
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        renderer::drawn();
        self.frame_times.took(frame.info().cpu_usage);
        self.settle(ui.ctx());
        let mut out = Messages::new();
        if std::mem::take(&mut self.record_at_first_frame) {
            out.push(Command::Start.into());
        }
        keys::take(ui.ctx(), self.model.overlay.is_some(), &mut out);
        screens::show(ui, &self.model, &mut out);
        if let Some(path) = dropped(ui.ctx()) {
            out.push(Change::Open(path).into());
        }
        for message in out {
            match message {
                Message::Change(change) => {
                    execute::change(&mut self.model, &mut self.outside, &change, ui.ctx());
                }
                Message::Do(command) => {
                    execute::command(&mut self.model, &mut self.outside, command, ui.ctx());
                }
            }
        }
        if self.model.recording.runs() {
            let focused = ui.input(|input| input.focused);
            let later = if focused { REDRAW } else { REDRAW_UNFOCUSED };
            ui.ctx().request_repaint_after(later);
        }
    }
}

/// A file that was dropped on the window.
fn dropped(context: &Context) -> Option<PathBuf> {
    context.input(|input| {
        let mut files = input.raw.dropped_files.iter();
        files.next().map(|file| file.path().to_owned())
    })
}
