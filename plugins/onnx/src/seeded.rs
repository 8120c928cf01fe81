//! Graphs that draw random numbers, made to draw the same ones for the same seed.
//!
//! ONNX lets a random operator have a seed and leaves chance to the runtime where it has none. A session's seed decides
//! here, so each such operator gets one that follows from it and from the operator's place.

use crate::outline::{Field, fields, is_random, text, within};
use auricle_sdk::prelude::*;

/// The file of a graph with a seed at every random operator of its top level.
///
/// # Errors
/// It is no graph.
pub fn seeded(file: &[u8], seed: u64) -> Result<Vec<u8>> {
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
        if let (1, Field::Bytes(node)) = (number, value) {
            let node = within(graph, &node);
            if is_random(&operator(node)?) {
                // A whole number that a float holds, from 1 on.
                let seed = (chance() * 16_777_215.0).floor() as f32 + 1.0;
                message(&mut out, 1, &[node, &attribute(seed)].concat());
                return Ok(());
            }
        }
        out.extend(within(graph, &whole));
        Ok(())
    })?;
    Ok(out)
}

fn operator(node: &[u8]) -> Result<String> {
    let mut operator = String::new();
    fields(node, 0..node.len() as u64, |number, _, value| {
        if let (4, Field::Bytes(range)) = (number, value) {
            operator = text(within(node, &range));
        }
        Ok(())
    })?;
    Ok(operator)
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
