//! Lines that match, as happenings.

use super::lines::{Line, Lines};
use crate::limits;
use crate::measure::expression::{Expression, quoted};
use crate::measure::listener::Teller;

/// Tells the lines of a log that match.
pub(super) struct Matches {
    /// How sentences call the log: "the log /var/log/x.log".
    called: String,
    expression: Expression,
    lines: Lines,
}

impl Matches {
    pub(super) fn new(called: String, expression: Expression) -> Self {
        Self {
            called,
            expression,
            lines: Lines::default(),
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8], teller: &mut Teller) {
        let (called, expression) = (&self.called, &self.expression);
        self.lines
            .push(bytes, |line| look(line, called, expression, teller));
    }

    /// What was begun comes again from its beginning.
    pub(super) fn forget(&mut self) {
        self.lines = Lines::default();
    }

    pub(super) fn finish(&mut self, teller: &mut Teller) {
        let (called, expression) = (&self.called, &self.expression);
        self.lines
            .finish(|line| look(line, called, expression, teller));
    }
}

fn look(line: Line<'_>, called: &str, expression: &Expression, teller: &mut Teller) {
    if !expression.is_match(line.bytes) {
        return;
    }
    let cut = match line.is_cut {
        true => format!(" (a line cut at {} bytes)", limits::LOG_LINE_MAX),
        false => String::new(),
    };
    teller.happened(format!("{called} says: {}{cut}", quoted(line.bytes)));
}
