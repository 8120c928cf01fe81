//! Buffers that the host hands to stages: aligned, reference-counted, reused.

use crate::buffer::Buffer;
use auricle_abi as abi;
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ffi::c_void;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering, fence};
use std::sync::{Arc, Mutex, PoisonError};

const ALIGN: usize = 64;
/// Free buffers kept for each size class.
const KEEP: usize = 8;
const CLASSES: usize = 40;

/// Allocates buffers; released ones are kept for the next call, by classes of powers of two.
pub struct Pool {
    free: [Mutex<Vec<Ptr>>; CLASSES],
    /// Bytes in buffers that somebody holds.
    used: AtomicUsize,
    limit: usize,
}

struct Ptr(*mut Owned);

// SAFETY: a free buffer has no other owner.
unsafe impl Send for Ptr {}

/// A buffer and what it needs to find its way home.
struct Owned {
    raw: abi::Buf,
    references: AtomicU32,
    layout: Layout,
    class: usize,
    pool: Arc<Pool>,
}

impl Pool {
    /// A pool that refuses to hold more than `limit` bytes in use.
    pub fn new(limit: usize) -> Arc<Self> {
        Arc::new(Pool { free: [const { Mutex::new(Vec::new()) }; CLASSES], used: AtomicUsize::new(0), limit })
    }

    /// Bytes in buffers that somebody holds.
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// A buffer of `bytes` bytes with one reference, or `None` when the limit or the system refuses.
    pub fn buffer(self: &Arc<Self>, bytes: usize) -> Option<Buffer> {
        // SAFETY: allocate returns a buffer with one reference.
        self.allocate(bytes).map(|raw| unsafe { Buffer::from_raw(raw) })
    }

    pub(super) fn allocate(self: &Arc<Self>, bytes: usize) -> Option<*mut abi::Buf> {
        let size = bytes.max(ALIGN).checked_next_power_of_two()?;
        let class = size.trailing_zeros() as usize;
        if class >= CLASSES || self.used.load(Ordering::Relaxed).checked_add(size)? > self.limit {
            return None;
        }
        let reused = self.free[class].lock().unwrap_or_else(PoisonError::into_inner).pop();
        let owned = match reused {
            Some(Ptr(owned)) => owned,
            None => self.fresh(size, class)?,
        };
        self.used.fetch_add(size, Ordering::Relaxed);
        // SAFETY: nobody else holds this buffer; the pool was taken out when it was released.
        unsafe {
            (*owned).raw.bytes = bytes as u64;
            (*owned).references.store(1, Ordering::Relaxed);
            std::ptr::write(&raw mut (*owned).pool, self.clone());
            Some(&raw mut (*owned).raw)
        }
    }

    fn fresh(&self, size: usize, class: usize) -> Option<*mut Owned> {
        let layout = Layout::from_size_align(size, ALIGN).ok()?;
        // SAFETY: the size is at least ALIGN. Zeroed once, so that no byte is ever uninitialised.
        let data = unsafe { alloc_zeroed(layout) };
        if data.is_null() {
            return None;
        }
        let owned = Box::into_raw(Box::new(std::mem::MaybeUninit::<Owned>::uninit())).cast::<Owned>();
        // SAFETY: every field but `pool` is written here, and `pool` by the caller.
        unsafe {
            std::ptr::write(
                &raw mut (*owned).raw,
                abi::Buf {
                    size: size_of::<abi::Buf>() as u32,
                    flags: 0,
                    data,
                    bytes: 0,
                    owner: owned.cast(),
                    retain: Some(retain),
                    release: Some(release),
                },
            );
            std::ptr::write(&raw mut (*owned).references, AtomicU32::new(0));
            std::ptr::write(&raw mut (*owned).layout, layout);
            std::ptr::write(&raw mut (*owned).class, class);
        }
        Some(owned)
    }
}

unsafe extern "C" fn retain(owner: *mut c_void) {
    // SAFETY: the caller holds a reference.
    unsafe { (*owner.cast::<Owned>()).references.fetch_add(1, Ordering::Relaxed) };
}

unsafe extern "C" fn release(owner: *mut c_void) {
    let owned = owner.cast::<Owned>();
    // SAFETY: the caller gives up a reference; the last one owns the buffer alone.
    unsafe {
        if (*owned).references.fetch_sub(1, Ordering::Release) != 1 {
            return;
        }
        fence(Ordering::Acquire);
        let pool = std::ptr::read(&raw const (*owned).pool);
        pool.used.fetch_sub((*owned).layout.size(), Ordering::Relaxed);
        let mut free = pool.free[(*owned).class].lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() < KEEP {
            free.push(Ptr(owned));
        } else {
            drop(free);
            destroy(owned);
        }
    }
}

/// # Safety
/// Nobody else holds `owned`, and its `pool` was taken out.
unsafe fn destroy(owned: *mut Owned) {
    // SAFETY: promised by the caller; data came from this layout, the box from `fresh`.
    unsafe {
        dealloc((*owned).raw.data, (*owned).layout);
        drop(Box::from_raw(owned.cast::<std::mem::MaybeUninit<Owned>>()));
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        for class in &mut self.free {
            for Ptr(owned) in class.get_mut().unwrap_or_else(PoisonError::into_inner).drain(..) {
                // SAFETY: free buffers belong to the pool alone.
                unsafe { destroy(owned) };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_reused_and_the_limit_holds() {
        let pool = Pool::new(1 << 20);
        let first = pool.buffer(1000).expect("within the limit");
        let address = first.bytes().as_ptr();
        assert_eq!(address as usize % ALIGN, 0);
        let shared = first.clone();
        drop(first);
        assert_eq!(pool.used(), 1024);
        drop(shared);
        assert_eq!(pool.used(), 0);
        assert_eq!(pool.buffer(600).expect("within the limit").bytes().as_ptr(), address);
        assert!(pool.buffer(1 << 21).is_none());
        assert!(pool.buffer(usize::MAX).is_none());
        let survivor = pool.buffer(10).expect("within the limit");
        drop(pool);
        assert_eq!(survivor.bytes().len(), 10);
    }
}
