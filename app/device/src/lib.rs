//! Sound devices for auricle, opened at run time.
