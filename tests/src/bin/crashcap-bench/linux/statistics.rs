//! Figures of several rounds, and what stands for them.

use serde::Serialize;

/// The middle and the ends of some figures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Spread {
    /// How many figures.
    pub(crate) count: usize,
    /// The smallest.
    pub(crate) min: f64,
    /// Half are below.
    pub(crate) median: f64,
    /// 99 of 100 are not above: the nearest rank, so with fewer than 100 the largest.
    pub(crate) p99: f64,
    /// The largest.
    pub(crate) max: f64,
}

impl Spread {
    /// `None` when there are no figures.
    pub(crate) fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = figures.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let count = sorted.len();
        let middle = count / 2;
        let median = if count.is_multiple_of(2) {
            let below = sorted.get(middle.checked_sub(1)?)?;
            f64::midpoint(*below, *sorted.get(middle)?)
        } else {
            *sorted.get(middle)?
        };
        // The rank is ceil(0.99 n), counted from 1.
        let rank = (count * 99).div_ceil(100);
        Some(Self {
            count,
            min: *sorted.first()?,
            median,
            p99: *sorted.get(rank.checked_sub(1)?)?,
            max: *sorted.last()?,
        })
    }

    /// The same in another unit.
    pub(crate) fn scaled(self, factor: f64) -> Self {
        Self {
            count: self.count,
            min: self.min * factor,
            median: self.median * factor,
            p99: self.p99 * factor,
            max: self.max * factor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_of_one_to_a_hundred() {
        let spread = Spread::of((1..=100).rev().map(f64::from)).unwrap();
        assert_eq!(
            spread,
            Spread {
                count: 100,
                min: 1.0,
                median: 50.5,
                p99: 99.0,
                max: 100.0
            }
        );
    }

    #[test]
    fn few_figures_and_none() {
        let spread = Spread::of([3.0, 1.0, 2.0]).unwrap();
        assert_eq!((spread.median, spread.p99), (2.0, 3.0));
        assert_eq!(Spread::of([7.0]).unwrap().median, 7.0);
        assert_eq!(Spread::of([]), None);
    }
}
