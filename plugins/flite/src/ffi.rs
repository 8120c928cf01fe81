//! libflite's functions, behind a safe face: one voice that speaks one text.
//!
//! # Source
//! The public API of Flite 2.2 (`flite.h`, `cst_voice.h`, `cst_wave.h`, `cst_item.h`).
#![allow(unsafe_code)]

use libloading::Library;
use std::error::Error as _;
use std::ffi::{CStr, CString, c_char, c_float, c_int, c_short, c_uint, c_void};
use std::ops::Range;
use std::ptr::null;
use std::sync::{Mutex, PoisonError};

const INSTALL: &str = "install it: apt install libflite1 (Debian, Ubuntu), dnf install flite (Fedora)";

/// The voices that come with the library.
pub const VOICES: &[&str] = &["slt", "rms", "awb", "kal16", "kal"];

type Raw = *mut c_void;

/// `cst_voice`, as far as it is used.
#[repr(C)]
struct RawVoice {
    name: *const c_char,
    features: Raw,
}

/// `cst_wave`
#[repr(C)]
struct RawWave {
    kind: *const c_char,
    sample_rate: c_int,
    samples: c_int,
    channels: c_int,
    values: *const c_short,
}

/// A stretch of speech: a phoneme or a word, with its times in seconds.
pub type Stretch = (Range<f64>, String);

/// A text, spoken.
#[derive(Clone, Debug, PartialEq)]
pub struct Speech {
    pub sample_rate: u32,
    pub samples: Vec<i16>,
    pub phonemes: Vec<Stretch>,
    pub words: Vec<Stretch>,
}

/// A voice of the library.
pub struct Flite {
    name: &'static str,
    voice: Library,
    api: Library,
}

impl Flite {
    /// A voice by its name.
    ///
    /// # Errors
    /// The library is not installed, with what to install; or there is no such voice.
    pub fn new(name: &str) -> Result<Self, String> {
        let known = VOICES.iter().find(|known| **known == name);
        let name = *known.ok_or_else(|| format!("Flite has no voice {name:?}; it has {}", VOICES.join(", ")))?;
        let open = |file: String| {
            // SAFETY: the library has no initialisers.
            unsafe { Library::new(&file) }.map_err(|error| {
                let why = error.source().map_or_else(|| error.to_string(), ToString::to_string);
                format!("libflite cannot be used ({why}); {INSTALL}")
            })
        };
        // The voice first: it brings the lexicon and the rules that it needs.
        let voice = open(format!("libflite_cmu_us_{name}.so.1"))?;
        Ok(Flite { name, voice, api: open("libflite.so.1".into())? })
    }

    /// # Safety
    /// `F` is the type that the header gives the function.
    unsafe fn function<F: Copy>(library: &Library, name: &str) -> Result<F, String> {
        // SAFETY: the caller knows the type; the library is open as long as `self` is.
        let found = unsafe { library.get::<F>(name.as_bytes()) };
        found.map(|function| *function).map_err(|error| format!("libflite lacks {name}: {error}"))
    }

    /// Speaks a text, which has no NUL, with these features of the voice changed.
    ///
    /// # Errors
    /// The library lacks a function, or refuses the text.
    pub fn speak(&self, text: &str, features: &[(&CStr, f64)]) -> Result<Speech, String> {
        // The library has variables for the whole process, and its noise comes from the C library's chance.
        static ALONE: Mutex<()> = Mutex::new(());
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let text = CString::new(text).map_err(|_| "a text has a NUL".to_owned())?;
        let (register, unregister) =
            (format!("register_cmu_us_{}", self.name), format!("unregister_cmu_us_{}", self.name));
        // SAFETY: the types are those of the headers. The voice is made here and given back below, so that its features are
        // the usual ones at the start; the utterance is checked, read while it is there, and given back once.
        unsafe {
            let init: unsafe extern "C" fn() -> c_int = Self::function(&self.api, "flite_init")?;
            let register: unsafe extern "C" fn(*const c_char) -> *mut RawVoice =
                Self::function(&self.voice, &register)?;
            let unregister: unsafe extern "C" fn(*mut RawVoice) = Self::function(&self.voice, &unregister)?;
            let set: unsafe extern "C" fn(Raw, *const c_char, c_float) = Self::function(&self.api, "feat_set_float")?;
            let synthesize: unsafe extern "C" fn(*const c_char, *mut RawVoice) -> Raw =
                Self::function(&self.api, "flite_synth_text")?;
            let delete: unsafe extern "C" fn(Raw) = Self::function(&self.api, "delete_utterance")?;
            libc::srand(1 as c_uint);
            init();
            let voice = register(null());
            if voice.is_null() || (*voice).features.is_null() {
                return Err(format!("libflite does not give its voice {}", self.name));
            }
            for (feature, value) in features {
                set((*voice).features, feature.as_ptr(), *value as c_float);
            }
            let utterance = synthesize(text.as_ptr(), voice);
            let speech =
                if utterance.is_null() { Err("libflite refuses a text".to_owned()) } else { self.read(utterance) };
            if !utterance.is_null() {
                delete(utterance);
            }
            unregister(voice);
            speech
        }
    }

    /// # Safety
    /// The utterance is one of the library's, synthesised.
    unsafe fn read(&self, utterance: Raw) -> Result<Speech, String> {
        // SAFETY: the types are those of the headers; a wave has as many values as it says, and belongs to the utterance.
        unsafe {
            let wave: unsafe extern "C" fn(Raw) -> *const RawWave = Self::function(&self.api, "utt_wave")?;
            let wave = wave(utterance).as_ref().ok_or("libflite made no sound")?;
            let (count, rate) =
                (usize::try_from(wave.samples).unwrap_or(0), u32::try_from(wave.sample_rate).unwrap_or(0));
            if wave.channels != 1 || rate == 0 || (count > 0 && wave.values.is_null()) {
                return Err(format!("libflite made {} channels at {rate} Hz", wave.channels));
            }
            let samples = if count == 0 { &[] } else { std::slice::from_raw_parts(wave.values, count) };
            Ok(Speech {
                sample_rate: rate,
                samples: samples.to_vec(),
                phonemes: self.stretches(utterance, c"Segment", c"p.end", c"end")?,
                words: self.stretches(
                    utterance,
                    c"Word",
                    c"R:SylStructure.daughter.daughter.R:Segment.p.end",
                    c"R:SylStructure.daughtern.daughtern.R:Segment.end",
                )?,
            })
        }
    }

    /// The items of a relation, with their times by these paths.
    ///
    /// # Safety
    /// As [`Flite::read`].
    unsafe fn stretches(
        &self,
        utterance: Raw,
        relation: &CStr,
        start: &CStr,
        end: &CStr,
    ) -> Result<Vec<Stretch>, String> {
        // SAFETY: the types are those of the headers; items belong to the utterance, and a name is a C string or null.
        unsafe {
            let find: unsafe extern "C" fn(Raw, *const c_char) -> Raw = Self::function(&self.api, "utt_relation")?;
            let head: unsafe extern "C" fn(Raw) -> Raw = Self::function(&self.api, "relation_head")?;
            let next: unsafe extern "C" fn(Raw) -> Raw = Self::function(&self.api, "item_next")?;
            let name: unsafe extern "C" fn(Raw, *const c_char) -> *const c_char =
                Self::function(&self.api, "item_feat_string")?;
            let number: unsafe extern "C" fn(Raw, *const c_char) -> c_float =
                Self::function(&self.api, "flite_ffeature_float")?;
            let found = find(utterance, relation.as_ptr());
            let (mut item, mut stretches) = (if found.is_null() { found } else { head(found) }, Vec::new());
            while !item.is_null() {
                let text = name(item, c"name".as_ptr());
                let text =
                    if text.is_null() { String::new() } else { CStr::from_ptr(text).to_string_lossy().into_owned() };
                let time = |path: &CStr| f64::from(number(item, path.as_ptr()));
                stretches.push((time(start)..time(end), text));
                item = next(item);
            }
            Ok(stretches)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_always_spoken_alike() {
        let Ok(flite) = Flite::new("slt") else {
            return assert!(Flite::new("slt").is_err_and(|why| why.contains("apt install libflite1")));
        };
        assert!(Flite::new("nobody").is_err_and(|why| why.contains("it has slt, rms")));
        let usual = flite.speak("Ever tried.", &[]).expect("spoken");
        assert_eq!(usual.words.iter().map(|(_, word)| word.as_str()).collect::<Vec<_>>(), ["ever", "tried"]);
        assert_eq!(usual.words[0].0.end, usual.words[1].0.start);
        assert!(usual.words[0].0.start > 0.05, "{:?}", usual.words);
        let slow = flite.speak("Ever tried.", &[(c"duration_stretch", 2.0)]).expect("spoken");
        assert!(slow.samples.len() > usual.samples.len() * 3 / 2);
        for voice in VOICES {
            let other = Flite::new(voice).expect("all voices come together");
            let first = other.speak("Fail better.", &[]).expect("spoken");
            assert!(other.speak("Fail better.", &[]).is_ok_and(|again| again == first), "{voice}");
        }
        assert!(flite.speak("Ever tried.", &[]).is_ok_and(|again| again == usual), "what was said before is heard");
    }
}
