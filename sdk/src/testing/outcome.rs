//! What a run on the bench left.

use crate::dtype::{DType, Element};
use crate::error::Result;
use crate::format::{Data, Format};
use crate::packet::Packet;
use crate::services::Severity;
use crate::value::Value;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Something a stage said about its data.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// Kebab-case name.
    pub code: String,
    /// For a person.
    pub message: String,
    /// Entry of input 0 where it starts.
    pub at: Option<i64>,
}

/// What a run left.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Format of each output.
    pub formats: Vec<Arc<Format>>,
    /// What each output sent.
    pub packets: Vec<Vec<Packet>>,
    /// What the stage found.
    pub findings: Vec<Finding>,
    /// Files that it wrote.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Outcome {
    /// Output `port` as planar samples.
    ///
    /// # Errors
    /// It is no audio of `T`.
    pub fn audio<T: Element>(&self, port: usize) -> Result<Vec<Vec<T>>> {
        let mut channels = vec![Vec::new(); self.formats[port].as_audio()?.channels];
        for packet in &self.packets[port] {
            for (index, channel) in channels.iter_mut().enumerate() {
                channel.extend_from_slice(packet.channel(index)?);
            }
        }
        Ok(channels)
    }

    /// Output `port` as frames, one after another.
    ///
    /// # Errors
    /// It is no tensor of `T`.
    pub fn tensor<T: Element>(&self, port: usize) -> Result<Vec<T>> {
        let mut values = Vec::new();
        for packet in &self.packets[port] {
            values.extend_from_slice(packet.tensor::<T>()?.values);
        }
        Ok(values)
    }

    /// Output `port` as rows.
    ///
    /// # Errors
    /// It holds no records.
    pub fn rows(&self, port: usize) -> Result<Vec<Vec<Value>>> {
        let mut rows = Vec::new();
        for packet in &self.packets[port] {
            let table = packet.records()?;
            for row in 0..table.rows() {
                rows.push(table.row(row)?);
            }
        }
        Ok(rows)
    }

    /// The metric `name` from the outputs with the schema of metrics.
    pub fn metric(&self, name: &str) -> Option<f64> {
        let metrics = |f: &Arc<Format>| f.as_records().is_ok_and(|r| r.schema == crate::format::Records::METRICS);
        let ports = (0..self.formats.len()).filter(|&port| metrics(&self.formats[port]));
        let rows = ports.flat_map(|port| self.rows(port).unwrap_or_default());
        rows.into_iter().find(|row| row[0].as_str() == Some(name)).and_then(|row| row[1].as_f64())
    }

    /// Index behind the last entry of output `port`.
    pub(super) fn end(&self, port: usize) -> i64 {
        self.packets[port].last().map_or(0, |packet| packet.start + packet.count as i64)
    }

    /// The first difference from `other`, in words; packets may be cut in another way.
    pub(super) fn difference(&self, other: &Outcome) -> Option<String> {
        let ports = (0..self.packets.len()).find_map(|port| self.difference_in(other, port, 0..i64::MAX));
        ports.or_else(|| {
            if self.files != other.files {
                let names = |outcome: &Outcome| outcome.files.keys().cloned().collect::<Vec<_>>();
                let unequal = self.files.iter().find(|(name, bytes)| other.files.get(*name) != Some(*bytes));
                return Some(match unequal {
                    Some((name, _)) if other.files.contains_key(name) => format!("the file {name} holds other bytes"),
                    _ => format!("files {:?} against {:?}", names(self), names(other)),
                });
            }
            (self.findings != other.findings)
                .then(|| format!("findings {:?} against {:?}", self.findings, other.findings))
        })
    }

    /// The first difference from `other` in the entries of `span` of one output.
    pub(super) fn difference_in(&self, other: &Outcome, port: usize, span: Range<i64>) -> Option<String> {
        let (ours, theirs) = (self.entries(port, &span), other.entries(port, &span));
        if ours.len() != theirs.len() {
            return Some(format!("output {port}: {} entries against {}", ours.len(), theirs.len()));
        }
        let at = ours.iter().zip(&theirs).position(|(a, b)| a.bytes != b.bytes)?;
        let (a, b) = (&ours[at], &theirs[at]);
        Some(format!("output {port}, entry {}: {} against {}", a.index, a.shown(), b.shown()))
    }

    /// The greatest distance of a value from `other`'s in `span` of one output; infinite where nothing can be compared.
    pub(super) fn distance_in(&self, other: &Outcome, port: usize, span: Range<i64>) -> f64 {
        let values =
            |outcome: &Outcome| -> Vec<f64> { outcome.entries(port, &span).iter().flat_map(Entry::numbers).collect() };
        let (ours, theirs) = (values(self), values(other));
        if ours.len() != theirs.len() {
            return f64::INFINITY;
        }
        let distance = |(a, b): (&f64, &f64)| if a == b || (a.is_nan() && b.is_nan()) { 0.0 } else { (a - b).abs() };
        let distances = ours.iter().zip(&theirs).map(distance);
        distances.fold(0.0, |most, d| if d.is_nan() { f64::INFINITY } else { f64::max(most, d) })
    }

    /// The first entry of output `port` that holds a NaN.
    pub(super) fn first_nan(&self, port: usize) -> Option<i64> {
        let entries = self.entries(port, &(0..i64::MAX));
        entries.iter().find(|entry| entry.numbers().iter().any(|x| x.is_nan())).map(|entry| entry.index)
    }

    fn entries(&self, port: usize, span: &Range<i64>) -> Vec<Entry> {
        self.packets[port].iter().flat_map(|packet| entries(packet, span)).collect()
    }
}

/// Outcomes are equal when entries, files and findings are; packets may be cut in another way.
impl PartialEq for Outcome {
    fn eq(&self, other: &Self) -> bool {
        self.packets.len() == other.packets.len() && self.difference(other).is_none()
    }
}

/// One entry of a stream.
pub(super) struct Entry {
    index: i64,
    dtype: Option<DType>,
    bytes: Vec<u8>,
}

/// The entries of a packet that lie in `span`.
pub(super) fn entries(packet: &Packet, span: &Range<i64>) -> Vec<Entry> {
    let (offset, stride, bytes) = packet.raw_bytes();
    let dtype = packet.format().dtype();
    let mut entries = Vec::new();
    for k in (0..packet.count).filter(|&k| span.contains(&(packet.start + k as i64))) {
        let bytes = match &packet.format().data {
            Data::Audio(audio) => {
                let size = audio.dtype.size();
                let at = |channel: usize| offset + channel * stride + k * size;
                (0..audio.channels).flat_map(|channel| bytes[at(channel)..][..size].to_vec()).collect()
            }
            Data::Tensor(tensor) => bytes[offset + k * stride..][..tensor.frame_len() * tensor.dtype.size()].to_vec(),
            _ => {
                let row = packet.records().and_then(|table| table.row(k));
                format!("{row:?}").into_bytes()
            }
        };
        entries.push(Entry { index: packet.start + k as i64, dtype, bytes });
    }
    entries
}

impl Entry {
    /// The values; of complex ones both parts. A row of a table has none.
    pub(super) fn numbers(&self) -> Vec<f64> {
        fn each<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f64) -> Vec<f64> {
            bytes.chunks_exact(N).filter_map(|chunk| chunk.try_into().ok()).map(number).collect()
        }
        match self.dtype {
            None => Vec::new(),
            Some(DType::U8) => each(&self.bytes, |[b]| f64::from(b)),
            Some(DType::I16) => each(&self.bytes, |b| f64::from(i16::from_ne_bytes(b))),
            Some(DType::I32) => each(&self.bytes, |b| f64::from(i32::from_ne_bytes(b))),
            Some(DType::I64) => each(&self.bytes, |b| i64::from_ne_bytes(b) as f64),
            Some(DType::F32 | DType::C64) => each(&self.bytes, |b| f64::from(f32::from_ne_bytes(b))),
            Some(DType::F64 | DType::C128) => each(&self.bytes, f64::from_ne_bytes),
        }
    }

    fn shown(&self) -> String {
        const MOST: usize = 8;
        if self.dtype.is_none() {
            return String::from_utf8_lossy(&self.bytes).into_owned();
        }
        let numbers = self.numbers();
        let more = if numbers.len() > MOST { " ..." } else { "" };
        format!("{:?}{more}", &numbers[..numbers.len().min(MOST)])
    }
}
