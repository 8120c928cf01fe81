//! Reference-counted bytes of the host, seen from either side of the boundary.
#![allow(unsafe_code)]

use crate::error::{Error, ErrorKind, Result};
use auricle_abi as abi;

/// One reference to a host buffer; cloning shares the bytes.
///
/// While more than one reference exists nobody writes; [`Buffer::bytes_mut`] is for the side that has just allocated.
pub struct Buffer(*mut abi::Buf);

// SAFETY: retain and release may be called from any thread, and shared bytes are only read.
unsafe impl Send for Buffer {}
// SAFETY: as above; all methods through `&self` read.
unsafe impl Sync for Buffer {}

impl Buffer {
    /// Takes over one reference.
    ///
    /// # Safety
    /// `buf` points to a live `aur_buf` of which the caller gives up one reference.
    pub(crate) unsafe fn from_raw(buf: *mut abi::Buf) -> Self {
        Buffer(buf)
    }

    /// Gives up this reference without releasing it: the receiver owns it now.
    pub(crate) fn into_raw(self) -> *mut abi::Buf {
        let raw = self.0;
        std::mem::forget(self);
        raw
    }

    /// The buffer, for a call during which this reference lives.
    pub(crate) fn as_raw(&self) -> *mut abi::Buf {
        self.0
    }

    fn retain(&self) {
        // SAFETY: the buffer is live as long as this reference is; retain may be called on any thread.
        unsafe {
            if let Some(retain) = (*self.0).retain {
                retain((*self.0).owner);
            }
        }
    }

    /// How many bytes it has.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        // SAFETY: the buffer is live as long as this reference is.
        unsafe { usize::try_from((*self.0).bytes).unwrap_or(0) }
    }

    /// All bytes.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: the host keeps `bytes` bytes at `data` while a reference lives, and nobody writes to shared bytes.
        unsafe {
            let len = usize::try_from((*self.0).bytes).unwrap_or(0);
            if len == 0 || (*self.0).data.is_null() {
                return &[];
            }
            std::slice::from_raw_parts((*self.0).data, len)
        }
    }

    /// All bytes for writing, by the side that has just allocated the buffer.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: `&mut self` on a buffer that has not been shared yet.
        unsafe {
            let len = usize::try_from((*self.0).bytes).unwrap_or(0);
            if len == 0 || (*self.0).data.is_null() {
                return &mut [];
            }
            std::slice::from_raw_parts_mut((*self.0).data, len)
        }
    }

    /// `count` elements from byte `offset`.
    #[inline]
    pub(crate) fn elements<T: crate::dtype::Element>(&self, offset: usize, count: usize) -> Result<&[T]> {
        if count == 0 {
            return Ok(&[]);
        }
        let bytes = self.bytes();
        check_room::<T>(bytes, offset, count)?;
        // SAFETY: room and alignment were checked; every bit pattern of an Element is valid.
        Ok(unsafe { std::slice::from_raw_parts(bytes.as_ptr().add(offset).cast(), count) })
    }

    /// `count` elements from byte `offset`, for writing.
    #[inline]
    pub(crate) fn elements_mut<T: crate::dtype::Element>(&mut self, offset: usize, count: usize) -> Result<&mut [T]> {
        if count == 0 {
            return Ok(&mut []);
        }
        let bytes = self.bytes_mut();
        check_room::<T>(bytes, offset, count)?;
        // SAFETY: as in `elements`.
        Ok(unsafe { std::slice::from_raw_parts_mut(bytes.as_mut_ptr().add(offset).cast(), count) })
    }
}

#[inline]
fn check_room<T>(bytes: &[u8], offset: usize, count: usize) -> Result<()> {
    let end = count.checked_mul(size_of::<T>()).and_then(|n| n.checked_add(offset));
    if end.is_none_or(|end| end > bytes.len()) {
        let room = bytes.len();
        return Err(no_room(format_args!(
            "{count} elements of {} bytes at {offset} do not fit a buffer of {room}",
            size_of::<T>()
        )));
    }
    if !(bytes.as_ptr() as usize).wrapping_add(offset).is_multiple_of(align_of::<T>()) {
        return Err(no_room(format_args!("elements at {offset} are not aligned")));
    }
    Ok(())
}

#[cold]
fn no_room(message: std::fmt::Arguments<'_>) -> Error {
    Error::new(ErrorKind::Contract, message.to_string())
}

impl Clone for Buffer {
    fn clone(&self) -> Self {
        self.retain();
        Buffer(self.0)
    }
}

impl Drop for Buffer {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: this reference is live until now and is given up once.
        unsafe {
            if let Some(release) = (*self.0).release {
                release((*self.0).owner);
            }
        }
    }
}

impl std::fmt::Debug for Buffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Buffer({} bytes)", self.bytes().len())
    }
}

#[cfg(test)]
mod tests {
    use crate::host::Pool;

    #[test]
    fn no_elements_are_in_any_buffer() {
        let mut buffer = Pool::new(1 << 20).buffer(0).expect("the limit is not reached");
        assert_eq!(buffer.elements_mut::<f64>(0, 0).expect("there is room for nothing"), []);
        assert_eq!(buffer.elements::<f32>(0, 0).expect("there is room for nothing"), []);
        assert!(buffer.elements::<u8>(0, 1).is_err());
    }
}
