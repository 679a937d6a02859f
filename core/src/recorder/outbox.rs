//! Events on their way to the front: a slow or stuck front never blocks the keeper.

use std::collections::VecDeque;

use crossbeam_channel::{Sender, TrySendError};

use super::messages::Event;

/// Waiting events. Of statuses only the newest waits; nothing else is dropped.
#[derive(Debug)]
pub(super) struct Outbox {
    sender: Sender<Event>,
    waiting: VecDeque<Event>,
    status: Option<Event>,
    front_gone: bool,
}

impl Outbox {
    pub(super) fn new(sender: Sender<Event>) -> Self {
        Self {
            sender,
            waiting: VecDeque::new(),
            status: None,
            front_gone: false,
        }
    }

    /// Puts an event behind those that wait.
    pub(super) fn put(&mut self, event: Event) {
        match event {
            Event::Status(mut status) => {
                if let Some(Event::Status(unseen)) = self.status.take() {
                    status.replace(unseen.traffic);
                }
                self.status = Some(Event::Status(status));
            }
            event => self.waiting.push_back(event),
        }
        self.flush();
    }

    /// Hands over as much as the front takes now.
    pub(super) fn flush(&mut self) {
        while let Some(event) = self.waiting.pop_front() {
            if let Some(back) = self.try_send(event) {
                self.waiting.push_front(back);
                return;
            }
        }
        if let Some(status) = self.status.take()
            && let Some(back) = self.try_send(status)
        {
            self.status = Some(back);
        }
    }

    /// Gives the event back where the front has no room for it.
    fn try_send(&mut self, event: Event) -> Option<Event> {
        match self.sender.try_send(event) {
            Ok(()) => None,
            Err(TrySendError::Full(back)) => Some(back),
            Err(TrySendError::Disconnected(_)) => {
                self.front_gone = true;
                None
            }
        }
    }

    /// Hands over all that waits and this last event, waiting for the front.
    pub(super) fn close(self, last: Event) {
        let rest = self.waiting.into_iter().chain(self.status).chain([last]);
        for event in rest {
            if self.sender.send(event).is_err() {
                return;
            }
        }
    }

    /// Whether nobody listens any more.
    pub(super) fn front_gone(&self) -> bool {
        self.front_gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Timestamp;

    fn notice(number: u64) -> Event {
        Event::Notice {
            at_ns: Timestamp(number),
            sentence: String::new(),
        }
    }

    #[test]
    fn a_front_that_does_not_read_loses_nothing_and_blocks_nobody() {
        let (sender, receiver) = crossbeam_channel::bounded(1);
        let mut outbox = Outbox::new(sender);
        for number in 0..1000 {
            outbox.put(notice(number));
        }
        for number in 0..1000 {
            assert_eq!(receiver.try_recv(), Ok(notice(number)));
            outbox.flush();
        }
        assert!(!outbox.front_gone());
        drop(receiver);
        outbox.put(notice(0));
        assert!(outbox.front_gone());
    }

    #[test]
    fn traffic_of_a_status_that_nobody_took_is_in_the_next() {
        let (sender, receiver) = crossbeam_channel::bounded(1);
        let mut outbox = Outbox::new(sender);
        outbox.put(notice(0));
        for number in 0..5 {
            outbox.put(Event::Status(Box::new(status(number))));
        }
        assert_eq!(receiver.try_recv(), Ok(notice(0)));
        outbox.flush();
        let Ok(Event::Status(status)) = receiver.try_recv() else {
            panic!("no status");
        };
        let packets: Vec<u64> = status.traffic.iter().map(|bin| bin.packets.0).collect();
        assert_eq!(packets, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn what_waits_at_the_end_is_told_before_the_last_event() {
        let (sender, receiver) = crossbeam_channel::bounded(1);
        let mut outbox = Outbox::new(sender);
        for number in 0..2 {
            outbox.put(notice(number));
            outbox.put(Event::Status(Box::new(status(number))));
        }
        let closing = std::thread::spawn(move || outbox.close(notice(9)));
        let told: Vec<Event> = receiver.iter().collect();
        closing.join().unwrap();
        assert_eq!(told.len(), 4, "{told:?}");
        assert_eq!((&told[0], &told[1]), (&notice(0), &notice(1)));
        let Event::Status(status) = &told[2] else {
            panic!("no status: {told:?}");
        };
        assert_eq!(status.traffic.len(), 2);
        assert_eq!(told[3], notice(9));
    }

    #[test]
    fn bins_that_wait_are_bounded_and_the_newest_are_kept() {
        let (sender, receiver) = crossbeam_channel::bounded(1);
        let mut outbox = Outbox::new(sender);
        outbox.put(notice(0));
        let most = crate::limits::TRAFFIC_BINS_MAX as u64;
        for number in 0..most + 10 {
            outbox.put(Event::Status(Box::new(status(number))));
        }
        assert_eq!(receiver.try_recv(), Ok(notice(0)));
        outbox.flush();
        let Ok(Event::Status(status)) = receiver.try_recv() else {
            panic!("no status");
        };
        assert_eq!(status.traffic.len() as u64, most);
        assert_eq!(status.traffic[0].packets.0, 10);
    }

    fn status(packets: u64) -> crate::recorder::Status {
        use crate::recorder::{Phase, Status, TrafficBin};
        use crate::units::{ByteCount, PacketCount};
        Status {
            phase: Phase::Recording,
            at: Timestamp(packets),
            since: Timestamp(0),
            ring_size: ByteCount(0),
            held: ByteCount(0),
            oldest: None,
            newest: None,
            packets: PacketCount(0),
            wire_bytes: ByteCount(0),
            packets_per_second: 0,
            bytes_per_second: 0,
            lost: PacketCount(0),
            targets: Vec::new(),
            incidents: 0,
            unsaved: None,
            conditions: Vec::new(),
            looking_took_ns: 0,
            sources: Vec::new(),
            traffic: vec![TrafficBin {
                start: Timestamp(packets),
                length_ns: 1,
                packets: PacketCount(packets),
                wire_bytes: ByteCount(0),
                lost: PacketCount(0),
            }],
        }
    }
}
