//! Hugging Face's `.safetensors`: a length (u64), JSON of that length, then the numbers.
//!
//! Source: the format's description in its repository's README, version 0.8.

use super::{Entry, Stored, exactly, refused};
use auricle_sdk::prelude::*;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// No header is longer, says the format.
const MOST_HEADER: u64 = 100_000_000;

pub(super) fn entries(source: &ByteSource) -> Result<BTreeMap<String, Entry>> {
    let mut length = [0; 8];
    exactly(source, 0, &mut length)?;
    let length = u64::from_le_bytes(length);
    if length > MOST_HEADER || length > source.len().unwrap_or(0) {
        return Err(refused(source, format!("is no safetensors file: its header would have {length} bytes")));
    }
    let mut header = vec![0; length as usize];
    exactly(source, 8, &mut header)?;
    let header: Json =
        serde_json::from_slice(&header).map_err(|error| refused(source, format!("is no safetensors file: {error}")))?;
    let mut entries = BTreeMap::new();
    for (name, entry) in header.as_object().into_iter().flatten().filter(|(name, _)| *name != "__metadata__") {
        // Arrays of other types are not weights of ours.
        let stored = match entry["dtype"].as_str() {
            Some("F32") => Stored::F32,
            Some("F16") => Stored::F16,
            Some("BF16") => Stored::Bf16,
            _ => continue,
        };
        let shape: Option<Vec<usize>> =
            entry["shape"].as_array().and_then(|axes| axes.iter().map(|n| Some(n.as_u64()? as usize)).collect());
        let begin = entry["data_offsets"][0].as_u64().and_then(|begin| begin.checked_add(8 + length));
        let (Some(shape), Some(offset)) = (shape, begin) else {
            return Err(refused(source, format!("its header says nothing of where {name} lies")));
        };
        entries.insert(name.clone(), Entry { stored, shape, offset });
    }
    Ok(entries)
}
