//! Whisper models of CTranslate2, as faster-whisper has them, to arrays under OpenAI's names.
//!
//! Source: CTranslate2 4.8 `python/ctranslate2/specs/model_spec.py`, `_save_as_binary` (binary version 6): version (u32), name of the
//! specification, revision (u32), number of variables (u32); of each its name, rank (u8), lengths (u32), type (u8), bytes (u32)
//! and these; then aliases. A text is its length (u16) with a NUL.

use super::refused;
use crate::{Error, Result};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

const VERSION: u32 = 6;
const MOST_NAMES: u32 = 100_000;

/// A variable of the file.
#[derive(Clone, Debug)]
struct Variable {
    shape: Vec<usize>,
    kind: Kind,
    offset: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    F32,
    F16,
    Bf16,
    Integer(u64),
}

impl Kind {
    fn size(self) -> u64 {
        match self {
            Kind::F32 => 4,
            Kind::F16 | Kind::Bf16 => 2,
            Kind::Integer(size) => size,
        }
    }
}

/// An array to be: a stretch of a variable.
struct Slice {
    name: String,
    shape: Vec<usize>,
    kind: Kind,
    offset: u64,
}

impl Slice {
    fn bytes(&self) -> u64 {
        self.shape.iter().product::<usize>() as u64 * self.kind.size()
    }
}

/// Is `model.bin` in this folder one of CTranslate2's Whisper?
pub(crate) fn is_whisper(folder: &Path) -> bool {
    let mut head = [0; 19];
    let read = File::open(folder.join("model.bin")).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && &head[6..17] == b"WhisperSpec"
}

/// Writes `model.safetensors`, `config.json` and `tokenizer.json` into `to`.
///
/// # Errors
/// The folder is not as CTranslate2 writes it, its weights are quantised, or a file cannot be read or written.
pub(crate) fn convert(from: &Path, to: &Path) -> Result<()> {
    let path = from.join("model.bin");
    let failed = |error| Error::io(&path, error);
    let mut file = BufReader::new(File::open(&path).map_err(failed)?);
    let variables = Walk { file: &mut file, path: &path }.variables()?;
    let (arrays, config) = arrays(&variables, &mut file, &path)?;
    let listed = json_file(&from.join("config.json")).ok();
    let suppressed = listed.map_or(Json::Null, |listed| listed["suppress_ids"].clone());
    let mut config = config;
    config["suppress_tokens"] = if suppressed.is_array() { suppressed } else { json!([]) };
    let write = |name: &str, bytes: &[u8]| {
        let path = to.join(name);
        fs::write(&path, bytes).map_err(|error| Error::io(&path, error))
    };
    write("config.json", format!("{config:#}\n").as_bytes())?;
    let tokenizer = from.join("tokenizer.json");
    write("tokenizer.json", &fs::read(&tokenizer).map_err(|error| Error::io(&tokenizer, error))?)?;
    save(&arrays, &mut file, &to.join("model.safetensors")).map_err(failed)
}

fn json_file(path: &Path) -> std::io::Result<Json> {
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

struct Walk<'a> {
    file: &'a mut BufReader<File>,
    path: &'a Path,
}

impl Walk<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.file.read_exact(&mut bytes).map_err(|error| Error::io(self.path, error))?;
        Ok(bytes)
    }

    fn number(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.take()?))
    }

    fn text(&mut self) -> Result<String> {
        let mut bytes = vec![0; usize::from(u16::from_le_bytes(self.take()?))];
        self.file.read_exact(&mut bytes).map_err(|error| Error::io(self.path, error))?;
        Ok(String::from_utf8_lossy(&bytes).trim_end_matches('\0').to_owned())
    }

    fn count(&mut self) -> Result<u32> {
        let count = self.number()?;
        if count > MOST_NAMES {
            Err(refused(self.path, format!("{count} variables; it is damaged")))
        } else {
            Ok(count)
        }
    }

    fn variables(&mut self) -> Result<BTreeMap<String, Variable>> {
        let (version, specification, _) = (self.number()?, self.text()?, self.number()?);
        if (version, specification.as_str()) != (VERSION, "WhisperSpec") {
            let why = format!("expected WhisperSpec in version {VERSION}, got {specification} in version {version}");
            return Err(refused(self.path, why));
        }
        let length = self.file.get_ref().metadata().map_err(|error| Error::io(self.path, error))?.len();
        let mut variables = BTreeMap::new();
        for _ in 0..self.count()? {
            let name = self.text()?;
            let [rank] = self.take()?;
            let shape = (0..rank).map(|_| Ok(self.number()? as usize)).collect::<Result<Vec<_>>>()?;
            let [kind] = self.take()?;
            let bytes = u64::from(self.number()?);
            let kind = match kind {
                0 => Kind::F32,
                4 => Kind::F16,
                5 => Kind::Bf16,
                1 => Kind::Integer(1),
                2 => Kind::Integer(2),
                3 => Kind::Integer(4),
                kind => return Err(refused(self.path, format!("{name} has the unknown type {kind}"))),
            };
            let offset = self.file.stream_position().map_err(|error| Error::io(self.path, error))?;
            let numbers = shape.iter().try_fold(1u64, |n, &axis| n.checked_mul(axis as u64));
            if numbers.and_then(|n| n.checked_mul(kind.size())) != Some(bytes) || offset + bytes > length {
                return Err(refused(self.path, format!("{name} {shape:?} has {bytes} bytes; the file is damaged")));
            }
            self.file.seek_relative(bytes as i64).map_err(|error| Error::io(self.path, error))?;
            variables.insert(name, Variable { shape, kind, offset });
        }
        for _ in 0..self.count()? {
            let (alias, target) = (self.text()?, self.text()?);
            if let Some(variable) = variables.get(&target).cloned() {
                variables.entry(alias).or_insert(variable);
            }
        }
        Ok(variables)
    }
}

/// Which stretch of which variable becomes what, and the model's sizes as Hugging Face writes them.
fn arrays(
    variables: &BTreeMap<String, Variable>,
    file: &mut BufReader<File>,
    path: &Path,
) -> Result<(Vec<Slice>, Json)> {
    let find = |name: &str| variables.get(name).ok_or_else(|| refused(path, format!("no variable {name}")));
    let mut arrays = Vec::new();
    // Rows `part` of `of` equal parts.
    let mut put = |from: &str, to: String, part: usize, of: usize| {
        let variable = find(from)?;
        if let Kind::Integer(_) = variable.kind {
            return Err(refused(path, format!("{from} is quantised; expected float16 or float32")));
        }
        let mut shape = variable.shape.clone();
        if let Some(rows) = shape.first_mut() {
            *rows /= of;
        }
        let slice = Slice { name: to, shape, kind: variable.kind, offset: variable.offset };
        let offset = variable.offset + part as u64 * slice.bytes();
        arrays.push(Slice { offset, ..slice });
        Ok(())
    };
    for name in ["conv1", "conv2"] {
        put(&format!("encoder/{name}/weight"), format!("encoder.{name}.weight"), 0, 1)?;
        put(&format!("encoder/{name}/bias"), format!("encoder.{name}.bias"), 0, 1)?;
    }
    let mut layers = [0; 2];
    for (side, (name, norm)) in [("encoder", "ln_post"), ("decoder", "ln")].into_iter().enumerate() {
        put(&format!("{name}/position_encodings/encodings"), format!("{name}.positional_embedding"), 0, 1)?;
        let mut norms = vec![(format!("{name}/layer_norm"), format!("{name}.{norm}"))];
        while variables.contains_key(&format!("{name}/layer_{}/ffn/linear_0/weight", layers[side])) {
            let (from, to) = (format!("{name}/layer_{}", layers[side]), format!("{name}.blocks.{}", layers[side]));
            let mut linear = |from_part: &str, to_part: &str, part: usize, of: usize, bias: bool| {
                put(&format!("{from}/{from_part}/weight"), format!("{to}.{to_part}.weight"), part, of)?;
                if bias {
                    put(&format!("{from}/{from_part}/bias"), format!("{to}.{to_part}.bias"), part, of)
                } else {
                    Ok(())
                }
            };
            for (part, (name, bias)) in [("query", true), ("key", false), ("value", true)].into_iter().enumerate() {
                linear("self_attention/linear_0", &format!("attn.{name}"), part, 3, bias)?;
            }
            linear("self_attention/linear_1", "attn.out", 0, 1, true)?;
            linear("ffn/linear_0", "mlp.0", 0, 1, true)?;
            linear("ffn/linear_1", "mlp.2", 0, 1, true)?;
            norms.push((format!("{from}/self_attention/layer_norm"), format!("{to}.attn_ln")));
            norms.push((format!("{from}/ffn/layer_norm"), format!("{to}.mlp_ln")));
            if name == "decoder" {
                linear("attention/linear_0", "cross_attn.query", 0, 1, true)?;
                linear("attention/linear_1", "cross_attn.key", 0, 2, false)?;
                linear("attention/linear_1", "cross_attn.value", 1, 2, true)?;
                linear("attention/linear_2", "cross_attn.out", 0, 1, true)?;
                norms.push((format!("{from}/attention/layer_norm"), format!("{to}.cross_attn_ln")));
            }
            layers[side] += 1;
        }
        for (from, to) in norms {
            put(&format!("{from}/gamma"), format!("{to}.weight"), 0, 1)?;
            put(&format!("{from}/beta"), format!("{to}.bias"), 0, 1)?;
        }
    }
    put("decoder/embeddings/weight", "decoder.token_embedding.weight".into(), 0, 1)?;
    let mut heads = |side: &str| -> Result<u64> {
        let variable = find(&format!("{side}/num_heads"))?;
        let mut bytes = [0; 4];
        let size = (variable.kind.size() as usize).min(4);
        let read = file.seek(SeekFrom::Start(variable.offset)).and_then(|_| file.read_exact(&mut bytes[..size]));
        read.map_err(|error| Error::io(path, error))?;
        Ok(u64::from(u32::from_le_bytes(bytes)))
    };
    let shape = |name: &str, axis: usize| find(name).map(|variable| variable.shape.get(axis).copied().unwrap_or(0));
    let config = json!({
        "model_type": "whisper",
        "vocab_size": shape("decoder/embeddings/weight", 0)?,
        "d_model": shape("decoder/embeddings/weight", 1)?,
        "num_mel_bins": shape("encoder/conv1/weight", 1)?,
        "max_source_positions": shape("encoder/position_encodings/encodings", 0)?,
        "max_target_positions": shape("decoder/position_encodings/encodings", 0)?,
        "encoder_layers": layers[0], "decoder_layers": layers[1],
        "encoder_attention_heads": heads("encoder")?, "decoder_attention_heads": heads("decoder")?,
    });
    Ok((arrays, config))
}

/// Writes arrays as safetensors: a length, a header in JSON, the numbers.
fn save(arrays: &[Slice], from: &mut BufReader<File>, path: &Path) -> std::io::Result<()> {
    let (mut header, mut end) = (serde_json::Map::new(), 0);
    for array in arrays {
        let kind = match array.kind {
            Kind::F32 => "F32",
            Kind::F16 => "F16",
            Kind::Bf16 => "BF16",
            Kind::Integer(_) => continue,
        };
        let begin = end;
        end += array.bytes();
        header.insert(array.name.clone(), json!({ "dtype": kind, "shape": array.shape, "data_offsets": [begin, end] }));
    }
    let mut text = Json::Object(header).to_string();
    text.extend(std::iter::repeat_n(' ', text.len().next_multiple_of(8) - text.len()));
    let mut to = BufWriter::new(File::create(path)?);
    to.write_all(&(text.len() as u64).to_le_bytes())?;
    to.write_all(text.as_bytes())?;
    for array in arrays {
        from.seek(SeekFrom::Start(array.offset))?;
        std::io::copy(&mut from.by_ref().take(array.bytes()), &mut to)?;
    }
    to.flush()
}
