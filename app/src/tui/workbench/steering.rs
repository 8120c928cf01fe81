//! What the workbench does to steer the pipeline: lists of what fits, edits that need the whole session, the shell
//! line, and the journal of what is not saved.

use super::super::event::Event;
use super::super::offer::{self, Offer, Offers, Wanted};
use super::super::pipeline::Pipeline;
use super::super::state::Tone;
use super::super::worker::guarded;
use super::super::{shell, wiring};
use super::{Errand, Reason, Workbench};
use auricle_engine::{Diagnostic, Edit, Plan, Registry, Session};
use auricle_sdk::Severity;
use auricle_sdk::descriptor::Parameter;
use std::path::Path;

impl Workbench {
    /// Lists what can be put into the session, and tries all that seems to fit beside the screen.
    pub(super) fn offer(&mut self, wanted: Wanted) -> Vec<Errand> {
        let Some(session) = self.session.clone() else { return Vec::new() };
        let pipeline = &self.state.pipeline;
        let offers = match wanted {
            Wanted::Stage { row } => Some(offer::stages(row, &session, pipeline, &self.registry)),
            Wanted::Feed { row, port } => wiring::feeds(row, port, &session, pipeline),
        };
        let Some(mut offers) = offers else { return Vec::new() };
        offers.ticket = self.state.next_ticket();
        self.try_offers(&offers, session);
        self.receive(Event::Offered(offers))
    }

    fn try_offers(&self, offers: &Offers, session: Session) {
        let ticket = offers.ticket;
        let tries: Vec<(usize, Offer)> = offers
            .all
            .iter()
            .enumerate()
            .filter(|(_, offer)| offer.fits.is_ok() && !offer.is_set)
            .map(|(index, offer)| (index, offer.clone()))
            .collect();
        let (registry, events, was_right) = (self.registry.clone(), self.events.clone(), self.state.is_usable);
        self.trials.give(move |cancel| {
            for (index, offer) in tries {
                if cancel.is_cancelled() {
                    return;
                }
                let outcome = guarded(|| tried(&session, &offer, was_right, &registry));
                // Sending fails only when nobody listens any more.
                if outcome.is_err() && events.send(Event::Tried { ticket, index, outcome }).is_err() {
                    return;
                }
            }
            let _ = events.send(Event::AllTried(ticket));
        });
    }

    /// Makes an edit of the whole session, and applies it.
    pub(super) fn compose(&mut self, make: impl FnOnce(&Session, &Pipeline) -> Result<Edit, String>) -> Vec<Errand> {
        let Some(session) = &self.session else { return Vec::new() };
        match make(session, &self.state.pipeline) {
            Ok(edit) => self.apply(&edit, None, Reason::Edit),
            Err(reason) => self.receive(Event::Refused(reason)),
        }
    }

    pub(super) fn shell_line(&mut self) -> Vec<Errand> {
        let Some(session) = &self.session else { return Vec::new() };
        let saved = self.file.as_ref().and_then(|file| Session::load(file).ok());
        let file = self.file.as_ref().and_then(|file| file.to_str());
        match shell::line(session, file, saved.as_ref(), &self.registry) {
            Ok(line) => self.receive(Event::Told("The shell line that does this".into(), line)),
            Err(reason) => self.receive(Event::Refused(reason)),
        }
    }

    /// Keeps the changes of what was opened from now on, and offers those that an earlier process left.
    pub(super) fn begin_journal(&mut self) -> Vec<Errand> {
        let Some(session) = &self.session else { return Vec::new() };
        let first = || session.inputs().first().map(|input| session.directory().join(&input.path));
        let Some(file) = self.file.clone().or_else(first) else { return Vec::new() };
        match self.journal.begin(&file) {
            Some(text) if text != session.text() => self.receive(Event::Unsaved(text)),
            Some(_) => {
                self.journal.discard();
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// Keeps the session as it is, unless it is as it was saved.
    pub(super) fn keep_journal(&mut self) -> Vec<Errand> {
        let Some(session) = &self.session else { return Vec::new() };
        let history = &self.state.history;
        let fresh = history.undo.is_empty() && self.file.is_none();
        if fresh || !history.is_modified() {
            self.journal.forget();
            return Vec::new();
        }
        let lies_there = self.file.as_deref() == Some(Path::new(session.file()));
        if let Err(reason) = self.journal.keep(session, lies_there) {
            self.state.say(Tone::Bad, reason);
        }
        Vec::new()
    }

    /// Takes over what an earlier process left.
    pub(super) fn recover(&mut self, text: String) -> Vec<Errand> {
        let Some(session) = &self.session else { return Vec::new() };
        let edit = Edit::Text { at: 0, old: session.text().to_owned(), new: text };
        let errands = self.apply(&edit, Some("recover unsaved changes".into()), Reason::Edit);
        if !self.state.history.undo.is_empty() {
            self.journal.discard();
        }
        errands
    }
}

/// Does the session still plan once the offer is taken? If not: what is wrong with the stage that it is about, or, of a
/// session that was right, with any other. A value that every new stage of the kind lacks is asked for afterwards.
fn tried(session: &Session, offer: &Offer, was_right: bool, registry: &Registry) -> Result<(), String> {
    let mut session = session.clone();
    session.apply(&offer.edit).map_err(|error| error.to_string())?;
    let Err(diagnostics) = Plan::new(&session, registry, &[]) else { return Ok(()) };
    let parameters = offer.descriptor.map_or(&[][..], |descriptor| descriptor.parameters);
    let is_awaited = |diagnostic: &&Diagnostic| {
        let required = |parameter: &Parameter| parameter.required && parameter.id == diagnostic.parameter;
        diagnostic.stage == offer.concerns && parameters.iter().any(required)
    };
    let mut errors = diagnostics.iter().filter(|d| d.severity == Severity::Error && !is_awaited(d));
    let mine = errors.clone().find(|diagnostic| diagnostic.stage == offer.concerns);
    let told =
        |message: &str, hint: &str| if hint.is_empty() { message.to_owned() } else { format!("{message}; {hint}") };
    match (mine, errors.next().filter(|_| was_right)) {
        (Some(mine), _) => Err(told(&mine.message, &mine.hint)),
        (None, Some(other)) => Err(format!("then {}: {}", other.stage, told(&other.message, &other.hint))),
        (None, None) => Ok(()),
    }
}
