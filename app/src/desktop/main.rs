//! The window.

fn main() -> eframe::Result {
    eframe::run_ui_native(
        "Crashcap",
        eframe::NativeOptions::default(),
        |ui, _frame| {
            ui.label("Crashcap");
        },
    )
}
