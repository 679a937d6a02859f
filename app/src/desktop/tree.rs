//! What the window tells those who cannot see it, also written into a file: what
//! stands where, for tests that drive the real window.
//!
//! The variable CRASHCAP_ACCESSIBLE_TREE names the file. Each frame that differs
//! from the one before replaces it, with a line of JSON for each thing that has a
//! name, a value or the focus. Without the variable nothing of this runs.

use std::fs;
use std::path::PathBuf;

use egui::accesskit::{Node, Role, Toggled, TreeUpdate};
use egui::{Context, FullOutput, Plugin};

/// The variable that names the file.
const VARIABLE: &str = "CRASHCAP_ACCESSIBLE_TREE";

/// Writes the tree, where that is asked for.
pub(crate) fn write_where_asked(context: &Context) {
    if let Some(path) = std::env::var_os(VARIABLE) {
        context.add_plugin(Writer {
            path: path.into(),
            written: String::new(),
        });
    }
}

struct Writer {
    path: PathBuf,
    written: String,
}

impl Plugin for Writer {
    fn debug_name(&self) -> &'static str {
        "accessible tree"
    }

    fn input_hook(&mut self, context: &Context, _input: &mut egui::RawInput) {
        // Usually somebody who cannot see the window turns it on.
        context.enable_accesskit();
    }

    fn output_hook(&mut self, context: &Context, output: &mut FullOutput) {
        let Some(update) = &output.platform_output.accesskit_update else {
            return;
        };
        let text = lines(update, f64::from(context.pixels_per_point()));
        if text == self.written {
            return;
        }
        // Readers see a whole file; one that is not written is missed by the test.
        let new = self.path.with_extension("new");
        if fs::write(&new, &text).is_ok() && fs::rename(&new, &self.path).is_ok() {
            self.written = text;
        }
    }
}

/// A line for each thing, in pixels of the window.
fn lines(update: &TreeUpdate, scale: f64) -> String {
    let mut text = String::new();
    for (id, node) in &update.nodes {
        if let Some(line) = line(node, update.focus == *id, scale) {
            text.push_str(&line.to_string());
            text.push('\n');
        }
    }
    text
}

fn line(node: &Node, focused: bool, scale: f64) -> Option<serde_json::Value> {
    let name = node.label().unwrap_or_default();
    let value = node.value().unwrap_or_default();
    if name.is_empty() && value.is_empty() && !focused {
        return None;
    }
    // The pieces of a text say what the text says.
    let place = node.bounds().filter(|_| node.role() != Role::TextRun)?;
    Some(serde_json::json!({
        "role": format!("{:?}", node.role()),
        "name": name,
        "value": value,
        "focused": focused,
        "chosen": node.is_selected() == Some(true) || node.toggled() == Some(Toggled::True),
        "left": place.x0 * scale,
        "top": place.y0 * scale,
        "width": place.width() * scale,
        "height": place.height() * scale,
    }))
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;

    use super::*;

    #[test]
    fn what_stands_where_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tree");
        let writer = Writer {
            path: path.clone(),
            written: String::new(),
        };
        let mut writer = Some(writer);
        let mut harness = Harness::new_ui(move |ui| {
            if let Some(writer) = writer.take() {
                ui.ctx().add_plugin(writer);
            }
            ui.checkbox(&mut true, "lo");
        });
        harness.run();
        let text = fs::read_to_string(path).unwrap();
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let box_ = lines.iter().find(|line| line["name"] == "lo").unwrap();
        assert_eq!(box_["role"], "CheckBox");
        assert_eq!(box_["chosen"], true);
        assert!(box_["width"].as_f64().unwrap() > 8.0, "{box_}");
    }
}
