//! A small seeded generator of numbers: SplitMix64 (Steele, Lea and Flood, 2014).
//!
//! Of our own because the sequence must never change: a seed in an old report has to give
//! the same requests for as long as the lab exists, which no crate promises.

/// A sequence of numbers that depends on nothing but its seed. Not for secrets.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

const GOLDEN_GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

impl Random {
    /// The sequence of `seed`.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The sequence number `stream` of `seed`; streams do not overlap in practice, so that
    /// each request can be made without those before it.
    pub fn stream(seed: u64, stream: u64) -> Self {
        let mut outer = Self::new(seed);
        let base = outer.draw();
        Self::new(Self::new(base ^ stream.wrapping_mul(GOLDEN_GAMMA)).draw())
    }

    /// The next number, over all of `u64`.
    pub fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN_GAMMA);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.draw()) * u128::from(bound);
        (wide >> 64) as u64
    }

    /// A number from `low` to `high`, both included; `low` when they are the wrong way round.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low).saturating_add(1))
    }

    /// True in `percent` of 100 cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of `choices`, which the caller keeps from being empty.
    pub fn pick<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.below(choices.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_the_published_one() {
        // The first numbers of seed 1234567, as in the reference implementation.
        let mut random = Random::new(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| random.draw()).collect();
        assert_eq!(
            first,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn numbers_stay_within_their_bounds() {
        let mut random = Random::new(7);
        for _ in 0..10_000 {
            assert!(random.below(3) < 3);
            assert!((5..=8).contains(&random.between(5, 8)));
        }
        assert_eq!(random.below(0), 0);
    }

    #[test]
    fn streams_differ() {
        assert_ne!(Random::stream(1, 1).draw(), Random::stream(1, 2).draw());
        assert_ne!(Random::stream(1, 1).draw(), Random::stream(2, 1).draw());
    }
}
