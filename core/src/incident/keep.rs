//! How many incidents of one recording stay in the folder.
//!
//! Only files that this recording saved are ever deleted, and never the
//! newest incident.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

use super::Saved;
use crate::units::ByteCount;

/// The bounds; without one, anything goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// The most incidents.
    pub count: Option<u32>,
    /// The most bytes of all incidents together.
    pub bytes: Option<ByteCount>,
}

/// One incident on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its files.
    pub paths: Vec<PathBuf>,
    /// Their bytes.
    pub bytes: ByteCount,
}

/// A file that could not be deleted.
#[derive(Debug, thiserror::Error)]
#[error("delete {}, the oldest incident of this recording: {source}; delete it yourself, \
         or raise the bounds", path.display())]
pub struct DropError {
    /// The file.
    pub path: PathBuf,
    /// The system's answer.
    pub source: io::Error,
}

impl Keep {
    /// How many of the oldest must go so that the rest is within the bounds.
    /// The newest one always stays.
    #[must_use]
    pub fn surplus(&self, kept: &[Kept]) -> usize {
        let most = self.count.map_or(usize::MAX, |count| count.max(1) as usize);
        let mut surplus = kept.len().saturating_sub(most);
        let mut total = total(&kept[surplus..]);
        for incident in &kept[surplus..kept.len().max(surplus + 1) - 1] {
            if self.bytes.is_none_or(|most| total <= most) {
                break;
            }
            total = ByteCount(total.0 - incident.bytes.0);
            surplus += 1;
        }
        surplus
    }

    /// Why no further incident may be kept, where `next` is the most that it
    /// may need; `None` while there is room.
    #[must_use]
    pub fn full(&self, kept: &[Kept], next: ByteCount) -> Option<String> {
        if let Some(most) = self.count
            && kept.len() >= most as usize
        {
            return Some(format!(
                "{} of {most} incidents are kept: move them away or raise the bound",
                kept.len()
            ));
        }
        let used = total(kept);
        let most = self.bytes?;
        (used.plus(next) > most).then(|| {
            format!(
                "incidents of {used} are kept, the next one may need {next}, and the bound is \
                 {most}: move them away or raise the bound"
            )
        })
    }
}

fn total(kept: &[Kept]) -> ByteCount {
    kept.iter()
        .fold(ByteCount(0), |sum, incident| sum.plus(incident.bytes))
}

/// The incidents that one recording has saved, the oldest first.
#[derive(Clone, Debug, Default)]
pub struct KeptFiles {
    kept: Vec<Kept>,
}

impl KeptFiles {
    /// Adds one that has just been saved.
    pub fn add(&mut self, saved: &Saved) {
        self.kept.push(Kept {
            paths: saved.paths.clone(),
            bytes: saved.bytes,
        });
    }

    /// Those that are kept, the oldest first.
    #[must_use]
    pub fn kept(&self) -> &[Kept] {
        &self.kept
    }

    /// Deletes the oldest until the rest is within the bounds, and returns the
    /// files that went. One that somebody else took away is only forgotten.
    ///
    /// # Errors
    /// The system does not let one go; it and the newer ones are still listed.
    pub fn drop_oldest(&mut self, keep: &Keep) -> Result<Vec<PathBuf>, DropError> {
        let mut gone = Vec::new();
        for _ in 0..keep.surplus(&self.kept) {
            let Some(oldest) = self.kept.first() else {
                break;
            };
            for path in &oldest.paths {
                match fs::remove_file(path) {
                    Ok(()) => gone.push(path.clone()),
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    Err(source) => {
                        let path = path.clone();
                        return Err(DropError { path, source });
                    }
                }
            }
            self.kept.remove(0);
        }
        Ok(gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kept(bytes: &[u64]) -> Vec<Kept> {
        let one = |bytes: &u64| Kept {
            paths: Vec::new(),
            bytes: ByteCount(*bytes),
        };
        bytes.iter().map(one).collect()
    }

    #[test]
    fn the_oldest_go_first_and_the_newest_stays() {
        let keep = |count, bytes: Option<u64>| Keep {
            count,
            bytes: bytes.map(ByteCount),
        };
        let three = kept(&[10, 20, 30]);
        assert_eq!(keep(None, None).surplus(&three), 0);
        assert_eq!(keep(Some(2), None).surplus(&three), 1);
        assert_eq!(keep(None, Some(50)).surplus(&three), 1);
        assert_eq!(keep(None, Some(49)).surplus(&three), 2);
        assert_eq!(keep(Some(0), Some(0)).surplus(&three), 2);
        assert_eq!(keep(Some(0), Some(0)).surplus(&[]), 0);
    }

    #[test]
    fn full_says_which_bound() {
        let two = kept(&[10, 20]);
        let keep = Keep {
            count: Some(2),
            bytes: None,
        };
        let text = keep.full(&two, ByteCount(0)).unwrap();
        assert!(text.starts_with("2 of 2 incidents"), "{text}");
        let keep = Keep {
            count: Some(3),
            bytes: Some(ByteCount(100)),
        };
        assert_eq!(keep.full(&two, ByteCount(70)), None);
        let text = keep.full(&two, ByteCount(71)).unwrap();
        assert!(text.contains("may need 71 B"), "{text}");
    }

    #[test]
    fn only_listed_files_are_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| {
            let path = folder.path().join(name);
            fs::write(&path, "x").unwrap();
            path
        };
        let (foreign, old, new) = (file("foreign"), file("old"), file("new"));
        let moved = folder.path().join("moved away");
        let mut files = KeptFiles::default();
        for path in [&moved, &old, &new] {
            files.kept.push(Kept {
                paths: vec![path.clone()],
                bytes: ByteCount(1),
            });
        }
        let keep = Keep {
            count: Some(1),
            bytes: None,
        };
        assert_eq!(
            files.drop_oldest(&keep).unwrap(),
            std::slice::from_ref(&old)
        );
        assert!(foreign.exists() && new.exists() && !old.exists());
        assert_eq!(files.kept().len(), 1);
    }

    proptest! {
        #[test]
        fn what_stays_is_within_the_bounds_and_no_more_goes_than_must(
            sizes in prop::collection::vec(0_u64..100, 0..10),
            count in prop::option::of(0_u32..12),
            bytes in prop::option::of(0_u64..500),
        ) {
            let all = kept(&sizes);
            let keep = Keep { count, bytes: bytes.map(ByteCount) };
            let fits = |rest: &[Kept]| {
                count.is_none_or(|most| rest.len() <= most as usize)
                    && bytes.is_none_or(|most| total(rest).0 <= most)
            };
            let surplus = keep.surplus(&all);
            let rest = &all[surplus..];
            prop_assert!(fits(rest) || rest.len() == 1);
            if surplus > 0 {
                prop_assert!(!fits(&all[surplus - 1..]));
            }
        }
    }
}
