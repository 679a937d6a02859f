//! What is kept by name: filters and profiles.

use std::path::Path;

use super::files::open_profile;
use crate::model::{FilterCheck, Model, Profiles, Tone};
use crate::outside::Outside;

/// Keeps the filter by name.
///
/// # Errors
/// A sentence: there is no name, or no room.
pub(super) fn save_filter(
    model: &mut Model,
    outside: &mut Outside,
    name: &str,
) -> Result<(), String> {
    if matches!(model.set_up.filter_check, FilterCheck::Problem(_)) {
        return Err("The filter cannot be read; mend it first.".into());
    }
    if !outside.recent.save_filter(name, &model.set_up.filter) {
        return Err("Type a name; a hundred filters at most are kept.".into());
    }
    model.set_up.saved_filters.clone_from(&outside.recent.saved);
    outside.keep_recent()
}

/// Forgets the saved filter of this name.
pub(super) fn forget_filter(model: &mut Model, outside: &mut Outside, name: &str) {
    outside.recent.forget_filter(name);
    model.set_up.saved_filters.clone_from(&outside.recent.saved);
    if let Err(sentence) = outside.keep_recent() {
        model.tell(Tone::Warning, sentence, &[]);
    }
}

/// Lists the profiles again.
pub(super) fn list_profiles(model: &mut Model, outside: &Outside) {
    let Some(store) = &outside.store else {
        return;
    };
    let folder = store.profiles().folder();
    let recent = outside.recent.profiles.iter();
    let recent = recent.filter(|path| path.parent() != Some(folder));
    model.profiles.recent = recent.cloned().collect();
    match store.profiles().names() {
        Ok(names) => model.profiles.names = names,
        Err(sentence) => {
            model.profiles = Profiles::default();
            model.tell(Tone::Warning, sentence, &[]);
        }
    }
}

/// Keeps the choices as a profile of this name.
///
/// # Errors
/// A sentence: the choices are not valid, the name is none, or the file cannot
/// be written.
pub(super) fn name_profile(
    model: &mut Model,
    outside: &mut Outside,
    name: &str,
) -> Result<(), String> {
    let store = outside.store.as_ref();
    let store = store.ok_or("There is no home folder to keep it in; save it to a file.")?;
    let profile = model.set_up.to_be_kept()?;
    let path = store.profiles().write(name, &profile.to_toml())?;
    outside.recent.used_profile(&path);
    model.set_up.profile = Some(path);
    list_profiles(model, outside);
    outside.keep_recent()
}

/// Takes the choices of a profile's file.
pub(super) fn take_profile(model: &mut Model, outside: &mut Outside, path: &Path) {
    if let Err(sentence) = open_profile(model, outside, path) {
        model.tell(Tone::Danger, sentence, &[]);
    }
}

/// Takes the choices of the profile of this name.
pub(super) fn take_named_profile(model: &mut Model, outside: &mut Outside, name: &str) {
    let store = outside.store.as_ref();
    match store.map(|store| store.profiles().path(name)) {
        Some(Ok(path)) => take_profile(model, outside, &path),
        Some(Err(sentence)) => model.tell(Tone::Danger, sentence, &[]),
        None => {}
    }
}

/// Removes the profile of this name; the choices stay.
pub(super) fn remove_profile(model: &mut Model, outside: &mut Outside, name: &str) {
    let Some(store) = &outside.store else {
        return;
    };
    let removed = store.profiles().delete(name);
    let path = store.profiles().path(name).ok();
    outside
        .recent
        .profiles
        .retain(|one| Some(one) != path.as_ref());
    if path.is_some() && model.set_up.profile == path {
        model.set_up.profile = None;
    }
    list_profiles(model, outside);
    let kept = outside.keep_recent();
    if let Err(sentence) = removed.and(kept) {
        model.tell(Tone::Danger, sentence, &[]);
    }
}
