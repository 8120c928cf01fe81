//! Readers against the tools that they speak for, over every file of tests/data, through a session and `write.npy`.

mod support;

use std::fmt::Write;
use std::path::Path;

use sha2::{Digest, Sha256};
use support::{auricle, root, scratch};
use toml::Table;

/// A reader, and whose rows of files.toml it must meet.
struct Dialect {
    stage: &'static str,
    tool: &'static str,
    parameters: &'static str,
    /// Files where another answer is right, with the reason.
    but: &'static [(&'static str, &'static str)],
    /// Must what the tool refuses be refused?
    refuses: bool,
}

const SCIPY: Dialect = Dialect {
    stage: "read.scipy",
    tool: "scipy",
    parameters: "",
    but: &[("fmt-0hz.wav", "no stream has a rate of 0")],
    refuses: true,
};

const LOSSY: &str = "another decoder rounds otherwise; compared within a tolerance by plugins/read/decode";
const MORE: &str = "we read more than the tool";

const LIBROSA: Dialect = Dialect {
    stage: "read.librosa",
    tool: "librosa",
    parameters: "sr = \"native\"",
    but: &[
        (".ogg", LOSSY),
        (".mp3", LOSSY),
        (".m4a", LOSSY),
        (".opus", "not read yet"),
        ("fmt-0hz.wav", "no stream has a rate of 0"),
        ("order-two-fmt.wav", "libsndfile refuses it; what the tool falls back to reads it otherwise"),
        ("aiff-rate-nan.aiff", "the tool makes 67108864 Hz of a rate that is not a number"),
        ("size-data-0.wav", MORE),
        ("size-both-0.wav", MORE),
        ("flac-total-short.flac", MORE),
        ("flac-broken-frame.flac", MORE),
    ],
    refuses: false,
};

const SOUNDFILE: Dialect = Dialect { stage: "read.soundfile", tool: "soundfile", parameters: "", ..LIBROSA };

const SOUNDFILE_INT16: Dialect = Dialect { tool: "soundfile_int16", parameters: "dtype = \"int16\"", ..SOUNDFILE };

const MISREAD: &str = "the tool misreads it; the samples are the true ones";

const TORCHAUDIO: Dialect = Dialect {
    stage: "read.torchaudio",
    tool: "torchaudio",
    parameters: "",
    but: &[
        (".ogg", LOSSY),
        (".mp3", LOSSY),
        (".m4a", LOSSY),
        (".opus", LOSSY),
        ("wav-ima-adpcm.wav", LOSSY),
        ("wav-ms-adpcm.wav", LOSSY),
        ("rifx-16.wav", MISREAD),
        ("rifx-24.wav", MISREAD),
        ("wav-24-in-32.wav", MISREAD),
        ("flac-broken-frame.flac", MORE),
        ("order-two-fmt.wav", "the last of two contradicting headers counts, as for scipy; the tool takes the first"),
    ],
    refuses: false,
};

const TORCHAUDIO_NATIVE: Dialect = Dialect { tool: "torchaudio_native", parameters: "normalize = false", ..TORCHAUDIO };

const TENSORFLOW: Dialect = Dialect { stage: "read.tensorflow", tool: "tensorflow", ..SCIPY };

#[test]
fn soundfile() {
    SOUNDFILE.check();
    SOUNDFILE_INT16.check();
}

#[test]
fn torchaudio() {
    TORCHAUDIO.check();
    TORCHAUDIO_NATIVE.check();
}

#[test]
fn tensorflow() {
    TENSORFLOW.check();
}

#[test]
fn scipy() {
    SCIPY.check();
}

#[test]
fn librosa() {
    LIBROSA.check();
}

/// What a tool answers for a file: dtype, shape and hash of the bytes.
#[derive(Debug, PartialEq)]
struct Answer {
    dtype: String,
    shape: Vec<i64>,
    sha256: String,
}

impl Dialect {
    fn check(&self) {
        let text = std::fs::read_to_string(root().join("tests/data/files.toml")).expect("the table is there");
        let table: Table = text.parse().expect("the table is TOML");
        let rows = table["file"].as_array().expect("the table has rows").iter().filter_map(|row| row.as_table());
        let (mut read, mut refused) = (Vec::new(), Vec::new());
        for row in rows {
            let name = row["name"].as_str().expect("a row has a name");
            if self.but.iter().any(|(but, _)| {
                name == *but || (but.starts_with('.') && name.ends_with(but) && !name.contains("named"))
            }) {
                continue;
            }
            match self.answer(row) {
                Some(answer) => read.push((name, answer)),
                None if self.refuses => refused.push(name),
                None => {}
            }
        }
        assert!(read.len() > 15, "{} rows say what {} reads", read.len(), self.tool);
        let mut faults = self.differences(&read);
        faults.extend(refused.into_iter().filter_map(|name| self.not_refused(name)));
        assert!(faults.is_empty(), "{}:\n{}", self.stage, faults.join("\n"));
    }

    /// What the tool read; nothing where it raised, or where librosa says "empty" for "unreadable".
    fn answer(&self, row: &Table) -> Option<Answer> {
        let cells = row[self.tool].as_table().expect("a row has every tool");
        let text = |key: &str| cells.get(key).and_then(|value| value.as_str()).map(String::from);
        let shape: Vec<i64> = cells.get("shape")?.as_array()?.iter().filter_map(|n| n.as_integer()).collect();
        let empty_for_unreadable = shape == [0] && row["expect"].as_str() != Some("read");
        let answer = Answer { dtype: text("dtype")?, shape, sha256: text("sha256")? };
        (!empty_for_unreadable).then_some(answer)
    }

    /// One session reads all files; every answer that is not the tool's is told.
    fn differences(&self, files: &[(&str, Answer)]) -> Vec<String> {
        let home = scratch();
        let mut inputs = String::new();
        let mut stages = String::new();
        for (at, (name, _)) in files.iter().enumerate() {
            writeln!(inputs, "f{at} = {}", quoted(&file(name))).expect("a string takes everything");
            stages += &self.stages(at);
        }
        let session = format!("auricle = 1\n[inputs]\n{inputs}{stages}");
        std::fs::write(home.path().join("s.toml"), session).expect("a scratch folder is writable");
        let done = auricle(home.path()).args(["replay", "s.toml", "--out", "out"]).output().expect("the host runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let got = |at: usize| answered(&home.path().join(format!("out/{at}.npy")));
        let all = files.iter().enumerate().map(|(at, (name, expected))| (name, expected, got(at)));
        let wrong = all.filter(|(_, expected, got)| *expected != got);
        wrong.map(|(name, expected, got)| format!("{name}: expected {expected:?}, got {got:?}")).collect()
    }

    fn stages(&self, at: usize) -> String {
        let Dialect { stage, parameters, .. } = self;
        format!(
            "[[stage]]\nid = \"r{at}\"\nuse = \"{stage}\"\ninput = \"f{at}\"\nparameters = {{ {parameters} }}\n\
             [[stage]]\nid = \"w{at}\"\nuse = \"write.npy\"\ninput = \"r{at}\"\nparameters = {{ path = \"{at}.npy\" }}\n"
        )
    }

    fn not_refused(&self, name: &str) -> Option<String> {
        let home = scratch();
        let session = format!("auricle = 1\n[inputs]\nf0 = {}\n{}", quoted(&file(name)), self.stages(0));
        std::fs::write(home.path().join("s.toml"), session).expect("a scratch folder is writable");
        let done = auricle(home.path()).args(["replay", "s.toml", "--out", "out"]).output().expect("the host runs");
        let words = String::from_utf8_lossy(&done.stderr);
        let fine = done.status.code() == Some(3) && words.contains("stage \"r0\"") && !words.contains("panicked");
        (!fine).then(|| format!("{name}: {} refuses it; exit code {:?}: {words}", self.tool, done.status.code()))
    }
}

fn file(name: &str) -> String {
    let path = root().join("tests/data/files").join(name);
    path.to_str().expect("the checkout's path is UTF-8").into()
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// The array in a `.npy`, in the terms of files.toml.
fn answered(path: &Path) -> Answer {
    let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let array = npyz::NpyFile::new(&bytes[..]).expect("a .npy file");
    let npyz::DType::Plain(plain) = array.dtype() else { panic!("a structured array") };
    let kind = match &plain.to_string()[1..] {
        "u1" => "uint8",
        "i2" => "int16",
        "i4" => "int32",
        "f4" => "float32",
        "f8" => "float64",
        other => panic!("dtype {other}"),
    };
    let size = plain.num_bytes().unwrap_or(1);
    let shape: Vec<i64> = array.shape().iter().map(|&n| n as i64).collect();
    let fortran = array.order() == npyz::Order::Fortran;
    let count: usize = shape.iter().map(|&n| n as usize).product();
    let values = &bytes[bytes.len() - count * size..];
    Answer { dtype: kind.into(), sha256: hash(&in_c_order(values, &shape, size, fortran)), shape }
}

fn in_c_order(values: &[u8], shape: &[i64], size: usize, fortran: bool) -> Vec<u8> {
    let [rows, columns] = shape else { return values.into() };
    if !fortran {
        return values.into();
    }
    let (rows, columns) = (*rows as usize, *columns as usize);
    let at = |row: usize, column: usize| (column * rows + row) * size;
    (0..rows).flat_map(|r| (0..columns).flat_map(move |c| at(r, c)..at(r, c) + size)).map(|i| values[i]).collect()
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |words, byte| words + &format!("{byte:02x}"))
}
