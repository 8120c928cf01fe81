//! What a model is asked to do: in which language it hears, and which it writes.

use super::model::{Files, Model};
use auricle_sdk::Host;
use auricle_sdk::prelude::*;
use ndarray::Array2;

/// The language and the task of a stage's parameters, checked against its model.
pub struct Task {
    language: Option<String>,
    translate: bool,
}

impl Task {
    /// The parameter `language`.
    pub const LANGUAGE: Parameter = Parameter::text("language", "auto").doc(
        "Language of the speech, as en; auto: the likeliest in what is heard first. English-only models know one.",
    );
    /// The parameter `task`.
    pub const TASK: Parameter = Parameter::choice("task", "transcribe", &["transcribe", "translate"])
        .doc("translate: what was said, in English.");

    /// Reads both parameters.
    ///
    /// # Errors
    /// The model cannot do it.
    pub fn new(parameters: &Parameters, files: &Files) -> Result<Self> {
        let language = parameters.text("language")?;
        let languages = &files.tokens.languages;
        let known = |name: &str| languages.iter().any(|(known, _)| *known == name);
        if language != "auto" && !known(language) && !(languages.is_empty() && language == "en") {
            let names: Vec<&str> = languages.iter().map(|(name, _)| *name).collect();
            let names = if names.is_empty() { "en".to_owned() } else { names.join(" ") };
            let message = format!("the model does not know the language {language:?}");
            return Err(Error::parameter("language", message).hint(format!("it knows {names}")));
        }
        let translate = parameters.text("task")? == "translate";
        if translate && languages.is_empty() {
            return Err(Error::parameter("task", "an English-only model has nothing to translate"));
        }
        Ok(Task { language: (language != "auto").then(|| language.to_owned()), translate })
    }

    /// The tokens that every text begins with; where the language is to be found out, in what `hear` gives, which is what
    /// the encoder made of a window. A finding says which it is.
    ///
    /// # Errors
    /// Those of `hear`.
    pub fn begin(
        &self,
        model: &Model,
        host: &Host,
        hear: impl FnOnce() -> Result<Option<Array2<f32>>>,
    ) -> Result<Vec<usize>> {
        let tokens = &model.tokens;
        let mut begin = vec![tokens.start];
        let named =
            self.language.as_ref().and_then(|name| tokens.languages.iter().position(|(known, _)| known == name));
        let language = match named {
            _ if tokens.languages.is_empty() => None,
            Some(index) => Some(index),
            None => {
                let likeliest = match hear()? {
                    Some(audio) => model.language(&audio, &|| host.check_cancelled())?,
                    None => None,
                };
                likeliest.map(|(index, sureness)| {
                    let name = tokens.languages[index].0;
                    let message = format!("the language is {name}, with probability {sureness:.2}");
                    host.finding(Severity::Info, "language", &message, None);
                    index
                })
            }
        };
        if let Some(index) = language {
            begin.push(tokens.languages[index].1);
            begin.push(if self.translate { tokens.translate } else { tokens.transcribe });
        }
        Ok(begin)
    }
}
