//! `compare.cer`: the character error rate of recognised texts.
//!
//! Shape: two tables with a column `text` to metrics and a table. Source: jiwer 4.0.0. Unlike `compare.wer` it counts
//! characters, spaces too.

use auricle_sdk::prelude::*;

use crate::texts::{INPUTS, OUTPUTS, PARAMETERS, Unit};

/// The stage's unit.
pub struct Characters;

impl Unit for Characters {
    const DESCRIPTOR: Descriptor = Descriptor::new("compare.cer", "Character error rate")
        .doc(
            "cer = (substitutions + deletions + insertions) / characters of the reference, over all lines together, and the \
             counts. Characters are Unicode's code points; white space at the ends of a line is none, every space within \
             counts. Nothing is folded. A rate may exceed 1; against an empty reference it is the number of characters \
             inserted.",
        )
        .source("jiwer 4.0.0, process_characters with its default transforms")
        .inputs(INPUTS)
        .outputs(OUTPUTS)
        .parameters(PARAMETERS)
        .locality(Locality::WholeInput);
    const RATE: &'static str = "cer";

    fn items(text: &str) -> Vec<String> {
        text.trim().chars().map(String::from).collect()
    }
}
