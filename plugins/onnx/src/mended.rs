//! Graphs made fit for the runtime: they draw the same random numbers for the same seed, and no node is called as a value is.
//!
//! ONNX lets a random operator have a seed and leaves chance to the runtime where it has none. A session's seed decides here, so
//! each such operator gets one that follows from it and from the operator's place. A node's name is for people; rten 0.24 keeps
//! names of nodes and values in one table, so that a node that has its result's name hides it: such a node loses its name.

use crate::outline::{Field, Operation, fields, within};
use auricle_sdk::prelude::*;

/// The file of a graph, mended at its top level.
///
/// # Errors
/// It is no graph.
pub fn mended(file: &[u8], seed: u64) -> Result<Vec<u8>> {
    let mut chance = auricle_dsp::random::uniform(seed);
    let mut out = Vec::with_capacity(file.len() + 4096);
    fields(file, 0..file.len() as u64, |number, whole, value| {
        match (number, value) {
            (7, Field::Bytes(graph)) => message(&mut out, 7, &nodes(within(file, &graph), &mut chance)?),
            _ => out.extend(within(file, &whole)),
        }
        Ok(())
    })?;
    Ok(out)
}

fn nodes(graph: &[u8], chance: &mut dyn FnMut() -> f64) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(graph.len() + 4096);
    fields(graph, 0..graph.len() as u64, |number, whole, value| {
        let (1, Field::Bytes(range)) = (number, value) else {
            out.extend(within(graph, &whole));
            return Ok(());
        };
        let bytes = within(graph, &range);
        let node = Operation::read(bytes)?;
        let mut mended = if node.is_called_as_its_result() { without_name(bytes)? } else { bytes.to_vec() };
        if node.is_random() {
            // A whole number that a float holds, from 1 on.
            let seed = (chance() * 16_777_215.0).floor() as f32 + 1.0;
            mended.extend(attribute(seed));
        }
        message(&mut out, 1, &mended);
        Ok(())
    })?;
    Ok(out)
}

fn without_name(node: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(node.len());
    fields(node, 0..node.len() as u64, |number, whole, _| {
        if number != Operation::NAME {
            out.extend(within(node, &whole));
        }
        Ok(())
    })?;
    Ok(out)
}

/// The attribute `seed`, as a field of a node: name (1), number (2), and that it is one (20).
fn attribute(seed: f32) -> Vec<u8> {
    let mut inner = Vec::new();
    message(&mut inner, 1, b"seed");
    inner.push(2 << 3 | 5);
    inner.extend(seed.to_le_bytes());
    inner.extend([0xa0, 0x01, 1]);
    let mut out = Vec::new();
    message(&mut out, 5, &inner);
    out
}

/// A field with a message in it.
fn message(out: &mut Vec<u8>, number: u8, content: &[u8]) {
    out.push(number << 3 | 2);
    let mut length = content.len();
    while length >= 0x80 {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend(content);
}
