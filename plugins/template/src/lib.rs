//! The plugin to copy: effect.gain.
