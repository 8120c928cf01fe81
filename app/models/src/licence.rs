//! Licences of models: what is known of one, and whether it must be accepted.

/// A licence as the model's makers state it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Licence(pub String);

/// What a licence asks of whoever takes a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terms {
    /// Free to use, also for money.
    Open,
    /// Not for money, or not against the maker: whoever takes it must say that they accept it.
    Restricted,
    /// Nobody has said.
    Unknown,
}

/// Parts of names of licences that restrict use, in lower case.
const RESTRICTING: [&str; 7] =
    ["-nc", "noncommercial", "non-commercial", "non commercial", "research only", "non-compete", "openrail"];

impl Licence {
    /// What it asks.
    pub fn terms(&self) -> Terms {
        let name = self.0.to_lowercase();
        if name.is_empty() {
            Terms::Unknown
        } else if RESTRICTING.iter().any(|part| name.contains(part)) {
            Terms::Restricted
        } else {
            Terms::Open
        }
    }

    /// The licence that a model card states in its front matter, as Hugging Face has it: a line `license: mit` between
    /// two lines `---`.
    pub(crate) fn of_card(card: &str) -> Option<Self> {
        let mut lines = card.lines().skip_while(|line| line.trim().is_empty());
        if lines.next()?.trim() != "---" {
            return None;
        }
        let mut inside = lines.take_while(|line| line.trim() != "---");
        let stated = inside.find_map(|line| line.strip_prefix("license:"))?;
        Some(Licence(stated.trim().trim_matches(['"', '\'']).to_owned()))
    }

    /// The licence that the metadata of a Python package states.
    pub(crate) fn of_metadata(metadata: &str) -> Option<Self> {
        let lines = || metadata.lines().take_while(|line| !line.is_empty());
        let keys = ["License-Expression: ", "License: ", "Classifier: License :: "];
        // What older tools write where nothing is said.
        let said = |key: &str| lines().filter_map(|line| line.strip_prefix(key)).find(|text| *text != "UNKNOWN");
        let stated = keys.iter().find_map(|key| said(key))?;
        Some(Licence(stated.rsplit(" :: ").next().unwrap_or(stated).trim().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms() {
        let cases = [
            ("MIT", Terms::Open),
            ("apache-2.0", Terms::Open),
            ("CC BY-NC-SA 4.0", Terms::Restricted),
            ("cc-by-nc-4.0", Terms::Restricted),
            ("", Terms::Unknown),
        ];
        for (name, terms) in cases {
            assert_eq!(Licence(name.into()).terms(), terms, "{name}");
        }
    }

    #[test]
    fn metadata() {
        let licence = |text| Licence::of_metadata(text).map(|licence| licence.0);
        assert_eq!(licence("Name: a\nLicense: MIT\n\nLicense: no\n").as_deref(), Some("MIT"));
        let classified = "Name: a\nLicense: UNKNOWN\nClassifier: License :: OSI Approved :: Apache Software License\n";
        assert_eq!(licence(classified).as_deref(), Some("Apache Software License"));
        assert_eq!(licence("Name: a\n\nLicense: MIT\n"), None);
    }

    #[test]
    fn cards() {
        let licence = |card| Licence::of_card(card).map(|licence| licence.0);
        assert_eq!(licence("---\nlanguage: en\nlicense: mit\n---\n# A model\n").as_deref(), Some("mit"));
        assert_eq!(licence("---\nlanguage: en\n---\nlicense: mit\n"), None);
        assert_eq!(licence("# A model\n"), None);
    }
}
