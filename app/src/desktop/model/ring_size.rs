//! Sizes that somebody chooses: of the ring, and of the kernel's buffer.

use crashcap_core::limits;
use crashcap_core::units::ByteCount;

use super::SetUp;

/// The kernel's buffer that is offered where packets were lost in it: 256 MiB.
pub(crate) const LARGER_KERNEL_BUFFER: ByteCount = ByteCount(256 << 20);

impl SetUp {
    /// The kernel's buffer of each source.
    pub(crate) fn kernel_buffer(&self) -> ByteCount {
        let chosen = self.beside.capture.kernel_buffer;
        chosen.map_or(limits::KERNEL_BUFFER_DEFAULT, |size| size.0)
    }
}

/// A size that was chosen, with the unit in which it is whole: "64 MiB" and not "67.1 MB".
pub(crate) fn whole_size(size: ByteCount) -> String {
    const UNITS: [(u64, &str); 4] = [
        (1_000_000_000, "GB"),
        (1 << 30, "GiB"),
        (1_000_000, "MB"),
        (1 << 20, "MiB"),
    ];
    let whole = |(factor, _): &(u64, &str)| size.0 >= *factor && size.0.is_multiple_of(*factor);
    match UNITS.into_iter().find(whole) {
        Some((factor, unit)) => format!("{} {unit}", size.0 / factor),
        None => super::size(size),
    }
}

/// A size no larger than this, written in the unit of what stands in the field:
/// beside "100GB" it is "17.4GB", beside "4096 MiB" it is "3200MiB".
pub(crate) fn written_like(field: &str, size: ByteCount) -> String {
    const UNITS: [(&str, u64); 6] = [
        ("GB", 1_000_000_000),
        ("GiB", 1 << 30),
        ("TB", 1_000_000_000_000),
        ("TiB", 1 << 40),
        ("MiB", 1 << 20),
        ("MB", 1_000_000),
    ];
    let typed = field
        .trim()
        .trim_start_matches(|one: char| !one.is_ascii_alphabetic());
    let known = UNITS
        .into_iter()
        .find(|(unit, factor)| unit.eq_ignore_ascii_case(typed) && size.0 >= *factor);
    let (unit, factor) = known.unwrap_or(("MB", 1_000_000));
    let tenths = u128::from(size.0) * 10 / u128::from(factor);
    match (tenths / 10, tenths % 10) {
        (whole @ 0..100, tenth @ 1..) => format!("{whole}.{tenth}{unit}"),
        (whole, _) => format!("{whole}{unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_written_as_it_was_chosen() {
        assert_eq!(whole_size(ByteCount(64 << 20)), "64 MiB");
        assert_eq!(whole_size(ByteCount(1 << 30)), "1 GiB");
        assert_eq!(whole_size(ByteCount(150_000_000)), "150 MB");
        assert_eq!(whole_size(ByteCount(1_234_567)), "1.23 MB");
    }

    #[test]
    fn the_unit_stays_and_the_size_fits() {
        for (field, bytes, written) in [
            ("100GB", 17_456_000_000, "17.4GB"),
            ("100 gb", 17_000_000_000, "17GB"),
            ("2GiB", 900 << 20, "943MB"),
            ("64GiB", 18_606 << 20, "18.1GiB"),
            ("40000MiB", 18_606 << 20, "18606MiB"),
            ("99999999999", 18_606 << 20, "19509MB"),
        ] {
            let size = ByteCount(bytes);
            assert_eq!(written_like(field, size), written);
            let read: ByteCount = written.parse().unwrap();
            assert!(read <= size && read.0 > size.0 / 10 * 9, "{written}");
        }
    }
}
