//! The C ABI between auricle and its plugins.
