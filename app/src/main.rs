//! auricle: a terminal audio workbench.

fn main() {}
