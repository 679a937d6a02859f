//! The follower's thread: looks at what was published since it looked last.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crossbeam_channel::Receiver;

use super::gaps::Gaps;
use super::inbox::{Inbox, Job, Known, Read};
use super::timeline::Timeline;
use super::{FromFollower, Outlet, Stopped};
use crate::clock::{self, Monotonic, Now};
use crate::limits;
use crate::pcapng::{PacketBlock, blocks};
use crate::trigger::packets::{Noticed, PacketWatch, Seen};
use crate::trigger::rules::LeafId;
use crate::units::PacketCount;

pub(super) struct Reader {
    watch: PacketWatch,
    inbox: Arc<Inbox>,
    outlet: Outlet,
    woken: Receiver<()>,
    timeline: Timeline,
    interfaces: Vec<Option<Known>>,
    noticed: Vec<Noticed>,
    gaps: Gaps,
    /// What was told last of how near conditions are.
    near: Vec<(LeafId, f64)>,
    /// When that is told next.
    near_due: Monotonic,
    looked: Monotonic,
    /// The look before came late, and told no time.
    was_late: bool,
}

impl Reader {
    pub(super) fn new(
        watch: PacketWatch,
        inbox: Arc<Inbox>,
        outlet: Outlet,
        woken: Receiver<()>,
    ) -> Self {
        let timeline = if inbox.is_live() {
            Timeline::Live
        } else {
            Timeline::File { since: None }
        };
        Self {
            watch,
            inbox,
            outlet,
            woken,
            timeline,
            interfaces: Vec::new(),
            noticed: Vec::new(),
            gaps: Gaps::default(),
            near: Vec::new(),
            near_due: Monotonic::default(),
            looked: clock::now().monotonic,
            was_late: false,
        }
    }

    pub(super) fn run(mut self) {
        let ended = catch_unwind(AssertUnwindSafe(|| self.follow()));
        self.inbox.close();
        if ended.is_err() {
            let sentence = "the thread that looks into packets failed inside: conditions over \
                            packets are not watched any more; please report this";
            let _ = self.outlet.tell(FromFollower::Problem(sentence.into()));
        }
    }

    fn follow(&mut self) {
        let mut now = clock::now();
        if let Some(passed) = self.timeline.passed(now) {
            self.watch.tick(passed, &mut self.noticed);
        }
        while self.look(now).is_ok() {
            match self.outlet.wait(&self.woken) {
                Ok(later) => now = later,
                Err(Stopped) => return,
            }
        }
    }

    /// Looks at all that was published by now.
    fn look(&mut self, now: Now) -> Result<(), Stopped> {
        if self.inbox.take_lost() {
            let moment = self.moment(now);
            self.watch.lost(moment, &mut self.noticed);
        }
        let mut drained = true;
        for source in 0..self.inbox.sources() {
            drained &= self.look_at(source, now)?;
        }
        self.pass_time(now, drained);
        for problem in self.watch.take_problems() {
            self.outlet.tell(FromFollower::Problem(problem))?;
        }
        self.note_gaps(now)?;
        self.tell()?;
        self.tell_near(now)?;
        for source in self.inbox.take_finished() {
            self.outlet.tell(FromFollower::Finished(source))?;
        }
        Ok(())
    }

    /// Whether the source was read to the end of what is published. No more
    /// segments at a time than may wait, so that other sources are heard too.
    fn look_at(&mut self, source: usize, now: Now) -> Result<bool, Stopped> {
        for _ in 0..=limits::FOLLOW_BEHIND_MAX {
            let job = self.inbox.begin(source, &mut self.interfaces);
            if self.inbox.take_skipped() {
                let moment = self.moment(now);
                self.watch.missed(moment, &mut self.noticed);
            }
            let Some(job) = job else {
                return Ok(true);
            };
            let read = self.read(&job, now);
            let is_done = self.inbox.end(source, job, read);
            self.tell()?;
            if !is_done {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn read(&mut self, job: &Job, now: Now) -> Read {
        let mut read = job.read;
        let published = job.view.bytes();
        let until = job.sealed.map(|contents| contents.bytes.as_usize());
        let until = until.unwrap_or(published.len()).min(published.len());
        for block in blocks(published.get(read.bytes..until).unwrap_or_default()) {
            let known = self.interfaces.get(block.interface.0 as usize);
            match known.copied().flatten() {
                Some(known) => self.packet(&block, known, now),
                // What it is, is told in a moment.
                None if job.sealed.is_none() => return read,
                None => self.inbox.skip(PacketCount(1)),
            }
            read.bytes += block.bytes.len();
            read.packets += 1;
        }
        if job.sealed.is_some() {
            // What is no packet block, if anything, is done with.
            read.bytes = until.max(read.bytes);
        }
        read
    }

    fn packet(&mut self, block: &PacketBlock<'_>, known: Known, now: Now) {
        let seen = Seen {
            interface: block.interface,
            link_type: known.link_type,
            original: block.original,
            captured: block.packet,
        };
        let at = known.resolution.timestamp(block.ticks);
        let at = self.timeline.moment(at, now);
        self.watch.packet(&seen, at, &mut self.noticed);
    }

    /// Until when time has passed in any case.
    fn moment(&self, now: Now) -> Now {
        let passed = self.timeline.passed(now);
        passed.unwrap_or_else(|| self.watch.now())
    }

    /// A look that comes late tells no time, once: what held this thread up may
    /// have held up the sources, and packets are to come that are older.
    fn pass_time(&mut self, now: Now, drained: bool) {
        let gap = now.monotonic.since(self.looked);
        self.looked = now.monotonic;
        let is_late = gap > limits::FOLLOW_INTERVAL + limits::FOLLOW_LAG;
        let withheld = is_late && !self.was_late;
        self.was_late = withheld;
        if let Some(passed) = self.timeline.passed(now)
            && drained
            && !withheld
        {
            self.watch.tick(passed, &mut self.noticed);
        }
    }

    /// Tells what was not seen, and notes it of the conditions that may have missed it.
    fn note_gaps(&mut self, now: Now) -> Result<(), Stopped> {
        let (skipped, given_up) = (self.inbox.not_looked_at(), self.watch.given_up());
        for (gap, sentence) in self.gaps.due(skipped, given_up, now.monotonic) {
            self.watch.note(gap, &sentence, &mut self.noticed);
            self.outlet.tell(FromFollower::Problem(sentence))?;
        }
        Ok(())
    }

    /// Tells how near conditions are to happening, where that has changed.
    fn tell_near(&mut self, now: Now) -> Result<(), Stopped> {
        if now.monotonic < self.near_due || !matches!(self.timeline, Timeline::Live) {
            return Ok(());
        }
        self.near_due = now.monotonic.after(limits::NEAR_INTERVAL);
        let near = self.watch.near();
        for one in &near {
            if !self.near.contains(one) {
                self.outlet.tell(FromFollower::Near(one.0, one.1))?;
            }
        }
        self.near = near;
        Ok(())
    }

    fn tell(&mut self) -> Result<(), Stopped> {
        for noticed in self.noticed.drain(..) {
            self.outlet.tell(FromFollower::Noticed(noticed))?;
        }
        Ok(())
    }
}
