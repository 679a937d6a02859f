//! How many incidents of one recording stay in the folder.
//!
//! Only files that this recording saved are ever deleted, and never the
//! newest incident.

use std::path::PathBuf;

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
