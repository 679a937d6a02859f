//! What a window begins with: settings, the last choices, what was asked for.

use std::path::Path;

use crashcap_core::profile::RawProfile;

use super::{files, recording};
use crate::Arguments;
use crate::model::{Model, Tone};
use crate::outside::Outside;

/// Reads what was kept, and does what the command line asks for.
pub(crate) fn begin(model: &mut Model, outside: &mut Outside, arguments: &Arguments) {
    model.machine.rights = crate::services::rights();
    let mut notices = Vec::new();
    if let Some(store) = &outside.store {
        let (settings, told) = store.settings();
        model.settings = settings;
        notices.extend(told);
        let (recent, told) = store.recent();
        notices.extend(told);
        if let Ok(raw) = RawProfile::from_toml(&recent.profile)
            && !recent.profile.is_empty()
        {
            model.set_up.take(&raw);
        }
        model.set_up.recent_filters = recent.filters;
    }
    for notice in notices {
        model.tell(Tone::Warning, notice, &[]);
    }
    let profile = arguments.profile.as_deref();
    if let Some(Err(sentence)) = profile.map(|path| files::open_profile(model, path)) {
        model.tell(Tone::Danger, sentence, &[]);
    }
    if let Some(path) = &arguments.file {
        let path = std::path::absolute(path).unwrap_or_else(|_| Path::new(path).to_owned());
        files::open(model, outside, &path);
    } else if model.settings.record_at_launch {
        recording::start(model, outside);
    }
}
