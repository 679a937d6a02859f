//! What a recording takes of memory, known before any of it is touched.

use serde::Serialize;

use crate::limits;
use crate::pcapng::enhanced_packet_length;
use crate::profile::{Profile, Then};
use crate::units::ByteCount;

/// How the memory is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct MemoryPlan {
    /// Bytes of one segment.
    pub segment: ByteCount,
    /// Segments of the ring itself.
    pub ring_segments: u64,
    /// Segments beside the ring: the open ones, those ready for each source,
    /// and with re-arm the reserve.
    pub extra_segments: u64,
    /// Those of them that are the reserve.
    pub reserve: u64,
    /// Empty segments that lie ready for each source.
    pub spare_per_source: usize,
    /// The kernel buffer of each source.
    pub kernel_buffer_per_source: ByteCount,
    /// Kernel buffers of all sources.
    pub kernel_buffers: ByteCount,
    /// Everything.
    pub total: ByteCount,
}

/// Why a recording cannot have its memory.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MemoryRefusal {
    /// More than is free.
    #[error(
        "a ring of {ring} takes {total} of memory with its buffers, and {available} are available on this machine: choose a ring of at most {largest}"
    )]
    Machine {
        /// The ring asked for.
        ring: ByteCount,
        /// What it would take.
        total: ByteCount,
        /// What is free.
        available: ByteCount,
        /// About the largest ring that fits.
        largest: ByteCount,
    },
    /// More than this control group may use.
    #[error(
        "a ring of {ring} takes {total} of memory with its buffers, and this process's control group leaves {available}: choose a ring of at most {largest}, or raise the group's limit"
    )]
    ControlGroup {
        /// The ring asked for.
        ring: ByteCount,
        /// What it would take.
        total: ByteCount,
        /// What the group leaves.
        available: ByteCount,
        /// About the largest ring that fits.
        largest: ByteCount,
    },
}

/// Memory that may be taken now; `None` where the system does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Available {
    /// Of the machine.
    pub machine: Option<ByteCount>,
    /// Of the control group (Linux).
    pub control_group: Option<ByteCount>,
}

impl Available {
    /// Asks the system.
    #[must_use]
    pub fn now() -> Self {
        let Ok(mut system) = sysinfo::System::new() else {
            return Self::default();
        };
        system.refresh_memory();
        let machine = Some(system.available_memory()).filter(|bytes| *bytes > 0);
        let control_group = own_control_group(&mut system)
            // Of the root of what is seen here, where the own one isn't told.
            .or_else(|| system.cgroup_limits())
            .filter(|limits| limits.total_memory < system.total_memory())
            .map(|limits| limits.free_memory);
        Self {
            machine: machine.map(ByteCount),
            control_group: control_group.map(ByteCount),
        }
    }
}

/// What the control groups of this process allow, the closest and all above it.
fn own_control_group(system: &mut sysinfo::System) -> Option<sysinfo::CGroupLimits> {
    let pid = sysinfo::get_current_pid().ok()?;
    system.refresh_processes_specifics(
        sysinfo::ProcessesToUpdate::Some(&[pid]),
        true,
        sysinfo::ProcessRefreshKind::nothing().without_tasks(),
    );
    system.process(pid)?.cgroup_limits()
}

impl MemoryPlan {
    /// Divides the memory for a profile with this many sources (at least one).
    #[must_use]
    pub fn new(profile: &Profile, sources: usize) -> Self {
        let sources = sources.clamp(1, limits::SOURCES_MAX) as u64;
        let ring = profile.ring.size.0;
        let segment = segment_length(ring, sources, profile.capture.snaplen);
        let ring_segments = ring.div_ceil(segment).max(limits::RING_SEGMENTS_MIN);
        let spare_per_source = if sources == 1 {
            limits::SPARE_SEGMENTS_PER_SOURCE
        } else {
            limits::SPARE_SEGMENTS_PER_SOURCE_OF_MANY
        };
        let reserve = match profile.then {
            Then::Stop => 0,
            Then::Rearm { .. } => (ring_segments / limits::RESERVE_DIVISOR).max(2),
        };
        let extra_segments = sources * (1 + spare_per_source as u64) + reserve;
        let per_source =
            (profile.capture.kernel_buffer.0 / sources).max(limits::KERNEL_BUFFER_MIN.0);
        let kernel_buffers = ByteCount(per_source * sources);
        let segments = ByteCount((ring_segments + extra_segments).saturating_mul(segment));
        Self {
            segment: ByteCount(segment),
            ring_segments,
            extra_segments,
            reserve,
            spare_per_source,
            kernel_buffer_per_source: ByteCount(per_source),
            kernel_buffers,
            total: segments.plus(kernel_buffers).plus(limits::RECORDER_MEMORY),
        }
    }

    /// All segments.
    #[must_use]
    pub fn segments(&self) -> u64 {
        self.ring_segments + self.extra_segments
    }

    /// Refuses what cannot be had: touching too much means being killed, or
    /// having the target killed.
    ///
    /// # Errors
    /// [`MemoryRefusal`] says how much there is and which ring would fit.
    pub fn check(&self, ring: ByteCount, available: Available) -> Result<(), MemoryRefusal> {
        let needed = self.total.plus(limits::FREE_MEMORY_MARGIN);
        let beside_ring = needed.0.saturating_sub(self.ring_segments * self.segment.0);
        // The reserve shrinks with the ring; a fifth less is on the safe side.
        let largest = |free: ByteCount| ByteCount(free.0.saturating_sub(beside_ring) / 5 * 4);
        if let Some(free) = available.control_group.filter(|free| needed > *free) {
            return Err(MemoryRefusal::ControlGroup {
                ring,
                total: self.total,
                available: free,
                largest: largest(free),
            });
        }
        if let Some(free) = available.machine.filter(|free| needed > *free) {
            return Err(MemoryRefusal::Machine {
                ring,
                total: self.total,
                available: free,
                largest: largest(free),
            });
        }
        Ok(())
    }
}

/// Bytes of a segment: whole pages, room for one largest block at least.
fn segment_length(ring: u64, sources: u64, snaplen: u32) -> u64 {
    let largest_block = enhanced_packet_length(snaplen as usize) as u64;
    (ring / (limits::SEGMENTS_PER_SOURCE * sources))
        .clamp(limits::SEGMENT_MIN.0, limits::SEGMENT_MAX.0)
        .max(largest_block)
        .next_multiple_of(4096)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::tests_profile as profile;

    #[test]
    fn a_gibibyte_takes_little_beside_itself() {
        let plan = MemoryPlan::new(&profile(ByteCount(1 << 30)), 1);
        assert_eq!(plan.segment, limits::SEGMENT_MAX);
        assert_eq!(plan.ring_segments, 256);
        let beside = plan.total.0 - (1 << 30) - plan.kernel_buffers.0;
        assert!(beside <= 36 << 20, "{beside}");
    }

    #[test]
    fn a_segment_always_holds_the_largest_block() {
        for ring in [1_u64 << 20, 150_000_000, 8 << 30] {
            for sources in [1, 3, 64] {
                let plan = MemoryPlan::new(&profile(ByteCount(ring)), sources);
                assert!(plan.segment.0 >= enhanced_packet_length(262_144) as u64);
                assert!(plan.ring_segments * plan.segment.0 >= ring);
            }
        }
    }

    #[test]
    fn more_than_there_is_is_refused_with_what_would_fit() {
        let ring = ByteCount(8 << 30);
        let plan = MemoryPlan::new(&profile(ring), 1);
        let available = |machine: u64, group: Option<u64>| Available {
            machine: Some(ByteCount(machine)),
            control_group: group.map(ByteCount),
        };
        assert!(plan.check(ring, available(16 << 30, None)).is_ok());
        let refused = plan.check(ring, available(2 << 30, None)).unwrap_err();
        let MemoryRefusal::Machine { largest, .. } = refused else {
            panic!("{refused}");
        };
        let smaller = MemoryPlan::new(&profile(largest), 1);
        assert!(smaller.check(largest, available(2 << 30, None)).is_ok());
        let refused = plan
            .check(ring, available(16 << 30, Some(1 << 30)))
            .unwrap_err();
        assert!(matches!(refused, MemoryRefusal::ControlGroup { .. }));
    }
}
