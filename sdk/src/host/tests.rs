//! A host that calls in the wrong order, or gives what it must not, gets errors and never a panic; and so does one whose
//! stage is asked for what it does not have.

use super::*;
use crate::descriptor::{Descriptor, Locality, Parameter, Port};
use crate::outputs::Outputs;
use crate::stage::{Setup, Stage};
use crate::value::Value;

/// Passes audio on; panics where `panic` is 1.
struct Through {
    panic: bool,
}

impl Stage for Through {
    const DESCRIPTOR: Descriptor = Descriptor::new("test.through", "Passes audio on")
        .inputs(&[Port::audio("audio")])
        .outputs(&[Port::audio("audio")])
        .parameters(&[Parameter::int("panic", 0).range(0.0, 1.0).live()])
        .locality(Locality::Global);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let panic = setup.parameters.int("panic")? == 1;
        Ok((Through { panic }, vec![setup.input(0)?.clone()]))
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        assert!(!self.panic, "as the parameter says");
        packet.map_or(Ok(()), |packet| out.forward(0, packet)).map(|()| Flow::Continue)
    }

    fn reduction(&self) -> Vec<u8> {
        vec![7]
    }

    fn adopt(&mut self, state: &[u8]) -> Result<()> {
        if state == [7] { Ok(()) } else { Err(Error::data("no reduction of this stage")) }
    }

    fn set_live(&mut self, parameters: &Parameters) -> Result<()> {
        self.panic = parameters.int("panic")? == 1;
        Ok(())
    }
}

struct Silent;
impl Services for Silent {}

struct Desk {
    pool: Arc<Pool>,
    format: Arc<Format>,
    cancel: Arc<AtomicU32>,
}

impl Desk {
    fn new() -> Self {
        let format = Arc::new(Format::audio::<f32>(1, 8000, None));
        Desk { pool: Pool::new(1 << 20), format, cancel: Arc::new(AtomicU32::new(0)) }
    }

    fn instance(&self) -> Instance {
        // SAFETY: host and place for the stage are valid during the call.
        let constructor = |host: *const _, out: *mut _| unsafe { crate::export::create::<Through>(host, out) };
        // SAFETY: the SDK's own functions keep the contract.
        let created =
            unsafe { Instance::create(&constructor, Arc::new(Silent), self.pool.clone(), self.cancel.clone()) };
        created.expect("it is created")
    }

    fn negotiate(&self, instance: &mut Instance, panic: i64) -> Result<()> {
        let parameters = Parameters::new([("panic".to_owned(), Value::Int(panic))]);
        instance.negotiate(&parameters, &[Input::new(0, "audio", self.format.clone())], 512, 0).map(|_| ())
    }

    fn begun(&self, panic: i64) -> Instance {
        let mut instance = self.instance();
        self.negotiate(&mut instance, panic).expect("mono audio is taken");
        instance.begin(0, 0..i64::MAX).expect("a run begins");
        instance
    }

    fn packet(&self, start: i64, samples: usize) -> Packet {
        let bytes = vec![0; samples * 4];
        packet(&self.pool, &self.format, 0, start, samples, bytes.len(), &bytes).expect("the pool has memory")
    }
}

fn nowhere(_: Packet) -> Result<()> {
    Ok(())
}

#[track_caller]
fn refused<T>(result: Result<T>, kind: ErrorKind, expected: &str) {
    let error = result.err().unwrap_or_else(|| panic!("{expected:?} is expected"));
    assert_eq!(error.kind, kind, "{error}");
    assert!(error.message.contains(expected), "expected {expected:?}, got {error}");
}

#[test]
fn calls_before_their_time_are_errors() {
    let desk = Desk::new();
    let whole = 0..i64::MAX;
    let mut new = desk.instance();
    let contract = ErrorKind::Contract;
    refused(new.begin(0, whole.clone()), contract, "negotiate has not succeeded");
    refused(new.need(0, 0..5), contract, "negotiate has not succeeded");
    refused(new.process(None, &mut nowhere), contract, "process before begin");
    refused(new.process(Some(&desk.packet(0, 4)), &mut nowhere), contract, "a packet for input 0, there are 0");
    refused(new.finish(&mut nowhere), contract, "finish before begin");
    refused(new.reduce(&desk.packet(0, 4)), contract, "a packet for input 0, there are 0");
    refused(new.reduction(), contract, "negotiate has not succeeded");
    refused(new.adopt(&[7]), contract, "negotiate has not succeeded");
    refused(new.set_live(&Parameters::new([])), contract, "negotiate has not succeeded");
    assert_eq!((new.wants(), new.outputs().len()), (None, 0));

    desk.negotiate(&mut new, 0).expect("mono audio is taken");
    refused(new.process(Some(&desk.packet(0, 4)), &mut nowhere), contract, "process before begin");
    new.begin(0, whole).expect("it begins");
    new.process(Some(&desk.packet(0, 4)), &mut nowhere).expect("now it works");
}

#[test]
fn a_second_negotiation_ends_the_first() {
    let desk = Desk::new();
    let mut instance = desk.begun(0);
    desk.negotiate(&mut instance, 0).expect("mono audio is taken");
    refused(instance.process(None, &mut nowhere), ErrorKind::Contract, "process before begin");
    let none = Parameters::new([]);
    let input = Input::new(0, "audio", desk.format.clone());
    refused(instance.negotiate(&none, &[input], 512, 0), ErrorKind::Parameter, "does not declare");
    refused(instance.begin(0, 0..i64::MAX), ErrorKind::Contract, "negotiate has not succeeded");
    let nothing = Parameters::new([("panic".to_owned(), Value::Int(0))]);
    refused(instance.negotiate(&nothing, &[], 512, 0), ErrorKind::Format, "input 0 is not connected");
}

#[test]
fn parameters_that_nobody_declared_so_are_refused_before_the_stage_sees_them() {
    let desk = Desk::new();
    let mut instance = desk.instance();
    let negotiate = |instance: &mut Instance, value: Value| {
        let parameters = Parameters::new([("panic".to_owned(), value)]);
        instance.negotiate(&parameters, &[Input::new(0, "audio", desk.format.clone())], 512, 0).map(|_| ())
    };
    for (value, got) in [(Value::Int(2), "got 2"), (Value::Str("no".into()), "got \"no\""), (Value::None, "got ")] {
        refused(negotiate(&mut instance, value), ErrorKind::Parameter, got);
    }
    negotiate(&mut instance, Value::Int(0)).expect("as declared");
    let live = Parameters::new([("panic".to_owned(), Value::Int(-1))]);
    refused(instance.set_live(&live), ErrorKind::Parameter, "expected an integer from 0 to 1, got -1");
}

#[test]
fn packets_that_a_stage_must_not_see_are_stopped() {
    let desk = Desk::new();
    let mut instance = desk.begun(0);
    let whole = desk.packet(0, 8);
    let broken: [(Packet, &str); 6] = [
        (whole.clone().to_port(1), "a packet for input 1, there are 1"),
        (Packet { count: 9, ..whole.clone() }, "do not fit the format"),
        (Packet { offset: 2, ..whole.clone() }, "do not fit the format"),
        (Packet { buffer: None, ..whole.clone() }, "a buffer of 0 bytes"),
        (Packet { start: -1, ..whole.clone() }, "are no range"),
        (Packet { start: i64::MAX, ..whole.clone() }, "are no range"),
    ];
    for (packet, expected) in &broken {
        refused(instance.process(Some(packet), &mut nowhere), ErrorKind::Contract, expected);
        refused(instance.reduce(packet), ErrorKind::Contract, expected);
    }
    let flow = instance.process(Some(&whole), &mut nowhere).expect("the instance is none the worse");
    assert_eq!(flow, Flow::Continue);
}

#[test]
fn odd_arguments_do_no_harm() {
    let desk = Desk::new();
    let mut instance = desk.begun(0);
    for span in [0..0, Range { start: 5, end: 2 }, -9..-3, i64::MIN..i64::MAX, i64::MAX..i64::MAX] {
        instance.begin(7, span.clone()).expect("this stage starts anywhere");
        instance.need(7, span).expect("this stage needs everything");
    }
    refused(instance.adopt(b"of another stage"), ErrorKind::Data, "no reduction of this stage");
    instance.begin(0, 0..i64::MAX).expect("it begins");
    assert_eq!(instance.finish(&mut nowhere).expect("nothing came"), Flow::Done);
    instance.finish(&mut nowhere).expect("a second time");
    instance.process(Some(&desk.packet(0, 4)), &mut nowhere).expect("after its end, where the stage allows it");
}

#[test]
fn what_the_receiver_refuses_is_the_error_of_the_call() {
    let desk = Desk::new();
    let mut instance = desk.begun(0);
    let mut full = |_: Packet| Err(Error::new(ErrorKind::Io, "the disk is full"));
    refused(instance.process(Some(&desk.packet(0, 4)), &mut full), ErrorKind::Io, "the disk is full");
    refused(
        instance.process(Some(&desk.packet(9, 4)), &mut nowhere),
        ErrorKind::Contract,
        "expected entry 4 next, got 9",
    );
}

#[test]
fn a_panic_poisons_its_instance_and_no_other() {
    let desk = Desk::new();
    let (mut bad, mut good) = (desk.begun(1), desk.begun(0));
    refused(bad.process(None, &mut nowhere), ErrorKind::Panicked, "as the parameter says");
    refused(bad.process(None, &mut nowhere), ErrorKind::Panicked, "as the parameter says");
    refused(bad.begin(0, 0..5), ErrorKind::Panicked, "as the parameter says");
    refused(desk.negotiate(&mut bad, 0), ErrorKind::Panicked, "as the parameter says");
    assert_eq!(bad.wants(), None);
    drop(bad);
    good.process(Some(&desk.packet(0, 4)), &mut nowhere).expect("its sibling works on");
}

#[test]
fn only_who_was_cancelled_may_say_so() {
    let desk = Desk::new();
    let mut instance = desk.begun(0);
    let mut stopped = |_: Packet| Err(Error::new(ErrorKind::Cancelled, "the run was stopped"));
    desk.cancel.store(1, std::sync::atomic::Ordering::Relaxed);
    refused(instance.process(Some(&desk.packet(0, 4)), &mut stopped), ErrorKind::Cancelled, "the run was stopped");
}
