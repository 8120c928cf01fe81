//! Pure signal processing kernels of auricle's stages.
