//! libespeak-ng's functions, behind a safe face: a copy of the library that speaks one text.
//!
//! # Source
//! The public API of eSpeak NG 1.51 (`speak_lib.h`, `espeak_ng.h`), as it has been since 1.49.
#![allow(unsafe_code)]

use crate::copy::{self, Copy};
use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char, c_int, c_short, c_uint, c_void};
use std::ptr::{null, null_mut};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

const INSTALL: &str = "install it: apt install libespeak-ng1 (Debian, Ubuntu), dnf install espeak-ng (Fedora), brew install espeak-ng (macOS)";

/// `AUDIO_OUTPUT_SYNCHRONOUS`: samples come to the callback, in the thread that asks for them.
const SYNCHRONOUS: c_int = 2;
/// `espeakINITIALIZE_PHONEME_EVENTS`, `..._PHONEME_IPA` and `..._DONT_EXIT`.
const OPTIONS: c_int = 0x0001 | 0x0002 | 0x8000;
/// `espeakCHARS_UTF8`
const UTF8: c_uint = 1;
/// `espeakPHONEMES_IPA`
const IPA: c_int = 2;
/// `POS_CHARACTER`
const CHARACTERS: c_int = 1;

/// Numbers that the library knows by these names.
#[derive(Clone, Copy, Debug)]
#[repr(i32)]
pub enum Setting {
    /// Words a minute.
    Rate = 1,
    Volume = 2,
    Pitch = 3,
    Range = 4,
    /// Between words, in units of 10 ms at the usual rate.
    WordGap = 7,
}

/// Something that happens at a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub sample: usize,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A word begins; where it stands in the text, counted in characters from 0 on, and how long it is.
    Word { at: usize, length: usize },
    /// A phoneme begins, or, if it is empty, a pause.
    Phoneme(String),
    /// A clause ends.
    End,
}

/// `espeak_EVENT`
#[repr(C)]
struct RawEvent {
    kind: c_int,
    identifier: c_uint,
    text_position: c_int,
    length: c_int,
    audio_position: c_int,
    sample: c_int,
    user_data: *mut c_void,
    /// A union: a number, a pointer, or the phoneme.
    id: [u8; 8],
}

type Callback = unsafe extern "C" fn(*mut c_short, c_int, *mut RawEvent) -> c_int;
type Synthesize =
    unsafe extern "C" fn(*const c_void, usize, c_uint, c_int, c_uint, c_uint, *mut c_uint, *mut c_void) -> c_int;

/// What was heard so far, and whether to go on.
struct Heard {
    samples: Vec<i16>,
    events: Vec<Event>,
    go_on: Box<dyn Fn() -> bool>,
}

thread_local! {
    /// Of the text that this thread has the library speak.
    static HEARD: RefCell<Option<Heard>> = const { RefCell::new(None) };
}

/// A library that has said nothing yet. There is one at a time: its chance is that of the C library, which all share.
pub struct Espeak {
    copy: Copy,
    _alone: MutexGuard<'static, ()>,
}

impl Espeak {
    /// The library, as it is when a program starts.
    ///
    /// # Errors
    /// It is not installed, or its data is not; with what to install.
    pub fn new() -> Result<Self, String> {
        static BYTES: OnceLock<Result<Vec<u8>, String>> = OnceLock::new();
        static ALONE: Mutex<()> = Mutex::new(());
        let fails = |why: &str| format!("libespeak-ng cannot be used ({why}); {INSTALL}");
        let bytes = BYTES.get_or_init(copy::bytes).as_ref().map_err(|why| fails(why))?;
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let espeak = Espeak { copy: Copy::new(bytes).map_err(|why| fails(&why))?, _alone };
        type Initialize = unsafe extern "C" fn(c_int, c_int, *const c_char, c_int) -> c_int;
        // SAFETY: the types are those of speak_lib.h; it is the first call of this copy, and the breathy voices' noise is
        // then the same for every text. With DONT_EXIT it gives an error where it has no data.
        let rate = unsafe {
            libc::srand(1);
            espeak.function::<Initialize>("espeak_Initialize")?(SYNCHRONOUS, 0, null(), OPTIONS)
        };
        if rate <= 0 {
            return Err(fails("it finds none of its data, espeak-ng-data"));
        }
        Ok(espeak)
    }

    /// # Safety
    /// `F` is the type that the header gives the function.
    unsafe fn function<F: std::marker::Copy>(&self, name: &str) -> Result<F, String> {
        // SAFETY: the caller knows the type; the copy outlives the pointer, which stays within this file's calls.
        let found = unsafe { self.copy.library.get::<F>(name.as_bytes()) };
        found.map(|function| *function).map_err(|error| format!("libespeak-ng lacks {name}: {error}"))
    }

    /// The library's version.
    ///
    /// # Errors
    /// The library lacks a function.
    pub fn version(&self) -> Result<String, String> {
        type Info = unsafe extern "C" fn(*mut *const c_char) -> *const c_char;
        let mut data = null();
        // SAFETY: the type is that of speak_lib.h; what comes back is a constant C string, or null.
        unsafe {
            let text = self.function::<Info>("espeak_Info")?(&mut data);
            Ok(if text.is_null() { String::new() } else { CStr::from_ptr(text).to_string_lossy().into_owned() })
        }
    }

    /// Chooses a voice by its name or language; false if there is none.
    ///
    /// # Errors
    /// The library lacks a function.
    pub fn choose(&self, voice: &str) -> Result<bool, String> {
        let Ok(name) = CString::new(voice) else { return Ok(false) };
        type Choose = unsafe extern "C" fn(*const c_char) -> c_int;
        // SAFETY: the type is that of speak_lib.h; the name ends in NUL and lives through the call.
        Ok(unsafe { self.function::<Choose>("espeak_SetVoiceByName")?(name.as_ptr()) } == 0)
    }

    /// Rate of the chosen voice in Hz.
    ///
    /// # Errors
    /// The library lacks a function, or says nonsense.
    pub fn sample_rate(&self) -> Result<u32, String> {
        // SAFETY: the type is that of espeak_ng.h.
        let rate = unsafe { self.function::<unsafe extern "C" fn() -> c_int>("espeak_ng_GetSampleRate")?() };
        u32::try_from(rate).map_err(|_| format!("libespeak-ng says that its rate is {rate} Hz"))
    }

    /// Changes how it speaks.
    ///
    /// # Errors
    /// The library lacks a function, or refuses the value.
    pub fn set(&self, setting: Setting, value: i64) -> Result<(), String> {
        let number = c_int::try_from(value).map_err(|_| format!("{setting:?} {value} is too large"))?;
        type Set = unsafe extern "C" fn(c_int, c_int, c_int) -> c_int;
        // SAFETY: the type is that of speak_lib.h; the values are plain numbers.
        match unsafe { self.function::<Set>("espeak_SetParameter")?(setting as c_int, number, 0) } {
            0 => Ok(()),
            status => Err(format!("libespeak-ng refuses {setting:?} {value} with status {status}")),
        }
    }

    /// Speaks a text, which has no NUL; gives the samples and what happens when. `go_on` is asked in between.
    ///
    /// # Errors
    /// The library lacks a function, or refuses the text.
    pub fn speak(self, text: &str, go_on: impl Fn() -> bool + 'static) -> Result<(Vec<i16>, Vec<Event>), String> {
        let text = CString::new(text).map_err(|_| "a text has a NUL".to_owned())?;
        let bytes = text.as_bytes_with_nul();
        HEARD.set(Some(Heard { samples: Vec::new(), events: Vec::new(), go_on: Box::new(go_on) }));
        // SAFETY: the types are those of speak_lib.h; `hear` has the callback's, and the text, its NUL counted, lives through
        // the call, which ends when all is spoken.
        let status = unsafe {
            self.function::<unsafe extern "C" fn(Option<Callback>)>("espeak_SetSynthCallback")?(Some(hear));
            let synthesize = self.function::<Synthesize>("espeak_Synth")?;
            synthesize(bytes.as_ptr().cast(), bytes.len(), 0, CHARACTERS, 0, UTF8, null_mut(), null_mut())
        };
        let heard = HEARD.take().ok_or("the library took what was heard along")?;
        if status == 0 {
            Ok((heard.samples, heard.events))
        } else {
            Err(format!("libespeak-ng refuses a text with status {status}"))
        }
    }

    /// The clauses of a text, which has no NUL: how many of its bytes the library has looked at after each, and its phonemes.
    ///
    /// # Errors
    /// The library lacks a function.
    pub fn clauses(&self, text: &str) -> Result<Vec<(usize, String)>, String> {
        let text = CString::new(text).map_err(|_| "a text has a NUL".to_owned())?;
        type Clause = unsafe extern "C" fn(*mut *const c_void, c_int, c_int) -> *const c_char;
        // SAFETY: the type is that of speak_lib.h.
        let clause = unsafe { self.function::<Clause>("espeak_TextToPhonemes")? };
        let (start, mut clauses) = (text.as_ptr() as usize, Vec::new());
        let mut rest: *const c_void = text.as_ptr().cast();
        while !rest.is_null() {
            // SAFETY: `rest` points into the text, which ends in NUL and lives through the loop. What comes back is a C string
            // that is valid until the next call, and copied before it.
            let phonemes = unsafe {
                let phonemes = clause(&mut rest, UTF8 as c_int, IPA);
                if phonemes.is_null() {
                    break;
                }
                CStr::from_ptr(phonemes).to_string_lossy().into_owned()
            };
            let seen = if rest.is_null() { text.as_bytes().len() } else { rest as usize - start };
            clauses.push((seen, phonemes));
        }
        Ok(clauses)
    }
}

impl Drop for Espeak {
    fn drop(&mut self) {
        // SAFETY: the type is that of speak_lib.h; it was initialised, is terminated once, and not used any more.
        if let Ok(terminate) = unsafe { self.function::<unsafe extern "C" fn() -> c_int>("espeak_Terminate") } {
            // SAFETY: as above.
            unsafe { terminate() };
        }
    }
}

/// Takes samples and events as they are made; 0: go on.
unsafe extern "C" fn hear(samples: *mut c_short, count: c_int, events: *mut RawEvent) -> c_int {
    HEARD.with(|heard| {
        let Ok(mut heard) = heard.try_borrow_mut() else { return 1 };
        let Some(heard) = heard.as_mut() else { return 1 };
        let count = usize::try_from(count).unwrap_or(0);
        if !samples.is_null() && count > 0 {
            // SAFETY: the library gives `count` samples at `samples`, valid during this call.
            heard.samples.extend_from_slice(unsafe { std::slice::from_raw_parts(samples, count) });
        }
        let mut at = events;
        // SAFETY: events follow one another up to one of kind 0, and are valid during this call.
        while let Some(event) = unsafe { at.as_ref() }.filter(|event| event.kind != 0) {
            heard.events.extend(event.read());
            // SAFETY: it is not the last one.
            at = unsafe { at.add(1) };
        }
        c_int::from(!(heard.go_on)())
    })
}

impl RawEvent {
    fn read(&self) -> Option<Event> {
        let what = match self.kind {
            // espeakEVENT_WORD, espeakEVENT_END, espeakEVENT_PHONEME
            1 => What::Word {
                at: usize::try_from(self.text_position).ok()?.checked_sub(1)?,
                length: usize::try_from(self.length).ok()?,
            },
            5 => What::End,
            7 => {
                let end = self.id.iter().position(|&byte| byte == 0).unwrap_or(self.id.len());
                What::Phoneme(String::from_utf8_lossy(&self.id[..end]).into_owned())
            }
            _ => return None,
        };
        Some(Event { sample: usize::try_from(self.sample).ok()?, what })
    }
}

#[cfg(test)]
mod tests;
