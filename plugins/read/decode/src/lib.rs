//! Audio containers and codecs for the readers.
