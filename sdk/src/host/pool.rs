//! Buffers that the host hands to stages: aligned, reference-counted, reused.

use crate::buffer::Buffer;
use auricle_abi as abi;
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ffi::c_void;
use std::ptr::{NonNull, null_mut};
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicU32, AtomicUsize, Ordering};

const ALIGN: usize = 64;
const CLASSES: usize = 40;
/// Most free buffers kept for one size class.
const KEEP: usize = 8;

/// Free buffers kept of size `1 << class`: none of those that would be missed elsewhere.
const fn kept(class: usize) -> usize {
    match class {
        ..=22 => KEEP,
        23 | 24 => 2,
        _ => 0,
    }
}

/// Allocates buffers; released ones are kept for the next call, by classes of powers of two.
///
/// A buffer may outlive its pool. Nothing here locks: a free buffer is in a slot, and whoever swaps it out owns it.
pub struct Pool(NonNull<Shared>);

/// What a pool and its buffers share; it goes when the pool and every buffer are gone.
struct Shared {
    free: [[AtomicPtr<Owned>; KEEP]; CLASSES],
    /// Bytes in buffers that somebody holds, and `POOL` while the pool itself is held.
    used: AtomicUsize,
    limit: usize,
    /// What the next buffer is filled with, in a test kit's pool.
    scribble: Option<AtomicU8>,
}

const POOL: usize = 1 << (usize::BITS - 1);

// SAFETY: everything shared is atomic, and a buffer in a slot has no other owner.
unsafe impl Send for Pool {}
// SAFETY: as above.
unsafe impl Sync for Pool {}

/// A buffer and what it needs to find its way home.
struct Owned {
    raw: abi::Buf,
    references: AtomicU32,
    layout: Layout,
    class: usize,
    home: NonNull<Shared>,
}

impl Pool {
    /// A pool that refuses to hold more than `limit` bytes in use.
    pub fn new(limit: usize) -> Arc<Self> {
        Self::with(limit, None)
    }

    /// A pool that fills every buffer with a byte that changes from one to the next, so that a value that a stage never
    /// writes shows in its result.
    pub fn scribbling(limit: usize) -> Arc<Self> {
        Self::with(limit, Some(AtomicU8::new(0)))
    }

    fn with(limit: usize, scribble: Option<AtomicU8>) -> Arc<Self> {
        let free = [const { [const { AtomicPtr::new(null_mut()) }; KEEP] }; CLASSES];
        let shared = Box::new(Shared { free, used: AtomicUsize::new(POOL), limit: limit.min(POOL - 1), scribble });
        Arc::new(Pool(NonNull::from(Box::leak(shared))))
    }

    fn shared(&self) -> &Shared {
        // SAFETY: what is shared lives as long as this pool.
        unsafe { self.0.as_ref() }
    }

    /// Bytes in buffers that somebody holds.
    pub fn used(&self) -> usize {
        self.shared().used.load(Ordering::Relaxed) - POOL
    }

    /// A buffer of `bytes` bytes with one reference, or `None` when the limit or the system refuses.
    pub fn buffer(&self, bytes: usize) -> Option<Buffer> {
        // SAFETY: allocate returns a buffer with one reference.
        self.allocate(bytes).map(|raw| unsafe { Buffer::from_raw(raw) })
    }

    pub(super) fn allocate(&self, bytes: usize) -> Option<*mut abi::Buf> {
        let size = bytes.max(ALIGN).checked_next_power_of_two()?;
        let class = size.trailing_zeros() as usize;
        let shared = self.shared();
        let slots = shared.free.get(class)?;
        let fits = |used: usize| used.checked_add(size).filter(|used| used - POOL <= shared.limit);
        shared.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).ok()?;
        let free = slots.iter().find(|slot| !slot.load(Ordering::Relaxed).is_null());
        let reused = free.map_or(null_mut(), |slot| slot.swap(null_mut(), Ordering::Acquire));
        let owned = if reused.is_null() { self.fresh(size, class) } else { reused };
        if owned.is_null() {
            shared.used.fetch_sub(size, Ordering::Relaxed);
            return None;
        }
        // SAFETY: nobody else holds this buffer; it has `size` bytes.
        unsafe {
            if let Some(next) = &shared.scribble {
                // 41 is odd, so that all 256 bytes come by; many of them read as odd numbers or as NaN.
                std::ptr::write_bytes((*owned).raw.data, next.fetch_add(41, Ordering::Relaxed), size);
            }
            (*owned).raw.bytes = bytes as u64;
            (*owned).references.store(1, Ordering::Relaxed);
            Some(&raw mut (*owned).raw)
        }
    }

    fn fresh(&self, size: usize, class: usize) -> *mut Owned {
        let Ok(layout) = Layout::from_size_align(size, ALIGN) else { return null_mut() };
        // SAFETY: the size is at least ALIGN. Zeroed once, so that no byte is ever uninitialised.
        let data = unsafe { alloc_zeroed(layout) };
        if data.is_null() {
            return null_mut();
        }
        let raw = abi::Buf {
            size: size_of::<abi::Buf>() as u32,
            flags: 0,
            data,
            bytes: 0,
            owner: null_mut(),
            retain: Some(retain),
            release: Some(release),
        };
        let owned = Box::into_raw(Box::new(Owned { raw, references: AtomicU32::new(0), layout, class, home: self.0 }));
        // SAFETY: the box was just leaked.
        unsafe { (*owned).raw.owner = owned.cast() };
        owned
    }
}

unsafe extern "C" fn retain(owner: *mut c_void) {
    // SAFETY: the caller holds a reference.
    unsafe { (*owner.cast::<Owned>()).references.fetch_add(1, Ordering::Relaxed) };
}

unsafe extern "C" fn release(owner: *mut c_void) {
    let owned = owner.cast::<Owned>();
    // SAFETY: the caller gives up a reference. Who holds the only one owns the buffer alone; what is shared lives until
    // this buffer's bytes are taken off `used`, last.
    unsafe {
        let references = &(*owned).references;
        if references.load(Ordering::Acquire) != 1 && references.fetch_sub(1, Ordering::AcqRel) != 1 {
            return;
        }
        let (home, size, class) = ((*owned).home, (*owned).layout.size(), (*owned).class);
        let slots = &home.as_ref().free[class][..kept(class)];
        let put = |slot: &AtomicPtr<Owned>| {
            slot.load(Ordering::Relaxed).is_null()
                && slot.compare_exchange(null_mut(), owned, Ordering::Release, Ordering::Relaxed).is_ok()
        };
        if !slots.iter().any(put) {
            destroy(owned);
        }
        give_up(home, size);
    }
}

/// Takes `amount` off what is used; the last one to do so ends what is shared.
///
/// # Safety
/// The caller added `amount` and touches nothing shared afterwards.
unsafe fn give_up(shared: NonNull<Shared>, amount: usize) {
    // SAFETY: promised by the caller. Whoever brings `used` to 0 is alone.
    unsafe {
        if shared.as_ref().used.fetch_sub(amount, Ordering::AcqRel) != amount {
            return;
        }
        let mut shared = Box::from_raw(shared.as_ptr());
        for slot in shared.free.iter_mut().flatten() {
            let owned = *slot.get_mut();
            if !owned.is_null() {
                destroy(owned);
            }
        }
    }
}

/// # Safety
/// Nobody else holds `owned`.
unsafe fn destroy(owned: *mut Owned) {
    // SAFETY: promised by the caller; data came from this layout, the box from `fresh`.
    unsafe {
        dealloc((*owned).raw.data, (*owned).layout);
        drop(Box::from_raw(owned));
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // SAFETY: the pool added this when it was made.
        unsafe { give_up(self.0, POOL) };
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
        assert_eq!(pool.used(), 0);
        assert!(pool.buffer(usize::MAX).is_none());
        let survivor = pool.buffer(10).expect("within the limit");
        drop(pool);
        assert_eq!(survivor.bytes().len(), 10);
    }

    #[test]
    fn buffers_wander_between_threads() {
        let pool = Pool::new(1 << 20);
        let rounds = if cfg!(miri) { 50 } else { 5_000 };
        let (send, receive) = std::sync::mpsc::sync_channel::<Buffer>(16);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                let (send, pool) = (send.clone(), pool.clone());
                scope.spawn(move || {
                    for round in 0..rounds {
                        let mut buffer = pool.buffer(64 << (round % 3)).expect("within the limit");
                        buffer.bytes_mut().fill(round as u8);
                        let copy = buffer.clone();
                        send.send(buffer).expect("the other side listens");
                        assert!(copy.bytes().iter().all(|byte| *byte == round as u8), "somebody else wrote");
                    }
                });
            }
            drop(send);
            assert_eq!(receive.iter().filter(|buffer| buffer.bytes().len() >= 64).count(), 2 * rounds);
        });
        assert_eq!(pool.used(), 0);
    }
}
