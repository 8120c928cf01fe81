//! Strings and spans across the boundary.

use crate::{Span, Str};

impl Str {
    /// A string that borrows `text`; the caller keeps it alive as long as the contract asks.
    pub const fn new(text: &str) -> Self {
        Self::bytes(text.as_bytes())
    }

    /// Bytes as a string value; used for reduction states, which are not text.
    pub const fn bytes(bytes: &[u8]) -> Self {
        Str { ptr: bytes.as_ptr(), len: bytes.len() }
    }

    /// The bytes behind this value; empty when the pointer is null.
    ///
    /// # Safety
    /// `ptr` is null or points to `len` bytes that live and do not change for `'a`.
    pub unsafe fn as_bytes<'a>(self) -> &'a [u8] {
        if self.ptr.is_null() || self.len == 0 {
            return &[];
        }
        // SAFETY: promised by the caller.
        unsafe { core::slice::from_raw_parts(self.ptr, self.len) }
    }

    /// The text behind this value up to its first byte that is not UTF-8.
    ///
    /// # Safety
    /// As [`Str::as_bytes`].
    pub unsafe fn as_str<'a>(self) -> &'a str {
        // SAFETY: promised by the caller.
        let bytes = unsafe { self.as_bytes() };
        match core::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                // SAFETY: from_utf8 checked the bytes before this position.
                unsafe { core::str::from_utf8_unchecked(&bytes[..error.valid_up_to()]) }
            }
        }
    }
}

impl Span {
    /// All that a stream holds.
    pub const WHOLE: Span = Span { start: 0, end: i64::MAX };
}
