//! Where a stage's results go: blocks that the host allocates.
#![allow(unsafe_code)]

use crate::buffer::Buffer;
use crate::dtype::Element;
use crate::error::{Error, ErrorKind, Result};
use crate::format::{Data, Format};
use crate::packet::Packet;
use crate::records::Rows;
use crate::services::Host;
use auricle_abi as abi;
use std::marker::PhantomData;
use std::sync::Arc;

/// The outputs of one call. Blocks are written in place and sent with `emit`; each output's entries leave in order.
///
/// ```
/// use auricle_sdk::{Outputs, Packet, Result};
///
/// /// Sends a packet of mono audio on as two channels.
/// fn widen(packet: &Packet, out: &mut Outputs<'_>) -> Result<()> {
///     let mut block = out.audio::<f32>(0, packet.start, packet.count)?;
///     for channel in block.each_channel() {
///         channel.copy_from_slice(packet.channel::<f32>(0)?);
///     }
///     block.emit()
/// }
/// ```
///
/// Entries that lie before the span that [`Stage::begin`](crate::Stage::begin) was asked for are dropped here, so a stage
/// that computes from the start serves any region.
pub struct Outputs<'a> {
    host: &'a Host,
    formats: &'a [Arc<Format>],
    wanted: Wanted,
    sink: *const abi::Sink,
}

/// The output and its first entry that `begin` asked for.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) output: usize,
    pub(crate) first: i64,
}

impl<'a> Outputs<'a> {
    /// # Safety
    /// `sink` is valid for `'a`, the duration of the call.
    pub(crate) unsafe fn new(
        host: &'a Host,
        formats: &'a [Arc<Format>],
        wanted: Wanted,
        sink: *const abi::Sink,
    ) -> Self {
        Outputs { host, formats, wanted, sink }
    }

    fn block<'o>(
        &self,
        port: usize,
        start: i64,
        count: usize,
        entry: usize,
        stride: usize,
        buffer: Buffer,
    ) -> Block<'o> {
        let first = if port == self.wanted.output { self.wanted.first } else { 0 };
        Block { sink: self.sink, port, start, count, first, entry, stride, buffer, borrow: PhantomData }
    }

    /// The host's services.
    pub fn host(&self) -> &'a Host {
        self.host
    }

    /// Format of output `port`, as negotiated.
    ///
    /// # Errors
    /// The stage has no such output.
    pub fn format(&self, port: usize) -> Result<&'a Arc<Format>> {
        self.formats.get(port).ok_or_else(|| Error::internal(format!("the stage has no output {port}")))
    }

    /// Room for `count` sample frames from index `start` on. Content is unspecified until written.
    ///
    /// # Errors
    /// Output `port` is no audio of `T`, or the host refuses the memory.
    pub fn audio<T: Element>(&mut self, port: usize, start: i64, count: usize) -> Result<AudioOut<'_, T>> {
        let audio = self.format(port)?.as_audio()?;
        self.check_dtype::<T>(port)?;
        let channels = audio.channels;
        // Planes start where the widest vector instructions like it.
        let stride = count.checked_mul(size_of::<T>()).and_then(|bytes| bytes.checked_next_multiple_of(64));
        let (stride, bytes) =
            stride.and_then(|n| Some((n, n.checked_mul(channels)?))).ok_or_else(|| too_many(count))?;
        let buffer = self.host.buffer(bytes)?;
        Ok(AudioOut {
            block: self.block(port, start, count, size_of::<T>(), stride, buffer),
            channels,
            element: PhantomData,
        })
    }

    /// Room for `count` frames from index `start` on. Content is unspecified until written.
    ///
    /// # Errors
    /// Output `port` is no tensor of `T`, or the host refuses the memory.
    pub fn tensor<T: Element>(&mut self, port: usize, start: i64, count: usize) -> Result<TensorOut<'_, T>> {
        let frame_len = self.format(port)?.as_tensor()?.frame_len();
        self.check_dtype::<T>(port)?;
        let stride = frame_len * size_of::<T>();
        let buffer = self.host.buffer(stride.checked_mul(count).ok_or_else(|| too_many(count))?)?;
        Ok(TensorOut { block: self.block(port, start, count, stride, stride, buffer), frame_len, element: PhantomData })
    }

    /// Sends rows; `start` is the index of the first.
    ///
    /// # Errors
    /// Output `port` holds no records of this format, or the host refuses.
    pub fn rows(&mut self, port: usize, start: i64, rows: &Rows) -> Result<()> {
        self.format(port)?.as_records()?;
        if rows.is_empty() {
            return Ok(());
        }
        let bytes = rows.encode();
        let mut buffer = self.host.buffer(bytes.len())?;
        buffer.bytes_mut()[..bytes.len()].copy_from_slice(&bytes);
        self.block(port, start, rows.len(), 0, bytes.len(), buffer).emit(0)
    }

    /// Sends an input packet on as it is, without copying; the output's format must be the input's.
    ///
    /// # Errors
    /// As for a block that was written.
    pub fn forward(&mut self, port: usize, packet: &Packet) -> Result<()> {
        let Some(buffer) = packet.buffer.clone().filter(|_| packet.count > 0) else { return Ok(()) };
        let (start, count, stride) = (packet.start, packet.count, packet.stride);
        let entry = match &self.format(port)?.data {
            Data::Audio(audio) => audio.dtype.size(),
            Data::Tensor(_) => stride,
            _ => 0,
        };
        self.block(port, start, count, entry, stride, buffer).emit(packet.offset)
    }

    fn check_dtype<T: Element>(&self, port: usize) -> Result<()> {
        match self.format(port)?.dtype() {
            Some(dtype) if dtype != T::DTYPE => {
                Err(Error::internal(format!("output {port} was negotiated as {dtype}, the stage writes {}", T::DTYPE)))
            }
            _ => Ok(()),
        }
    }
}

fn too_many(count: usize) -> Error {
    Error::new(ErrorKind::Memory, format!("a block of {count} entries is larger than memory"))
}

struct Block<'o> {
    sink: *const abi::Sink,
    port: usize,
    start: i64,
    count: usize,
    /// The first entry that is wanted.
    first: i64,
    /// Bytes from an entry to the next within a plane; 0 for rows, which stay together.
    entry: usize,
    stride: usize,
    buffer: Buffer,
    borrow: PhantomData<&'o mut ()>,
}

impl Block<'_> {
    #[inline]
    fn emit(self, offset: usize) -> Result<()> {
        let unwanted = usize::try_from(self.first.saturating_sub(self.start)).unwrap_or(0).min(self.count);
        if self.count == unwanted {
            return Ok(());
        }
        let unwanted = if self.entry == 0 { 0 } else { unwanted };
        let packet = abi::Packet {
            size: size_of::<abi::Packet>() as u32,
            flags: 0,
            port: self.port as u32,
            reserved: 0,
            start: self.start + unwanted as i64,
            count: (self.count - unwanted) as i64,
            buf: self.buffer.into_raw(),
            offset: (offset + unwanted * self.entry) as u64,
            stride: self.stride as u64,
        };
        // SAFETY: the sink is valid during the call that Outputs borrows from, and takes over the buffer's reference.
        let status = unsafe {
            match (*self.sink).emit {
                Some(emit) => emit((*self.sink).ctx, &packet),
                None => abi::E_STATE,
            }
        };
        match status {
            abi::E_CANCELLED => Err(Error::new(ErrorKind::Cancelled, "cancelled")),
            status if status < 0 => Err(Error::new(ErrorKind::from_status(status), "the host refused a packet")),
            _ => Ok(()),
        }
    }
}

/// Sample frames being written.
pub struct AudioOut<'o, T> {
    block: Block<'o>,
    channels: usize,
    element: PhantomData<T>,
}

impl<T: Element> AudioOut<'_, T> {
    /// Number of channels.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// The samples of one channel.
    ///
    /// # Panics
    /// If there is no such channel.
    pub fn channel(&mut self, channel: usize) -> &mut [T] {
        assert!(channel < self.channels, "channel {channel} of {}", self.channels);
        let Block { stride, count, .. } = self.block;
        self.block.buffer.elements_mut(channel * stride, count).expect("the buffer was made for these channels")
    }

    /// The channels one by one.
    pub fn each_channel(&mut self) -> impl Iterator<Item = &mut [T]> {
        let Block { stride, count, .. } = self.block;
        let plane = (stride / size_of::<T>()).max(1);
        let all = self.block.buffer.elements_mut(0, plane * self.channels).unwrap_or_default();
        all.chunks_exact_mut(plane).map(move |channel| &mut channel[..count])
    }

    /// Keeps only the first `count` sample frames.
    pub fn truncate(&mut self, count: usize) {
        self.block.count = self.block.count.min(count);
    }

    /// Sends the block.
    ///
    /// # Errors
    /// [`ErrorKind::Cancelled`], or what the host found wrong with the packet.
    pub fn emit(self) -> Result<()> {
        self.block.emit(0)
    }
}

/// Frames being written.
pub struct TensorOut<'o, T> {
    block: Block<'o>,
    frame_len: usize,
    element: PhantomData<T>,
}

impl<T: Element> TensorOut<'_, T> {
    /// All values, frame after frame.
    pub fn values(&mut self) -> &mut [T] {
        let n = self.frame_len * self.block.count;
        self.block.buffer.elements_mut(0, n).expect("the buffer was made for these frames")
    }

    /// The frames one by one.
    pub fn frames(&mut self) -> std::slice::ChunksExactMut<'_, T> {
        let n = self.frame_len.max(1);
        self.values().chunks_exact_mut(n)
    }

    /// Keeps only the first `count` frames.
    pub fn truncate(&mut self, count: usize) {
        self.block.count = self.block.count.min(count);
    }

    /// Sends the block.
    ///
    /// # Errors
    /// [`ErrorKind::Cancelled`], or what the host found wrong with the packet.
    pub fn emit(self) -> Result<()> {
        self.block.emit(0)
    }
}
