//! Edits that a person thinks of as one.

use super::{Edit, Feed, NewStage, refused};
use crate::error::Result;
use crate::session::{Session, SessionStage};

impl Session {
    /// The edit that removes a stage and lets what feeds it feed those that it fed.
    ///
    /// # Errors
    /// There is no such stage.
    pub fn removal(&self, id: &str) -> Result<Edit> {
        let stage = self.stage(id).ok_or_else(|| refused(format!("there is no stage {id:?}")))?;
        let instead = stage.feeds.first().map(|feed| feed.source.as_str());
        let fed = |reader: &&SessionStage| reader.id != id && reader.feeds.iter().any(|feed| feed.split().0 == id);
        let rewired = self.stages().iter().filter(fed).map(|reader| {
            let feeds = reader.feeds.iter().filter_map(|feed| match (feed.split().0 == id, instead) {
                (false, _) => Some(feed.clone()),
                (true, Some(source)) => Some(Feed { source: source.to_owned(), ..feed.clone() }),
                (true, None) => None,
            });
            Edit::Rewire { stage: reader.id.clone(), feeds: feeds.collect() }
        });
        Ok(Edit::All(rewired.chain([Edit::RemoveStage { id: id.to_owned() }]).collect()))
    }

    /// A stage like that one, under a name that is free.
    ///
    /// # Errors
    /// There is no such stage.
    pub fn copied(&self, id: &str) -> Result<NewStage> {
        let stage = self.stage(id).ok_or_else(|| refused(format!("there is no stage {id:?}")))?;
        let plugin = stage.requirement.as_ref().map_or_else(String::new, |required| format!("@{required}"));
        Ok(NewStage {
            id: self.free_name(id),
            stage: format!("{}{plugin}", stage.stage),
            feeds: stage.feeds.clone(),
            parameters: stage.parameters.iter().map(|p| (p.id.clone(), p.value.clone())).collect(),
        })
    }

    /// A name for an input or stage that is not taken: `wish`, or with a number behind it.
    pub fn free_name(&self, wish: &str) -> String {
        let mut wish: String = wish.to_lowercase().chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
        if !wish.starts_with(|c: char| c.is_ascii_lowercase()) {
            wish.insert_str(0, "stage_");
        }
        let taken = |name: &str| self.has_name(name);
        let numbered = (2..).map(|number| format!("{wish}_{number}"));
        std::iter::once(wish.clone()).chain(numbered).find(|name| !taken(name)).unwrap_or(wish)
    }
}

fn is_plain(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-'
}
