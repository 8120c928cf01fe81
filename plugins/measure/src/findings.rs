//! `measure.findings`: what is wrong with a recording.
//!
//! Shape: audio in; findings, and the numbers behind them as metrics. One pass, bounded memory.

use crate::bandwidth::Bandwidth;
use crate::meter::{Meter, Metric};
use crate::rail::Rail;
use crate::samples::DTYPES;
use crate::silence::{SILENCE_DBFS, Silence};
use auricle_dsp::level::{Level, dbfs};
use auricle_sdk::Host;
use auricle_sdk::prelude::*;

/// A mean this far from zero is an offset.
const DC: f64 = 0.01;
/// Over so many seconds; in a shorter piece low frequencies have a mean of their own, the more so the shorter it is.
const DC_S: f64 = 1.0;
/// What a lossy coder may add to a signal that just reached full scale: beyond 1 it is told.
const OVERSHOOT: f64 = 1.122;
/// More silence than this is told.
const MOSTLY: f64 = 0.9;
/// Zeros at the end are told from half a second on.
const TAILS_PER_SECOND: i64 = 2;
/// At this correlation one channel is the other with its sign changed.
const INVERTED: f64 = -0.98;
/// Most channels of which every two are compared.
const COMPARED: usize = 16;

/// A bandwidth of more than this part of half the sample rate is not worth a word: filters of converters and of careful
/// resamplers begin there, and a lower rate in use would not hold it.
const WIDE: f64 = 2.0 / 3.0;
/// The same for what a lossy coder made, which takes away high frequencies by itself: LAME 3.100 keeps 11 of 22 kHz at 64
/// kbit/s.
const WIDE_CODED: f64 = 0.4;

/// The meter.
#[derive(Clone)]
pub struct Findings {
    host: Host,
    sample_rate: u32,
    /// The bandwidth, as a part of half the sample rate, from which on nothing is said of it.
    wide: f64,
    /// The peak from which on samples over full scale are told.
    full_scale: f64,
    bandwidth: Bandwidth,
    float: bool,
    speakers: Vec<String>,
    channels: Vec<Channel>,
    pairs: Vec<Pair>,
    not_finite: Tally,
    silence: Silence,
    /// Sample frames that have come, and how many up to the last that is not zero.
    count: i64,
    sounding: i64,
}

#[derive(Clone)]
struct Channel {
    level: Level,
    rail: Rail,
    over: Tally,
}

/// How often something was seen, and where first.
#[derive(Clone, Copy, Default)]
struct Tally {
    count: u64,
    first: Option<i64>,
}

impl Tally {
    fn add(&mut self, at: i64) {
        self.count += 1;
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
    }
}

/// Two channels against each other.
#[derive(Clone)]
struct Pair {
    channels: (usize, usize),
    equal: bool,
    product: f64,
}

impl Meter for Findings {
    const DESCRIPTOR: Descriptor = Descriptor::new("measure.findings", "What is wrong with a recording")
        .doc(
            "Finds: clipping (3 or more samples in a row at full scale), samples over full scale, samples that are no \
             number, offset (a mean beyond 0.01, of less than a second more), channels that are silent, identical or inverted copies, nothing but \
             silence, silence (under -60 dBFS) for more than nine tenths, half a second or more of zeros at the end, and \
             nothing above a frequency of at most two thirds of what the sample rate could carry (of lossy codecs: 0.4). \
             The metrics are `clipping_runs`, `over_full_scale`, `silence_ratio`, the part of the signal under -60 dBFS, \
             `zeros_at_end` in samples, and `bandwidth`, the frequency at which the spectrum ends: at an edge of 40 dB or \
             more, or at half the sample rate.",
        )
        .inputs(&[Port::audio("audio").dtypes(DTYPES).doc("What is looked at.")])
        .outputs(&[Port::records("metrics").doc("The numbers.")])
        .locality(Locality::WholeInput);

    fn new(setup: &Setup) -> Result<Self> {
        let format = setup.input(0)?;
        let audio = format.as_audio()?;
        let n = audio.channels;
        let all = (0..n.min(COMPARED)).flat_map(|a| (a + 1..n.min(COMPARED)).map(move |b| (a, b)));
        let neighbours = (COMPARED..n).map(|b| (b - 1, b));
        Ok(Findings {
            host: setup.host(),
            sample_rate: audio.sample_rate,
            wide: if is_coded(format) { WIDE_CODED } else { WIDE },
            full_scale: if is_coded(format) { OVERSHOOT } else { 1.0 },
            bandwidth: Bandwidth::new(n),
            float: matches!(audio.dtype, DType::F32 | DType::F64),
            speakers: audio.channel_layout.split(',').map(|name| name.trim().to_owned()).collect(),
            channels: vec![Channel { level: Level::default(), rail: Rail::new(format), over: Tally::default() }; n],
            pairs: all.chain(neighbours).map(|channels| Pair { channels, equal: true, product: 0.0 }).collect(),
            not_finite: Tally::default(),
            silence: Silence::new(audio.sample_rate),
            count: 0,
            sounding: 0,
        })
    }

    fn push(&mut self, start: i64, samples: &[Vec<f64>]) {
        for (index, (channel, samples)) in self.channels.iter_mut().zip(samples).enumerate() {
            self.bandwidth.push(index, samples);
            channel.level.push(samples);
            for (&sample, at) in samples.iter().zip(start..) {
                channel.rail.push(sample, at);
                if !sample.is_finite() {
                    self.not_finite.add(at);
                } else if self.float && sample.abs() > 1.0 {
                    channel.over.add(at);
                }
            }
        }
        for pair in &mut self.pairs {
            let (a, b) = (&samples[pair.channels.0], &samples[pair.channels.1]);
            pair.equal = pair.equal && a == b;
            for (a, b) in a.iter().zip(b).filter(|(a, b)| a.is_finite() && b.is_finite()) {
                pair.product += a * b;
            }
        }
        for index in 0..samples.first().map_or(0, Vec::len) {
            let peak = samples.iter().map(|channel| channel[index].abs()).fold(0.0, f64::max);
            self.silence.push(peak);
            self.count += 1;
            if samples.iter().any(|channel| channel[index] != 0.0) {
                self.sounding = self.count;
            }
        }
    }

    fn metrics(&mut self) -> Vec<Metric> {
        self.silence.finish();
        let edge = self.bandwidth.edge();
        if self.count > 0 {
            self.tell_samples();
            self.tell_channels();
            self.tell_silence();
            self.tell_bandwidth(edge);
        }
        let total = |of: fn(&Channel) -> u64| self.channels.iter().map(of).sum::<u64>() as f64;
        vec![
            Metric::new("clipping_runs", total(|channel| channel.rail.runs), "runs"),
            Metric::new("over_full_scale", total(|channel| channel.over.count), "samples"),
            Metric::new("silence_ratio", self.silence.ratio(), "1"),
            Metric::new("zeros_at_end", (self.count - self.sounding) as f64, "samples"),
            Metric::new("bandwidth", edge.unwrap_or(1.0) * self.nyquist(), "Hz"),
        ]
    }
}

impl Findings {
    fn tell(&self, severity: Severity, code: &str, message: String, at: Option<i64>) {
        self.host.finding(severity, code, &message, at);
    }

    /// Values that should not be.
    fn tell_samples(&self) {
        if let Tally { count, first: Some(first) } = self.not_finite {
            let what = format!("{} not a number or infinite, the first at sample frame {first}", samples(count));
            self.tell(Severity::Warning, "samples-not-finite", what, Some(first));
        }
        for (index, channel) in self.channels.iter().enumerate() {
            let name = self.name(index);
            if let Some(first) = channel.rail.first {
                let Rail { runs, longest, .. } = channel.rail;
                let runs = if runs == 1 { "once".to_owned() } else { format!("{runs} times") };
                let what = format!("{name}clipped {runs}: up to {longest} samples in a row at full scale");
                self.tell(Severity::Warning, "clipping", what, Some(first));
            }
            if let Tally { count, first: Some(first) } = channel.over
                && channel.level.peak() > self.full_scale
            {
                let peak = dbfs(channel.level.peak());
                let what = format!("{name}{} over full scale, the peak is {peak:+.2} dBFS", samples(count));
                self.tell(Severity::Info, "over-full-scale", what, Some(first));
            }
            let dc = channel.level.mean();
            if dc.abs() >= DC * (DC_S * f64::from(self.sample_rate) / self.count as f64).max(1.0) {
                self.tell(Severity::Warning, "dc-offset", format!("{name}the mean is {dc:+.4}, not 0"), None);
            }
        }
    }

    /// Channels that carry nothing of their own.
    fn tell_channels(&self) {
        let silent = |index: usize| self.channels[index].level.peak() == 0.0;
        if self.sounding == 0 {
            return;
        }
        for index in (0..self.channels.len()).filter(|&index| silent(index)) {
            // The low-frequency channel often has nothing to say.
            if self.speakers.get(index).is_none_or(|name| name != "LFE") {
                self.tell(Severity::Warning, "silent-channel", format!("{}all samples are 0", self.name(index)), None);
            }
        }
        // Each channel's first copy.
        let mut first: Vec<usize> = (0..self.channels.len()).collect();
        for Pair { channels: (a, b), .. } in self.pairs.iter().filter(|pair| pair.equal && !silent(pair.channels.0)) {
            first[*b] = first[*b].min(first[*a]);
        }
        for original in 0..first.len() {
            let copies: Vec<String> =
                (0..first.len()).filter(|&k| first[k] == original).map(|k| (k + 1).to_string()).collect();
            if let [begin @ .., last] = &copies[..]
                && !begin.is_empty()
            {
                let what = format!("channels {} and {last} are identical: one would do", begin.join(", "));
                self.tell(Severity::Info, "identical-channels", what, None);
            }
        }
        let own = |index: usize| first[index] == index && !silent(index);
        for Pair { channels: (a, b), product, .. } in
            self.pairs.iter().filter(|p| own(p.channels.0) && own(p.channels.1))
        {
            let energy = |index: usize| self.channels[index].level.rms().powi(2) * self.count as f64;
            let correlation = product / (energy(*a) * energy(*b)).sqrt();
            if correlation <= INVERTED {
                let what = format!(
                    "channels {} and {} are each other's inverse (correlation {correlation:.3}): mixed to mono they vanish",
                    a + 1,
                    b + 1
                );
                self.tell(Severity::Warning, "inverted-channels", what, None);
            }
        }
    }

    /// Where there is nothing.
    fn tell_silence(&self) {
        let not_finite = self.not_finite.count > 0;
        if self.sounding == 0 {
            return self.tell(Severity::Warning, "silence", "all samples are 0".into(), None);
        }
        let ratio = self.silence.ratio();
        if ratio > MOSTLY && !not_finite {
            let what = format!("{:.1} % of the signal is under {SILENCE_DBFS} dBFS", ratio * 100.0);
            self.tell(Severity::Info, "mostly-silence", what, None);
        }
        let zeros = self.count - self.sounding;
        if zeros * TAILS_PER_SECOND >= i64::from(self.sample_rate) {
            let seconds = zeros as f64 / f64::from(self.sample_rate);
            let what = format!("the last {seconds:.2} s are nothing but zeros");
            self.tell(Severity::Info, "zeros-at-end", what, Some(self.sounding));
        }
    }

    /// A sample rate that the sound does not use.
    fn tell_bandwidth(&self, edge: Option<f64>) {
        if let Some(edge) = edge.filter(|edge| *edge <= self.wide) {
            let (top, nyquist) = (edge * self.nyquist() / 1_000.0, self.nyquist() / 1_000.0);
            let what = format!("nothing above {top:.1} kHz, of {nyquist} kHz possible: upsampled, or filtered");
            self.tell(Severity::Info, "bandwidth", what, None);
        }
    }

    fn nyquist(&self) -> f64 {
        f64::from(self.sample_rate) / 2.0
    }

    /// What a message about channel `index` begins with: nothing if there is only one.
    fn name(&self, index: usize) -> String {
        if self.channels.len() == 1 { String::new() } else { format!("channel {}: ", index + 1) }
    }
}

/// Did a lossy coder make it, as far as the reader tells?
fn is_coded(format: &Format) -> bool {
    let codec = format.attribute("codec").and_then(Value::as_str).unwrap_or("pcm_");
    !(codec.starts_with("pcm_") || matches!(codec, "flac" | "alac"))
}

fn samples(n: u64) -> String {
    if n == 1 { "1 sample is".to_owned() } else { format!("{n} samples are") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::Metered;
    use auricle_sdk::testing::{Bench, Outcome};

    fn run<T: Element>(channels: &[&[T]]) -> Outcome {
        let bench = Bench::<Metered<Findings>>::new().audio(8000, channels);
        bench.conforms();
        let outcome = bench.run().expect("it runs");
        let cut = bench.run_in_blocks(77).expect("it runs");
        assert_eq!(outcome.findings, cut.findings);
        outcome
    }

    #[track_caller]
    fn check<T: Element>(channels: &[&[T]], expected: &[(&str, Option<i64>)]) {
        let outcome = run(channels);
        let found: Vec<_> = outcome.findings.iter().map(|f| (f.code.as_str(), f.at)).collect();
        assert_eq!(found, expected, "{:?}", outcome.findings);
    }

    fn tone(amplitude: f32, period: usize) -> Vec<f32> {
        let step = std::f32::consts::TAU / period as f32;
        (0..8000).map(|t| amplitude * (step * t as f32).sin()).collect()
    }

    #[test]
    fn nothing_is_found_where_nothing_is_wrong() {
        let (left, right) = (tone(0.5, 20), tone(0.5, 31));
        check(&[&left], &[]);
        check(&[&left, &right], &[]);
        check::<f32>(&[&[]], &[]);
        check(&[&[0.001f32]], &[]);
        check(&[&[1.0f32, -1.0, 1.0, -1.0]], &[]);
    }

    #[test]
    fn each_fault_is_found_where_it_begins() {
        let good = tone(0.5, 20);
        let with = |at: usize, values: &[f32]| {
            let mut samples = good.clone();
            samples[at..at + values.len()].copy_from_slice(values);
            samples
        };
        check(&[&with(100, &[1.0; 3])], &[("clipping", Some(100))]);
        check(&[&with(5, &[f32::NAN, f32::INFINITY])], &[("samples-not-finite", Some(5))]);
        check(&[&with(7, &[1.5])], &[("over-full-scale", Some(7))]);
        // A short piece of something low has a mean of its own.
        check(&[&tone(0.5, 20)[..3990].iter().map(|x| x + 0.015).collect::<Vec<_>>()], &[]);
        check(&[&good.iter().map(|x| x + 0.02).collect::<Vec<_>>()], &[("dc-offset", None)]);
        check(&[&with(3999, &[0.0; 4001])], &[("zeros-at-end", Some(3999))]);
        let faint = tone(0.0009, 20);
        check(&[&faint], &[("mostly-silence", None)]);
        check(&[&[0i16; 100], &[0; 100]], &[("silence", None)]);
        check(&[&[128u8; 9]], &[("silence", None)]);
    }

    #[test]
    fn channels_without_news() {
        let good = tone(0.5, 20);
        let inverse: Vec<f32> = good.iter().map(|x| -0.8 * x).collect();
        check(&[&good, &good], &[("identical-channels", None)]);
        check(&[&good, &inverse], &[("inverted-channels", None)]);
        check(&[&good, &[0.0; 8000]], &[("silent-channel", None)]);
        let nine: Vec<Vec<f32>> = (0..9).map(|k| tone(0.5, 20 + k)).collect();
        check(&nine.iter().map(Vec::as_slice).collect::<Vec<_>>(), &[]);
        let mut many = vec![&good[..]; 18];
        many[3] = &inverse;
        many[17] = &nine[1];
        let outcome = run(&many);
        let copies = "channels 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 and 17 are identical: one would do";
        let inverses = "channels 1 and 4 are each other's inverse (correlation -1.000): mixed to mono they vanish";
        assert_eq!(outcome.findings.iter().map(|f| f.message.as_str()).collect::<Vec<_>>(), [copies, inverses]);
    }

    #[test]
    fn the_numbers_behind_it() {
        let mut samples = tone(0.5, 20);
        samples[4000..].fill(0.0);
        let outcome = run(&[&samples]);
        assert_eq!(outcome.metric("zeros_at_end"), Some(4000.0));
        assert_eq!(outcome.metric("silence_ratio"), Some(0.5));
        assert_eq!(outcome.metric("clipping_runs"), Some(0.0));
        assert_eq!(outcome.findings[0].message, "the last 0.50 s are nothing but zeros");
    }
}
