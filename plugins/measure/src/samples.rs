//! The types of samples that meters take.

use auricle_sdk::prelude::*;

/// The types that meters read.
pub const DTYPES: &[DType] = &[DType::U8, DType::I16, DType::I32, DType::F32, DType::F64];
