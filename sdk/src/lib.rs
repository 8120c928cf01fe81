//! The author's side of auricle plugins: stages, ports, parameters, adapters and a test kit.
