//! What a window begins with: settings, the last choices, what was asked for.

use std::path::Path;

use crashcap_core::profile::RawProfile;

use super::files;
use crate::Arguments;
use crate::model::{Model, OwnSession, Tone};
use crate::outside::Outside;
use crate::services::store::Kept;

/// Takes what was kept, and does what the command line asks for. True when
/// recording is to start by itself, with the first frame: before that the
/// program may yet start again with another renderer.
#[must_use]
pub(crate) fn begin(
    model: &mut Model,
    outside: &mut Outside,
    kept: Kept,
    arguments: &Arguments,
) -> bool {
    model.machine.rights = crate::services::rights();
    model.settings = kept.settings;
    crate::model::show_as(&model.settings);
    if !model.settings.folder.trim().is_empty() {
        model.set_up.folder.clone_from(&model.settings.folder);
    }
    let last = &kept.recent.profile;
    if let Ok(raw) = RawProfile::from_toml(last)
        && !last.is_empty()
    {
        model.take_profile(&raw);
        model
            .set_up
            .recall(&kept.recent.process, &kept.recent.launch);
    }
    model.set_up.recent_filters.clone_from(&kept.recent.filters);
    model.set_up.saved_filters.clone_from(&kept.recent.saved);
    outside.recent = kept.recent;
    if let Some(since) = outside.recent.recording_since.take() {
        model.incidents.unfinished = Some(since);
        files::list(model, outside);
    }
    super::kept::list_profiles(model, outside);
    let session = std::env::var("SSH_CONNECTION").ok();
    model.machine.session = session.and_then(|told| OwnSession::of(&told));
    for notice in kept.notices {
        model.tell(Tone::Warning, notice, &[]);
    }
    let profile = arguments.profile.as_deref();
    if let Some(Err(sentence)) = profile.map(|path| files::open_profile(model, outside, path)) {
        model.tell(Tone::Danger, sentence, &[]);
    }
    if let Some(path) = &arguments.file {
        let path = std::path::absolute(path).unwrap_or_else(|_| Path::new(path).to_owned());
        files::open(model, outside, &path);
    }
    arguments.file.is_none() && model.settings.record_at_launch
}
