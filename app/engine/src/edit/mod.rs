//! Edits: every change of a session, each with its inverse.

mod compose;
mod document;
mod place;

use crate::error::{Error, ErrorKind, Result};
use crate::session::{Feed, Session, is_name};
use auricle_sdk::Value;
use document::Document;

/// A change of a session. [`Session::apply`] gives the edit that takes it back.
///
/// ```
/// use auricle_engine::{Edit, Session};
/// # fn main() -> auricle_engine::Result<()> {
/// let text = "auricle = 1  # a comment\ntitle = \"before\"\n";
/// let mut session = Session::parse(text, "session.toml".as_ref()).expect("it is TOML");
/// let undo = session.apply(&Edit::SetTitle("after".into()))?;
/// assert_eq!(session.text(), "auricle = 1  # a comment\ntitle = \"after\"\n");
/// let redo = session.apply(&undo)?;
/// assert_eq!(session.text(), text);
/// session.apply(&redo)?;
/// assert_eq!(session.title(), "after");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Sets the title; an empty one is removed.
    SetTitle(String),
    /// Sets what all randomness is derived from.
    SetSeed(u64),
    /// Adds an input, gives it another path, or removes it with `None`.
    SetInput {
        /// Name of the input.
        name: String,
        /// Its path, relative to the session's directory.
        path: Option<String>,
    },
    /// Adds a stage.
    AddStage {
        /// The stage.
        stage: NewStage,
        /// Id of the stage that it comes after in the file; `None`: last.
        after: Option<String>,
    },
    /// Removes a stage. Stages that it feeds keep their wiring, which the plan then refuses.
    RemoveStage {
        /// Id of the stage.
        id: String,
    },
    /// Moves a stage to another place in the file.
    MoveStage {
        /// Id of the stage.
        id: String,
        /// Id of the stage that it then comes after; `None`: first.
        after: Option<String>,
    },
    /// Sets a parameter; [`Value::None`] resets it.
    SetParameter {
        /// Id of the stage.
        stage: String,
        /// Id of the parameter.
        parameter: String,
        /// Its value.
        value: Value,
    },
    /// Takes a parameter back to its default.
    ResetParameter {
        /// Id of the stage.
        stage: String,
        /// Id of the parameter.
        parameter: String,
    },
    /// Sets what feeds a stage.
    Rewire {
        /// Id of the stage.
        stage: String,
        /// Its feeds: all with a port, or none.
        feeds: Vec<Feed>,
    },
    /// Leaves a stage out, or takes it in again.
    Bypass {
        /// Id of the stage.
        stage: String,
        /// Left out?
        on: bool,
    },
    /// Gives an input or a stage another name, wherever it is used.
    Rename {
        /// Its name.
        from: String,
        /// Its new name.
        to: String,
    },
    /// Remembers something about the screen; [`Value::None`] forgets it.
    SetView {
        /// Name of the thing.
        key: String,
        /// The thing.
        value: Value,
    },
    /// Several edits that are one to the user.
    All(Vec<Edit>),
    /// Replaces a piece of the text: what [`Session::apply`] returns, and what an editor for the whole text makes.
    Text {
        /// Byte at which the piece begins.
        at: usize,
        /// The piece, which must stand there.
        old: String,
        /// What comes in its place.
        new: String,
    },
}

/// A stage to be added.
#[derive(Clone, Debug, PartialEq)]
pub struct NewStage {
    /// Its id in the session.
    pub id: String,
    /// Id of the stage in its plugin.
    pub stage: String,
    /// What feeds it.
    pub feeds: Vec<Feed>,
    /// What differs from the defaults.
    pub parameters: Vec<(String, Value)>,
}

impl Session {
    /// Changes the session and gives the edit that restores it byte for byte. After an error the session is as before.
    ///
    /// # Errors
    /// What the edit names is not there, or a name is taken or no name.
    pub fn apply(&mut self, edit: &Edit) -> Result<Edit> {
        let text = edited(self, edit)?;
        let undo = difference(&text, self.text());
        *self = self.with_text(text).map_err(|diagnostics| {
            let reasons: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
            refused(format!("the edit would leave no session: {}", reasons.join("; ")))
        })?;
        Ok(undo)
    }
}

/// The text after the edit.
fn edited(session: &Session, edit: &Edit) -> Result<String> {
    match edit {
        Edit::All(edits) => {
            let mut session = session.clone();
            for edit in edits {
                session.apply(edit)?;
            }
            return Ok(session.text().to_owned());
        }
        Edit::Text { at, old, new } => {
            let text = session.text();
            if !text.get(*at..).is_some_and(|rest| rest.starts_with(old.as_str())) {
                return Err(refused(format!("the text at byte {at} is not {old:?}: the session has changed since")));
            }
            return Ok([&text[..*at], new, &text[at + old.len()..]].concat());
        }
        _ => {}
    }
    let mut document = Document::parse(session.text())?;
    match edit {
        Edit::SetTitle(title) => document.set_title(title),
        Edit::SetSeed(seed) => {
            let seed = i64::try_from(*seed)
                .map_err(|_| refused(format!("seed: expected at most {}, got {seed}", i64::MAX)))?;
            document.set_seed(seed);
        }
        Edit::SetInput { name, path } => {
            if path.is_some() && !session.inputs().iter().any(|input| input.name == *name) {
                free(session, name)?;
            }
            document.set_input(name, path.as_deref())?;
        }
        Edit::AddStage { stage, after } => {
            free(session, &stage.id)?;
            document.add_stage(stage, after.as_deref())?;
        }
        Edit::RemoveStage { id } => document.remove_stage(id)?,
        Edit::MoveStage { id, after } => document.move_stage(id, after.as_deref())?,
        Edit::SetParameter { stage, parameter, value } => document.set_parameter(stage, parameter, value)?,
        Edit::ResetParameter { stage, parameter } => document.set_parameter(stage, parameter, &Value::None)?,
        Edit::Rewire { stage, feeds } => document.rewire(stage, feeds)?,
        Edit::Bypass { stage, on } => document.bypass(stage, *on)?,
        Edit::Rename { from, to } => {
            if from != to {
                free(session, to)?;
                document.rename(session, from, to)?;
            }
        }
        Edit::SetView { key, value } => document.set_view(key, value)?,
        Edit::All(_) | Edit::Text { .. } => {}
    }
    Ok(document.into_text())
}

/// Inputs, models and stages share one set of names.
fn free(session: &Session, name: &str) -> Result<()> {
    if !is_name(name) {
        return Err(refused(format!("name: expected [a-z][a-z0-9_-]*, got {name:?}")));
    }
    if session.has_name(name) { Err(refused(format!("the name {name:?} is taken"))) } else { Ok(()) }
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::Session, message)
}

/// The smallest replacement that turns `from` into `to`.
fn difference(from: &str, to: &str) -> Edit {
    let shared = |pairs: &mut dyn Iterator<Item = (char, char)>| -> usize {
        pairs.take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
    };
    let at = shared(&mut from.chars().zip(to.chars()));
    let tail = shared(&mut from[at..].chars().rev().zip(to[at..].chars().rev()));
    Edit::Text { at, old: from[at..from.len() - tail].to_owned(), new: to[at..to.len() - tail].to_owned() }
}

#[cfg(test)]
mod tests;
