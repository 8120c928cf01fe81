//! The manifest: descriptors written as JSON at compile time.
//!
//! `export_plugin!` first asks [`length`] how long the text is, then lets [`render`] fill a constant of that size, which
//! goes into the library's `.auricle` section. The format is described in the ABI crate's `MANIFEST.md`.

use crate::descriptor::{DefaultValue, Descriptor, Locality, Parameter, Port, Types};

/// Who made the plugin; the export macro fills it from Cargo's environment.
#[derive(Clone, Copy, Debug)]
pub struct PluginInfo {
    /// Crate name.
    pub name: &'static str,
    /// Crate version.
    pub version: &'static str,
    /// SPDX expression.
    pub license: &'static str,
    /// One line.
    pub description: &'static str,
}

/// Bytes that [`render`] will write.
pub const fn length(plugin: &PluginInfo, stages: &[Descriptor]) -> usize {
    write::<0>(plugin, stages).len
}

/// The manifest as bytes; `N` is what [`length`] said.
pub const fn render<const N: usize>(plugin: &PluginInfo, stages: &[Descriptor]) -> [u8; N] {
    write::<N>(plugin, stages).bytes
}

/// JSON text in a constant; with a capacity of 0 it only counts.
struct Json<const N: usize> {
    bytes: [u8; N],
    len: usize,
    /// Does the next item need a comma before it?
    comma: bool,
}

impl<const N: usize> Json<N> {
    const fn byte(&mut self, byte: u8) {
        if N > 0 {
            self.bytes[self.len] = byte;
        }
        self.len += 1;
    }

    const fn raw(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut i = 0;
        while i < bytes.len() {
            self.byte(bytes[i]);
            i += 1;
        }
    }

    const fn separate(&mut self) {
        if self.comma {
            self.byte(b',');
        }
        self.comma = true;
    }

    const fn key(&mut self, name: &str) {
        self.separate();
        self.quoted(name);
        self.byte(b':');
        self.comma = false;
    }

    const fn open(&mut self, bracket: u8) {
        self.separate();
        self.byte(bracket);
        self.comma = false;
    }

    const fn close(&mut self, bracket: u8) {
        self.byte(bracket);
        self.comma = true;
    }

    const fn string(&mut self, text: &str) {
        self.separate();
        self.quoted(text);
    }

    const fn quoted(&mut self, text: &str) {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        self.byte(b'"');
        let bytes = text.as_bytes();
        let mut i = 0;
        while i < bytes.len() {
            match bytes[i] {
                b'"' | b'\\' => {
                    self.byte(b'\\');
                    self.byte(bytes[i]);
                }
                b'\n' => self.raw("\\n"),
                control @ 0..0x20 => {
                    self.raw("\\u00");
                    self.byte(HEX[(control >> 4) as usize]);
                    self.byte(HEX[(control & 15) as usize]);
                }
                other => self.byte(other),
            }
            i += 1;
        }
        self.byte(b'"');
    }

    const fn bool(&mut self, value: bool) {
        self.separate();
        self.raw(if value { "true" } else { "false" });
    }

    const fn int(&mut self, value: i64) {
        self.separate();
        self.digits(value);
    }

    const fn digits(&mut self, value: i64) {
        if value < 0 {
            self.byte(b'-');
        }
        let mut rest = value.unsigned_abs();
        let mut digits = [0u8; 20];
        let mut n = 0;
        while n == 0 || rest > 0 {
            digits[n] = b'0' + (rest % 10) as u8;
            rest /= 10;
            n += 1;
        }
        while n > 0 {
            n -= 1;
            self.byte(digits[n]);
        }
    }

    /// A float that reads back exactly: `mantissa e-exponent`, with both so small that the division rounds once.
    const fn float(&mut self, value: f64) {
        self.separate();
        if value.is_infinite() {
            self.raw(if value > 0.0 { "\"inf\"" } else { "\"-inf\"" });
            return;
        }
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let mut power = 1.0;
        let mut exponent = 0;
        while exponent <= 22 {
            let scaled = value * power;
            if scaled.abs() < EXACT {
                let mantissa = (if scaled < 0.0 { scaled - 0.5 } else { scaled + 0.5 }) as i64;
                if mantissa as f64 / power == value {
                    self.digits(mantissa);
                    if exponent == 0 {
                        self.raw(".0");
                    } else {
                        self.raw("e-");
                        self.digits(exponent);
                    }
                    return;
                }
            }
            power *= 10.0;
            exponent += 1;
        }
        panic!("a float in a descriptor needs at most 15 digits and an exponent of at least -22");
    }
}

const fn write<const N: usize>(plugin: &PluginInfo, stages: &[Descriptor]) -> Json<N> {
    let mut json = Json { bytes: [0; N], len: 0, comma: false };
    json.open(b'{');
    json.key("auricle");
    json.int(1);
    json.key("plugin");
    json.open(b'{');
    text(&mut json, "name", plugin.name);
    text(&mut json, "version", plugin.version);
    text(&mut json, "license", plugin.license);
    text(&mut json, "description", plugin.description);
    json.close(b'}');
    json.key("stages");
    json.open(b'[');
    let mut i = 0;
    while i < stages.len() {
        stage(&mut json, &stages[i]);
        i += 1;
    }
    json.close(b']');
    json.close(b'}');
    json
}

const fn text<const N: usize>(json: &mut Json<N>, key: &str, value: &str) {
    json.key(key);
    json.string(value);
}

const fn stage<const N: usize>(json: &mut Json<N>, stage: &Descriptor) {
    json.open(b'{');
    text(json, "id", stage.id);
    text(json, "summary", stage.summary);
    text(json, "doc", stage.doc);
    text(json, "source", stage.source);
    json.key("result_version");
    json.int(stage.result_version as i64);
    json.key("deterministic");
    json.bool(stage.deterministic);
    text(json, "locality", stage.locality.name());
    if let Locality::Recurrent { error } = stage.locality {
        json.key("error");
        json.float(error);
    }
    json.key("inputs");
    ports(json, stage.inputs);
    json.key("outputs");
    ports(json, stage.outputs);
    json.key("parameters");
    json.open(b'[');
    let mut i = 0;
    while i < stage.parameters.len() {
        parameter(json, &stage.parameters[i]);
        i += 1;
    }
    json.close(b']');
    json.close(b'}');
}

const fn ports<const N: usize>(json: &mut Json<N>, ports: &[Port]) {
    json.open(b'[');
    let mut i = 0;
    while i < ports.len() {
        let port = &ports[i];
        json.open(b'{');
        text(json, "name", port.name);
        json.key("kinds");
        json.open(b'[');
        let mut k = 0;
        while k < port.kinds.len() {
            json.string(port.kinds[k].name());
            k += 1;
        }
        json.close(b']');
        json.key("dtypes");
        json.open(b'[');
        let mut k = 0;
        while k < port.dtypes.len() {
            json.string(port.dtypes[k].name());
            k += 1;
        }
        json.close(b']');
        if port.many {
            json.key("many");
            json.bool(true);
        }
        if port.optional {
            json.key("optional");
            json.bool(true);
        }
        if port.nan {
            json.key("nan");
            json.bool(true);
        }
        text(json, "doc", port.doc);
        json.close(b'}');
        i += 1;
    }
    json.close(b']');
}

const fn parameter<const N: usize>(json: &mut Json<N>, parameter: &Parameter) {
    const NAMES: [(Types, &str); 7] = [
        (Types::BOOL, "bool"),
        (Types::INT, "int"),
        (Types::FLOAT, "float"),
        (Types::TEXT, "text"),
        (Types::LIST, "list"),
        (Types::OUTPUT_PATH, "output_path"),
        (Types::CHOICE, "choice"),
    ];
    json.open(b'{');
    text(json, "id", parameter.id);
    json.key("types");
    json.open(b'[');
    let mut i = 0;
    while i < NAMES.len() {
        if parameter.types.has(NAMES[i].0) {
            json.string(NAMES[i].1);
        }
        i += 1;
    }
    json.close(b']');
    match parameter.default {
        DefaultValue::None => {}
        DefaultValue::Bool(value) => {
            json.key("default");
            json.bool(value);
        }
        DefaultValue::Int(value) => {
            json.key("default");
            json.int(value);
        }
        DefaultValue::Float(value) => {
            json.key("default");
            json.float(value);
        }
        DefaultValue::Str(value) => text(json, "default", value),
        DefaultValue::Pair(name, value) => {
            json.key("default");
            json.open(b'[');
            json.string(name);
            json.float(value);
            json.close(b']');
        }
    }
    if parameter.required {
        json.key("required");
        json.bool(true);
    }
    if parameter.min != f64::NEG_INFINITY {
        json.key("min");
        json.float(parameter.min);
    }
    if parameter.max != f64::INFINITY {
        json.key("max");
        json.float(parameter.max);
    }
    if !parameter.choices.is_empty() {
        json.key("choices");
        json.open(b'[');
        let mut i = 0;
        while i < parameter.choices.len() {
            json.string(parameter.choices[i]);
            i += 1;
        }
        json.close(b']');
    }
    if !parameter.unit.is_empty() {
        text(json, "unit", parameter.unit);
    }
    if parameter.logarithmic {
        json.key("logarithmic");
        json.bool(true);
    }
    if parameter.live {
        json.key("live");
        json.bool(true);
    }
    text(json, "doc", parameter.doc);
    json.close(b'}');
}

#[cfg(test)]
mod tests {
    use super::*;

    const INFO: PluginInfo =
        PluginInfo { name: "p", version: "1.2.3", license: "MIT", description: "says \"hi\"\n\u{1}" };
    const STAGES: [Descriptor; 1] =
        [Descriptor::new("a.b", "é").inputs(&[Port::array("any").doc("Either.")]).parameters(&[
            Parameter::float("x", 1e-10).range(-0.5, 22_050.0),
            Parameter::int("n", -7).choices(&["none"]),
            Parameter::float("w", 0.97).default(DefaultValue::Pair("kaiser", 14.0)),
        ])];

    #[test]
    fn the_manifest_is_written_at_compile_time() {
        const N: usize = length(&INFO, &STAGES);
        const BYTES: [u8; N] = render(&INFO, &STAGES);
        let text = std::str::from_utf8(&BYTES).expect("the writer emits UTF-8");
        assert!(text.starts_with(r#"{"auricle":1,"plugin":{"name":"p","version":"1.2.3","license":"MIT","description":"says \"hi\"\n\u0001"}"#), "{text}");
        assert!(
            text.contains(r#"{"id":"x","types":["float"],"default":1e-10,"min":-5e-1,"max":22050.0,"doc":""}"#),
            "{text}"
        );
        assert!(
            text.contains(r#"{"id":"n","types":["int","choice"],"default":-7,"choices":["none"],"doc":""}"#),
            "{text}"
        );
        assert!(text.contains(r#""default":["kaiser",14.0]"#), "{text}");
        assert!(text.contains(r#"{"name":"any","kinds":["audio","tensor"],"dtypes":[],"doc":"Either."}"#), "{text}");
    }

    #[test]
    fn floats_read_back_exactly() {
        for value in [0.0, 1.0, -1.0, 0.1, 0.97, 1e-5, 1e-10, 3.2e-7, 16_777_216.5, 20.0 / 3.0 * 3.0, 0.94759372] {
            let mut json = Json::<64> { bytes: [0; 64], len: 0, comma: false };
            json.float(value);
            let text = std::str::from_utf8(&json.bytes[..json.len]).expect("ASCII");
            assert_eq!(text.parse::<f64>().expect("a number"), value, "{text}");
        }
    }
}
