//! What a user says of when to fire, as a tree.

use std::time::Duration;

/// One thing that is measured, or that happens; a number of the caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeafId(pub u16);

/// When a leaf counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Test {
    /// It is measured above this.
    Above(f64),
    /// It is measured below this.
    Below(f64),
    /// It is measured this much above what it was within the span before.
    Grows {
        /// By so much at least.
        by: f64,
        /// Within this span.
        within: Duration,
    },
    /// It happens.
    Happens {
        /// So many times, 1 at least; what was counted once is not counted again.
        times: u32,
        /// Within this span.
        within: Duration,
    },
}

impl Test {
    /// Whether it is of a number, which holds for a while, and not of a happening.
    #[must_use]
    pub fn is_measured(self) -> bool {
        !matches!(self, Self::Happens { .. })
    }
}

/// When a rule fires.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// One thing.
    Leaf {
        /// Which.
        id: LeafId,
        /// When it counts.
        test: Test,
        /// For how long a measured one must hold without a break before it counts:
        /// from the first look that sees it so to the last.
        sustained: Duration,
    },
    /// Any of these.
    Any(Vec<Condition>),
    /// All of these, each at least once within a span; with a span of zero all
    /// at once.
    All {
        /// The conditions.
        of: Vec<Condition>,
        /// The span.
        within: Duration,
    },
    /// One, and at a later moment the other.
    Then {
        /// What comes first.
        first: Box<Condition>,
        /// What comes then.
        then: Box<Condition>,
        /// How much later at most.
        within: Duration,
    },
}

impl Condition {
    /// Whether it can hold for a while. What cannot is never sustained.
    #[must_use]
    pub fn can_hold(&self) -> bool {
        match self {
            Self::Leaf { test, .. } => test.is_measured(),
            Self::Any(of) => of.iter().any(Self::can_hold),
            Self::All { .. } => true,
            Self::Then { .. } => false,
        }
    }

    /// The things that it looks at.
    #[must_use]
    pub fn leaves(&self) -> Vec<LeafId> {
        match self {
            Self::Leaf { id, .. } => vec![*id],
            Self::Any(of) | Self::All { of, .. } => of.iter().flat_map(Self::leaves).collect(),
            Self::Then { first, then, .. } => [first.leaves(), then.leaves()].concat(),
        }
    }
}

/// A condition, and how often it may fire.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// When it fires.
    pub condition: Condition,
    /// For how long the whole must hold without a break.
    pub sustained: Duration,
    /// Not before so long after the start. What still holds then fires then;
    /// what only happened is forgotten.
    pub grace: Duration,
    /// Not again before so long after it fired.
    pub cool_down: Duration,
    /// How many times at most.
    pub most: Option<u32>,
}

impl Rule {
    /// A condition that fires whenever it is met.
    #[must_use]
    pub fn of(condition: Condition) -> Self {
        Self {
            condition,
            sustained: Duration::ZERO,
            grace: Duration::ZERO,
            cool_down: Duration::ZERO,
            most: None,
        }
    }
}
