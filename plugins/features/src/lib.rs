//! Features of a frame, as librosa computes them.
//!
//! | stage | it makes |
//! |---|---|
//! | `feature.rms` | the level |
//! | `feature.zcr` | the share of samples at which the sign changes |
//! | `feature.centroid`, `feature.bandwidth`, `feature.rolloff` | where the spectrum lies |
//! | `feature.flatness`, `feature.contrast` | how much it is a tone |
//! | `pcen.librosa` | bands whose level follows the background |
//! | `f0.yin`, `f0.pyin` | the fundamental frequency |
//! | `onset.librosa`, `tempo.librosa` | where sounds begin, and how often |

mod bandwidth;
mod centroid;
mod contrast;
mod flatness;
mod onset;
mod pcen;
mod pyin;
mod rise;
mod rms;
mod rolloff;
mod spectrum;
mod tempo;
mod yin;
mod zcr;

use auricle_sdk::prelude::*;
use bandwidth::Bandwidth;
use centroid::Centroid;
use contrast::Contrast;
use flatness::Flatness;
use onset::OnsetStage;
use pcen::Pcen;
use pyin::PyinStage;
use rms::Rms;
use rolloff::Rolloff;
use spectrum::Measured;
use tempo::TempoStage;
use yin::YinStage;
use zcr::Zcr;

export_plugin!(
    Framed<Rms>,
    Framed<Zcr>,
    Precision<Framed<Measured<Centroid<f32>>>, Framed<Measured<Centroid<f64>>>>,
    Precision<Framed<Measured<Bandwidth<f32>>>, Framed<Measured<Bandwidth<f64>>>>,
    Precision<Framed<Measured<Rolloff<f32>>>, Framed<Measured<Rolloff<f64>>>>,
    Precision<Framed<Measured<Flatness<f32>>>, Framed<Measured<Flatness<f64>>>>,
    Precision<Framed<Contrast<f32>>, Framed<Contrast<f64>>>,
    Precision<Pcen<f32>, Pcen<f64>>,
    Framed<YinStage>,
    PyinStage,
    Precision<OnsetStage<f32>, OnsetStage<f64>>,
    Precision<TempoStage<f32>, TempoStage<f64>>,
);
