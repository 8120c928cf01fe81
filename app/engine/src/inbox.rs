//! What waits before a stage: one bounded lane an input.

use crate::spool::Spool;
use auricle_sdk::host::Pool;
use auricle_sdk::{Packet, Result};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Bytes that wait in one lane before its producer has to.
const LANE_BYTES: usize = 2 << 20;

/// The inputs of one stage. Producers push, the stage pops; a full lane makes its producer wait.
///
/// When the stage waits for one lane while another is full, the full one goes to disk: otherwise a graph whose branches
/// rejoin with unequal delay would stand still.
pub struct Inbox {
    state: Mutex<State>,
    changed: Condvar,
    pool: Arc<Pool>,
}

struct State {
    lanes: Vec<Lane>,
    /// What the stage is waiting for: `Some(None)` any lane.
    waiting: Option<Option<usize>>,
    closed: bool,
}

#[derive(Default)]
struct Lane {
    queue: VecDeque<Item>,
    bytes: usize,
    spool: Spool,
    spooled_nan: bool,
    /// The end marker has been taken out.
    drained: bool,
}

/// A packet on its way, and whether it may hold NaN for a legal reason.
pub struct Item {
    /// The packet.
    pub packet: Packet,
    /// NaN upstream was legal, so NaN downstream is no fault.
    pub nan: bool,
}

impl Inbox {
    /// An inbox with `lanes` lanes; those not in `streams` never carry anything.
    pub fn new(lanes: usize, streams: &[usize], pool: Arc<Pool>) -> Self {
        let lanes = (0..lanes).map(|k| Lane { drained: !streams.contains(&k), ..Lane::default() }).collect();
        Inbox { state: Mutex::new(State { lanes, waiting: None, closed: false }), changed: Condvar::new(), pool }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        // Woken at the latest after a moment, so that a cancelled run ends whatever happens.
        self.changed.wait_timeout(state, Duration::from_millis(50)).unwrap_or_else(PoisonError::into_inner).0
    }

    /// Adds a packet to its lane, waiting for room. Gives `false` when the stage wants no more or the run was cancelled.
    pub fn push(&self, item: Item, cancel: &AtomicU32) -> Result<bool> {
        let lane = item.packet.port;
        let mut state = self.lock();
        loop {
            if state.closed || cancel.load(Ordering::Relaxed) != 0 {
                return Ok(false);
            }
            let starved = matches!(state.waiting, Some(Some(wanted)) if wanted != lane);
            let place = &mut state.lanes[lane];
            if !place.spool.is_empty() || (place.bytes >= LANE_BYTES && starved) {
                place.spooled_nan |= item.nan;
                place.spool.push(&item.packet)?;
                break;
            }
            if place.bytes < LANE_BYTES {
                place.bytes += item.packet.bytes();
                place.queue.push_back(item);
                break;
            }
            state = self.wait(state);
        }
        self.changed.notify_all();
        Ok(true)
    }

    /// Takes the next packet of lane `wanted`, or of any lane; `None` when all lanes have ended or the run was cancelled.
    pub fn pop(&self, wanted: Option<usize>, cancel: &AtomicU32) -> Result<Option<Item>> {
        let mut state = self.lock();
        loop {
            if cancel.load(Ordering::Relaxed) != 0 || state.lanes.iter().all(|lane| lane.drained) {
                return Ok(None);
            }
            let wanted = wanted.filter(|&lane| !state.lanes[lane].drained);
            let ready = |lane: &Lane| !lane.drained && (!lane.queue.is_empty() || !lane.spool.is_empty());
            let found = match wanted {
                Some(lane) => ready(&state.lanes[lane]).then_some(lane),
                None => state.lanes.iter().position(ready),
            };
            if let Some(index) = found {
                state.waiting = None;
                let lane = &mut state.lanes[index];
                let item = match lane.queue.pop_front() {
                    Some(item) => {
                        lane.bytes -= item.packet.bytes();
                        item
                    }
                    None => {
                        let packet = lane.spool.pop(&self.pool)?;
                        let packet = packet.ok_or_else(|| auricle_sdk::Error::internal("a lane lost its packet"))?;
                        Item { packet, nan: lane.spooled_nan }
                    }
                };
                lane.drained = item.packet.end;
                self.changed.notify_all();
                return Ok(Some(item));
            }
            if state.waiting != Some(wanted) {
                state.waiting = Some(wanted);
                self.changed.notify_all();
            }
            state = self.wait(state);
        }
    }

    /// The stage wants no more: producers need not wait.
    pub fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }
}
