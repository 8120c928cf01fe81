//! Where the texts come from: a table, or a parameter.

use auricle_sdk::format::ColumnType;
use auricle_sdk::prelude::*;

/// The texts of a stage.
#[derive(Clone, Debug)]
pub enum Texts {
    /// This column of the table that is connected.
    Column(usize),
    /// The one that the parameter `text` holds.
    One(String),
}

impl Texts {
    /// What is connected, or the parameter `text`.
    ///
    /// # Errors
    /// Neither is there, or both are, or the table has no column `text`.
    pub fn new(setup: &Setup) -> Result<Self> {
        let text = setup.parameters.optional_text("text")?;
        let Some(input) = setup.inputs.first() else {
            let missing = || Error::parameter("text", "expected a text, or a table of texts as input, got neither");
            return text.map(|text| Texts::One(text.to_owned())).ok_or_else(missing);
        };
        if text.is_some() {
            let message = format!("expected no text beside the table that {} gives", input.label);
            return Err(Error::parameter("text", message).hint("leave one of them away"));
        }
        let records = input.format.as_records()?;
        let found = records.columns.iter().position(|column| column.name == "text" && column.kind == ColumnType::Str);
        found.map(Texts::Column).ok_or_else(|| {
            let names: Vec<&str> = records.columns.iter().map(|column| column.name.as_str()).collect();
            Error::format(format!("expected a table with a column text, got one of {}", names.join(", ")))
        })
    }

    /// The texts of a packet; without a packet the one of the parameter.
    ///
    /// # Errors
    /// The packet cannot be read.
    pub fn of(&self, packet: Option<&Packet>) -> Result<Vec<String>> {
        match (self, packet) {
            (Texts::One(text), None) => Ok(vec![text.clone()]),
            (Texts::Column(column), Some(packet)) => {
                let table = packet.records()?;
                let text = |row| Ok(table.value(*column, row)?.as_str().unwrap_or_default().to_owned());
                (0..table.rows()).map(text).collect()
            }
            _ => Ok(Vec::new()),
        }
    }
}
