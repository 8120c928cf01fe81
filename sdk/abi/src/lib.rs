//! The C ABI between auricle and its plugins, version 1.0, as Rust types.
//!
//! `include/auricle.h` is the contract and documents every field; this crate mirrors it one to one (`aur_format` is
//! [`Format`], `AUR_E_IO` is [`E_IO`]) and a test compares the two layouts. Plugin authors use `auricle-sdk`, which
//! hides all of this behind safe traits; the host uses the same crate from the other side.
//!
//! The version of this crate is the version of the ABI. Structs that begin with `size` may grow at their end in a
//! minor version; nothing is ever reordered or reused.
#![no_std]
#![deny(missing_docs)]
#![allow(missing_debug_implementations)]

use core::ffi::c_void;

mod layout;
mod text;

#[doc(hidden)]
pub use layout::{CODES, Field, LAYOUTS, Layout};

/// Major version: part of the entry symbol's name.
pub const ABI_MAJOR: u32 = 1;
/// Minor version: fields and extensions appended since the major.
pub const ABI_MINOR: u32 = 0;
/// Name of the one symbol that a plugin exports, of type [`Entry`].
pub const ENTRY_SYMBOL: &str = "auricle_entry_v1";
/// Section of the shared library that holds the manifest's bytes.
pub const SECTION: &str = if cfg!(target_vendor = "apple") { "__auricle" } else { ".auricle" };

macro_rules! codes {
    ($list:ident, $type:ty: $($(#[$meta:meta])* $name:ident = $value:expr;)*) => {
        $($(#[$meta])* pub const $name: $type = $value;)*
        const $list: &[(&str, i64)] = &[$((stringify!($name), $name as i64)),*];
    };
}

/// What a call returned: [`OK`], [`AGAIN`], [`DONE`] or a negative error code.
pub type Status = i32;
codes! { STATUS_CODES, Status:
    /// Done with this call.
    OK = 0;
    /// More output pending.
    AGAIN = 1;
    /// Nothing more will come and no more input is wanted.
    DONE = 2;
    /// The caller broke the contract.
    E_ARGUMENT = -1;
    /// An input's format cannot be used.
    E_FORMAT = -2;
    /// A parameter is missing, of another type or out of range.
    E_PARAMETER = -3;
    /// Reading or writing failed.
    E_IO = -4;
    /// An allocation was refused.
    E_MEMORY = -5;
    /// The host asked to stop.
    E_CANCELLED = -6;
    /// This is not offered.
    E_UNSUPPORTED = -7;
    /// A call out of order.
    E_STATE = -8;
    /// The input's content cannot be processed.
    E_DATA = -9;
    /// A fault of the plugin.
    E_INTERNAL = -10;
    /// The plugin panicked; the instance is poisoned.
    E_PANIC = -11;
    /// A call on an instance that panicked before.
    E_POISONED = -12;
}
codes! { VALUE_CODES, u32:
    /// [`Value`]: absent.
    NONE = 0;
    /// [`Value`]: boolean, in `i`.
    BOOL = 1;
    /// [`Value`]: integer.
    INT = 2;
    /// [`Value`]: float.
    FLOAT = 3;
    /// [`Value`]: string.
    STRING = 4;
    /// [`Value`]: list of `n` values.
    LIST = 5;
    /// [`Format`] kind: a byte stream of the host.
    SOURCE = 1;
    /// [`Format`] kind: planar samples.
    AUDIO = 2;
    /// [`Format`] kind: n-d array.
    TENSOR = 3;
    /// [`Format`] kind: table.
    RECORDS = 4;
    /// [`Packet`] flag: the stream ends here.
    END = 1;
    /// What `wants` returns when any input will do.
    ANY_INPUT = u32::MAX;
    /// [`Column`] type: bitmap.
    COL_BOOL = 1;
    /// [`Column`] type: `i64`.
    COL_INT = 2;
    /// [`Column`] type: `f64`.
    COL_FLOAT = 3;
    /// [`Column`] type: UTF-8 with `i32` offsets.
    COL_STRING = 4;
    /// [`Axis`] role: none of the others.
    AXIS_OTHER = 0;
    /// [`Axis`] role: frames in time.
    AXIS_TIME = 1;
    /// [`Axis`] role: bins or bands.
    AXIS_FREQUENCY = 2;
    /// [`Axis`] role: audio channels.
    AXIS_CHANNEL = 3;
    /// [`Axis`] role: embedding.
    AXIS_EMBEDDING = 4;
    /// [`Axis`] role: classes.
    AXIS_CLASS = 5;
    /// [`Axis`] role: tokens.
    AXIS_TOKEN = 6;
    /// [`Axis`] role: lags or offsets.
    AXIS_LAG = 7;
}
codes! { DTYPE_CODES, u8:
    /// DLPack dtype code: signed integer.
    DT_INT = 0;
    /// DLPack dtype code: unsigned integer.
    DT_UINT = 1;
    /// DLPack dtype code: IEEE float.
    DT_FLOAT = 2;
    /// DLPack dtype code: complex, both parts in `dtype_bits`.
    DT_COMPLEX = 5;
}
codes! { SERVICE_CODES, i32:
    /// [`Host`] log level.
    LOG_ERROR = 1;
    /// [`Host`] log level.
    LOG_WARN = 2;
    /// [`Host`] log level.
    LOG_INFO = 3;
    /// [`Host`] log level.
    LOG_DEBUG = 4;
    /// [`Host`] severity of a finding: worth knowing.
    FINDING_INFO = 1;
    /// [`Host`] severity of a finding: results may surprise.
    FINDING_WARNING = 2;
    /// [`Host`] severity of a finding: data is missing or wrong.
    FINDING_ERROR = 3;
}

/// Mirrors a struct of the header; its fields are documented there.
macro_rules! mirror {
    ($(#[$meta:meta])* $name:ident { $($field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[repr(C)]
        #[derive(Clone, Copy)]
        pub struct $name {
            $(#[doc = concat!("`", stringify!($field), "` of the header's struct.")] pub $field: $type,)*
        }
        impl $name {
            /// What the test of the header compares.
            #[doc(hidden)]
            pub const LAYOUT: Layout = Layout {
                name: stringify!($name),
                size: size_of::<$name>(),
                align: align_of::<$name>(),
                fields: &[$(Field {
                    name: stringify!($field),
                    ty: stringify!($type),
                    offset: core::mem::offset_of!($name, $field),
                    size: size_of::<$type>(),
                },)*],
            };
        }
    };
}

mirror! {
    /// `aur_str`: UTF-8 bytes with a length.
    Str { ptr: *const u8, len: usize, }
}
mirror! {
    /// `aur_span`: half-open range of indices.
    Span { start: i64, end: i64, }
}
/// `aur_value.u`: which member is valid says [`Value::type`](Value).
#[repr(C)]
#[derive(Clone, Copy)]
pub union Payload {
    /// `AUR_BOOL` and `AUR_INT`.
    pub i: i64,
    /// `AUR_FLOAT`.
    pub f: f64,
    /// `AUR_STRING`.
    pub s: Str,
    /// `AUR_LIST`.
    pub list: *const Value,
}
mirror! {
    /// `aur_value`: a value of a parameter or attribute.
    Value { r#type: u32, n: u32, u: Payload, }
}
mirror! {
    /// `aur_param`: a named value.
    Param { id: Str, value: Value, }
}
mirror! {
    /// `aur_buf`: reference-counted bytes of the host.
    Buf {
        size: u32, flags: u32, data: *mut u8, bytes: u64, owner: *mut c_void,
        retain: Option<unsafe extern "C" fn(*mut c_void)>,
        release: Option<unsafe extern "C" fn(*mut c_void)>,
    }
}
mirror! {
    /// `aur_file`: random-access bytes of the host.
    File {
        size: u32, flags: u32, ctx: *mut c_void, name: Str,
        read_at: Option<unsafe extern "C" fn(*mut c_void, u64, *mut u8, u64, *mut u64) -> Status>,
        write_at: Option<unsafe extern "C" fn(*mut c_void, u64, *const u8, u64) -> Status>,
        length: Option<unsafe extern "C" fn(*mut c_void) -> i64>,
        error: Option<unsafe extern "C" fn(*mut c_void, *mut Str) -> Status>,
        retain: Option<unsafe extern "C" fn(*mut c_void)>,
        release: Option<unsafe extern "C" fn(*mut c_void)>,
    }
}
mirror! {
    /// `aur_axis`: one axis of a tensor.
    Axis {
        size: u32, role: u32, length: i64, name: Str, unit: Str, scale: Str, start: f64, step: f64,
        coords: *const f64,
    }
}
mirror! {
    /// `aur_column`: one column of a table.
    Column { size: u32, r#type: u32, name: Str, unit: Str, }
}
mirror! {
    /// `aur_format`: what flows through a port.
    Format {
        size: u32, kind: u32, dtype_code: u8, dtype_bits: u8, dtype_lanes: u16, flags: u32,
        tick_num: i64, tick_den: i64, origin: i64, step: i64, length: i64, layout: Str,
        channels: u32, n_axes: u32, channel_layout: Str, axes: *const *const Axis,
        quantity: Str, unit: Str, reference: f64, coherent_gain: f64,
        schema: Str, columns: *const *const Column, n_columns: u32,
        n_attributes: u32, attributes: *const Param, file: *mut File,
    }
}
mirror! {
    /// `aur_packet`: consecutive entries of a stream.
    Packet {
        size: u32, flags: u32, port: u32, reserved: u32, start: i64, count: i64, buf: *mut Buf, offset: u64,
        stride: u64,
    }
}
mirror! {
    /// `aur_column_data`: where a column lies in a records packet.
    ColumnData { validity: u64, offsets: u64, data: u64, }
}
mirror! {
    /// `aur_sink`: where a stage's packets go.
    Sink {
        size: u32, reserved: u32, ctx: *mut c_void,
        emit: Option<unsafe extern "C" fn(*mut c_void, *const Packet) -> Status>,
    }
}
mirror! {
    /// `aur_host`: services of the host to one instance.
    Host {
        size: u32, abi_minor: u32, ctx: *mut c_void, name: Str, version: Str, cancel: *const u32,
        retain: Option<unsafe extern "C" fn(*mut c_void)>,
        release: Option<unsafe extern "C" fn(*mut c_void)>,
        log: Option<unsafe extern "C" fn(*mut c_void, i32, Str)>,
        buf_new: Option<unsafe extern "C" fn(*mut c_void, u64, *mut *mut Buf) -> Status>,
        progress: Option<unsafe extern "C" fn(*mut c_void, f64, Str) -> Status>,
        finding: Option<unsafe extern "C" fn(*mut c_void, i32, Str, Str, i64)>,
        output: Option<unsafe extern "C" fn(*mut c_void, Str, *mut *mut File) -> Status>,
        scratch: Option<unsafe extern "C" fn(*mut c_void, *mut *mut File) -> Status>,
        error: Option<unsafe extern "C" fn(*mut c_void, *mut Str) -> Status>,
        extension: Option<unsafe extern "C" fn(*mut c_void, Str) -> *const c_void>,
    }
}
mirror! {
    /// `aur_input`: one wired input stream.
    Input { size: u32, port: u32, label: Str, format: *const Format, }
}
mirror! {
    /// `aur_setup`: what `negotiate` is given.
    Setup {
        size: u32, n_params: u32, params: *const Param, inputs: *const *const Input, n_inputs: u32, block: u32,
        seed: u64,
    }
}
mirror! {
    /// `aur_error`: why the last call failed.
    Error { size: u32, code: i32, message: Str, hint: Str, param: Str, at: i64, }
}
mirror! {
    /// `aur_stage_vt`: the functions of one stage.
    StageVt {
        size: u32, flags: u32,
        negotiate: Option<
            unsafe extern "C" fn(*mut c_void, *const Setup, *mut *const *const Format, *mut u32) -> Status,
        >,
        need: Option<unsafe extern "C" fn(*mut c_void, u32, Span, *mut Span) -> Status>,
        begin: Option<unsafe extern "C" fn(*mut c_void, u32, Span) -> Status>,
        process: Option<unsafe extern "C" fn(*mut c_void, *const Packet, *const Sink) -> Status>,
        finish: Option<unsafe extern "C" fn(*mut c_void, *const Sink) -> Status>,
        wants: Option<unsafe extern "C" fn(*mut c_void) -> u32>,
        reduce: Option<unsafe extern "C" fn(*mut c_void, *const Packet) -> Status>,
        reduction: Option<unsafe extern "C" fn(*mut c_void, *mut Str) -> Status>,
        adopt: Option<unsafe extern "C" fn(*mut c_void, Str) -> Status>,
        reduces: Option<unsafe extern "C" fn(*mut c_void) -> u32>,
        set_live: Option<unsafe extern "C" fn(*mut c_void, *const Param, u32) -> Status>,
        last_error: Option<unsafe extern "C" fn(*mut c_void, *mut Error) -> Status>,
        extension: Option<unsafe extern "C" fn(*mut c_void, Str) -> *const c_void>,
        destroy: Option<unsafe extern "C" fn(*mut c_void)>,
    }
}
mirror! {
    /// `aur_stage`: an instance with its functions.
    Stage { vt: *const StageVt, this: *mut c_void, }
}
mirror! {
    /// `aur_entry`: what the entry symbol is.
    Entry {
        size: u32, abi_major: u32, abi_minor: u32, flags: u32, manifest: Str,
        create: Option<unsafe extern "C" fn(*const Host, Str, *mut Stage) -> Status>,
    }
}

// SAFETY: an entry is a constant; its pointers lead to constants of the same library.
unsafe impl Sync for Entry {}
// SAFETY: a table of functions without data.
unsafe impl Sync for StageVt {}
