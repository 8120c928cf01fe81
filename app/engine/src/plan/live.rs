//! Which stages of a plan can put something out while their input still comes.

use super::{Origin, Plan};
use crate::beside::Quiet;
use auricle_sdk::descriptor::Locality;
use auricle_sdk::format::Data;
use auricle_sdk::host::Pool;
use std::sync::Arc;

/// Bytes that an instance may take to be asked.
const MEMORY: usize = 1 << 20;

impl Plan {
    /// The stages that need all of an input before they put out any of their sound or frames: no live input can be
    /// theirs. (Tables that come at the end, such as metrics, are no hindrance.)
    ///
    /// # Errors
    /// A stage cannot be opened.
    pub fn waiting(&self) -> auricle_sdk::Result<Vec<usize>> {
        let mut waiting = Vec::new();
        for (index, stage) in self.stages.iter().enumerate() {
            let streams = stage.inputs.iter().any(|wire| matches!(wire.from, Origin::Stage { .. }));
            let holds = stage.outputs.iter().any(|format| !matches!(format.data, Data::Records(_)));
            if !streams || !holds {
                continue;
            }
            let waits = match stage.descriptor.locality {
                Locality::WholeInput => true,
                Locality::Global => {
                    let pool = Pool::new(MEMORY);
                    stage.open(self, Arc::new(Quiet), pool, Arc::default(), 1)?.reduces()
                }
                _ => false,
            };
            if waits {
                waiting.push(index);
            }
        }
        Ok(waiting)
    }
}
