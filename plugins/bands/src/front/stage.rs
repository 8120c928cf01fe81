//! The one stage behind every front end.

use std::marker::PhantomData;
use std::ops::Range;

use auricle_analysis::refused;
use auricle_dsp::bands::{ABREAST, Bands};
use auricle_dsp::dct::Dct;
use auricle_dsp::overall::Overall;
use auricle_dsp::{Float, overall};
use auricle_sdk::adapter::Framer;
use auricle_sdk::{Real, prelude::*};

use super::signal::Preparation;
use super::{Fit, FrontEnd, Last, Longer, Order, Place, Recipe};

/// Most frames in one packet.
const BLOCK: usize = 256;

/// Most bytes of the first pass's frames that are kept for the second, which makes the rest again.
const KEPT: usize = 1 << 24;

/// A front end, for values of one precision.
pub struct Front<D, T> {
    recipe: Recipe,
    preparation: Preparation<T>,
    framer: Framer<T>,
    bands: Bands,
    overall: Overall,
    cepstrum: Option<Dct>,
    channels: usize,
    /// Values of a frame of one channel, before the cepstrum.
    elements: usize,
    /// Length of the input, if known.
    total: Option<i64>,
    /// Frames that there are, once the input has ended.
    end: Option<i64>,
    /// The first sample that came, to tell a region from the whole.
    first: Option<i64>,
    /// Index of the next frame, before stacking.
    next: i64,
    frame: Vec<T>,
    /// Frames that have been made, before what depends on all frames.
    ahead: Vec<T>,
    /// Which they are.
    made: Range<i64>,
    /// Those of the first pass, from the first on.
    kept: Vec<T>,
    dialect: PhantomData<D>,
}

impl<D: FrontEnd, T: Real + Float> Stage for Front<D, T> {
    const DESCRIPTOR: Descriptor = D::DESCRIPTOR;

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let input = setup.input(0)?;
        let audio = input.as_audio()?;
        let recipe = D::recipe(setup)?;
        recipe.framing.check()?;
        let channels = if recipe.signal.channel.is_some() { 1 } else { audio.channels };
        let bands = Bands::new(&recipe.bands).map_err(refused)?;
        let elements = bands.elements();
        let cepstrum = recipe.cepstrum.as_ref().map(Dct::new).transpose().map_err(refused)?;
        warn_of_empty_bands(setup, &bands, recipe.bands.stft.window.n_fft);
        let stage = Front {
            preparation: Preparation::new(recipe.signal, channels),
            framer: Framer::new(recipe.framing, channels),
            overall: Overall::new(&recipe.overall, channels * elements),
            frame: vec![T::default(); channels * elements],
            ahead: vec![T::default(); ABREAST * channels * elements],
            made: 0..0,
            kept: Vec::new(),
            bands,
            cepstrum,
            channels,
            elements,
            total: input.length,
            end: None,
            first: None,
            next: 0,
            recipe,
            dialect: PhantomData,
        };
        if let Some(samples) = input.length {
            stage.fits(samples)?;
        }
        let length = input.length.or(stage.recipe.signal.fit.map(|_| 0)).map(|samples| stage.count(samples));
        let length = length.or(stage.recipe.exactly).map(|frames| stage.filled(frames) / stage.recipe.stack as i64);
        let format = stage.format(input, audio.sample_rate, length);
        Ok((stage, vec![format]))
    }

    fn need(&self, _: usize, span: Range<i64>) -> Vec<Range<i64>> {
        let stack = self.recipe.stack as i64;
        let span = span.start * stack..span.end.saturating_mul(stack);
        let framing = &self.recipe.framing;
        let total = self.total.map(|samples| self.recipe.signal.length(samples));
        let prepared = match self.recipe.exactly {
            // Frames that are filled in are known to be so only when the input has ended.
            Some(frames) => 0..framing.need(0..frames, total).end,
            None => framing.need(span, total),
        };
        let prepared = prepared.start..prepared.end.max(self.recipe.fewest);
        vec![self.recipe.signal.need(prepared, self.total)]
    }

    fn begin(&mut self, _: usize, span: Range<i64>) -> Result<()> {
        (self.end, self.first, self.made) = (None, None, 0..0);
        self.next = span.start.saturating_mul(self.recipe.stack as i64);
        self.framer.begin(self.next);
        self.preparation.begin();
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        let Some(packet) = packet else { return Ok(Flow::Continue) };
        self.push(packet)?;
        self.emit(out)?;
        if self.preparation.is_full() {
            return self.finish(out);
        }
        let full = self.recipe.exactly.is_some_and(|frames| self.next >= frames);
        Ok(if full { Flow::Done } else { Flow::Continue })
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        self.ended()?;
        self.emit(out)?;
        self.kept = Vec::new();
        Ok(Flow::Done)
    }

    fn reduces(&self) -> bool {
        self.recipe.overall.is_global()
    }

    fn reduce(&mut self, packet: &Packet) -> Result<()> {
        if self.end.is_some() {
            return Ok(());
        }
        if self.next == 0 && self.first.is_none() {
            self.overall.reset();
            self.kept.clear();
        }
        self.push(packet)?;
        if packet.end || self.preparation.is_full() {
            self.ended()?;
        }
        for _ in 0..self.ready() {
            if !self.is_blank(self.next) {
                self.analyse();
                self.overall.observe(&self.frame);
                self.keep();
            }
            self.advance(1);
        }
        Ok(())
    }

    fn reduction(&self) -> Vec<u8> {
        self.overall.state().into_iter().flat_map(f64::to_le_bytes).collect()
    }

    fn adopt(&mut self, state: &[u8]) -> Result<()> {
        if state != self.reduction() {
            self.kept = Vec::new();
        }
        let (numbers, rest) = state.as_chunks::<8>();
        let numbers: Vec<f64> = numbers.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
        if rest.is_empty() && self.overall.adopt(&numbers) {
            return Ok(());
        }
        Err(Error::internal(format!("{} bytes are no reduction of this stage", state.len())))
    }
}

impl<D: FrontEnd, T: Real + Float> Front<D, T> {
    fn format(&self, input: &Format, sample_rate: u32, length: Option<i64>) -> Format {
        let recipe = &self.recipe;
        let (element, name) = match (&self.cepstrum, self.bands.mel()) {
            (Some(cepstrum), _) => {
                (Axis::new(Role::Other, "coefficient", Some(cepstrum.coefficients())), "coefficient")
            }
            (None, Some(mel)) if recipe.stack == 1 && self.elements == mel.bands() => {
                (Axis::bands(mel.centres_hz().to_vec(), recipe.scale), "band")
            }
            (None, None) => {
                let step_hz = f64::from(sample_rate) / recipe.bands.stft.window.n_fft as f64;
                (Axis::bins(self.elements, step_hz), "bin")
            }
            // Stacked frames, and bands with the energy, stand at no single frequency.
            _ => (Axis::new(Role::Other, "band", Some(self.elements * recipe.stack)), "band"),
        };
        let mut axes = vec![Axis::frames(length), element];
        let mut layout = match recipe.order {
            Order::BandFrame => format!("{name},frame"),
            Order::FrameBand => format!("frame,{name}"),
        };
        if self.channels > 1 || recipe.channel_axis {
            axes.insert(1, Axis::channels(self.channels));
            layout = format!("channel,{layout}");
        }
        let mut tensor = Tensor::new::<T>(axes, recipe.quantity);
        if recipe.quantity == "db" {
            (tensor.unit, tensor.reference) = ("dB".into(), Some(1.0));
        }
        let framing = &recipe.framing;
        let hop = framing.hop * recipe.stack;
        let clock = input.clock.frames(hop as i64, framing.origin() - recipe.signal.lead as i64);
        Format::tensor(tensor, clock, length, &layout)
    }

    /// Frames before stacking, of an input of so many samples.
    fn count(&self, samples: i64) -> i64 {
        if let Some(frames) = self.recipe.exactly {
            return frames;
        }
        self.whole(samples) - i64::from(self.recipe.last == Last::Drop && self.whole(samples) > 0)
    }

    /// Of so many frames in all, how many there are with those of zeros behind them.
    fn filled(&self, frames: i64) -> i64 {
        let multiple = self.recipe.multiple as i64;
        frames + (multiple - frames % multiple) % multiple
    }

    fn whole(&self, samples: i64) -> i64 {
        if samples < self.recipe.fewest {
            return 0;
        }
        self.recipe.framing.count(self.recipe.signal.length(samples))
    }

    fn fits(&self, samples: i64) -> Result<()> {
        let Some(Fit { samples: most, longer: Longer::Refuse(why), .. }) = self.recipe.signal.fit else {
            return self.recipe.framing.fits(self.recipe.signal.length(samples));
        };
        if samples > most as i64 {
            return Err(Error::data(format!("expected at most {most} samples, got {samples}: {why}")));
        }
        Ok(())
    }

    fn push(&mut self, packet: &Packet) -> Result<()> {
        if packet.count > 0 {
            self.first.get_or_insert(packet.start);
        }
        self.preparation.push(packet, &mut self.framer)
    }

    /// The input has ended: the last frames can be made.
    fn ended(&mut self) -> Result<()> {
        if self.end.is_some() {
            return Ok(());
        }
        let samples = self.preparation.received();
        self.preparation.end(&mut self.framer)?;
        self.end = Some(self.whole(samples));
        Ok(())
    }

    /// Frames that can be made now.
    fn ready(&self) -> usize {
        let mut end = self.next + self.framer.ready() as i64;
        if let Some(whole) = self.end {
            end = end.min(whole - i64::from(self.recipe.last == Last::Drop));
        }
        let long = self.total.unwrap_or(self.preparation.received()) >= self.recipe.fewest;
        if self.end.is_none() && !long {
            return 0;
        }
        if let Some(frames) = self.recipe.exactly {
            end = if self.end.is_some() { frames } else { end.min(frames) };
        }
        usize::try_from(end - self.next).unwrap_or(0)
    }

    /// Is this frame zeros in place of what the tool leaves out?
    fn is_blank(&self, frame: i64) -> bool {
        self.end.is_some_and(|whole| self.recipe.last == Last::Blank && frame == whole - 1)
    }

    /// The next frame of every channel, before what depends on all frames.
    fn analyse(&mut self) {
        if self.end.is_some_and(|whole| self.next >= whole) {
            self.frame.fill(T::default());
            return;
        }
        let width = self.frame.len();
        let place = |frames: i64| usize::try_from(frames).unwrap_or(0) * width;
        if let Some(kept) = self.kept.get(place(self.next)..place(self.next + 1)) {
            self.frame.copy_from_slice(kept);
            return;
        }
        if !self.made.contains(&self.next) {
            self.make();
        }
        let from = place(self.next - self.made.start);
        self.frame.copy_from_slice(&self.ahead[from..from + width]);
    }

    /// Makes as many of the next frames as go side by side.
    fn make(&mut self) {
        let count = self.framer.ready().clamp(1, ABREAST);
        let mut ahead = std::mem::take(&mut self.ahead);
        self.make_into(&mut ahead[..count * self.frame.len()]);
        self.ahead = ahead;
        self.made = self.next..self.next + count as i64;
    }

    /// Makes the next frames, as many as there is room for.
    fn make_into(&mut self, out: &mut [T]) {
        for (group, places) in out.chunks_mut(ABREAST * self.elements).enumerate() {
            for lane in group * ABREAST..group * ABREAST + places.len() / self.elements {
                self.bands.push(self.framer.frame(lane / self.channels, lane % self.channels));
            }
            self.bands.drain(places);
        }
    }

    /// Keeps a frame of the first pass.
    fn keep(&mut self) {
        let next = usize::try_from(self.next).is_ok_and(|next| next * self.frame.len() == self.kept.len());
        if next && (self.kept.len() + self.frame.len()) * size_of::<T>() <= KEPT {
            self.kept.extend_from_slice(&self.frame);
        }
    }

    fn advance(&mut self, count: usize) {
        self.next += count as i64;
        if self.end.is_none_or(|whole| self.next <= whole) {
            self.framer.advance(count);
        }
    }

    fn emit(&mut self, out: &mut Outputs<'_>) -> Result<()> {
        let stack = self.recipe.stack;
        let ready = self.ready();
        let ready = if self.end.is_some() { self.filled(self.next + ready as i64) - self.next } else { ready as i64 };
        let mut ready = usize::try_from(ready).unwrap_or(0) / stack;
        while ready > 0 {
            let count = ready.min(BLOCK);
            let mut block = out.tensor::<T>(0, self.next / stack as i64, count)?;
            if self.as_they_are(count * stack) {
                for places in block.values().chunks_mut(ABREAST * self.frame.len()) {
                    self.make_into(places);
                    self.advance(places.len() / self.frame.len());
                }
            } else {
                for group in block.frames() {
                    let length = group.len() / stack;
                    for place in group.chunks_exact_mut(length) {
                        self.place(place);
                        self.advance(1);
                    }
                }
            }
            block.emit()?;
            ready -= count;
        }
        Ok(())
    }

    /// Do so many of the next frames go out as `bands` makes them?
    fn as_they_are(&self, frames: usize) -> bool {
        let Recipe { overall, bands, energy, cepstrum, .. } = &self.recipe;
        let plain = *overall == overall::Config::NONE && cepstrum.is_none();
        let end = self.next + frames as i64;
        let made = self.end.is_none_or(|whole| end <= whole - i64::from(self.recipe.last == Last::Blank));
        plain && made && (bands.energy.is_none() || *energy == Place::Last)
    }

    /// The next frame of every channel as it goes out.
    fn place(&mut self, out: &mut [T]) {
        let behind = self.recipe.exactly.is_none() && self.end.is_some_and(|whole| self.next >= whole);
        if behind || self.is_blank(self.next) {
            out.fill(T::default());
            return;
        }
        self.analyse();
        if self.recipe.overall != overall::Config::NONE {
            self.overall.apply(&mut self.frame);
        }
        let energy = usize::from(self.recipe.bands.energy.is_some());
        let length = out.len() / self.channels;
        for (frame, out) in self.frame.chunks_exact_mut(self.elements).zip(out.chunks_exact_mut(length)) {
            if let Some(cepstrum) = &self.cepstrum {
                cepstrum.process(&frame[..self.elements - energy], out);
                if energy > 0 {
                    out[0] = frame[self.elements - 1];
                }
                if let Place::LowestLast { doubled } = self.recipe.energy {
                    out[0] = if doubled { T::from_real(out[0].into() * std::f64::consts::SQRT_2) } else { out[0] };
                    out.rotate_left(1);
                }
            } else {
                if energy > 0 && self.recipe.energy == Place::First {
                    frame.rotate_right(1);
                }
                out.copy_from_slice(frame);
            }
        }
    }
}

fn warn_of_empty_bands(setup: &Setup, bands: &Bands, n_fft: usize) {
    if let Some(mel) = bands.mel().filter(|mel| mel.empty_bands() > 0) {
        let message = format!(
            "{} of {} bands are always zero: they lie between two bins of n_fft = {n_fft}; fewer bands or a longer n_fft fill them",
            mel.empty_bands(),
            mel.bands()
        );
        setup.host().finding(Severity::Warning, "empty-bands", &message, None);
    }
}
