//! What a timeline shows, as plain data: built from a recording or from a file.

use super::lanes::Drawn;
use super::traffic::Column;
use super::{Lane, Lanes, Page, Recording};

/// Points that one column takes.
pub(crate) const COLUMN: f32 = 2.0;
/// A scale shrinks when what was larger has been out of sight for so long: 5 s.
const SCALE_HOLD: u64 = 5 * SECOND;
/// The shortest span that can be looked at.
const SPAN_MIN: u64 = 200_000_000;
const SECOND: u64 = 1_000_000_000;

/// A mark on the axis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tick {
    /// When.
    pub(crate) at: u64,
    /// Its label.
    pub(crate) label: String,
}

/// Everything that is drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TimelineView {
    /// The left edge, in nanoseconds since 1970.
    pub(crate) from: u64,
    /// The right edge.
    pub(crate) to: u64,
    /// Columns from the left on.
    pub(crate) columns: Vec<Column>,
    /// What the tops of both scales mean, per second.
    pub(crate) bytes_top: f64,
    /// The same for packets.
    pub(crate) packets_top: f64,
    /// What lies before this is no longer kept.
    pub(crate) oldest_kept: Option<u64>,
    /// The target's processes.
    pub(crate) lanes: Drawn,
    /// What triggers measure.
    pub(crate) measured: Vec<Lane>,
    /// When it fired.
    pub(crate) moment: Option<u64>,
    /// Until when the tail was recorded.
    pub(crate) tail: Option<u64>,
    /// The axis.
    pub(crate) ticks: Vec<Tick>,
    /// The right edge is now.
    pub(crate) now: bool,
    /// The part that was asked for; the picture shows it in whole columns.
    pub(crate) part: (u64, u64),
    /// All that can be looked at.
    pub(crate) whole: (u64, u64),
}

/// What a timeline is made of.
#[derive(Clone, Copy)]
pub(crate) struct TimelineData<'a> {
    /// Traffic: columns from a moment on, of a width, so many.
    pub(crate) columns: &'a dyn Fn(u64, u64, usize) -> Vec<Column>,
    /// Processes.
    pub(crate) lanes: &'a Lanes,
    /// All that can be looked at.
    pub(crate) whole: (u64, u64),
    /// What lies before this is no longer kept.
    pub(crate) oldest_kept: Option<u64>,
    /// When it fired.
    pub(crate) moment: Option<u64>,
    /// Until when the tail was recorded.
    pub(crate) tail: Option<u64>,
    /// The part that is looked at.
    pub(crate) zoom: Option<(u64, u64)>,
    /// What there is grows on.
    pub(crate) grows: bool,
}

impl TimelineView {
    /// A recording, for a picture with this many columns and with so many lanes at most of
    /// what triggers measure.
    pub(crate) fn of_recording(recording: &Recording, columns: usize, measured: usize) -> Self {
        let Some(status) = &recording.status else {
            return Self::default();
        };
        let grows = recording.can_freeze();
        let moment = recording.moment.as_ref();
        // What froze stands still, however long it takes to save it.
        let now = match moment.filter(|_| !grows) {
            Some(moment) => {
                let tail = moment.tail_to.unwrap_or(moment.at);
                tail.max(status.newest.unwrap_or(moment.at)).0
            }
            None => status.at.0,
        };
        let held = match (status.oldest, status.newest) {
            (Some(oldest), Some(_)) => now.saturating_sub(oldest.0),
            _ => 0,
        };
        let span = nice_span(held + held / 4);
        let mut view = Self::of(
            TimelineData {
                columns: &|from, width, count| recording.traffic.columns(from, width, count),
                lanes: &recording.lanes,
                whole: (now.saturating_sub(span), now),
                oldest_kept: status.oldest.map(|at| at.0).filter(|oldest| {
                    // Until something is let go, the oldest is the first that came.
                    let first = recording.first_packet;
                    first.is_some_and(|first| *oldest > first.0 + SECOND)
                }),
                moment: moment.map(|moment| moment.at.0),
                tail: moment.map(|moment| moment.tail_to.unwrap_or(status.at).0),
                zoom: recording.zoom,
                grows,
            },
            columns,
        );
        view.measured = recording.measured.between(measured, view.from, view.to);
        view
    }

    /// A file, for a picture with this many columns.
    pub(crate) fn of_page(page: &Page, zoom: Option<(u64, u64)>, columns: usize) -> Self {
        Self::of(
            TimelineData {
                columns: &|from, width, count| page.traffic.columns(from, width, count),
                lanes: &page.lanes,
                whole: page.traffic.whole(),
                oldest_kept: None,
                moment: page.moment,
                tail: page.moment.map(|_| page.traffic.whole().1),
                zoom,
                grows: false,
            },
            columns,
        )
    }

    /// Anything, for a picture with this many columns.
    pub(crate) fn of(data: TimelineData<'_>, count: usize) -> Self {
        let part = data.zoom.unwrap_or(data.whole);
        let count = count.max(2);
        // One column more than the part needs: it begins within the first one.
        let width = (part.1.saturating_sub(part.0)).div_ceil(count as u64 - 1);
        let width = width.max(1);
        // Columns begin at multiples of their width and move on as a whole: nothing
        // shimmers as time goes on.
        let from = part.0 - part.0 % width;
        let to = from + width * count as u64;
        let now = data.grows && data.zoom.is_none();
        // What left the picture a moment ago still holds the scale.
        let held = match now {
            true => SCALE_HOLD.div_ceil(width).min(from / width),
            false => 0,
        };
        let mut columns = (data.columns)(from - held * width, width, count + held as usize);
        let most = |of: fn(&Column) -> f64| columns.iter().map(of).fold(0.0, f64::max);
        let (bytes, packets) = (most(|one| one.bytes), most(|one| one.packets_max));
        columns.drain(..held as usize);
        Self {
            from,
            to,
            columns,
            bytes_top: nice_top(bytes),
            packets_top: nice_top(packets),
            oldest_kept: data.oldest_kept,
            lanes: data.lanes.between(from, to),
            measured: Vec::new(),
            moment: data.moment,
            tail: data.tail,
            ticks: ticks(from, to),
            now,
            part,
            whole: data.whole,
        }
    }

    /// Nanoseconds of a column.
    pub(crate) fn width(&self) -> u64 {
        (self.to - self.from) / self.columns.len().max(1) as u64
    }

    /// The view zoomed by a factor around a moment; `None` when all is seen again.
    pub(crate) fn zoomed(&self, factor: f64, around: u64) -> Option<(u64, u64)> {
        let span = (self.part.1 - self.part.0) as f64;
        let wanted = (span * factor).max(SPAN_MIN as f64);
        let share = (around.saturating_sub(self.part.0)) as f64 / span.max(1.0);
        let from = around as f64 - wanted * share;
        self.within(from, wanted)
    }

    /// The view moved by a share of its span.
    pub(crate) fn panned(&self, share: f64) -> Option<(u64, u64)> {
        let span = (self.part.1 - self.part.0) as f64;
        self.within(self.part.0 as f64 + span * share, span)
    }

    /// A view within all that there is; `None` for all of it.
    pub(crate) fn within(&self, from: f64, span: f64) -> Option<(u64, u64)> {
        let (first, last) = (self.whole.0 as f64, self.whole.1 as f64);
        if span >= last - first {
            return None;
        }
        let from = from.clamp(first, last - span);
        Some((from as u64, (from + span) as u64))
    }

    /// What stands at a moment, in words.
    pub(crate) fn reading(&self, at: u64) -> String {
        let width = self.width().max(1);
        let index = (at.saturating_sub(self.from) / width) as usize;
        let column = self.columns.get(index).copied().unwrap_or_default();
        let time = super::time_of_day(at, width < SECOND);
        if !column.known {
            return format!("{time}  nothing known");
        }
        let lost = match column.lost {
            0 => String::new(),
            lost => format!("  {lost} lost"),
        };
        format!(
            "{time}  {} packets/s  {}{lost}",
            crashcap_core::units::PacketCount(column.packets_max as u64),
            super::rate(column.bytes as u64),
        )
    }
}

/// The visible span: what is held and a quarter more, rounded up.
fn nice_span(wanted: u64) -> u64 {
    const SPANS: [u64; 12] = [
        10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400,
    ];
    let fits = SPANS.into_iter().find(|span| span * SECOND >= wanted);
    fits.unwrap_or(86_400) * SECOND
}

/// 1, 2 or 5 times a power of ten, not less than what is shown.
fn nice_top(most: f64) -> f64 {
    if most <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(most.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0];
    let found = steps.into_iter().find(|step| step * power >= most);
    found.unwrap_or(10.0) * power
}

/// Marks at round times, five to ten of them.
fn ticks(from: u64, to: u64) -> Vec<Tick> {
    const STEPS: [u64; 16] = [
        100_000_000,
        200_000_000,
        500_000_000,
        SECOND,
        2 * SECOND,
        5 * SECOND,
        10 * SECOND,
        30 * SECOND,
        60 * SECOND,
        120 * SECOND,
        300 * SECOND,
        600 * SECOND,
        1_800 * SECOND,
        3_600 * SECOND,
        7_200 * SECOND,
        21_600 * SECOND,
    ];
    let span = to.saturating_sub(from);
    let fits = STEPS.into_iter().find(|step| span / step <= 8);
    let step = fits.unwrap_or(43_200 * SECOND);
    let first = from.next_multiple_of(step);
    (0..10)
        .map(|index| first + index * step)
        .take_while(|at| *at <= to)
        .map(|at| Tick {
            at,
            label: super::time_of_day(at, step < SECOND),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_scales_are_round_and_large_enough() {
        assert_eq!(nice_span(0), 10 * SECOND);
        assert_eq!(nice_span(47 * SECOND), 60 * SECOND);
        assert_eq!(nice_span(4_000 * SECOND), 7_200 * SECOND);
        for (most, top) in [(0.0, 1.0), (3_100.0, 5_000.0), (1.0, 1.0), (0.3, 0.5)] {
            assert!((nice_top(most) - top).abs() < 1e-9, "{most}");
        }
    }

    #[test]
    fn zooming_stays_within_what_there_is() {
        let view = TimelineView {
            part: (0, 100 * SECOND),
            whole: (0, 100 * SECOND),
            ..TimelineView::default()
        };
        assert_eq!(view.zoomed(0.5, 0), Some((0, 50 * SECOND)));
        assert_eq!(
            view.zoomed(0.5, 100 * SECOND),
            Some((50 * SECOND, 100 * SECOND))
        );
        assert_eq!(view.zoomed(2.0, 50 * SECOND), None);
        let view = TimelineView {
            part: (0, 10 * SECOND),
            ..view
        };
        assert_eq!(view.panned(-1.0), Some((0, 10 * SECOND)));
        assert_eq!(view.panned(0.5), Some((5 * SECOND, 15 * SECOND)));
        assert_eq!(view.zoomed(0.0, 0), Some((0, SPAN_MIN)));
    }

    /// A timeline of traffic that peaks in second 100, as it stands at a moment.
    fn at(now: u64, zoom: Option<(u64, u64)>) -> TimelineView {
        let columns = |from: u64, width: u64, count: usize| {
            let columns = (0..count as u64).map(|index| {
                let begin = from + index * width;
                let peak = (begin..begin + width).contains(&(100 * SECOND));
                Column {
                    bytes: 1_000.0,
                    packets_max: if peak { 900.0 } else { 90.0 },
                    known: true,
                    ..Column::default()
                }
            });
            columns.collect()
        };
        let data = TimelineData {
            columns: &columns,
            lanes: &Lanes::default(),
            whole: (now.saturating_sub(60 * SECOND), now),
            oldest_kept: None,
            moment: None,
            tail: None,
            zoom,
            grows: true,
        };
        TimelineView::of(data, 500)
    }

    #[test]
    fn a_scale_grows_at_once_and_shrinks_after_five_seconds() {
        let top = |now: u64| at(now * SECOND, None).packets_top;
        assert!((top(99) - 100.0).abs() < 1e-6);
        assert!((top(101) - 1_000.0).abs() < 1e-6);
        // The peak leaves the picture in second 160.
        assert!((top(164) - 1_000.0).abs() < 1e-6);
        assert!((top(167) - 100.0).abs() < 1e-6);
        // Who looks at a part sees that part's scale.
        let part = at(164 * SECOND, Some((102 * SECOND, 110 * SECOND)));
        assert!((part.packets_top - 100.0).abs() < 1e-6);
    }

    #[test]
    fn columns_stand_still_while_time_goes_on() {
        let width = at(200 * SECOND, None).width();
        let mut last = 0;
        for step in 0..1_000 {
            let view = at(200 * SECOND + step * 10_000_000, None);
            assert_eq!(view.width(), width);
            assert_eq!(view.from % width, 0);
            assert!(view.from >= last);
            last = view.from;
            // All that was asked for is in the picture.
            assert!(view.from <= view.part.0 && view.to >= view.part.1);
            assert!(view.to < view.part.1 + 2 * width);
            assert_eq!(view.columns.len(), 500);
        }
    }

    #[test]
    fn ticks_are_few_and_round() {
        for span in [1, 10, 60, 600, 86_400] {
            let marks = ticks(1_700_000_000 * SECOND, (1_700_000_000 + span) * SECOND);
            assert!((2..=10).contains(&marks.len()), "{span}: {}", marks.len());
        }
    }
}
