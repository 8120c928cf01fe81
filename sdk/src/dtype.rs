//! Element types of audio and tensors.

use auricle_abi as abi;
use num_complex::Complex;
use std::fmt;

/// Type of one element, as DLPack codes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DType {
    /// Unsigned 8-bit integer.
    U8,
    /// Signed 16-bit integer.
    I16,
    /// Signed 32-bit integer.
    I32,
    /// Signed 64-bit integer.
    I64,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
    /// Complex of two 32-bit floats.
    C64,
    /// Complex of two 64-bit floats.
    C128,
}

impl DType {
    /// All types, in the order of their size.
    pub const ALL: [DType; 8] =
        [DType::U8, DType::I16, DType::I32, DType::I64, DType::F32, DType::F64, DType::C64, DType::C128];

    /// NumPy's name of the type.
    pub const fn name(self) -> &'static str {
        match self {
            DType::U8 => "uint8",
            DType::I16 => "int16",
            DType::I32 => "int32",
            DType::I64 => "int64",
            DType::F32 => "float32",
            DType::F64 => "float64",
            DType::C64 => "complex64",
            DType::C128 => "complex128",
        }
    }

    /// Bytes of one element.
    pub const fn size(self) -> usize {
        match self {
            DType::U8 => 1,
            DType::I16 => 2,
            DType::I32 | DType::F32 => 4,
            DType::I64 | DType::F64 | DType::C64 => 8,
            DType::C128 => 16,
        }
    }

    /// DLPack's code and bits.
    pub const fn code(self) -> (u8, u8) {
        match self {
            DType::U8 => (abi::DT_UINT, 8),
            DType::I16 => (abi::DT_INT, 16),
            DType::I32 => (abi::DT_INT, 32),
            DType::I64 => (abi::DT_INT, 64),
            DType::F32 => (abi::DT_FLOAT, 32),
            DType::F64 => (abi::DT_FLOAT, 64),
            DType::C64 => (abi::DT_COMPLEX, 64),
            DType::C128 => (abi::DT_COMPLEX, 128),
        }
    }

    /// The type with DLPack's code and bits, if this version knows it.
    pub fn from_code(code: u8, bits: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.code() == (code, bits))
    }

    /// The type with NumPy's name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.name() == name)
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

mod sealed {
    pub trait Sealed {}
}

/// A Rust type whose values stand in audio planes and tensors.
///
/// Every bit pattern is a valid value, so blocks can be viewed in place.
pub trait Element: sealed::Sealed + Copy + Default + Send + Sync + PartialEq + fmt::Debug + 'static {
    /// The type's code.
    const DTYPE: DType;
}

macro_rules! elements {
    ($($type:ty => $code:ident),*) => {
        $(impl sealed::Sealed for $type {}
        impl Element for $type {
            const DTYPE: DType = DType::$code;
        })*
    };
}
elements!(u8 => U8, i16 => I16, i32 => I32, i64 => I64, f32 => F32, f64 => F64,
    Complex<f32> => C64, Complex<f64> => C128);

/// Real floating point: what kernels compute in.
pub trait Real: Element {
    /// The nearest value of this type.
    fn from_f64(value: f64) -> Self;
    /// The value as `f64`, exactly.
    fn to_f64(self) -> f64;
}

impl Real for f32 {
    fn from_f64(value: f64) -> Self {
        value as f32
    }
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
}

impl Real for f64 {
    fn from_f64(value: f64) -> Self {
        value
    }
    fn to_f64(self) -> f64 {
        self
    }
}
