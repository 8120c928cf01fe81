//! Do parameters and formats keep what a descriptor says of them? Asked on the plugin's side of the boundary.

use crate::descriptor::Descriptor;
use crate::error::{Error, Result};
use crate::format::Format;
use crate::value::Parameters;

/// The parameters, if each is what the descriptor declares. A host has asked already; a stage must be able to rely on it.
pub(crate) fn parameters(descriptor: &Descriptor, parameters: Parameters) -> Result<Parameters> {
    for declared in descriptor.parameters {
        if let Ok(value) = parameters.get(declared.id)
            && let Err(expected) = declared.check(value)
        {
            return Err(Error::parameter(declared.id, format!("expected {expected}, got {value}")));
        }
    }
    Ok(parameters)
}

/// Does each negotiated format keep what the descriptor says of its port, and agree with itself?
pub(crate) fn outputs(descriptor: &Descriptor, formats: &[Format]) -> Result<()> {
    let (declared, got) = (descriptor.outputs, formats.len());
    if got != declared.len() {
        return Err(Error::internal(format!("{} outputs are declared, {got} were negotiated", declared.len())));
    }
    for (port, format) in declared.iter().zip(formats) {
        let broken = |why: String| Error::internal(format!("output {}: {why}", port.name));
        if !port.kinds.contains(&format.kind()) {
            let kinds: Vec<&str> = port.kinds.iter().map(|kind| kind.name()).collect();
            let (kinds, got) = (kinds.join(" or "), format.kind().name());
            return Err(broken(format!("{kinds} is declared, {got} was negotiated")));
        }
        if let Some(dtype) = format.dtype().filter(|dtype| !port.dtypes.is_empty() && !port.dtypes.contains(dtype)) {
            return Err(broken(format!("{dtype} was negotiated, which its port does not declare")));
        }
        format.check().map_err(|error| broken(error.message))?;
    }
    Ok(())
}
