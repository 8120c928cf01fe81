//! Packets: consecutive entries of a stream, viewed without copying.

use crate::buffer::Buffer;
use crate::dtype::Element;
use crate::error::{Error, ErrorKind, Result};
use crate::format::Format;
use crate::records::Table;
use std::sync::Arc;

/// Consecutive entries of one stream: sample frames, frames or rows. Read-only; cloning shares the bytes.
///
/// ```
/// use auricle_sdk::{Packet, Result};
///
/// /// The largest sample of a packet of audio, and where it stands in the stream.
/// fn loudest(packet: &Packet) -> Result<Option<(f32, i64)>> {
///     let audio = packet.audio::<f32>()?;
///     let samples = audio.channels.iter().flat_map(|channel| channel.iter().zip(audio.start..));
///     Ok(samples.map(|(x, at)| (x.abs(), at)).max_by(|a, b| a.0.total_cmp(&b.0)))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Packet {
    /// Index of the input or output stream.
    pub port: usize,
    /// Index of the first entry.
    pub start: i64,
    /// Number of entries.
    pub count: usize,
    /// Does the stream end with this packet?
    pub end: bool,
    pub(crate) format: Arc<Format>,
    pub(crate) buffer: Option<Buffer>,
    pub(crate) offset: usize,
    pub(crate) stride: usize,
}

impl Packet {
    /// An empty packet that says the stream ends at `start`.
    pub fn end_of(port: usize, start: i64, format: Arc<Format>) -> Self {
        Packet { port, start, count: 0, end: true, format, buffer: None, offset: 0, stride: 0 }
    }

    /// Format of the stream.
    pub fn format(&self) -> &Arc<Format> {
        &self.format
    }

    /// Bytes that the packet occupies.
    pub fn bytes(&self) -> usize {
        self.buffer.as_ref().map_or(0, |b| b.bytes().len())
    }

    /// As planar samples of `T`.
    ///
    /// # Errors
    /// [`ErrorKind::Format`] if this is no audio of `T`.
    pub fn audio<T: Element>(&self) -> Result<AudioBlock<'_, T>> {
        let format = self.format.as_audio()?;
        self.check_dtype::<T>()?;
        let mut channels = Vec::with_capacity(format.channels);
        for channel in 0..format.channels {
            channels.push(self.elements(self.offset + channel * self.stride, self.count)?);
        }
        Ok(AudioBlock { start: self.start, count: self.count, channels })
    }

    /// The samples of one channel.
    ///
    /// # Errors
    /// As [`Packet::audio`]; and if there is no such channel.
    #[inline]
    pub fn channel<T: Element>(&self, channel: usize) -> Result<&[T]> {
        let format = self.format.as_audio()?;
        self.check_dtype::<T>()?;
        if channel >= format.channels {
            return Err(Error::new(ErrorKind::Contract, format!("no channel {channel} of {}", format.channels)));
        }
        self.elements(self.offset + channel * self.stride, self.count)
    }

    /// As frames of `T`.
    ///
    /// # Errors
    /// [`ErrorKind::Format`] if this is no tensor of `T`.
    pub fn tensor<T: Element>(&self) -> Result<TensorBlock<'_, T>> {
        let frame_len = self.format.as_tensor()?.frame_len();
        self.check_dtype::<T>()?;
        let frame_bytes = frame_len * size_of::<T>();
        if self.count > 1 && self.stride != frame_bytes {
            let got = self.stride;
            return Err(Error::new(
                ErrorKind::Contract,
                format!("frames of {frame_bytes} bytes are {got} bytes apart"),
            ));
        }
        Ok(TensorBlock { start: self.start, frame_len, values: self.elements(self.offset, frame_len * self.count)? })
    }

    /// As rows of a table.
    ///
    /// # Errors
    /// [`ErrorKind::Format`] if these are no records.
    pub fn records(&self) -> Result<Table<'_>> {
        let bytes = self.buffer.as_ref().map_or(&[][..], Buffer::bytes);
        let end = self.offset.saturating_add(self.stride).min(bytes.len());
        Table::new(self.format.as_records()?, bytes.get(self.offset..end).unwrap_or(&[]), self.count)
    }

    /// Entries `[from, to)` of this packet as a packet of its own, sharing the bytes. Not for records.
    pub fn slice(&self, from: usize, to: usize) -> Packet {
        let (from, to) = (from.min(self.count), to.min(self.count));
        let entry = match self.format.as_audio() {
            Ok(audio) => audio.dtype.size(),
            Err(_) => self.stride,
        };
        Packet {
            start: self.start + from as i64,
            count: to.saturating_sub(from),
            end: self.end && to == self.count,
            offset: self.offset + from * entry,
            ..self.clone()
        }
    }

    #[inline]
    fn elements<T: Element>(&self, offset: usize, count: usize) -> Result<&[T]> {
        match &self.buffer {
            Some(buffer) => buffer.elements(offset, count),
            None if count == 0 => Ok(&[]),
            None => Err(Error::new(ErrorKind::Contract, "a packet with entries has no buffer")),
        }
    }

    #[inline]
    fn check_dtype<T: Element>(&self) -> Result<()> {
        match self.format.dtype() {
            Some(got) if got != T::DTYPE => Err(Error::format(format!("expected {}, got {got}", T::DTYPE))),
            _ => Ok(()),
        }
    }
}

/// Planar samples: one slice a channel, all of `count` samples.
#[derive(Clone, Debug)]
pub struct AudioBlock<'a, T> {
    /// Index of the first sample frame.
    pub start: i64,
    /// Sample frames.
    pub count: usize,
    /// The channels' samples.
    pub channels: Vec<&'a [T]>,
}

/// Frames of a tensor, contiguous: `count * frame_len` values.
#[derive(Clone, Copy, Debug)]
pub struct TensorBlock<'a, T> {
    /// Index of the first frame.
    pub start: i64,
    /// Elements of a frame.
    pub frame_len: usize,
    /// All values, frame after frame.
    pub values: &'a [T],
}

impl<'a, T> TensorBlock<'a, T> {
    /// The frames one by one.
    pub fn frames(&self) -> impl Iterator<Item = &'a [T]> + use<'a, T> {
        self.values.chunks_exact(self.frame_len.max(1))
    }
}

#[cfg(feature = "ndarray")]
impl<'a, T> TensorBlock<'a, T> {
    /// As a 2-d array `(frame, element)`.
    pub fn to_ndarray(self) -> ndarray::ArrayView2<'a, T> {
        let frames = self.values.len() / self.frame_len.max(1);
        ndarray::ArrayView2::from_shape((frames, self.frame_len), self.values).expect("values are whole frames")
    }
}
