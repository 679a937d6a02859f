//! Telling it on the desktop.

use crate::incident::{Facts, FrozenBy, sentence};

/// Shows notifications. The engine has none of its own: a window brings it.
pub trait Notifier: Send + Sync {
    /// Shows one, or has somebody show it: says which, as a clause.
    ///
    /// # Errors
    /// Why it could not be shown, in words.
    fn notify(&self, title: &str, text: &str) -> Result<String, String>;
}

/// Tells an incident; what was done, or why not.
pub(super) fn notify(notifier: Option<&dyn Notifier>, facts: &Facts) -> Result<String, String> {
    let Some(notifier) = notifier else {
        return Err(NO_NOTIFIER.to_owned());
    };
    notifier
        .notify(&title(facts), &sentence(facts))
        .map_err(|why| format!("the desktop showed no notification: {why}"))
}

/// What is told where there is no window.
pub(super) const NO_NOTIFIER: &str = "notifications come from the window only, and none is shown \
                                      here: record there, or use a webhook or a program; the \
                                      other actions are done";

fn title(facts: &Facts) -> String {
    let subject = &facts.subject;
    match &facts.frozen_by {
        FrozenBy::Firing(firing) => firing.to_string(),
        FrozenBy::Snapshot { .. } => format!("{subject}: snapshot saved"),
        FrozenBy::Stopped { .. } => format!("{subject}: recording saved"),
        FrozenBy::Rehearsal { .. } => format!("{subject}: rehearsal saved"),
    }
}
