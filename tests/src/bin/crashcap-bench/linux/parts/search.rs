//! The search for the highest rate without loss: steps outwards until it is bracketed, then
//! bisection.

use serde::Serialize;

/// The lowest rate that is tried, in packets a second.
const LOWEST: f64 = 5_000.0;
/// A generator that reaches less than this part of what was asked is at its own limit.
const REACHED_ENOUGH: f64 = 0.95;

/// One trial.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Trial {
    /// Packets a second that the generator reached.
    pub(crate) reached: f64,
    /// Whether none was lost.
    pub(crate) lossless: bool,
}

impl Trial {
    /// Whether the generator did not reach what was asked.
    pub(crate) fn short_of(&self, asked: f64) -> bool {
        self.reached < asked * REACHED_ENOUGH
    }
}

/// What a search found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Highest {
    /// The highest lossless rate, in packets a second, as the generator reached it; 0 when there
    /// was none.
    pub(crate) per_second: f64,
    /// True when the generator, or the trials allowed, ended the search first: the tool may do
    /// more.
    pub(crate) at_least: bool,
}

/// How to search.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Search {
    /// Where to begin, in packets a second.
    pub(crate) start: f64,
    /// The factor of one step outwards, above 1.
    pub(crate) step: f64,
    /// The bracket's width at which to end: 0.05 is five parts in a hundred.
    pub(crate) resolution: f64,
    /// Trials allowed.
    pub(crate) trials: usize,
}

impl Search {
    /// Tries rates until the highest lossless one is known to the resolution.
    pub(crate) fn run<E>(
        &self,
        mut trial: impl FnMut(f64) -> Result<Trial, E>,
    ) -> Result<Highest, E> {
        let mut good: Option<f64> = None;
        let mut bad: Option<f64> = None;
        let mut best = 0.0_f64;
        let mut asked = self.start;
        for _ in 0..self.trials {
            let result = trial(asked)?;
            if result.lossless {
                good = Some(asked);
                best = best.max(result.reached);
                if result.short_of(asked) {
                    return Ok(Highest {
                        per_second: best,
                        at_least: true,
                    });
                }
            } else {
                bad = Some(asked);
            }
            asked = match (good, bad) {
                (Some(good), Some(bad)) if bad / good <= 1.0 + self.resolution => {
                    return Ok(Highest {
                        per_second: best,
                        at_least: false,
                    });
                }
                (Some(good), Some(bad)) => (good * bad).sqrt(),
                (Some(good), None) => good * self.step,
                (None, Some(bad)) if bad <= LOWEST => break,
                (None, Some(bad)) => (bad / self.step).max(LOWEST),
                (None, None) => asked,
            };
        }
        Ok(Highest {
            per_second: best,
            at_least: good.is_some(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    const SEARCH: Search = Search {
        start: 200_000.0,
        step: 1.5,
        resolution: 0.05,
        trials: 20,
    };

    /// A tool that loses above `limit`, and a generator that reaches `most`.
    fn find(search: Search, limit: f64, most: f64) -> (Highest, usize) {
        let mut trials = 0;
        let found = search
            .run(|asked| {
                trials += 1;
                let reached = asked.min(most);
                Ok::<_, Infallible>(Trial {
                    reached,
                    lossless: reached <= limit,
                })
            })
            .unwrap();
        (found, trials)
    }

    #[test]
    fn the_limit_is_found_to_the_resolution_from_below_and_above() {
        for limit in [6_000.0, 40_000.0, 199_000.0, 200_000.0, 958_000.0] {
            let (found, trials) = find(SEARCH, limit, 2_000_000.0);
            assert!(!found.at_least);
            assert!(found.per_second <= limit, "{limit}: {found:?}");
            assert!(found.per_second * 1.05 >= limit, "{limit}: {found:?}");
            assert!(trials <= 14, "{limit}: {trials} trials");
        }
    }

    #[test]
    fn the_generators_own_limit_is_no_limit_of_the_tool() {
        let (found, _) = find(SEARCH, 5_000_000.0, 1_200_000.0);
        assert_eq!(
            found,
            Highest {
                per_second: 1_200_000.0,
                at_least: true
            }
        );
    }

    #[test]
    fn a_tool_that_always_loses_has_no_rate() {
        let (found, trials) = find(SEARCH, 0.0, 1_200_000.0);
        assert_eq!((found.per_second, found.at_least), (0.0, false));
        assert!(trials < 14);
    }

    #[test]
    fn trials_are_bounded_and_what_they_left_open_is_said() {
        let few = Search {
            trials: 2,
            ..SEARCH
        };
        let (found, trials) = find(few, 5_000_000.0, 2_000_000.0);
        assert_eq!(trials, 2);
        assert_eq!(found.per_second, 300_000.0);
        assert!(found.at_least);
    }
}
