//! Running streams: the callbacks, which touch nothing but the ring and atomics.

use crate::choice::Chosen;
use crate::fault::Fault;
use crate::playback::RingSource;
use crate::samples;
use auricle_sound::{ErrorKind, Shared};
use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{Data, InputCallbackInfo, OutputCallbackInfo, Stream};
use rodio::Source;
use std::time::Duration;

/// A dead sound server reports the same error without a pause; this is the pause.
const ERROR_PAUSE: Duration = Duration::from_millis(1);

/// Opens and starts a stream, and says how many frames one callback has (0 if unknown).
///
/// # Safety
/// `shared` must live until the stream is dropped: cpal ends the callback before that returns.
pub(crate) unsafe fn open(chosen: &Chosen, shared: &Shared) -> Result<(Stream, u32), Fault> {
    // SAFETY: the caller keeps the memory as long as the stream, which alone holds this.
    let shared: &'static Shared = unsafe { &*std::ptr::from_ref(shared) };
    let cannot = |error: cpal::Error| Fault::from_cpal(&chosen.purpose, &error);
    let stream = if chosen.capture { capture(chosen, shared) } else { playback(chosen, shared)? };
    let stream = stream.map_err(cannot)?;
    stream.play().map_err(cannot)?;
    let period = stream.buffer_size().unwrap_or(0);
    Ok((stream, period))
}

fn playback(chosen: &Chosen, shared: &'static Shared) -> Result<Result<Stream, cpal::Error>, Fault> {
    let Some(source) = RingSource::new(shared) else {
        return Err(Fault::new(ErrorKind::Unsupported, "the device has no usable format"));
    };
    let (mixer, mut mixed) = rodio::mixer::mixer(source.channels(), source.sample_rate());
    mixer.add(source);
    let rate = f64::from(shared.sample_rate());
    let data = move |data: &mut Data, info: &OutputCallbackInfo| {
        if !samples::fill(data, &mut || mixed.next().unwrap_or(0.0)) {
            shared.note_fault(ErrorKind::Unsupported.code());
        }
        let times = info.timestamp();
        let delay = times.playback.duration_since(times.callback).as_secs_f64();
        let frames = data.len() / shared.channels();
        shared.note_latency((delay * rate) as u64 + frames as u64);
    };
    let (config, format) = (chosen.config, chosen.format);
    Ok(chosen.device.build_output_stream_raw(config, format, data, errors(shared), None))
}

fn capture(chosen: &Chosen, shared: &'static Shared) -> Result<Stream, cpal::Error> {
    /// Whole frames handed over at once; their memory is made here, not in the callback.
    const BLOCK: usize = 256;
    let mut block = Vec::with_capacity(BLOCK * shared.channels());
    let rate = f64::from(shared.sample_rate());
    let data = move |data: &Data, info: &InputCallbackInfo| {
        let times = info.timestamp();
        let delay = times.callback.duration_since(times.capture).as_secs_f64();
        shared.note_latency((delay * rate) as u64 + (data.len() / shared.channels()) as u64);
        let known = samples::take(data, &mut |sample| {
            block.push(sample);
            if block.len() == block.capacity() {
                shared.push(&block);
                block.clear();
            }
        });
        shared.push(&block);
        block.clear();
        if !known {
            shared.note_fault(ErrorKind::Unsupported.code());
        }
    };
    let (config, format) = (chosen.config, chosen.format);
    chosen.device.build_input_stream_raw(config, format, data, errors(shared), None)
}

/// Counts errors; which of them mean a loss is for the client to say, except where the backend
/// is sure.
fn errors(shared: &'static Shared) -> impl FnMut(cpal::Error) + Send + 'static {
    move |error| match error.kind() {
        cpal::ErrorKind::Xrun => shared.note_xrun(),
        cpal::ErrorKind::StreamInvalidated | cpal::ErrorKind::DeviceNotAvailable => {
            shared.note_fault(ErrorKind::Lost.code());
            std::thread::sleep(ERROR_PAUSE);
        }
        cpal::ErrorKind::DeviceChanged | cpal::ErrorKind::RealtimeDenied => {}
        _ => {
            shared.note_error();
            std::thread::sleep(ERROR_PAUSE);
        }
    }
}
