//! Descriptors: what a stage says about itself, as constant data.
//!
//! A descriptor is built by `const fn`s, so that the export macro can write the manifest into the library at compile
//! time and a host can list, document and check stages without running their code.

use crate::dtype::DType;
use crate::format::Kind;
use crate::value::Value;

/// Everything a stage says about itself.
///
/// ```
/// use auricle_sdk::prelude::*;
///
/// const DESCRIPTOR: Descriptor = Descriptor::new("org.example.zero-crossings", "Changes of sign in each frame")
///     .source("librosa 0.11 feature.zero_crossing_rate")
///     .inputs(&[Port::audio("audio").doc("What is measured.")])
///     .outputs(&[Port::tensor("rate").doc("One number a frame.")])
///     .parameters(&[Parameter::int("hop_length", 512).range(1.0, 65536.0).unit("samples").doc("From frame to frame.")])
///     .locality(Locality::Window)
///     .result_version(2);
/// ```
///
/// One that contradicts itself, with a default out of range or two ports of one name, does not compile.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Descriptor {
    /// `family.variant`; third parties use a reverse domain: `org.example.denoise`. Once released it is never reused.
    pub id: &'static str,
    /// One line for lists.
    pub summary: &'static str,
    /// The manual: what it computes, shapes, units, how it differs from its siblings.
    pub doc: &'static str,
    /// Paper, standard or tool and version that the results follow.
    pub source: &'static str,
    /// Input ports in order.
    pub inputs: &'static [Port],
    /// Output ports in order; the first is the default.
    pub outputs: &'static [Port],
    /// Parameters in order.
    pub parameters: &'static [Parameter],
    /// Which input a piece of output depends on.
    pub locality: Locality,
    /// Raised by any change of results; it stands in reports.
    pub result_version: u32,
    /// Does the same input always give the same bytes (on one machine)?
    pub deterministic: bool,
}

/// Which part of the input a part of the output depends on; the exact answer per run comes from
/// [`Stage::need`](crate::Stage::need). The manual has [pictures](crate::manual::regions).
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Locality {
    /// Entry `k` depends on entry `k`.
    Pointwise,
    /// Entry `k` depends on a bounded neighbourhood.
    Window,
    /// Started anywhere, after a run-in it is within `error` (relative to full scale) of the run from the start.
    Recurrent {
        /// Bound of the deviation.
        error: f64,
    },
    /// After one bounded reduction over the whole input, entry `k` depends on a bounded neighbourhood.
    Global,
    /// Any output depends on all input.
    WholeInput,
}

impl Locality {
    /// Name in manifests.
    pub const fn name(self) -> &'static str {
        match self {
            Locality::Pointwise => "pointwise",
            Locality::Window => "window",
            Locality::Recurrent { .. } => "recurrent",
            Locality::Global => "global",
            Locality::WholeInput => "whole_input",
        }
    }
}

/// A typed input or output; the manual has [examples](crate::manual::data#ports).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Port {
    /// Name, unique among the stage's inputs or outputs.
    pub name: &'static str,
    /// What may flow.
    pub kinds: &'static [Kind],
    /// Accepted or possible element types; empty: any.
    pub dtypes: &'static [DType],
    /// Takes any number of streams (at least one, unless optional). Last input only.
    pub many: bool,
    /// May be left unconnected.
    pub optional: bool,
    /// Output: may hold NaN though the input holds none (readers of float files, unvoiced frames).
    pub nan: bool,
    /// One line.
    pub doc: &'static str,
}

impl Port {
    const fn new(name: &'static str, kinds: &'static [Kind], dtypes: &'static [DType]) -> Self {
        Port { name, kinds, dtypes, many: false, optional: false, nan: false, doc: "" }
    }

    /// Audio of `f32`; see [`Port::dtypes`] for other types.
    pub const fn audio(name: &'static str) -> Self {
        Self::new(name, &[Kind::Audio], &[DType::F32])
    }

    /// A tensor of `f32`; see [`Port::dtypes`] for other types.
    pub const fn tensor(name: &'static str) -> Self {
        Self::new(name, &[Kind::Tensor], &[DType::F32])
    }

    /// Audio or a tensor, of any type: for stages that take both, as writers and comparisons do.
    pub const fn array(name: &'static str) -> Self {
        Self::new(name, &[Kind::Audio, Kind::Tensor], &[])
    }

    /// A table.
    pub const fn records(name: &'static str) -> Self {
        Self::new(name, &[Kind::Records], &[])
    }

    /// A byte stream of the host: what a session's `[inputs]` name.
    pub const fn source(name: &'static str) -> Self {
        Self::new(name, &[Kind::Source], &[])
    }

    /// The kinds of data that it takes, where no other constructor says it.
    pub const fn kinds(mut self, kinds: &'static [Kind]) -> Self {
        self.kinds = kinds;
        self
    }

    /// The element types that it takes or gives; empty: any.
    pub const fn dtypes(mut self, dtypes: &'static [DType]) -> Self {
        self.dtypes = dtypes;
        self
    }

    /// Takes any number of streams.
    pub const fn many(mut self) -> Self {
        self.many = true;
        self
    }

    /// May be left unconnected.
    pub const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// May hold NaN though the input holds none; anything else that emits NaN is stopped by the host.
    pub const fn nan(mut self) -> Self {
        self.nan = true;
        self
    }

    /// One line of documentation.
    pub const fn doc(mut self, doc: &'static str) -> Self {
        self.doc = doc;
        self
    }
}

/// Types that a parameter's value may have; more than one where the tool allows alternatives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Types(u8);

impl Types {
    /// True or false.
    pub const BOOL: Types = Types(1);
    /// Integer.
    pub const INT: Types = Types(2);
    /// Integer or float.
    pub const FLOAT: Types = Types(4);
    /// Any text.
    pub const TEXT: Types = Types(8);
    /// A list.
    pub const LIST: Types = Types(16);
    /// A file below the run's output directory.
    pub const OUTPUT_PATH: Types = Types(32);
    /// One of the parameter's choices.
    pub const CHOICE: Types = Types(64);

    /// Both.
    pub const fn or(self, other: Types) -> Types {
        Types(self.0 | other.0)
    }

    /// Does it contain `other`?
    pub const fn has(self, other: Types) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Default of a parameter.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum DefaultValue {
    /// The session must give a value, or the parameter may be absent (see [`Parameter::required`]).
    None,
    /// True or false.
    Bool(bool),
    /// Integer.
    Int(i64),
    /// Float.
    Float(f64),
    /// Text or choice.
    Str(&'static str),
    /// A name with a number, as `["kaiser", 14.0]`.
    Pair(&'static str, f64),
}

/// A declared parameter.
///
/// ```
/// use auricle_sdk::descriptor::Parameter;
/// const HOP: Parameter = Parameter::int("hop_length", 512).range(1.0, 65536.0).unit("samples").doc("Samples between frames.");
/// const TOP_DB: Parameter = Parameter::float("top_db", 80.0).choices(&["none"]).unit("dB").doc("Range kept below the maximum.");
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Parameter {
    /// Name in sessions; of a dialect, the tool's argument name.
    pub id: &'static str,
    /// What a value may be.
    pub types: Types,
    /// The value when the session gives none.
    pub default: DefaultValue,
    /// A session must give it.
    pub required: bool,
    /// Smallest number, inclusive.
    pub min: f64,
    /// Largest number, inclusive.
    pub max: f64,
    /// Texts that are accepted.
    pub choices: &'static [&'static str],
    /// Unit of the number.
    pub unit: &'static str,
    /// Is it best stepped on a logarithmic scale?
    pub logarithmic: bool,
    /// May it change while a preview runs?
    pub live: bool,
    /// What it does.
    pub doc: &'static str,
}

impl Parameter {
    const fn new(id: &'static str, types: Types, default: DefaultValue) -> Self {
        Parameter {
            id,
            types,
            default,
            required: false,
            min: f64::NEG_INFINITY,
            max: f64::INFINITY,
            choices: &[],
            unit: "",
            logarithmic: false,
            live: false,
            doc: "",
        }
    }

    /// A number.
    pub const fn float(id: &'static str, default: f64) -> Self {
        Self::new(id, Types::FLOAT, DefaultValue::Float(default))
    }

    /// An integer.
    pub const fn int(id: &'static str, default: i64) -> Self {
        Self::new(id, Types::INT, DefaultValue::Int(default))
    }

    /// True or false.
    pub const fn bool(id: &'static str, default: bool) -> Self {
        Self::new(id, Types::BOOL, DefaultValue::Bool(default))
    }

    /// Any text.
    pub const fn text(id: &'static str, default: &'static str) -> Self {
        Self::new(id, Types::TEXT, DefaultValue::Str(default))
    }

    /// One of `choices`.
    pub const fn choice(id: &'static str, default: &'static str, choices: &'static [&'static str]) -> Self {
        let mut parameter = Self::new(id, Types::CHOICE, DefaultValue::Str(default));
        parameter.choices = choices;
        parameter
    }

    /// A file below the run's output directory, which a session must name. The planner refuses two writers of one path.
    pub const fn output_path(id: &'static str) -> Self {
        Self::new(id, Types::OUTPUT_PATH, DefaultValue::None).required()
    }

    /// A parameter that is absent unless the session gives it.
    pub const fn absent(id: &'static str, types: Types) -> Self {
        Self::new(id, types, DefaultValue::None)
    }

    /// Another default, for parameters with alternatives: `Parameter::int("sr", 0).default(DefaultValue::Str("native"))`.
    /// What was required is so no longer.
    pub const fn default(mut self, default: DefaultValue) -> Self {
        self.required = false;
        self.default = default;
        self
    }

    /// A session must give it.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Bounds of a number, both inclusive.
    pub const fn range(mut self, min: f64, max: f64) -> Self {
        self.min = min;
        self.max = max;
        self
    }

    /// Texts accepted beside the other types.
    pub const fn choices(mut self, choices: &'static [&'static str]) -> Self {
        self.choices = choices;
        self.types = self.types.or(Types::CHOICE);
        self
    }

    /// A further type that a value may have.
    pub const fn or(mut self, types: Types) -> Self {
        self.types = self.types.or(types);
        self
    }

    /// Unit of the number.
    pub const fn unit(mut self, unit: &'static str) -> Self {
        self.unit = unit;
        self
    }

    /// Steps are best taken on a logarithmic scale.
    pub const fn logarithmic(mut self) -> Self {
        self.logarithmic = true;
        self
    }

    /// May change while a preview runs.
    pub const fn live(mut self) -> Self {
        self.live = true;
        self
    }

    /// What it does.
    pub const fn doc(mut self, doc: &'static str) -> Self {
        self.doc = doc;
        self
    }

    /// The value when a session gives none; [`Value::None`] for a parameter that is then absent.
    pub fn default_value(&self) -> Value {
        match self.default {
            DefaultValue::None => Value::None,
            DefaultValue::Bool(value) => Value::Bool(value),
            DefaultValue::Int(value) => Value::Int(value),
            DefaultValue::Float(value) => Value::Float(value),
            DefaultValue::Str(value) => value.into(),
            DefaultValue::Pair(name, value) => Value::List(vec![name.into(), Value::Float(value)]),
        }
    }

    /// Does `value` have an accepted type and lie in range? The error is what was expected, in words.
    ///
    /// # Errors
    /// `a number from 0.0 to 1.0 or "none"`
    pub fn check(&self, value: &Value) -> Result<(), String> {
        let accepted = match value {
            Value::None => !self.required && matches!(self.default, DefaultValue::None),
            Value::Bool(_) => self.types.has(Types::BOOL),
            Value::Int(i) => (self.types.has(Types::INT) || self.types.has(Types::FLOAT)) && self.spans(*i as f64),
            Value::Float(f) => self.types.has(Types::FLOAT) && self.spans(*f),
            Value::Str(s) => {
                let free = self.types.has(Types::TEXT) || self.types.has(Types::OUTPUT_PATH);
                free || self.choices.contains(&s.as_str())
            }
            Value::List(_) => self.types.has(Types::LIST),
        };
        if accepted { Ok(()) } else { Err(self.expected()) }
    }

    fn spans(&self, number: f64) -> bool {
        (self.min..=self.max).contains(&number)
    }

    /// What a value may be, in words: `an integer from 1 to 65536`, `a number or "none"`.
    pub fn expected(&self) -> String {
        // 1e9, not a row of zeros to count; but 16777216, not 1.6777216e7.
        let bound = |x: f64| {
            let (plain, short) = (x.to_string(), format!("{x:e}"));
            if x.abs() >= 1e6 && short.len() < plain.len() { short } else { plain }
        };
        let number = |name: &str| match (self.min.is_finite(), self.max.is_finite()) {
            (true, true) => format!("{name} from {} to {}", bound(self.min), bound(self.max)),
            (true, false) => format!("{name} of at least {}", bound(self.min)),
            (false, true) => format!("{name} of at most {}", bound(self.max)),
            (false, false) => name.to_owned(),
        };
        let mut parts = Vec::new();
        if self.types.has(Types::BOOL) {
            parts.push("true or false".to_owned());
        }
        if self.types.has(Types::FLOAT) {
            parts.push(number("a number"));
        } else if self.types.has(Types::INT) {
            parts.push(number("an integer"));
        }
        if self.types.has(Types::TEXT) {
            parts.push("a string".to_owned());
        }
        if self.types.has(Types::OUTPUT_PATH) {
            parts.push("a path below the output directory".to_owned());
        }
        if self.types.has(Types::LIST) {
            parts.push("a list".to_owned());
        }
        parts.extend(self.choices.iter().map(|choice| format!("{choice:?}")));
        parts.join(" or ")
    }
}

impl Descriptor {
    /// A stage with its id and one line for lists; pointwise and deterministic until said otherwise.
    pub const fn new(id: &'static str, summary: &'static str) -> Self {
        Descriptor {
            id,
            summary,
            doc: "",
            source: "",
            inputs: &[],
            outputs: &[],
            parameters: &[],
            locality: Locality::Pointwise,
            result_version: 1,
            deterministic: true,
        }
    }

    /// The manual.
    pub const fn doc(mut self, doc: &'static str) -> Self {
        self.doc = doc;
        self
    }

    /// Paper, standard or tool and version.
    pub const fn source(mut self, source: &'static str) -> Self {
        self.source = source;
        self
    }

    /// Input ports in order.
    pub const fn inputs(mut self, inputs: &'static [Port]) -> Self {
        self.inputs = inputs;
        self
    }

    /// Output ports in order; the first is the default.
    pub const fn outputs(mut self, outputs: &'static [Port]) -> Self {
        self.outputs = outputs;
        self
    }

    /// Parameters in order.
    pub const fn parameters(mut self, parameters: &'static [Parameter]) -> Self {
        self.parameters = parameters;
        self
    }

    /// Which input a piece of output depends on.
    pub const fn locality(mut self, locality: Locality) -> Self {
        self.locality = locality;
        self
    }

    /// Raised by any change of results.
    pub const fn result_version(mut self, version: u32) -> Self {
        self.result_version = version;
        self
    }

    /// The same input may give other bytes.
    pub const fn nondeterministic(mut self) -> Self {
        self.deterministic = false;
        self
    }
}
