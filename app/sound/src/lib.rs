//! Playing and recording, without linking a sound library.
