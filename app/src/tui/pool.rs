//! From entries to columns: extremes of samples, maxima of spectra. Nothing is computed that is not there already.

use auricle_sdk::format::{Format, Tensor};
use auricle_sdk::{DType, Packet, Result};
use std::borrow::Cow;

/// A column keeps its samples one by one up to this many.
pub const SINGLE: i64 = 32;

/// What one channel does within a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// Smallest sample.
    pub min: f32,
    /// Largest sample.
    pub max: f32,
    /// Root of the mean square.
    pub rms: f32,
}

/// A column of a waveform, or of frames that are drawn as lines: each value of a frame is a channel then.
#[derive(Clone, Debug, PartialEq)]
pub struct WaveColumn {
    /// Index of the first sample frame.
    pub first: i64,
    /// Sample frames in the column; none where it lies between two.
    pub count: i64,
    /// Only some of the sample frames were looked at.
    pub provisional: bool,
    /// Each channel; empty if there is no sample frame.
    pub channels: Vec<Extent>,
    /// The first sample of each channel.
    pub head: Vec<f32>,
    /// All samples of each channel, if they are few.
    pub samples: Vec<Vec<f32>>,
    /// Sample frames that entries of an overview stood for so far.
    taken: i64,
}

/// A column of a spectrogram or the like.
#[derive(Clone, Debug, PartialEq)]
pub struct GridColumn {
    /// Index of the first frame.
    pub first: i64,
    /// Frames in the column, at least one.
    pub count: i64,
    /// Only some of the frames were looked at.
    pub provisional: bool,
    /// The largest value of every element of a frame; of differences, that furthest from zero.
    pub values: Vec<f32>,
    /// The mean of every element over the frames that were looked at.
    pub means: Vec<f32>,
    /// How many those were.
    pub seen: usize,
}

/// A column that is made from packets.
pub trait Column: Sized + Send + 'static {
    /// An empty column of so many entries from `first` on.
    fn new(first: i64, count: i64, provisional: bool) -> Self;
    /// Takes in a packet that lies within the column.
    fn add(&mut self, packet: &Packet) -> Result<()>;
    /// Takes in entries of an overview, each of `length` values: an entry stands for `hop` entries, the last of all for
    /// what is left.
    fn add_overview(&mut self, values: &[f32], length: usize, hop: i64, format: &Format);
    /// Keeps what the column that it replaces knew of the same entries and it does not.
    fn inherit(&mut self, _: &Self) {}
    /// Nothing more comes.
    fn finish(&mut self);
    /// Were only some entries looked at?
    fn is_provisional(&self) -> bool;
    /// Bytes that it occupies, about.
    fn bytes(&self) -> usize;
}

impl Column for WaveColumn {
    fn new(first: i64, count: i64, provisional: bool) -> Self {
        WaveColumn { first, count, provisional, channels: Vec::new(), head: Vec::new(), samples: Vec::new(), taken: 0 }
    }

    fn add(&mut self, packet: &Packet) -> Result<()> {
        for (channel, samples) in lines(packet)?.iter().enumerate() {
            let Some(&head) = samples.first() else { continue };
            if self.channels.len() == channel {
                self.channels.push(Extent { min: f32::INFINITY, max: f32::NEG_INFINITY, rms: 0.0 });
                self.head.push(head);
                self.samples.push(Vec::new());
            }
            let extent = &mut self.channels[channel];
            // Until the end, `rms` is the sum of squares over all samples, as a share of them.
            let mut power = 0.0f64;
            for &sample in samples.iter() {
                extent.min = extent.min.min(sample);
                extent.max = extent.max.max(sample);
                power += if sample.is_nan() { 0.0 } else { f64::from(sample).powi(2) };
            }
            extent.rms += (power / self.count.max(1) as f64) as f32;
            if self.count <= SINGLE {
                self.samples[channel].extend_from_slice(samples);
            }
        }
        Ok(())
    }

    fn add_overview(&mut self, values: &[f32], length: usize, hop: i64, format: &Format) {
        let full = format.dtype().map_or(1.0, full_scale);
        self.channels.resize(length / 3, Extent { min: f32::INFINITY, max: f32::NEG_INFINITY, rms: 0.0 });
        for entry in values.chunks_exact(length.max(1)) {
            let count = hop.min(self.count - self.taken).max(0);
            self.taken += count;
            for (extent, levels) in self.channels.iter_mut().zip(entry.chunks_exact(3)) {
                extent.min = extent.min.min(levels[0] * full);
                extent.max = extent.max.max(levels[1] * full);
                let power = f64::from(levels[2] * full).powi(2) * count as f64;
                extent.rms += if power.is_nan() { 0.0 } else { (power / self.count.max(1) as f64) as f32 };
            }
        }
    }

    fn inherit(&mut self, old: &Self) {
        if self.head.is_empty() && self.first == old.first {
            self.head.clone_from(&old.head);
        }
    }

    fn finish(&mut self) {
        for extent in &mut self.channels {
            extent.rms = extent.rms.sqrt();
        }
    }

    fn is_provisional(&self) -> bool {
        self.provisional
    }

    fn bytes(&self) -> usize {
        let samples: usize = self.samples.iter().map(|samples| samples.capacity() * 4 + size_of::<Vec<f32>>()).sum();
        size_of::<Self>() + self.channels.capacity() * size_of::<Extent>() + self.head.capacity() * 4 + samples
    }
}

impl Column for GridColumn {
    fn new(first: i64, count: i64, provisional: bool) -> Self {
        GridColumn { first, count, provisional, values: Vec::new(), means: Vec::new(), seen: 0 }
    }

    fn add(&mut self, packet: &Packet) -> Result<()> {
        let tensor = packet.format().as_tensor()?;
        let (length, signed) = (tensor.frame_len(), is_signed(tensor));
        for frame in packet.tensor_as::<f32>()?.chunks_exact(length.max(1)) {
            self.take(frame, frame, 1, signed);
        }
        Ok(())
    }

    fn add_overview(&mut self, values: &[f32], length: usize, hop: i64, format: &Format) {
        let signed = format.as_tensor().is_ok_and(is_signed);
        for entry in values.chunks_exact(length.max(1)) {
            let (largest, means) = entry.split_at(length / 2);
            let count = hop.min(self.count - self.seen as i64).max(0);
            self.take(largest, means, count as usize, signed);
        }
    }

    fn finish(&mut self) {
        let seen = self.seen.max(1) as f32;
        self.means.iter_mut().for_each(|mean| *mean /= seen);
    }

    fn is_provisional(&self) -> bool {
        self.provisional
    }

    fn bytes(&self) -> usize {
        size_of::<Self>() + (self.values.capacity() + self.means.capacity()) * 4
    }
}

impl GridColumn {
    /// Takes in what stands for `count` frames.
    fn take(&mut self, largest: &[f32], means: &[f32], count: usize, signed: bool) {
        self.values.resize(largest.len(), f32::NAN);
        self.means.resize(means.len(), 0.0);
        self.seen += count;
        for (kept, &value) in self.values.iter_mut().zip(largest) {
            let larger = if signed { value.abs() > kept.abs() } else { value > *kept };
            if larger || kept.is_nan() {
                *kept = value;
            }
        }
        // Until the end, `means` are sums.
        self.means.iter_mut().zip(means).for_each(|(sum, mean)| *sum += mean * count as f32);
    }
}

/// Does zero lie in the middle of this quantity, so that both signs matter?
pub fn is_signed(tensor: &Tensor) -> bool {
    tensor.quantity == "difference"
}

/// Can values of this type be drawn? Complex ones cannot.
pub fn is_real(dtype: DType) -> bool {
    matches!(dtype, DType::U8 | DType::I16 | DType::I32 | DType::I64 | DType::F32 | DType::F64)
}

/// The largest value that audio of this type is meant to have.
pub fn full_scale(dtype: DType) -> f32 {
    match dtype {
        DType::U8 => 255.0,
        DType::I16 => 32_768.0,
        DType::I32 => 2_147_483_648.0,
        _ => 1.0,
    }
}

/// The samples of each channel, or of frames each value over time.
fn lines(packet: &Packet) -> Result<Vec<Cow<'_, [f32]>>> {
    if let Ok(audio) = packet.format().as_audio() {
        return (0..audio.channels).map(|channel| packet.channel_as(channel)).collect();
    }
    let length = packet.format().as_tensor()?.frame_len();
    let values = packet.tensor_as::<f32>()?;
    Ok((0..length).map(|line| values.iter().skip(line).step_by(length).copied().collect()).collect())
}

/// The first sample of each channel, or each value of the first frame.
pub fn heads(packet: &Packet) -> Result<Vec<f32>> {
    Ok(lines(packet)?.iter().filter_map(|line| line.first().copied()).collect())
}
