//! The test kit's `conforms` notices every breach: one stage a law that breaks this law and no other before it.

use auricle_sdk::prelude::*;
use auricle_sdk::testing::Bench;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};

/// What a [`Lawless`] does wrong.
mod breach {
    pub const NONE: usize = 0;
    pub const COUNTS_INSTANCES: usize = 1;
    pub const LEAVES_SAMPLES_UNWRITTEN: usize = 2;
    pub const SEES_PACKETS: usize = 3;
    pub const FINDS_PACKETS: usize = 4;
    pub const WRITES_PACKETS: usize = 5;
    pub const SEES_THE_END: usize = 6;
    pub const SEES_THE_ORDER: usize = 7;
    pub const COUNTS_RUNS: usize = 8;
    pub const RESETS_AT_THE_END: usize = 9;
    pub const MINDS_LIVE: usize = 10;
    pub const MINDS_LENGTH: usize = 11;
    pub const FAILS_WITHOUT_LENGTH: usize = 12;
    pub const FAILS_WITHOUT_INPUT: usize = 13;
    pub const PANICS_WITHOUT_INPUT: usize = 14;
    pub const MAKES_NAN: usize = 15;
    pub const GIVES_LESS: usize = 16;
    pub const SKIPS_AN_ENTRY: usize = 17;
    pub const REMEMBERS: usize = 18;
    pub const STARTS_AT_0_ONLY: usize = 19;
    pub const DRIFTS: usize = 20;
    pub const NEEDS_MORE: usize = 21;
    pub const NEEDS_ALL: usize = 22;
    pub const PANICS_IN_NEED: usize = 23;
    pub const REDUCES_PACKETS: usize = 24;
    pub const DIVIDES_BY_ZERO: usize = 25;
    pub const FEARS_A_CHOICE: usize = 26;
}
use breach::*;

const ONE: &[Port] = &[Port::audio("a")];
const TWO: &[Port] = &[Port::audio("a"), Port::audio("b")];
const LEVEL: &[Parameter] = &[
    Parameter::float("level", 1.0).live(),
    Parameter::int("divisor", 1).range(0.0, 9.0),
    Parameter::choice("window", "hann", &["hann", "odd"]),
];

/// Passes audio on, but for its breach.
struct Lawless<const BREACH: usize> {
    known: bool,
    runs: f32,
    seen: f32,
    last: f32,
    packets: u32,
    first_port: Option<usize>,
    live: f32,
    reduced: f32,
}

impl<const BREACH: usize> Stage for Lawless<BREACH> {
    const DESCRIPTOR: Descriptor = Descriptor::new("test.lawless", "Breaks a law")
        .inputs(if BREACH == SEES_THE_ORDER { TWO } else { ONE })
        .outputs(ONE)
        .parameters(LEVEL)
        .locality(match BREACH {
            DRIFTS => Locality::Recurrent { error: 1e-6 },
            NEEDS_ALL => Locality::Window,
            REDUCES_PACKETS => Locality::Global,
            _ => Locality::Pointwise,
        });

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        static INSTANCES: AtomicU32 = AtomicU32::new(0);
        let format = setup.input(0)?.clone();
        let known = format.length.is_some();
        if BREACH == FAILS_WITHOUT_LENGTH && !known {
            return Err(Error::internal("no length"));
        }
        let divided = BREACH == DIVIDES_BY_ZERO && 9 / setup.parameters.count("divisor")? == 0;
        if divided || (BREACH == FEARS_A_CHOICE && setup.parameters.text("window")? == "odd") {
            return Err(Error::internal("no such window"));
        }
        let counted = if BREACH == COUNTS_INSTANCES { INSTANCES.fetch_add(1, Ordering::Relaxed) } else { 0 };
        let stage = Lawless {
            known,
            runs: counted as f32,
            seen: 0.0,
            last: 0.0,
            packets: 0,
            first_port: None,
            live: 1.0,
            reduced: 0.0,
        };
        Ok((stage, vec![format]))
    }

    fn need(&self, _: usize, span: Range<i64>) -> Vec<Range<i64>> {
        match BREACH {
            NEEDS_ALL => Vec::new(),
            NEEDS_MORE => vec![Range { start: span.start - 1, ..span }],
            PANICS_IN_NEED => panic!("who needs that"),
            _ => vec![span.clone(), span],
        }
    }

    fn begin(&mut self, _: usize, span: Range<i64>) -> Result<()> {
        if BREACH == STARTS_AT_0_ONLY && span.start > 0 {
            return Err(Error::internal("it starts at 0"));
        }
        (self.last, self.packets, self.first_port) = (0.0, 0, None);
        self.runs += if BREACH == COUNTS_RUNS { 1.0 } else { 0.0 };
        self.seen = if BREACH == RESETS_AT_THE_END { self.seen } else { 0.0 };
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        let Some(packet) = packet else { return Ok(Flow::Continue) };
        let first_port = *self.first_port.get_or_insert(packet.port);
        self.packets += 1;
        if BREACH == FINDS_PACKETS {
            out.host().finding(Severity::Info, "packet", "a packet came", Some(packet.start));
        }
        if BREACH == SKIPS_AN_ENTRY && packet.start == 0 && packet.count > 0 {
            return Ok(Flow::Continue);
        }
        if packet.port != 0 || packet.count == 0 {
            return Ok(Flow::Continue);
        }
        let mut block = out.audio::<f32>(0, packet.start, packet.count)?;
        let y = block.channel(0);
        for (y, &x) in y.iter_mut().zip(packet.channel::<f32>(0)?) {
            let seen = self.seen;
            self.seen += 1.0;
            *y = match BREACH {
                LEAVES_SAMPLES_UNWRITTEN if seen == 3.0 => continue,
                MAKES_NAN if seen == 3.0 => f32::NAN,
                SEES_THE_ORDER if first_port == 1 => -x,
                RESETS_AT_THE_END => seen,
                MINDS_LENGTH if !self.known => -x,
                REMEMBERS => x + self.last,
                DRIFTS => x + 0.5 * self.last,
                REDUCES_PACKETS => x + self.reduced,
                _ => x * self.live + self.runs,
            };
            self.last = if BREACH == DRIFTS { *y } else { x };
        }
        if BREACH == SEES_PACKETS {
            y[0] = 2.0;
        }
        if BREACH == SEES_THE_END && packet.end {
            y[packet.count - 1] = 2.0;
        }
        if BREACH == GIVES_LESS {
            let all = packet.count;
            block.truncate(all - usize::from(packet.end));
        }
        block.emit()?;
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        if self.seen == 0.0 && BREACH == FAILS_WITHOUT_INPUT {
            return Err(Error::internal("nothing came"));
        }
        assert!(self.seen > 0.0 || BREACH != PANICS_WITHOUT_INPUT, "nothing came");
        if BREACH == WRITES_PACKETS {
            out.host().output("packets.txt")?.write_at(0, self.packets.to_string().as_bytes())?;
        }
        self.seen = if BREACH == RESETS_AT_THE_END { 0.0 } else { self.seen };
        Ok(Flow::Done)
    }

    fn reduce(&mut self, _: &Packet) -> Result<()> {
        self.reduced += 1.0;
        Ok(())
    }

    fn reduction(&self) -> Vec<u8> {
        self.reduced.to_le_bytes().to_vec()
    }

    fn adopt(&mut self, state: &[u8]) -> Result<()> {
        let state = state.try_into().map_err(|_| Error::data("four bytes are expected"))?;
        self.reduced = f32::from_le_bytes(state);
        Ok(())
    }

    fn set_live(&mut self, _: &Parameters) -> Result<()> {
        self.live = if BREACH == MINDS_LIVE { -1.0 } else { 1.0 };
        Ok(())
    }
}

/// What the test kit says of a stage.
fn verdict<S: Stage>(bench: &Bench<S>) -> String {
    match catch_unwind(AssertUnwindSafe(|| bench.conforms())) {
        Ok(()) => "it conforms".to_owned(),
        Err(panic) => panic.downcast_ref::<String>().cloned().unwrap_or_default(),
    }
}

#[track_caller]
fn breaks<const BREACH: usize>(law: &str) {
    let samples: Vec<f32> = (0..5000).map(|k| (k * 7919 % 1000) as f32 / 1000.0).collect();
    let mut bench = Bench::<Lawless<BREACH>>::new().audio(8000, &[&samples]);
    if BREACH == SEES_THE_ORDER {
        bench = bench.audio(8000, &[&samples]);
    }
    let verdict = verdict(&bench);
    assert!(verdict.contains(law), "expected {law:?}, got {verdict:?}");
    assert!(BREACH == NONE || verdict.starts_with("test.lawless: "), "{verdict:?} names no stage");
}

#[test]
fn the_same_bytes_on_every_run() {
    breaks::<NONE>("it conforms");
    breaks::<COUNTS_INSTANCES>("two runs differ");
    breaks::<LEAVES_SAMPLES_UNWRITTEN>("two runs differ (a value that is never written");
}

#[test]
fn the_same_bytes_however_the_input_comes() {
    breaks::<SEES_PACKETS>("blocks of 1 entries give another result: output 0, entry 1: ");
    breaks::<FINDS_PACKETS>("blocks of 1 entries give another result: findings ");
    breaks::<WRITES_PACKETS>("blocks of 1 entries give another result: the file packets.txt holds other bytes");
    breaks::<REDUCES_PACKETS>("blocks of 1 entries give another result: output 0, entry 0: ");
    breaks::<SEES_THE_END>("the end of the input in an empty packet gives another result: output 0, entry 4999: ");
    breaks::<SEES_THE_ORDER>("inputs one after another give another result than in turns: output 0, entry 0: ");
}

#[test]
fn the_same_bytes_from_an_instance_that_ran_before() {
    breaks::<COUNTS_RUNS>("the second run of an instance differs from the first: output 0, entry 0: ");
    breaks::<RESETS_AT_THE_END>("a run after one that was stopped in the middle differs: output 0, entry 0: ");
    breaks::<MINDS_LIVE>("setting live parameters to what they are changes the result: output 0, entry 1: ");
}

#[test]
fn inputs_without_length_or_content() {
    breaks::<MINDS_LENGTH>("an input of unknown length gives another result: output 0, entry 0: ");
    breaks::<FAILS_WITHOUT_LENGTH>("an input of unknown length is no refusal but a fault: no length");
    breaks::<FAILS_WITHOUT_INPUT>("empty input is no refusal but a fault: nothing came");
    breaks::<PANICS_WITHOUT_INPUT>("empty input is no refusal but a fault: the stage panicked: nothing came");
}

#[test]
fn parameters_reach_as_far_as_they_are_declared() {
    breaks::<DIVIDES_BY_ZERO>("divisor = 0 is declared, and no refusal but a fault: the stage panicked: attempt to");
    breaks::<FEARS_A_CHOICE>("window = \"odd\" is declared, and no refusal but a fault: no such window");
}

#[test]
fn outputs_are_what_they_promise() {
    breaks::<MAKES_NAN>("output 0 holds a NaN in entry 3, which its port does not declare");
    breaks::<GIVES_LESS>("the stage does not run: output 0 ends at entry 4999, its format promised 5000");
    breaks::<SKIPS_AN_ENTRY>("output 0 ends at entry 0, its format promised 5000");
}

#[test]
fn regions_are_parts_of_the_whole() {
    breaks::<REMEMBERS>("entries 1666..5000 of output 0 differ when computed alone: output 0, entry 1666: ");
    breaks::<STARTS_AT_0_ONLY>("entries 1666..5000 of output 0 cannot be computed alone: it starts at 0");
    breaks::<DRIFTS>("entries 1666..5000 of output 0 differ when computed alone: they are off by ");
    breaks::<NEEDS_MORE>("a pointwise stage needs -1..2500 of input 0 for entries 0..2500");
    breaks::<NEEDS_ALL>("a window stage needs all of input 0 for entries 0..2500");
    breaks::<PANICS_IN_NEED>("what entries 0..2500 need cannot be told: the stage panicked: who needs that");
}

/// Counts up; says that it has 100 samples, and ends earlier or elsewhere.
struct Short<const SAMPLES: i64>(usize);

impl<const SAMPLES: i64> Generator for Short<SAMPLES> {
    const DESCRIPTOR: Descriptor = Descriptor::new("test.short", "Ends early").outputs(&[Port::audio("audio")]);

    fn new(setup: &Setup) -> Result<(Self, Format)> {
        Ok((Short(setup.block), Format::audio::<f32>(1, 8000, Some(100))))
    }

    fn seek(&mut self, _: i64) -> Result<()> {
        Ok(())
    }

    fn generate(&mut self, start: i64, count: usize, out: &mut Outputs<'_>) -> Result<usize> {
        // With 101 samples it obeys, but for blocks that it makes something of.
        let count = count.min(usize::try_from(SAMPLES.min(100) - start).unwrap_or(0));
        let mut block = out.audio::<f32>(0, start, count)?;
        let size = if SAMPLES > 100 { self.0 as f32 } else { 0.0 };
        block.channel(0).iter_mut().zip(start..).for_each(|(y, k)| *y = k as f32 + size);
        block.emit()?;
        Ok(count)
    }
}

#[test]
fn sources_keep_the_laws_too() {
    assert_eq!(verdict(&Bench::<Source<Short<100>>>::new()), "it conforms");
    let short = verdict(&Bench::<Source<Short<99>>>::new());
    assert!(short.contains("output 0 has 99 entries, its format promised 100"), "{short}");
    let blocks = verdict(&Bench::<Source<Short<101>>>::new());
    assert!(blocks.contains("blocks of 1 entries give another result"), "{blocks}");
}
