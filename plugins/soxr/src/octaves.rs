//! A constant-Q transform of a stream: its octaves, each at half the rate of the one above, frame by frame.

use std::ops::Range;

use crate::convert::{Converter, Rates};
use crate::ffi::{Quality, Sample};
use crate::survey::Survey;
use auricle_analysis::{librosa, refused_as};
use auricle_dsp::Float;
use auricle_dsp::cqt::{Config, Cqt};
use auricle_sdk::adapter::Framer;
use auricle_sdk::prelude::*;

/// What the transform of a stage is, beside its filters.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The filters; their tuning is estimated if `estimate`.
    pub config: Config,
    /// Are the tones' own frequencies looked for in a first pass?
    pub estimate: bool,
    /// What stands outside the signal.
    pub pad: Pad,
    /// How rates are halved.
    pub quality: Quality,
}

/// The octaves of every channel of one stream.
pub struct Octaves<T> {
    settings: Settings,
    channels: usize,
    cqt: Cqt,
    /// To the rate of the first octave, where that is not the input's.
    first: Option<Converter<T>>,
    levels: Vec<Level<T>>,
    survey: Option<Survey>,
}

/// The signal of one octave.
struct Level<T> {
    /// From the octave above; none: its signal.
    half: Option<Converter<T>>,
    framer: Framer<T>,
}

impl<T: Sample + Float> Octaves<T> {
    /// Plans the filters.
    ///
    /// # Errors
    /// Filters that cannot be made, and a missing libsoxr.
    pub fn new(settings: Settings, channels: usize) -> Result<Self> {
        let rate = settings.config.sample_rate;
        let survey = settings.estimate.then(|| Survey::new(rate, channels)).transpose()?;
        let cqt = Cqt::new(&settings.config).map_err(refused_as(&[]))?;
        let mut octaves = Octaves { settings, channels, cqt, first: None, levels: Vec::new(), survey };
        octaves.plan()?;
        Ok(octaves)
    }

    fn plan(&mut self) -> Result<()> {
        let Settings { pad, quality, .. } = self.settings;
        let converter = |by: usize| {
            let rates = Rates { from_hz: by as u32, to_hz: 1 };
            if by > 1 { Converter::new(rates, quality, self.channels).map(Some) } else { Ok(None) }
        };
        self.first = converter(self.cqt.divided_by)?;
        self.levels.clear();
        for octave in &self.cqt.octaves {
            let half = converter(1 + usize::from(octave.halved))?;
            let framing = librosa::centred(octave.n_fft(), octave.hop, pad);
            self.levels.push(Level { half, framer: Framer::new(framing, self.channels) });
        }
        Ok(())
    }

    /// Bins of a frame.
    pub fn bins(&self) -> usize {
        self.cqt.bins()
    }

    /// Frames of a signal of so many samples, unless that hangs on a tuning that is not known yet.
    fn count(&self, samples: i64) -> Option<i64> {
        let of = |cqt: &Cqt| {
            let mut length = (samples.max(0) as u64).div_ceil(cqt.divided_by as u64);
            let counts = cqt.octaves.iter().map(|octave| {
                length = if octave.halved { length.div_ceil(2) } else { length };
                1 + (length / octave.hop as u64) as i64
            });
            counts.min().unwrap_or(0)
        };
        let config = self.settings.config;
        let at = |tuning| Cqt::new(&Config { tuning, ..config }).ok().map(|cqt| of(&cqt));
        match self.settings.estimate {
            true => at(-0.5).filter(|count| at(0.5) == Some(*count)),
            false => Some(of(&self.cqt)),
        }
    }

    /// The format of frames of `tensor`, whose axes are those of one channel.
    ///
    /// # Errors
    /// A signal that is too short.
    pub fn format(&self, input: &Format, mut tensor: Tensor) -> Result<Format> {
        input.length.map_or(Ok(()), |samples| self.fits(samples))?;
        let length = input.length.and_then(|samples| self.count(samples));
        let names: Vec<&str> = tensor.axes.iter().map(|axis| axis.name.as_str()).chain(["frame"]).collect();
        let mut layout = names.join(",");
        if self.channels > 1 {
            tensor.axes.insert(0, Axis::channels(self.channels));
            layout = format!("channel,{layout}");
        }
        tensor.axes.insert(0, Axis::frames(length));
        let clock = input.clock.frames(self.settings.config.hop as i64, 0);
        Ok(Format::tensor(tensor, clock, length, &layout))
    }

    /// Is a signal of so many samples long enough?
    ///
    /// # Errors
    /// It has fewer than one octave needs.
    fn fits(&self, samples: i64) -> Result<()> {
        let least = self.cqt.divided_by as i64;
        if samples >= least {
            return Ok(());
        }
        let message = format!("expected a signal of at least {least} samples, got one of {samples}");
        Err(Error::parameter("n_bins", message))
    }

    /// Samples that the frames before `end` are made of: all from the first on, for no resampler is at the same place within
    /// its blocks when it starts elsewhere.
    pub fn need(&self, end: i64) -> Range<i64> {
        let end = u64::try_from(end).unwrap_or(0);
        let mut above = vec![Rates { from_hz: self.cqt.divided_by as u32, to_hz: 1 }];
        let ends = self.cqt.octaves.iter().map(|octave| {
            above.push(Rates { from_hz: 1 + u32::from(octave.halved), to_hz: 1 });
            // A whole frame and not half of one, for a tuning that is found later may make it longer.
            let reach = end.saturating_mul(octave.hop as u64).saturating_add(octave.n_fft() as u64);
            above.iter().rev().fold(reach, |reach, rates| rates.exit(reach))
        });
        0..ends.max().and_then(|end| i64::try_from(end).ok()).unwrap_or(i64::MAX)
    }

    /// Starts anew.
    ///
    /// # Errors
    /// What libsoxr says.
    pub fn begin(&mut self) -> Result<()> {
        let converters = self.levels.iter_mut().filter_map(|level| level.half.as_mut()).chain(&mut self.first);
        for converter in converters {
            converter.start(0)?;
        }
        self.levels.iter_mut().for_each(|level| level.framer.begin(0));
        self.survey.iter_mut().for_each(Survey::begin);
        Ok(())
    }

    /// Takes a packet in.
    ///
    /// # Errors
    /// What libsoxr says.
    pub fn push(&mut self, packet: &Packet) -> Result<()> {
        let planes = packet.audio::<T>()?.channels.into_iter().map(<[T]>::to_vec).collect();
        self.take(planes, false)
    }

    /// The input has ended.
    ///
    /// # Errors
    /// What libsoxr says; a signal that is too short.
    pub fn end(&mut self) -> Result<()> {
        self.take(vec![Vec::new(); self.channels], true)?;
        self.levels.iter_mut().try_for_each(|level| level.framer.end())
    }

    fn take(&mut self, mut planes: Vec<Vec<T>>, last: bool) -> Result<()> {
        if let Some(first) = &mut self.first {
            let gain = (self.cqt.divided_by as f64).sqrt();
            planes = halved(first, &planes, last, gain)?;
            let again = self.cqt.gain;
            planes.iter_mut().flatten().filter(|_| again != 1.0).for_each(|x| *x = T::from_real((*x).into() * again));
        }
        for level in &mut self.levels {
            if let Some(half) = &mut level.half {
                planes = halved(half, &planes, last, std::f64::consts::SQRT_2)?;
            }
            for (channel, plane) in planes.iter().enumerate() {
                level.framer.append(0, channel, plane);
            }
        }
        Ok(())
    }

    /// Index of the next frame.
    pub fn next(&self) -> i64 {
        self.levels.first().map_or(0, |level| level.framer.next())
    }

    /// Frames that can be made.
    pub fn ready(&self) -> usize {
        self.levels.iter().map(|level| level.framer.ready()).min().unwrap_or(0)
    }

    /// Makes a frame, `offset` after the next, of one channel.
    pub fn frame<O: Float>(&mut self, offset: usize, channel: usize, out: &mut [Complex<O>]) {
        for (octave, level) in self.levels.iter_mut().enumerate() {
            self.cqt.process(octave, level.framer.frame(offset, channel), out);
        }
    }

    /// Moves past `count` frames.
    pub fn advance(&mut self, count: usize) {
        self.levels.iter_mut().for_each(|level| level.framer.advance(count));
    }

    /// Is there a first pass?
    pub fn reduces(&self) -> bool {
        self.survey.is_some()
    }

    /// Takes a packet of the first pass in.
    ///
    /// # Errors
    /// The packet is not of this stream.
    pub fn reduce(&mut self, packet: &Packet) -> Result<()> {
        self.survey.as_mut().map_or(Ok(()), |survey| survey.push(packet))
    }

    /// The tuning that was found.
    pub fn reduction(&self) -> Vec<u8> {
        let Config { tuning, per_octave, .. } = self.settings.config;
        self.survey.as_ref().map_or(tuning, |survey| survey.tuning(per_octave)).to_le_bytes().to_vec()
    }

    /// Takes the tuning that was found.
    ///
    /// # Errors
    /// The bytes are none; bins that it moves beyond half the sample rate.
    pub fn adopt(&mut self, state: &[u8]) -> Result<()> {
        let bytes = state.try_into().map_err(|_| Error::internal("the reduction is not eight bytes"))?;
        self.settings.config.tuning = f64::from_le_bytes(bytes);
        self.cqt = Cqt::new(&self.settings.config).map_err(refused_as(&[]))?;
        self.plan()
    }
}

/// What comes of halving `planes`, times `gain`; all that is left of it if they are the `last`.
fn halved<T: Sample + Float>(by: &mut Converter<T>, planes: &[Vec<T>], last: bool, gain: f64) -> Result<Vec<Vec<T>>> {
    by.push(planes.iter().map(Vec::as_slice))?;
    if last {
        by.finish()?;
    }
    let mut planes = by.take(usize::MAX);
    planes.iter_mut().flatten().for_each(|x| *x = T::from_real((*x).into() * gain));
    Ok(planes)
}
