//! Gammatone filters and the spectrograms made of them.
//!
//! | stage | it makes |
//! |---|---|
//! | `gammatone.gtgram` | the level of each filter's output over time, as the gammatone package |
//! | `gammatone.fft_gtgram` | its approximation by weights on a spectrum |
//! | `gammatone.bank` | the filters' outputs themselves, with `scipy.signal.gammatone`'s filters |

mod bank;
mod fft_gtgram;
mod gtgram;
mod times;

use auricle_sdk::prelude::*;
use bank::Bank;
use fft_gtgram::FftGtgram;
use gtgram::Gtgram;

export_plugin!(Gtgram, FftGtgram, Bank);
