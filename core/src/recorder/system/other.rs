//! Other systems have no such setting that an ordinary process may use.

/// Nothing to ask for.
pub(in crate::recorder) fn prefer_as_victim() {}

/// Targets take no open file each.
pub(in crate::recorder) fn allow_many_files() {}

/// Rights are not divided by thread here.
pub(in crate::recorder) fn drop_capabilities() {}
