//! What is done after an incident has been saved, as the keeper sees it.

use std::path::Path;

use super::{Effect, Keeper};
use crate::action::ActionResult;
use crate::capture::{AfterCut, SourceCommand};
use crate::clock::Now;
use crate::incident::{Facts, FrozenBy};
use crate::limits;
use crate::recorder::actor::{Acted, ActorJob};
use crate::recorder::messages::{Event, Outcome, Phase};

/// See the module's description.
#[derive(Debug, Default)]
pub(super) struct Acting {
    /// Incidents that the actor has, and has not answered for.
    running: usize,
    /// Somebody waits for the end.
    hurried: bool,
}

impl Acting {
    pub(super) fn is_busy(&self) -> bool {
        self.running > 0
    }
}

impl Keeper {
    /// An incident is on disk: what the profile asks for is done for it. Not for
    /// what somebody asked to be saved at the end, nor for a rehearsal.
    pub(super) fn act(&mut self, facts: Facts, incident: &Path, now: Now) {
        let FrozenBy::Firing(firing) = &facts.frozen_by else {
            return;
        };
        if !self.settings.acts {
            return;
        }
        if self.acting.running >= limits::ACTIONS_WAITING_MAX {
            let sentence = format!(
                "no actions were run for {}: those of {} incidents before it are not done yet; let actions be quicker, or incidents rarer (cool_down)",
                incident.display(),
                self.acting.running
            );
            self.notice(sentence, now.wall);
            return;
        }
        let mut targets = self.targets();
        if let Some(process) = &firing.process
            && !targets.contains(&process.identity)
        {
            targets.insert(0, process.identity);
        }
        self.acting.running += 1;
        self.effects.push_back(Effect::Act(Box::new(ActorJob {
            incident: incident.to_owned(),
            facts,
            targets,
        })));
    }

    /// The actions for one incident are done.
    pub(super) fn acted(&mut self, acted: Acted, now: Now) {
        self.acting.running = self.acting.running.saturating_sub(1);
        let Acted { incident, ran } = acted;
        let Some(ran) = ran else {
            let sentence = format!(
                "the actions for {} failed inside; please report this",
                incident.display()
            );
            self.notice(sentence, now.wall);
            return;
        };
        let failed = ran.results.iter().filter(|result| !result.ok);
        let failed: Vec<String> = failed.map(ActionResult::sentence).collect();
        for sentence in failed {
            super::keep_newest(&mut self.notes, format!("{}: {sentence}", now.wall));
        }
        self.say(Event::Acted {
            at_ns: now.wall,
            incident: incident.clone(),
            results: ran.results,
        });
        self.grown(&incident, ran.beside, ran.bytes);
        if ran.exit && self.ending.is_none() {
            self.end_by_action(now);
        }
    }

    /// Somebody waits for the end.
    pub(super) fn hurry_actions(&mut self) {
        if self.acting.is_busy() && !self.acting.hurried {
            self.acting.hurried = true;
            self.effects.push_back(Effect::HurryActions);
        }
    }

    /// What a trigger froze meanwhile is saved first.
    fn end_by_action(&mut self, now: Now) {
        self.ending = Some(Outcome::FrozenAndSaved);
        if self.freezing.is_some() {
            self.cut_short("an action ended the recording".into(), AfterCut::Stop, now);
        } else {
            self.tell_all(SourceCommand::Stop);
            self.phase = Phase::Frozen;
        }
    }
}
