//! Labels as records: `read.labels`, `label.list`, and a writer for each format that speech people use.
//!
//! The formats themselves are in `auricle-annotation`, below this folder, so that they can be used without a plugin.
#![forbid(unsafe_code)]

mod list;
mod reader;
mod schema;
mod writer;

use auricle_sdk::prelude::*;
use list::LabelList;
use reader::LabelReader;
use writer::{Audacity, Ctm, Jams, LabelWriter, Rttm, Srt, TextGrid, Vtt};

export_plugin!(
    LabelList,
    Source<LabelReader>,
    Sink<LabelWriter<Audacity>>,
    Sink<LabelWriter<Ctm>>,
    Sink<LabelWriter<Jams>>,
    Sink<LabelWriter<Rttm>>,
    Sink<LabelWriter<Srt>>,
    Sink<LabelWriter<TextGrid>>,
    Sink<LabelWriter<Vtt>>
);
