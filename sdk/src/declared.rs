//! What every descriptor must keep, checked while a plugin is compiled: a descriptor that contradicts itself is no plugin.

use crate::descriptor::{DefaultValue, Descriptor, Locality, Parameter, Port, Types};
use crate::format::Kind;

/// Fails the build if a descriptor of a plugin contradicts itself or another one.
pub const fn check_all(stages: &[Descriptor]) {
    let mut i = 0;
    while i < stages.len() {
        check(&stages[i]);
        let mut k = 0;
        while k < i {
            assert!(!same(stages[k].id, stages[i].id), "two stages of the plugin have the same id");
            k += 1;
        }
        i += 1;
    }
}

/// Fails the build if the descriptor contradicts itself.
pub const fn check(stage: &Descriptor) {
    assert!(
        is_id(stage.id),
        "a stage's id is `family.variant`: a-z, 0-9, _ and -, at least two parts with dots between"
    );
    assert!(one_line(stage.summary), "a stage's summary is one line");
    assert!(stage.result_version > 0, "a stage's result_version starts at 1");
    if let Locality::Recurrent { error } = stage.locality {
        assert!(error >= 0.0 && error < f64::INFINITY, "the error of a recurrent stage is a finite bound");
    }
    check_ports(stage.inputs, false);
    check_ports(stage.outputs, true);
    let mut i = 0;
    while i < stage.parameters.len() {
        check_parameter(&stage.parameters[i]);
        let mut k = 0;
        while k < i {
            assert!(!same(stage.parameters[k].id, stage.parameters[i].id), "two parameters of a stage have one name");
            k += 1;
        }
        i += 1;
    }
}

const fn check_ports(ports: &[Port], outputs: bool) {
    let mut i = 0;
    while i < ports.len() {
        let port = &ports[i];
        assert!(is_name(port.name), "a port's name is letters, digits and _, and starts with a letter");
        assert!(!port.kinds.is_empty(), "a port takes at least one kind of data");
        assert!(!port.many || (!outputs && i + 1 == ports.len()), "only the last input takes many streams");
        assert!(outputs || !port.nan, "`nan` is said of outputs");
        assert!(!outputs || !port.optional, "`optional` is said of inputs");
        let mut k = 0;
        while k < port.kinds.len() {
            assert!(!outputs || !matches!(port.kinds[k], Kind::Source), "only the host has sources; no output is one");
            k += 1;
        }
        let mut k = 0;
        while k < i {
            assert!(!same(ports[k].name, port.name), "two inputs or two outputs of a stage have one name");
            k += 1;
        }
        i += 1;
    }
}

const fn check_parameter(parameter: &Parameter) {
    let Parameter { types, min, max, .. } = *parameter;
    assert!(is_name(parameter.id), "a parameter's name is letters, digits and _, and starts with a letter");
    assert!(min <= max, "a parameter's range is empty");
    assert!(!types.has(Types::CHOICE) || !parameter.choices.is_empty(), "a choice has no choices");
    let fits = match parameter.default {
        DefaultValue::None => true,
        DefaultValue::Bool(_) => types.has(Types::BOOL),
        DefaultValue::Int(value) => {
            (types.has(Types::INT) || types.has(Types::FLOAT)) && min <= value as f64 && value as f64 <= max
        }
        DefaultValue::Float(value) => types.has(Types::FLOAT) && min <= value && value <= max,
        DefaultValue::Str(value) => types.has(Types::TEXT) || is_one_of(value, parameter.choices),
        DefaultValue::Pair(..) => types.has(Types::LIST),
    };
    assert!(fits, "a parameter's default is not among the values that it accepts");
    assert!(!parameter.required || matches!(parameter.default, DefaultValue::None), "what is required has no default");
}

const fn is_one_of(text: &str, choices: &[&str]) -> bool {
    let mut i = 0;
    while i < choices.len() {
        if same(text, choices[i]) {
            return true;
        }
        i += 1;
    }
    false
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

const fn one_line(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        if bytes[i] < b' ' {
            return false;
        }
        i += 1;
    }
    !bytes.is_empty()
}

const fn is_id(id: &str) -> bool {
    let bytes = id.as_bytes();
    let (mut i, mut dots, mut part) = (0, 0, 0);
    while i < bytes.len() {
        match bytes[i] {
            b'.' if part > 0 => (dots, part) = (dots + 1, 0),
            b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' => part += 1,
            _ => return false,
        }
        i += 1;
    }
    dots > 0 && part > 0
}

const fn is_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        match bytes[i] {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'_' if i > 0 => {}
            _ => return false,
        }
        i += 1;
    }
    !bytes.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuses(stage: Descriptor) -> bool {
        std::panic::catch_unwind(|| check(&stage)).is_err()
    }

    #[test]
    fn a_descriptor_that_contradicts_itself_is_refused() {
        const GOOD: Descriptor = Descriptor::new("org.example.a-b_2", "One line")
            .inputs(&[Port::audio("a"), Port::audio("more").many()])
            .outputs(&[Port::tensor("out").nan()])
            .parameters(&[
                Parameter::int("sr", 0).choices(&["native"]).default(DefaultValue::Str("native")),
                Parameter::float("top_db", 80.0).range(0.0, 200.0),
                Parameter::absent("window", Types::TEXT.or(Types::LIST)).default(DefaultValue::Pair("kaiser", 14.0)),
            ]);
        check_all(&[GOOD]);
        const BAD: &[Descriptor] = &[
            Descriptor { id: "gain", ..GOOD },
            Descriptor { id: "org.Example", ..GOOD },
            Descriptor { id: "org..a", ..GOOD },
            Descriptor { id: "org.", ..GOOD },
            Descriptor { summary: "", ..GOOD },
            Descriptor { summary: "two\nlines", ..GOOD },
            GOOD.result_version(0),
            GOOD.locality(Locality::Recurrent { error: f64::NAN }),
            GOOD.inputs(&[Port::audio("a").many(), Port::audio("b")]),
            GOOD.inputs(&[Port::audio("a"), Port::audio("a")]),
            GOOD.inputs(&[Port::audio("a").nan()]),
            GOOD.inputs(&[Port::audio("a").kinds(&[])]),
            GOOD.inputs(&[Port::audio("no name")]),
            GOOD.outputs(&[Port::source("file")]),
            GOOD.outputs(&[Port::audio("a").optional()]),
            GOOD.parameters(&[Parameter::int("n", 0), Parameter::float("n", 0.0)]),
            GOOD.parameters(&[Parameter::int("n", 0).range(1.0, 2.0)]),
            GOOD.parameters(&[Parameter::int("n", 1).range(2.0, 1.0)]),
            GOOD.parameters(&[Parameter::int("n", 1).default(DefaultValue::Float(1.5))]),
            GOOD.parameters(&[Parameter::choice("kind", "c", &["a", "b"])]),
            GOOD.parameters(&[Parameter::absent("kind", Types::CHOICE)]),
            GOOD.parameters(&[Parameter::int("n", 1).required()]),
        ];
        for (index, &stage) in BAD.iter().enumerate() {
            assert!(refuses(stage), "row {index} is accepted");
        }
        assert!(std::panic::catch_unwind(|| check_all(&[GOOD, GOOD])).is_err());
    }
}
