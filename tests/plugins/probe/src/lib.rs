//! Every sin that safe Rust can commit against the SDK: one stage each, all of them in one library.
//!
//! A stage passes its audio on, but for the sin that its id names.
#![forbid(unsafe_code)]

use auricle_sdk::prelude::*;
use std::ops::Range;

/// The stages' ids; a stage is [`Sin`] of its index here.
const IDS: [&str; 21] = [
    "org.example.probe.good",
    "org.example.probe.panics-in-negotiate",
    "org.example.probe.panics-in-need",
    "org.example.probe.panics-in-begin",
    "org.example.probe.panics-in-process",
    "org.example.probe.panics-with-a-bomb",
    "org.example.probe.panics-in-finish",
    "org.example.probe.panics-in-wants",
    "org.example.probe.panics-when-dropped",
    "org.example.probe.negotiates-a-tensor",
    "org.example.probe.negotiates-float64",
    "org.example.probe.negotiates-two-outputs",
    "org.example.probe.refuses-without-a-word",
    "org.example.probe.writes-another-type",
    "org.example.probe.writes-to-a-port-of-its-own",
    "org.example.probe.says-everything-twice",
    "org.example.probe.gives-more-than-promised",
    "org.example.probe.gives-less-than-promised",
    "org.example.probe.never-ends",
    "org.example.probe.never-ends-to-finish",
    "org.example.probe.makes-nan",
];

/// The stage with the id of this index.
struct Sin<const ID: usize> {
    format: Format,
    end: i64,
}

/// A panic's payload that panics again when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("the payload of a panic panicked");
    }
}

impl<const ID: usize> Sin<ID> {
    fn is(sin: &str) -> bool {
        IDS[ID].rsplit('.').next() == Some(sin)
    }

    fn panic_in(call: &str) {
        if IDS[ID].strip_prefix("org.example.probe.panics-") == Some(call) {
            panic!("a sin {call}");
        }
    }

    /// Sends `count` samples from `start` on, those of the packet where it has any.
    fn send(packet: Option<&Packet>, start: i64, count: usize, out: &mut Outputs<'_>) -> Result<()> {
        let mut block = out.audio::<f32>(0, start, count)?;
        for (index, channel) in block.each_channel().enumerate() {
            match packet {
                Some(packet) => channel.copy_from_slice(packet.channel(index)?),
                None => channel.fill(0.0),
            }
            if Self::is("makes-nan") && count > 3 {
                channel[3] = f32::NAN;
            }
        }
        block.emit()
    }
}

impl<const ID: usize> Stage for Sin<ID> {
    const DESCRIPTOR: Descriptor = Descriptor::new(IDS[ID], "Passes audio on, but for its sin")
        .inputs(&[Port::audio("audio").many()])
        .outputs(&[Port::audio("audio")])
        .locality(Locality::Pointwise);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        Self::panic_in("in-negotiate");
        let format = setup.input(0)?.clone();
        let audio = format.as_audio()?;
        let (channels, rate, length) = (audio.channels, audio.sample_rate, format.length);
        let mut outputs = vec![format.clone()];
        if Self::is("refuses-without-a-word") {
            return Err(Error::new(ErrorKind::Internal, ""));
        }
        if Self::is("negotiates-a-tensor") {
            let tensor = Tensor::new::<f32>(vec![Axis::frames(length)], "power");
            outputs[0] = Format::tensor(tensor, format.clock, length, "frame");
        }
        if Self::is("negotiates-float64") {
            outputs[0] = Format::audio::<f64>(channels, rate, length);
        }
        if Self::is("negotiates-two-outputs") {
            outputs.push(format.clone());
        }
        Ok((Sin { format, end: 0 }, outputs))
    }

    fn need(&self, _: usize, span: Range<i64>) -> Vec<Range<i64>> {
        Self::panic_in("in-need");
        vec![span.clone(), span]
    }

    fn begin(&mut self, _: usize, span: Range<i64>) -> Result<()> {
        Self::panic_in("in-begin");
        self.end = span.start;
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        Self::panic_in("in-process");
        if Self::is("panics-with-a-bomb") {
            std::panic::panic_any(Bomb);
        }
        if Self::is("never-ends") {
            return Ok(Flow::Again);
        }
        let Some(packet) = packet.filter(|packet| packet.port == 0) else { return Ok(Flow::Continue) };
        if Self::is("writes-another-type") {
            out.audio::<f64>(0, packet.start, packet.count)?.emit()?;
        }
        if Self::is("writes-to-a-port-of-its-own") {
            out.audio::<f32>(3, packet.start, packet.count)?.emit()?;
        }
        if !Self::is("gives-less-than-promised") || packet.start == 0 {
            Self::send(Some(packet), packet.start, packet.count, out)?;
        }
        if Self::is("says-everything-twice") {
            Self::send(Some(packet), packet.start, packet.count, out)?;
        }
        self.end = packet.start + packet.count as i64;
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        Self::panic_in("in-finish");
        if Self::is("gives-more-than-promised") {
            Self::send(None, self.end, 1, out)?;
        }
        Ok(if Self::is("never-ends-to-finish") { Flow::Again } else { Flow::Done })
    }

    fn wants(&self) -> Option<usize> {
        Self::panic_in("in-wants");
        self.format.length.map(|_| 0)
    }
}

impl<const ID: usize> Drop for Sin<ID> {
    fn drop(&mut self) {
        Self::panic_in("when-dropped");
    }
}

#[rustfmt::skip]
export_plugin!(
    Sin<0>, Sin<1>, Sin<2>, Sin<3>, Sin<4>, Sin<5>, Sin<6>, Sin<7>, Sin<8>, Sin<9>, Sin<10>,
    Sin<11>, Sin<12>, Sin<13>, Sin<14>, Sin<15>, Sin<16>, Sin<17>, Sin<18>, Sin<19>, Sin<20>,
);
