//! Instances that stay open from one region to the next: opening a file costs more than reading a little of it.

use super::{Evaluator, SAMPLES, ViewServices};
use crate::executor::Cancel;
use auricle_sdk::Result;
use auricle_sdk::host::Instance;
use std::sync::{Arc, Mutex, PoisonError};

/// Instances that nothing is asked of at the moment, by their stages. All of them listen to one cancellation.
pub(super) struct Idle {
    cancel: Cancel,
    instances: Mutex<Vec<(usize, Instance)>>,
}

impl Evaluator {
    /// An evaluator that keeps instances open from one region to the next for as long as it lives; for regions that are
    /// evaluated with this `cancel`.
    pub fn steady(&self, cancel: &Cancel) -> Evaluator {
        let idle = Idle { cancel: cancel.clone(), instances: Mutex::default() };
        Evaluator { inner: self.inner.clone(), idle: Some(Arc::new(idle)) }
    }

    /// An instance of a stage of the plan: one that is idle, or a fresh one.
    pub(super) fn instance(&self, stage: usize, cancel: &Cancel) -> Result<Instance> {
        if let Some(idle) = self.idle(cancel) {
            let mut instances = idle.instances.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(at) = instances.iter().position(|(of, _)| *of == stage) {
                return Ok(instances.swap_remove(at).1);
            }
        }
        let inner = &self.inner;
        let services = Arc::new(ViewServices { stage, findings: inner.findings.clone() });
        inner.plan.stages[stage].open(&inner.plan, services, inner.pool.clone(), cancel.0.clone(), SAMPLES as usize)
    }

    /// An instance that has done what was asked of it; each begins anew whenever it is asked.
    pub(super) fn rest(&self, stage: usize, instance: Instance, cancel: &Cancel) {
        if let Some(idle) = self.idle(cancel) {
            idle.instances.lock().unwrap_or_else(PoisonError::into_inner).push((stage, instance));
        }
    }

    fn idle(&self, cancel: &Cancel) -> Option<&Idle> {
        self.idle.as_deref().filter(|idle| Arc::ptr_eq(&idle.cancel.0, &cancel.0))
    }
}
