//! What a recording would come to, told before anything is opened.

use std::time::Duration;

use crate::capture::Glance;
use crate::pcapng::ENHANCED_PACKET_OVERHEAD;
use crate::profile::{CaptureChoice, Profile, SourceChoice};
use crate::units::ByteCount;

/// Bytes that pad a packet to four, rounded up from the mean.
const PADDING: u64 = 2;
/// Bytes that "headers only" keeps of most packets: Ethernet, IPv4, and TCP
/// with timestamps.
const HEADERS: u64 = 14 + 20 + 32;

/// Traffic as it is now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// Bytes a second.
    pub bytes_per_second: u64,
    /// Packets a second.
    pub packets_per_second: u64,
}

impl Rate {
    /// What these choices keep of it. How much the filter lets through is not
    /// known, and taken for all.
    #[must_use]
    pub fn kept(self, choice: &CaptureChoice) -> Self {
        let most = if choice.headers_only {
            HEADERS.min(choice.snaplen.into())
        } else {
            choice.snaplen.into()
        };
        let cut = self.packets_per_second.saturating_mul(most);
        Self {
            bytes_per_second: self.bytes_per_second.min(cut),
            ..self
        }
    }
}

/// How long a ring of this size lasts at this rate, with what pcapng adds to
/// each packet. `None` where nothing comes.
#[must_use]
pub fn forecast(ring: ByteCount, rate: Rate) -> Option<Duration> {
    let added = ENHANCED_PACKET_OVERHEAD as u64 + PADDING;
    let per_second =
        u128::from(rate.bytes_per_second) + u128::from(rate.packets_per_second) * u128::from(added);
    let nanoseconds = (u128::from(ring.0) * 1_000_000_000).checked_div(per_second)?;
    let nanoseconds = u64::try_from(nanoseconds).unwrap_or(u64::MAX);
    Some(Duration::from_nanos(nanoseconds))
}

/// How many sources a profile means, for [`MemoryPlan::new`](super::MemoryPlan::new),
/// with the interfaces as they are at a glance. What cannot be opened later counts too.
#[must_use]
pub fn source_count(profile: &Profile, interfaces: &[Glance]) -> usize {
    match &profile.capture.sources {
        SourceChoice::File { .. } => 1,
        SourceChoice::Interfaces(names) => names.len(),
        SourceChoice::All if interfaces.iter().any(|interface| interface.all) => 1,
        SourceChoice::All => interfaces.iter().filter(|interface| interface.up).count(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pcapng::enhanced_packet_length;
    use crate::profile::tests_profile as profile;
    use crate::recorder::MemoryPlan;

    #[test]
    fn a_ring_lasts_as_long_as_its_blocks_fit() {
        let rate = Rate {
            bytes_per_second: 3_000 * 302,
            packets_per_second: 3_000,
        };
        let blocks = 3_000 * enhanced_packet_length(302) as u64;
        let lasts = forecast(ByteCount(blocks * 60), rate).unwrap();
        assert_eq!(lasts, Duration::from_secs(60));
        assert_eq!(forecast(ByteCount(1 << 30), Rate::default()), None);
        let one = Rate {
            packets_per_second: 1,
            ..Rate::default()
        };
        let longest = Duration::from_nanos(u64::MAX);
        assert_eq!(forecast(ByteCount(u64::MAX), one), Some(longest));
    }

    #[test]
    fn of_each_packet_no_more_is_kept_than_was_chosen() {
        let rate = Rate {
            bytes_per_second: 1_500_000,
            packets_per_second: 1_000,
        };
        let mut choice = profile(ByteCount(1 << 20)).capture;
        assert_eq!(rate.kept(&choice), rate);
        choice.snaplen = 100;
        assert_eq!(rate.kept(&choice).bytes_per_second, 100_000);
        choice.headers_only = true;
        assert_eq!(rate.kept(&choice).bytes_per_second, 66_000);
        choice.snaplen = 64;
        assert_eq!(rate.kept(&choice).bytes_per_second, 64_000);
        assert_eq!(rate.kept(&choice).packets_per_second, 1_000);
    }

    #[test]
    fn sources_are_counted_without_opening_one() {
        let interface = |name: &str, up, all| Glance {
            name: name.into(),
            up,
            all,
            ..Glance::default()
        };
        let mut profile = profile(ByteCount(1 << 30));
        let elsewhere = [
            interface("en0", true, false),
            interface("lo0", true, false),
            interface("en1", false, false),
        ];
        assert_eq!(source_count(&profile, &elsewhere), 2);
        let linux = [&elsewhere[..], &[interface("any", true, true)]].concat();
        assert_eq!(source_count(&profile, &linux), 1);
        profile.capture.sources = SourceChoice::Interfaces(vec!["en0".into(); 3]);
        assert_eq!(source_count(&profile, &elsewhere), 3);
        let plan = MemoryPlan::new(&profile, source_count(&profile, &elsewhere));
        assert!(plan.total > profile.ring.size, "{plan:?}");
    }
}
