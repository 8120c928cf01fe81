//! The plugin's side of the boundary: `export_plugin!` and the functions behind its vtables.
#![allow(unsafe_code)]

use crate::buffer::Buffer;
use crate::convert::{AbiFormat, format_from_abi, parameters_from_abi, read_sized, with_sized};
use crate::error::{Error, ErrorKind, Result};
use crate::format::Format;
use crate::outputs::{Outputs, Wanted};
use crate::packet::Packet;
use crate::promise;
use crate::services::Host;
use crate::stage::{Flow, Input, Setup, Stage};
use auricle_abi as abi;
use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Once};

/// Exports stages as a plugin: the entry symbol, the manifest section and one vtable a stage.
///
/// Used once, at the end of the crate's `lib.rs`, in a crate of type `cdylib`:
///
/// ```standalone_crate
/// # use auricle_sdk::prelude::*;
/// # struct Half;
/// # impl PerSample for Half {
/// #     const DESCRIPTOR: Descriptor =
/// #         Descriptor::new("org.example.half", "Halves").inputs(&[Port::audio("in")]).outputs(&[Port::audio("out")]);
/// #     type In = f32;
/// #     type Out = f32;
/// #     fn new(_: &Setup) -> Result<Self> {
/// #         Ok(Half)
/// #     }
/// #     fn map(&mut self, input: &[f32], output: &mut [f32]) {
/// #         output.iter_mut().zip(input).for_each(|(y, x)| *y = x / 2.0);
/// #     }
/// # }
/// auricle_sdk::export_plugin!(Map<Half>);
/// ```
///
/// The plugin's name, version, licence and description come from `Cargo.toml`. A crate built with `panic = "abort"` is
/// refused, because a panic must not end the host.
#[macro_export]
macro_rules! export_plugin {
    ($($stage:ty),+ $(,)?) => {
        #[cfg(panic = "abort")]
        compile_error!("an auricle plugin must be built with panic = \"unwind\"");

        const _: () = {
            const AURICLE_PLUGIN: $crate::__private::PluginInfo = $crate::__private::PluginInfo {
                name: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
                license: env!("CARGO_PKG_LICENSE"),
                description: env!("CARGO_PKG_DESCRIPTION"),
            };
            const AURICLE_STAGES: &[$crate::__private::Descriptor] =
                &[$(<$stage as $crate::__private::Stage>::DESCRIPTOR),+];
            const _: () = $crate::__private::check_all(AURICLE_STAGES);
            #[allow(long_running_const_eval)]
            const AURICLE_LENGTH: usize = $crate::__private::length(&AURICLE_PLUGIN, AURICLE_STAGES);

            #[used]
            #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__auricle"))]
            #[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".auricle"))]
            #[allow(long_running_const_eval)]
            static AURICLE_MANIFEST: [u8; AURICLE_LENGTH] =
                $crate::__private::render(&AURICLE_PLUGIN, AURICLE_STAGES);

            unsafe extern "C" fn auricle_create(
                host: *const $crate::__private::abi::Host,
                id: $crate::__private::abi::Str,
                out: *mut $crate::__private::abi::Stage,
            ) -> $crate::__private::abi::Status {
                $crate::__private::quiet_panics();
                // SAFETY: the host keeps the contract of `create`.
                let id = unsafe { id.as_bytes() };
                $(if id == <$stage as $crate::__private::Stage>::DESCRIPTOR.id.as_bytes() {
                    // SAFETY: as above.
                    return unsafe { $crate::__private::create::<$stage>(host, out) };
                })+
                $crate::__private::abi::E_UNSUPPORTED
            }

            #[allow(non_upper_case_globals)]
            #[unsafe(no_mangle)]
            pub static auricle_entry_v1: $crate::__private::abi::Entry = $crate::__private::abi::Entry {
                size: ::core::mem::size_of::<$crate::__private::abi::Entry>() as u32,
                abi_major: $crate::__private::abi::ABI_MAJOR,
                abi_minor: $crate::__private::abi::ABI_MINOR,
                flags: 0,
                manifest: $crate::__private::abi::Str::bytes(&AURICLE_MANIFEST),
                create: ::core::option::Option::Some(auricle_create),
            };
        };
    };
}

/// One created stage: what `self` points to.
struct Instance<S> {
    host: Host,
    stage: Option<S>,
    inputs: Vec<Arc<Format>>,
    outputs: Vec<Arc<Format>>,
    raw_outputs: Vec<AbiFormat>,
    raw_pointers: Vec<*const abi::Format>,
    reduction: Vec<u8>,
    error: Error,
    /// What begin asked for, if it was called.
    begun: Option<Wanted>,
    poisoned: bool,
}

/// Creates an instance of `S` behind its vtable.
///
/// # Safety
/// `host` lives until `destroy`; `out` is writable.
#[doc(hidden)]
pub unsafe fn create<S: Stage>(host: *const abi::Host, out: *mut abi::Stage) -> abi::Status {
    if host.is_null() || out.is_null() {
        return abi::E_ARGUMENT;
    }
    let instance = Box::new(Instance::<S> {
        // SAFETY: promised by the caller.
        host: unsafe { Host::share(host) },
        stage: None,
        inputs: Vec::new(),
        outputs: Vec::new(),
        raw_outputs: Vec::new(),
        raw_pointers: Vec::new(),
        reduction: Vec::new(),
        error: Error::internal("no call has failed"),
        begun: None,
        poisoned: false,
    });
    // SAFETY: promised by the caller.
    unsafe { *out = abi::Stage { vt: &Vtable::<S>::TABLE, this: Box::into_raw(instance).cast() } };
    abi::OK
}

/// Keeps the plugin's panics off the host's screen and in the error's text instead.
///
/// A plugin has a panic hook of its own, in its own std. Only the entry calls this: under `cargo test` panics print.
#[doc(hidden)]
pub fn quiet_panics() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            let place = info.location().map(|at| format!(" ({}:{})", at.file(), at.line()));
            // A thread that is ending has no place for it any more.
            let _ = LAST_PLACE.try_with(|last| last.replace(place.unwrap_or_default()));
        }));
    });
}

thread_local! {
    /// Where this thread panicked last.
    static LAST_PLACE: std::cell::RefCell<String> = const { std::cell::RefCell::new(String::new()) };
}

/// Runs `body` on the instance; turns errors and panics into a status.
///
/// # Safety
/// `this` came from `create::<S>` and no other call on it is running.
unsafe fn guard<S: Stage>(
    this: *mut c_void,
    body: impl FnOnce(&mut Instance<S>) -> Result<abi::Status>,
) -> abi::Status {
    // SAFETY: promised by the caller.
    let Some(instance) = (unsafe { this.cast::<Instance<S>>().as_mut() }) else {
        return abi::E_ARGUMENT;
    };
    // The error stays that of the panic.
    if instance.poisoned {
        return abi::E_POISONED;
    }
    match catch_unwind(AssertUnwindSafe(|| body(instance))) {
        Ok(Ok(status)) => status,
        Ok(Err(error)) => {
            let status = error.kind.status();
            instance.error = error;
            status
        }
        Err(payload) => {
            instance.poisoned = true;
            let text = panic_text(&*payload);
            // Dropping a payload may panic again, and then nothing catches it.
            std::mem::forget(payload);
            let place = LAST_PLACE.take();
            instance.error = Error::new(ErrorKind::Panicked, format!("the stage panicked: {text}{place}"));
            abi::E_PANIC
        }
    }
}

fn panic_text(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a message".into())
}

impl<S: Stage> Instance<S> {
    fn stage(&mut self) -> Result<&mut S> {
        self.stage.as_mut().ok_or_else(|| Error::new(ErrorKind::Contract, "negotiate has not succeeded"))
    }

    /// The stage and where its results go.
    ///
    /// # Safety
    /// `sink` is valid as long as what is given.
    unsafe fn at_work(&mut self, sink: *const abi::Sink) -> Result<(&mut S, Outputs<'_>)> {
        match (&mut self.stage, self.begun) {
            (Some(stage), Some(wanted)) => {
                // SAFETY: promised by the caller.
                Ok((stage, unsafe { Outputs::new(&self.host, &self.outputs, wanted, sink) }))
            }
            _ => Err(Error::new(ErrorKind::Contract, "begin has not succeeded")),
        }
    }
}

/// A packet of the host, seen during one call: it borrows the host's reference to the buffer and the instance's to the
/// format, and so is never dropped. A clone has references of its own.
///
/// # Safety
/// `packet` is null or a valid packet whose buffer the host holds during the call.
#[inline(always)]
unsafe fn seen(packet: *const abi::Packet, inputs: &[Arc<Format>]) -> Result<Option<ManuallyDrop<Packet>>> {
    let look = |raw: &abi::Packet| match (inputs.get(raw.port as usize), usize::try_from(raw.count)) {
        (Some(format), Ok(count)) => Ok(Some(ManuallyDrop::new(Packet {
            port: raw.port as usize,
            start: raw.start,
            count,
            end: raw.flags & abi::END != 0,
            // SAFETY: a second owner for as long as `inputs` lives, which is never dropped.
            format: unsafe { std::ptr::read(format) },
            // SAFETY: the host's reference, never given up here.
            buffer: (!raw.buf.is_null()).then(|| unsafe { Buffer::from_raw(raw.buf) }),
            offset: raw.offset as usize,
            stride: raw.stride as usize,
        }))),
        _ => {
            let message = format!("a packet of {} entries for input {}", raw.count, raw.port);
            Err(Error::new(ErrorKind::Contract, message))
        }
    };
    // SAFETY: promised by the caller.
    unsafe { with_sized(packet, look) }.unwrap_or(Ok(None))
}

fn flow_status(flow: Flow) -> abi::Status {
    match flow {
        Flow::Continue => abi::OK,
        Flow::Again => abi::AGAIN,
        Flow::Done => abi::DONE,
    }
}

struct Vtable<S>(std::marker::PhantomData<S>);

// The contract that the host keeps for every function below: `this` came from `create::<S>`, one call at a time, and
// pointers are valid during the call.
impl<S: Stage> Vtable<S> {
    const TABLE: abi::StageVt = abi::StageVt {
        size: size_of::<abi::StageVt>() as u32,
        flags: 0,
        negotiate: Some(Self::negotiate),
        need: Some(Self::need),
        begin: Some(Self::begin),
        process: Some(Self::process),
        finish: Some(Self::finish),
        wants: Some(Self::wants),
        reduce: Some(Self::reduce),
        reduction: Some(Self::reduction),
        adopt: Some(Self::adopt),
        set_live: Some(Self::set_live),
        last_error: Some(Self::last_error),
        extension: None,
        destroy: Some(Self::destroy),
        reduces: Some(Self::reduces),
    };

    unsafe extern "C" fn negotiate(
        this: *mut c_void,
        setup: *const abi::Setup,
        outputs: *mut *const *const abi::Format,
        n_outputs: *mut u32,
    ) -> abi::Status {
        // SAFETY: the host keeps the contract.
        unsafe {
            guard::<S>(this, |instance| {
                let raw = read_sized(setup).ok_or_else(|| Error::new(ErrorKind::Contract, "no setup"))?;
                (instance.stage, instance.begun) = (None, None);
                let mut inputs = Vec::new();
                for index in 0..raw.n_inputs as usize {
                    let input = read_sized(*raw.inputs.add(index));
                    let input = input.ok_or_else(|| Error::new(ErrorKind::Contract, "a missing input"))?;
                    inputs.push(Input {
                        port: input.port as usize,
                        label: input.label.as_str().to_owned(),
                        format: Arc::new(format_from_abi(input.format)?),
                    });
                }
                instance.inputs = inputs.iter().map(|input| input.format.clone()).collect();
                let setup = Setup {
                    parameters: promise::parameters(&S::DESCRIPTOR, parameters_from_abi(raw.params, raw.n_params)?)?,
                    inputs,
                    block: (raw.block as usize).max(1),
                    seed: raw.seed,
                    host: instance.host.clone(),
                };
                let (stage, formats) = S::negotiate(&setup)?;
                promise::outputs(&S::DESCRIPTOR, &formats)?;
                instance.stage = Some(stage);
                instance.outputs = formats.into_iter().map(Arc::new).collect();
                instance.raw_outputs = instance.outputs.iter().cloned().map(AbiFormat::new).collect();
                instance.raw_pointers = instance.raw_outputs.iter().map(AbiFormat::as_ptr).collect();
                *outputs = instance.raw_pointers.as_ptr();
                *n_outputs = instance.raw_pointers.len() as u32;
                Ok(abi::OK)
            })
        }
    }

    unsafe extern "C" fn need(this: *mut c_void, output: u32, span: abi::Span, spans: *mut abi::Span) -> abi::Status {
        // SAFETY: the host keeps the contract; `spans` has room for one span an input.
        unsafe {
            guard::<S>(this, |instance| {
                let needed = instance.stage()?.need(output as usize, span.start..span.end);
                for index in 0..instance.inputs.len() {
                    *spans.add(index) =
                        needed.get(index).map_or(abi::Span::WHOLE, |r| abi::Span { start: r.start, end: r.end });
                }
                Ok(abi::OK)
            })
        }
    }

    unsafe extern "C" fn begin(this: *mut c_void, output: u32, span: abi::Span) -> abi::Status {
        // SAFETY: the host keeps the contract.
        unsafe {
            guard::<S>(this, |instance| {
                instance.begun = None;
                instance.stage()?.begin(output as usize, span.start..span.end)?;
                instance.begun = Some(Wanted { output: output as usize, first: span.start });
                Ok(abi::OK)
            })
        }
    }

    unsafe extern "C" fn process(this: *mut c_void, packet: *const abi::Packet, sink: *const abi::Sink) -> abi::Status {
        // SAFETY: the host keeps the contract.
        unsafe {
            guard::<S>(this, |instance| {
                let packet = seen(packet, &instance.inputs)?;
                let (stage, mut out) = instance.at_work(sink)?;
                stage.process(packet.as_deref(), &mut out).map(flow_status)
            })
        }
    }

    unsafe extern "C" fn finish(this: *mut c_void, sink: *const abi::Sink) -> abi::Status {
        // SAFETY: the host keeps the contract.
        unsafe {
            guard::<S>(this, |instance| {
                let (stage, mut out) = instance.at_work(sink)?;
                stage.finish(&mut out).map(flow_status)
            })
        }
    }

    unsafe extern "C" fn wants(this: *mut c_void) -> u32 {
        let mut wanted = abi::ANY_INPUT;
        // SAFETY: the host keeps the contract.
        unsafe {
            guard::<S>(this, |instance| {
                wanted = instance.stage()?.wants().map_or(abi::ANY_INPUT, |index| index as u32);
                Ok(abi::OK)
            });
        }
        wanted
    }

    unsafe extern "C" fn reduce(this: *mut c_void, packet: *const abi::Packet) -> abi::Status {
        // SAFETY: the host keeps the contract.
        unsafe {
            guard::<S>(this, |instance| {
                if let (Some(packet), Some(stage)) = (seen(packet, &instance.inputs)?, &mut instance.stage) {
                    stage.reduce(&packet)?;
                }
                Ok(abi::OK)
            })
        }
    }

    unsafe extern "C" fn reduction(this: *mut c_void, state: *mut abi::Str) -> abi::Status {
        // SAFETY: the host keeps the contract; the bytes stay in the instance until the next call.
        unsafe {
            guard::<S>(this, |instance| {
                instance.reduction = instance.stage()?.reduction();
                *state = abi::Str::bytes(&instance.reduction);
                Ok(abi::OK)
            })
        }
    }

    unsafe extern "C" fn adopt(this: *mut c_void, state: abi::Str) -> abi::Status {
        // SAFETY: the host keeps the contract.
        unsafe {
            guard::<S>(this, |instance| {
                instance.stage()?.adopt(state.as_bytes())?;
                Ok(abi::OK)
            })
        }
    }

    unsafe extern "C" fn reduces(this: *mut c_void) -> u32 {
        let mut reduces = true;
        // SAFETY: the host keeps the contract.
        unsafe {
            guard::<S>(this, |instance| {
                reduces = instance.stage()?.reduces();
                Ok(abi::OK)
            });
        }
        u32::from(reduces)
    }

    unsafe extern "C" fn set_live(this: *mut c_void, params: *const abi::Param, n: u32) -> abi::Status {
        // SAFETY: the host keeps the contract.
        unsafe {
            guard::<S>(this, |instance| {
                let parameters = promise::parameters(&S::DESCRIPTOR, parameters_from_abi(params, n)?)?;
                instance.stage()?.set_live(&parameters)?;
                Ok(abi::OK)
            })
        }
    }

    unsafe extern "C" fn last_error(this: *mut c_void, out: *mut abi::Error) -> abi::Status {
        // SAFETY: the host keeps the contract. Not guarded: it must answer for a poisoned instance too.
        unsafe {
            let (Some(instance), false) = (this.cast::<Instance<S>>().as_ref(), out.is_null()) else {
                return abi::E_ARGUMENT;
            };
            let error = &instance.error;
            let filled = abi::Error {
                size: (*out).size,
                code: error.kind.status(),
                message: abi::Str::new(&error.message),
                hint: abi::Str::new(&error.hint),
                param: abi::Str::new(&error.parameter),
                at: error.at.unwrap_or(-1),
            };
            let covered = (filled.size as usize).min(size_of::<abi::Error>());
            std::ptr::copy_nonoverlapping((&raw const filled).cast::<u8>(), out.cast::<u8>(), covered);
            abi::OK
        }
    }

    unsafe extern "C" fn destroy(this: *mut c_void) {
        if this.is_null() {
            return;
        }
        // SAFETY: the host calls destroy once, last.
        let mut instance = unsafe { Box::from_raw(this.cast::<Instance<S>>()) };
        // A poisoned stage may be half changed: it is leaked rather than dropped.
        let stage = instance.stage.take();
        if instance.poisoned {
            std::mem::forget(stage);
        } else if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(stage))) {
            std::mem::forget(payload);
        }
    }
}
