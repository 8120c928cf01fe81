//! Manifests: the JSON that a plugin carries, read back into descriptors.
//!
//! Descriptors hold `&'static` data, as the SDK's constants do, so what is read is leaked: a few kilobytes a plugin,
//! once a scan.

use auricle_sdk::DType;
use auricle_sdk::descriptor::{DefaultValue, Descriptor, Locality, Parameter, Port, Types};
use auricle_sdk::format::Kind;
use semver::Version;
use serde_json::Value as Json;

/// What a plugin says about itself.
#[derive(Debug)]
pub(crate) struct Manifest {
    pub(crate) name: String,
    pub(crate) version: Version,
    pub(crate) license: String,
    pub(crate) description: String,
    pub(crate) stages: Vec<&'static Descriptor>,
}

/// Reads a manifest.
///
/// # Errors
/// Where it is broken, expected and got.
pub(crate) fn parse(bytes: &[u8]) -> Result<Manifest, String> {
    let json: Json = serde_json::from_slice(bytes).map_err(|error| format!("no JSON: {error}"))?;
    let root = Node { path: String::new(), json: &json };
    let version = root.need("auricle")?.integer()?;
    if version != 1 {
        return Err(root.need("auricle")?.wrong("1, the version of the format"));
    }
    let plugin = root.need("plugin")?;
    let version = plugin.need("version")?;
    let stages = root.need("stages")?.items()?.iter().map(stage).collect::<Result<Vec<_>, _>>()?;
    unique("stages", "id", stages.iter().map(|stage| stage.id))?;
    Ok(Manifest {
        name: plugin.need("name")?.text()?.to_owned(),
        version: Version::parse(version.text()?).map_err(|_| version.wrong("a version such as 1.2.3"))?,
        license: plugin.text_or_empty("license")?.to_owned(),
        description: plugin.text_or_empty("description")?.to_owned(),
        stages: stages.into_iter().map(|stage| &*Box::leak(Box::new(stage))).collect(),
    })
}

fn stage(node: &Node<'_>) -> Result<Descriptor, String> {
    let id = node.need("id")?;
    if !is_stage_id(id.text()?) {
        return Err(id.wrong("family.variant or a reverse domain, in a-z 0-9 _ -"));
    }
    let result_version = node.need("result_version")?;
    let inputs = ports(node, "inputs")?;
    if let Some(index) = inputs.iter().rev().skip(1).rev().position(|port| port.many) {
        return Err(format!("{}.inputs[{index}].many: only the last input may take many streams", node.path));
    }
    let result_version = u32::try_from(result_version.integer()?).map_err(|_| result_version.wrong("a count"))?;
    let mut descriptor = Descriptor::new(leak(id.text()?), leak(node.text_or_empty("summary")?))
        .doc(leak(node.text_or_empty("doc")?))
        .source(leak(node.text_or_empty("source")?))
        .inputs(inputs)
        .outputs(ports(node, "outputs")?)
        .parameters(parameters(node)?)
        .locality(locality(node)?)
        .result_version(result_version);
    descriptor.deterministic = node.flag("deterministic", true)?;
    Ok(descriptor)
}

fn locality(node: &Node<'_>) -> Result<Locality, String> {
    let name = node.need("locality")?;
    Ok(match name.text()? {
        "pointwise" => Locality::Pointwise,
        "window" => Locality::Window,
        "recurrent" => Locality::Recurrent { error: node.need("error")?.float()? },
        "global" => Locality::Global,
        "whole_input" => Locality::WholeInput,
        _ => return Err(name.wrong("pointwise, window, recurrent, global or whole_input")),
    })
}

fn ports(stage: &Node<'_>, key: &str) -> Result<&'static [Port], String> {
    let nodes = stage.need(key)?.items()?;
    let ports = nodes.iter().map(port).collect::<Result<Vec<_>, _>>()?;
    unique(&format!("{}.{key}", stage.path), "name", ports.iter().map(|port| port.name))?;
    Ok(ports.leak())
}

fn port(node: &Node<'_>) -> Result<Port, String> {
    const KINDS: [Kind; 4] = [Kind::Source, Kind::Audio, Kind::Tensor, Kind::Records];
    let kind = |node: &Node<'_>| {
        let name = node.text()?;
        let kind = KINDS.into_iter().find(|kind| kind.name() == name);
        kind.ok_or_else(|| node.wrong("source, audio, tensor or records"))
    };
    let dtype = |node: &Node<'_>| DType::from_name(node.text()?).ok_or_else(|| node.wrong("a NumPy type name"));
    let kinds = node.need("kinds")?;
    let dtypes = node.get("dtypes").map_or(Ok(Vec::new()), |list| list.items())?;
    let mut port = Port::array(leak(node.need("name")?.text()?))
        .kinds(kinds.items()?.iter().map(kind).collect::<Result<Vec<_>, _>>()?.leak())
        .dtypes(dtypes.iter().map(dtype).collect::<Result<Vec<_>, _>>()?.leak())
        .doc(leak(node.text_or_empty("doc")?));
    port.many = node.flag("many", false)?;
    port.optional = node.flag("optional", false)?;
    port.nan = node.flag("nan", false)?;
    if port.kinds.is_empty() {
        return Err(kinds.wrong("at least one kind"));
    }
    Ok(port)
}

fn parameters(stage: &Node<'_>) -> Result<&'static [Parameter], String> {
    let nodes = stage.need("parameters")?.items()?;
    let parameters = nodes.iter().map(parameter).collect::<Result<Vec<_>, _>>()?;
    unique(&format!("{}.parameters", stage.path), "id", parameters.iter().map(|parameter| parameter.id))?;
    Ok(parameters.leak())
}

fn parameter(node: &Node<'_>) -> Result<Parameter, String> {
    let mut parameter = Parameter::absent(leak(node.need("id")?.text()?), types(&node.need("types")?)?);
    if let Some(default) = node.get("default") {
        parameter.default = default_value(&default, parameter.types)?;
    }
    parameter.required = node.flag("required", false)?;
    parameter.min = node.get("min").map_or(Ok(f64::NEG_INFINITY), |min| min.float())?;
    parameter.max = node.get("max").map_or(Ok(f64::INFINITY), |max| max.float())?;
    let choices = node.get("choices").map_or(Ok(Vec::new()), |list| list.items())?;
    parameter.choices = choices.iter().map(|node| node.text().map(leak)).collect::<Result<Vec<_>, _>>()?.leak();
    parameter.unit = leak(node.text_or_empty("unit")?);
    parameter.logarithmic = node.flag("logarithmic", false)?;
    parameter.live = node.flag("live", false)?;
    parameter.doc = leak(node.text_or_empty("doc")?);
    if let Some(default) = node.get("default") {
        parameter.check(&parameter.default_value()).map_err(|expected| default.wrong(&expected))?;
    }
    Ok(parameter)
}

fn types(node: &Node<'_>) -> Result<Types, String> {
    let mut all: Option<Types> = None;
    for name in node.items()? {
        let one = match name.text()? {
            "bool" => Types::BOOL,
            "int" => Types::INT,
            "float" => Types::FLOAT,
            "text" => Types::TEXT,
            "list" => Types::LIST,
            "output_path" => Types::OUTPUT_PATH,
            "choice" => Types::CHOICE,
            _ => return Err(name.wrong("bool, int, float, text, list, output_path or choice")),
        };
        all = Some(all.map_or(one, |all| all.or(one)));
    }
    all.ok_or_else(|| node.wrong("at least one type"))
}

fn default_value(node: &Node<'_>, types: Types) -> Result<DefaultValue, String> {
    Ok(match node.json {
        Json::Null => DefaultValue::None,
        Json::Bool(value) => DefaultValue::Bool(*value),
        Json::Number(_) if types.has(Types::INT) && node.integer().is_ok() => DefaultValue::Int(node.integer()?),
        Json::Number(_) => DefaultValue::Float(node.float()?),
        // Infinity is a string in JSON, and a number for a parameter that takes no text.
        Json::String(text) if types.has(Types::FLOAT) && (text == "inf" || text == "-inf") => {
            DefaultValue::Float(node.float()?)
        }
        Json::String(text) => DefaultValue::Str(leak(text)),
        Json::Array(_) => match node.items()?.as_slice() {
            [name, number] => DefaultValue::Pair(leak(name.text()?), number.float()?),
            _ => return Err(node.wrong("a name and a number")),
        },
        Json::Object(_) => return Err(node.wrong("a value")),
    })
}

/// Labels of `a-z 0-9 _ -` that begin with a letter, at least two, dots between them.
pub(crate) fn is_stage_id(id: &str) -> bool {
    let word = |label: &str| {
        label.starts_with(|c: char| c.is_ascii_lowercase())
            && label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-')
    };
    id.split('.').count() >= 2 && id.split('.').all(word)
}

fn unique<'a>(path: &str, key: &str, names: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut seen = std::collections::HashMap::new();
    for (index, name) in names.enumerate() {
        if let Some(first) = seen.insert(name, index) {
            return Err(format!("{path}[{index}].{key}: {name:?} is also at {path}[{first}]"));
        }
    }
    Ok(())
}

fn leak(text: &str) -> &'static str {
    String::leak(text.to_owned())
}

/// A value in the manifest that knows where it stands.
struct Node<'a> {
    path: String,
    json: &'a Json,
}

impl<'a> Node<'a> {
    fn get(&self, key: &str) -> Option<Node<'a>> {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        self.json.get(key).map(|json| Node { path, json })
    }

    fn need(&self, key: &str) -> Result<Node<'a>, String> {
        let place = if self.path.is_empty() { String::new() } else { format!("{}: ", self.path) };
        self.get(key).ok_or_else(|| format!("{place}no {key}"))
    }

    fn items(&self) -> Result<Vec<Node<'a>>, String> {
        let list = self.json.as_array().ok_or_else(|| self.wrong("a list"))?;
        let node = |(index, json)| Node { path: format!("{}[{index}]", self.path), json };
        Ok(list.iter().enumerate().map(node).collect())
    }

    fn text(&self) -> Result<&'a str, String> {
        self.json.as_str().ok_or_else(|| self.wrong("a string"))
    }

    fn text_or_empty(&self, key: &str) -> Result<&'a str, String> {
        self.get(key).map_or(Ok(""), |node| node.text())
    }

    fn flag(&self, key: &str, default: bool) -> Result<bool, String> {
        let Some(node) = self.get(key) else { return Ok(default) };
        node.json.as_bool().ok_or_else(|| node.wrong("true or false"))
    }

    fn integer(&self) -> Result<i64, String> {
        self.json.as_i64().ok_or_else(|| self.wrong("an integer"))
    }

    fn float(&self) -> Result<f64, String> {
        match self.json.as_str() {
            Some("inf") => Ok(f64::INFINITY),
            Some("-inf") => Ok(f64::NEG_INFINITY),
            _ => self.json.as_f64().ok_or_else(|| self.wrong("a number")),
        }
    }

    fn wrong(&self, expected: &str) -> String {
        let mut got = self.json.to_string();
        if got.len() > 60 {
            got = format!("{}...", got.chars().take(57).collect::<String>());
        }
        format!("{}: expected {expected}, got {got}", self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"auricle":1,"plugin":{"name":"p","version":"1.2.3","license":"MIT","description":"d"},"stages":[
        {"id":"org.example.level","summary":"s","doc":"","source":"","result_version":3,"deterministic":true,
         "locality":"recurrent","error":1e-6,
         "inputs":[{"name":"audio","kinds":["audio","tensor"],"dtypes":["float32","complex64"],"many":true,"doc":""}],
         "outputs":[{"name":"level","kinds":["tensor"],"dtypes":[],"nan":true,"doc":""}],
         "parameters":[
            {"id":"window","types":["list","choice"],"default":["kaiser",14.0],"choices":["hann"],"doc":""},
            {"id":"n","types":["int"],"default":4,"min":1.0,"max":16.0,"unit":"samples","doc":""},
            {"id":"x","types":["float"],"default":5,"doc":""},
            {"id":"y","types":["float"],"min":"-inf","doc":""},
            {"id":"path","types":["output_path"],"required":true,"doc":""}]}]}"#;

    #[test]
    fn a_manifest_becomes_descriptors() {
        let manifest = parse(GOOD.as_bytes()).expect("it is right");
        assert_eq!((manifest.name.as_str(), manifest.version.to_string().as_str()), ("p", "1.2.3"));
        let stage = manifest.stages[0];
        assert_eq!((stage.id, stage.result_version), ("org.example.level", 3));
        assert_eq!(stage.locality, Locality::Recurrent { error: 1e-6 });
        assert_eq!(stage.inputs[0].kinds, [Kind::Audio, Kind::Tensor]);
        assert_eq!(stage.inputs[0].dtypes, [DType::F32, DType::C64]);
        assert!(stage.inputs[0].many && stage.outputs[0].nan);
        let defaults: Vec<String> = stage.parameters.iter().map(|p| p.default_value().to_string()).collect();
        assert_eq!(defaults, [r#"["kaiser", 14.0]"#, "4", "5.0", "(absent)", "(absent)"]);
        assert_eq!(stage.parameters[1].expected(), "an integer from 1 to 16");
        assert!(stage.parameters[4].required);
    }

    #[test]
    fn what_the_sdk_writes_reads_back() {
        use auricle_sdk::manifest::{PluginInfo, length, render};
        const INFO: PluginInfo = PluginInfo { name: "p", version: "0.1.0", license: "", description: "\"q\"\n" };
        const STAGES: [Descriptor; 1] = [Descriptor::new("a.b", "é")
            .inputs(&[Port::array("any")])
            .parameters(&[Parameter::float("x", 1e-10).range(-0.5, 22_050.0).choices(&["none"])])];
        const N: usize = length(&INFO, &STAGES);
        let manifest = parse(&render::<N>(&INFO, &STAGES)).expect("the SDK writes what the engine reads");
        assert_eq!(manifest.description, "\"q\"\n");
        assert_eq!(format!("{:?}", manifest.stages[0]), format!("{:?}", STAGES[0]));
    }

    #[test]
    fn a_broken_manifest_says_where() {
        let check = |from: &str, to: &str, expected: &str| {
            let text = GOOD.replacen(from, to, 1);
            assert_ne!(text, GOOD, "{from} is not in the manifest");
            assert_eq!(parse(text.as_bytes()).map(|m| m.name), Err(expected.to_owned()));
        };
        check(r#""auricle":1"#, r#""auricle":2"#, "auricle: expected 1, the version of the format, got 2");
        check(
            r#""version":"1.2.3""#,
            r#""version":"new""#,
            r#"plugin.version: expected a version such as 1.2.3, got "new""#,
        );
        check(r#""id":"org.example.level","#, "", "stages[0]: no id");
        check(
            r#""locality":"recurrent""#,
            r#""locality":"near""#,
            r#"stages[0].locality: expected pointwise, window, recurrent, global or whole_input, got "near""#,
        );
        check(
            r#""complex64""#,
            r#""int7""#,
            r#"stages[0].inputs[0].dtypes[1]: expected a NumPy type name, got "int7""#,
        );
        check(
            r#""default":4"#,
            r#""default":99"#,
            "stages[0].parameters[1].default: expected an integer from 1 to 16, got 99",
        );
        check(
            r#""id":"n""#,
            r#""id":"window""#,
            r#"stages[0].parameters[1].id: "window" is also at stages[0].parameters[0]"#,
        );
        assert!(parse(b"{").is_err_and(|reason| reason.starts_with("no JSON: ")));
    }

    #[test]
    fn stage_ids() {
        for (id, good) in [
            ("mel.librosa", true),
            ("org.example.x-1", true),
            ("mel", false),
            ("Mel.x", false),
            ("a..b", false),
            ("a.", false),
        ] {
            assert_eq!(is_stage_id(id), good, "{id}");
        }
    }
}
