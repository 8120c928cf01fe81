//! A session planned for the screen: what can be evaluated, and what is wrong with the rest, each where it belongs.

use super::added::{self, Extras};
use super::pipeline::Pipeline;
use super::worker::guarded;
use auricle_engine::{Plan, Registry, Session};
use std::path::Path;
use std::sync::Arc;

/// Plans a session that was saved last as `file`, and what is wanted beside it.
pub fn plan(
    session: &Session,
    registry: &Registry,
    file: Option<&Path>,
    extras: &Extras,
) -> (Pipeline, Option<Arc<Plan>>) {
    let planned = guarded(|| Ok(added::plan(session, registry, extras)));
    let mut pipeline = Pipeline::new(session, registry);
    pipeline.file = file.map_or_else(String::new, |file| file.display().to_string());
    let plan = match planned {
        Ok((Ok(plan), refused)) => {
            pipeline.planned(&plan);
            pipeline.refused = refused;
            Some(Arc::new(plan))
        }
        Ok((Err(diagnostics), _)) => {
            pipeline.accuse(&diagnostics);
            None
        }
        Err(fault) => {
            pipeline.problems.push(fault);
            None
        }
    };
    (pipeline, plan)
}
