//! What has to hold after the story, each point with what was found.

use std::fs;

use crashcap_tests::lab::capture::{self, Summary};
use crashcap_tests::lab::system::Ending;
use crashcap_tests::lab::truth::Poison;

use super::failure::Failure;
use super::summary::{Story, millis};
use super::tshark;

/// How far a packet's time may be from the moment just before its write.
const CLOCK_SLACK_NS: u64 = 1_000_000_000;
/// Far more than a freeze takes on a busy machine, far less than a poll of seconds.
const FREEZE_LIMIT_NS: i64 = 250_000_000;

/// One point: what was asked, and what was found when it holds and when it does not.
#[derive(Debug)]
pub(super) struct Check {
    pub(super) what: &'static str,
    pub(super) found: Result<String, String>,
}

/// All points, and what was learned about the file.
#[derive(Debug)]
pub(super) struct Findings {
    pub(super) checks: Vec<Check>,
    pub(super) file: Summary,
    pub(super) poison: Poison,
    /// The number of the packet with the poisonous request.
    pub(super) poison_packet: Option<u64>,
}

impl Findings {
    /// An error for the first point that does not hold.
    pub(super) fn verdict(self) -> Result<(), Failure> {
        let failed = self.checks.into_iter().find_map(|check| {
            let found = check.found.err()?;
            Some((check.what, found))
        });
        failed.map_or(Ok(()), |(what, found)| {
            Err(Failure::DidNotHold { what, found })
        })
    }
}

/// What a walk over the file found.
#[derive(Debug, Default)]
struct Walk {
    requests: u64,
    poison: Vec<(u64, u64)>,
}

/// Asks every point.
pub(super) fn all(story: &Story) -> Result<Findings, Failure> {
    let poison = story.truth.poison.clone().ok_or(Failure::NoPoison)?;
    let bytes = poison.bytes()?;
    let mut walk = Walk::default();
    let file = capture::read(&story.saved.path, |packet| {
        let Some(segment) = capture::tcp_segment(&packet) else {
            return;
        };
        walk.requests +=
            u64::from(segment.destination == poison.remote && !segment.payload.is_empty());
        if (segment.source, segment.destination) == (poison.local, poison.remote)
            && segment.payload == bytes
        {
            walk.poison.push((packet.number, packet.at_ns));
        }
    })?;
    let poison_packet = walk.poison.first().map(|(number, _)| *number);
    let mut checks = vec![
        server_end(story),
        recorder_end(story),
        freeze(story, &poison),
        poison_found(&walk, &poison),
        as_reported(story, &file),
        in_order(&file),
        pid_in_comment(story, &file),
        told(story),
        nothing_lost(story, &file, &walk),
    ];
    checks.push(tshark::check(&story.saved.path, &poison, poison_packet)?);
    Ok(Findings {
        checks,
        file,
        poison,
        poison_packet,
    })
}

/// The point `what` with what was found.
pub(super) fn check(what: &'static str, holds: bool, found: String) -> Check {
    Check {
        what,
        found: if holds { Ok(found) } else { Err(found) },
    }
}

fn server_end(story: &Story) -> Check {
    let ending = story.server_end.map(|end| Ending::from(end.status));
    let holds = ending == story.expected;
    let in_words = |ending: Option<Ending>| {
        ending.map_or_else(|| "it lives on".to_owned(), |ending| ending.to_string())
    };
    let found = if holds {
        in_words(ending)
    } else {
        format!(
            "{}, where it should be: {}",
            in_words(ending),
            in_words(story.expected)
        )
    };
    let what = match story.expected {
        Some(_) => "the server ended by its fault",
        None => "the server failed without an end",
    };
    check(what, holds, found)
}

fn recorder_end(story: &Story) -> Check {
    let outcome = story.outcome.as_deref().unwrap_or("no word");
    let trigger = story.trigger.as_deref().unwrap_or("no trigger");
    let holds = story.recorder_end.status.success()
        && outcome == "frozen_and_saved"
        && trigger == story.plot.kind();
    let ending = Ending::from(story.recorder_end.status);
    check(
        "crashcap did its work",
        holds,
        format!("trigger {trigger}, {outcome}, {ending}"),
    )
}

fn freeze(story: &Story, poison: &Poison) -> Check {
    let after_end = story.freeze_after_end_ns();
    let after_poison = story.frozen.at_ns.saturating_sub(poison.at_ns);
    let limit = story.plot.frozen_within().as_nanos();
    let holds = story.frozen.at_ns >= poison.at_ns
        && u128::from(after_poison) <= limit
        && after_end.is_none_or(|after| after <= FREEZE_LIMIT_NS);
    let found = match after_end {
        Some(after) if after < 0 => {
            format!(
                "{} before the server's parent was told of its end",
                millis(-after)
            )
        }
        Some(after) => format!("{} after the end", millis(after)),
        None => {
            let after = i64::try_from(after_poison).unwrap_or(i64::MAX);
            format!("{} after the poison", millis(after))
        }
    };
    check("it froze in time", holds, found)
}

fn poison_found(walk: &Walk, poison: &Poison) -> Check {
    let what = "the poison is in the file";
    match walk.poison.as_slice() {
        [(number, at_ns)] => {
            let off = at_ns.abs_diff(poison.at_ns);
            let holds = off <= CLOCK_SLACK_NS;
            let how = if holds {
                "byte for byte"
            } else {
                "but its time is wrong"
            };
            let microseconds = off / 1000;
            check(
                what,
                holds,
                format!("packet {number}, {how}, {microseconds} µs from its write"),
            )
        }
        [] => check(what, false, "no packet carries it".to_owned()),
        more => check(what, false, format!("{} packets carry it", more.len())),
    }
}

fn as_reported(story: &Story, file: &Summary) -> Check {
    let what = "the file is as reported";
    let saved = &story.saved;
    let size = match fs::metadata(&saved.path) {
        Ok(metadata) => metadata.len(),
        Err(error) => return check(what, false, error.to_string()),
    };
    let times = saved.first_ns.is_none_or(|first| first == file.first_ns)
        && saved.last_ns.is_none_or(|last| last == file.last_ns);
    let holds = size == saved.bytes && file.packets == saved.packets && times;
    let found = if holds {
        format!("{} packets in {size} bytes", file.packets)
    } else {
        format!(
            "{} packets in {size} bytes from {} to {} ns; reported were {saved:?}",
            file.packets, file.first_ns, file.last_ns
        )
    };
    check(what, holds, found)
}

fn in_order(file: &Summary) -> Check {
    let found = match file.out_of_order {
        0 => "each packet not before the last".to_owned(),
        count => format!("{count} packets are before the one in front of them"),
    };
    check(
        "packets are in order of time",
        file.out_of_order == 0,
        found,
    )
}

fn pid_in_comment(story: &Story, file: &Summary) -> Check {
    let pid = story.pid.to_string();
    let names_it = |comment: &&String| {
        comment
            .split(|c: char| !c.is_ascii_digit())
            .any(|number| number == pid)
    };
    let comment = file.section_comments.iter().find(names_it);
    let found = match comment {
        Some(_) => format!("pid {pid}"),
        None => format!(
            "pid {pid} is in none of {} comments",
            file.section_comments.len()
        ),
    };
    check(
        "the file's comment names the server",
        comment.is_some(),
        found,
    )
}

fn told(story: &Story) -> Check {
    let (word, incident) = (story.plot.word(), &story.saved.incident);
    let found = incident.split(" at ").next().unwrap_or_default();
    check(
        "the incident says what was seen",
        incident.contains(word),
        found.to_owned(),
    )
}

/// When the file begins before the load, every request sent has to be in it, but for those
/// that are stated as lost.
fn nothing_lost(story: &Story, file: &Summary, walk: &Walk) -> Check {
    let what = "nothing is lost silently";
    let (found, sent) = (walk.requests, story.truth.sent + story.truth.visits);
    let lost = match story.saved.lost {
        None => "losses not known".to_owned(),
        Some(0) => "0 lost".to_owned(),
        Some(lost) => format!("{lost} lost"),
    };
    if file.first_ns > story.truth.started_ns {
        return check(
            what,
            true,
            format!("{lost}; the ring kept the last {found} of {sent} requests"),
        );
    }
    // A load that goes on after the freeze sends what nobody recorded.
    if file.last_ns < story.truth.ended_ns && story.expected.is_none() && found < sent {
        let found = format!("{lost}; {found} requests until the freeze, {sent} in all");
        return check(what, story.saved.lost.is_some(), found);
    }
    let holds = found == sent || (found < sent && story.saved.lost.is_some_and(|lost| lost > 0));
    check(
        what,
        holds,
        format!("{lost}; {found} of {sent} requests are in the file"),
    )
}

#[cfg(test)]
mod tests;
