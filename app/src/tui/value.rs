//! Parameter values as they are typed and stepped through.

use super::axis::round_up;
use auricle_sdk::Value;
use auricle_sdk::descriptor::{Parameter, Types};

/// A value as it stands in the form: text without quotes.
pub fn shown(value: &Value) -> String {
    match value {
        Value::None => String::new(),
        Value::Str(text) => text.clone(),
        Value::Float(x) if x.abs() < 1e15 && (*x == 0.0 || x.abs() >= 1e-4) => x.to_string(),
        Value::Float(x) => format!("{x:e}"),
        other => other.to_string(),
    }
}

/// The value that a text means for `parameter`.
///
/// # Errors
/// What was expected, and what came.
pub fn parse(text: &str, parameter: &Parameter) -> Result<Value, String> {
    let text = text.trim();
    let types = parameter.types;
    let refused = || format!("expected {}, got {text:?}", parameter.expected());
    if text.is_empty() && !types.has(Types::TEXT) {
        // Absent: the default, or nothing at all.
        return if parameter.required { Err(refused()) } else { Ok(Value::None) };
    }
    let value =
        if parameter.choices.contains(&text) { Value::from(text) } else { read(text, types).ok_or_else(refused)? };
    parameter.check(&value).map(|()| value).map_err(|_| refused())
}

fn read(text: &str, types: Types) -> Option<Value> {
    let number = text.replace('_', "");
    let int = number.parse::<i64>().ok().map(Value::Int);
    let float = || number.parse::<f64>().ok().filter(|x| x.is_finite()).map(Value::Float);
    let boolean = || text.parse::<bool>().ok().map(Value::Bool);
    let quoted = || text.strip_prefix('"')?.strip_suffix('"').map(Value::from);
    let free = types.has(Types::TEXT) || types.has(Types::OUTPUT_PATH);
    if types.has(Types::FLOAT)
        && let Some(value) = float()
    {
        // A float stays one in the session file.
        return Some(value);
    }
    if types.has(Types::INT) && int.is_some() {
        return int;
    }
    if types.has(Types::BOOL) && boolean().is_some() {
        return boolean();
    }
    if types.has(Types::LIST)
        && let Some(list) = list(text)
    {
        return Some(list);
    }
    quoted().or_else(|| free.then(|| Value::from(text)))
}

/// `["kaiser", 14.0]`: texts, numbers and truth values.
fn list(text: &str) -> Option<Value> {
    let inside = text.strip_prefix('[')?.strip_suffix(']')?;
    let items = inside.split(',').map(str::trim).filter(|item| !item.is_empty());
    items
        .map(|item| read(item, Types::INT.or(Types::BOOL)).or_else(|| read(item, Types::FLOAT)))
        .collect::<Option<_>>()
        .map(Value::List)
}

/// The value so many steps further, as far as the range goes: numbers, truth values and choices have steps.
pub fn stepped(value: &Value, steps: i64, parameter: &Parameter) -> Option<Value> {
    let bounded = |x: f64| x.clamp(parameter.min, parameter.max);
    match value {
        Value::Bool(on) => Some(Value::Bool(!on)),
        Value::Int(n) if parameter.logarithmic => {
            let factor = 2f64.powi(factor_exponent(steps));
            let next = bounded((*n as f64 * factor).round()) as i64;
            let moved = if next == *n { bounded(*n as f64 + steps.signum() as f64) as i64 } else { next };
            Some(Value::Int(moved))
        }
        Value::Int(n) => Some(Value::Int(bounded((n.saturating_add(steps)) as f64) as i64)),
        Value::Float(x) if parameter.logarithmic => {
            let x = if *x == 0.0 { round_up(parameter.min.max(1e-3)) } else { x * 2f64.powi(factor_exponent(steps)) };
            Some(Value::Float(bounded(x)))
        }
        Value::Float(x) => {
            let step = float_step(*x, parameter);
            let next = ((x / step).round() + steps as f64) * step;
            // Steps of 0.1 stay decimal: 0.30000000000000004 helps nobody.
            let scale = 10f64.powi((1.0 - step.log10().floor()).max(0.0) as i32);
            Some(Value::Float(bounded((next * scale).round() / scale)))
        }
        Value::Str(text) if !parameter.choices.is_empty() => {
            let at = parameter.choices.iter().position(|choice| choice == text)? as i64;
            let next = (at + steps.signum()).rem_euclid(parameter.choices.len() as i64);
            Some(Value::from(parameter.choices[next as usize])).filter(|next| next != value)
        }
        _ => None,
    }
}

/// One step doubles or halves; ten do so three times.
fn factor_exponent(steps: i64) -> i32 {
    if steps.abs() > 1 { 3 * steps.signum() as i32 } else { steps as i32 }
}

/// A hundredth of the range, or a tenth of the value's own magnitude where there is no range.
fn float_step(x: f64, parameter: &Parameter) -> f64 {
    let range = parameter.max - parameter.min;
    if range.is_finite() && range > 0.0 && range <= 1e5 {
        return round_up(range / 100.0);
    }
    10f64.powf(x.abs().max(1e-6).log10().floor() - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOP: Parameter = Parameter::int("hop_length", 512).range(1.0, 65_536.0).logarithmic();
    const TOP_DB: Parameter = Parameter::float("top_db", 80.0).range(0.0, 200.0).choices(&["none"]);
    const CENTER: Parameter = Parameter::bool("center", true);
    const MODE: Parameter = Parameter::choice("pad_mode", "reflect", &["reflect", "constant", "edge"]);
    const WINDOW: Parameter = Parameter::text("window", "hann").or(Types::LIST);
    const FMAX: Parameter = Parameter::absent("fmax", Types::FLOAT);

    #[test]
    fn what_is_typed_is_checked() {
        for (parameter, text, expected) in [
            (&HOP, "256", Ok(Value::Int(256))),
            (&HOP, "0", Err("expected an integer from 1 to 65536, got \"0\"")),
            (&HOP, "1.5", Err("expected an integer from 1 to 65536, got \"1.5\"")),
            (&TOP_DB, "60", Ok(Value::Float(60.0))),
            (&TOP_DB, "none", Ok("none".into())),
            (&TOP_DB, "nan", Err("expected a number from 0 to 200 or \"none\", got \"nan\"")),
            (&CENTER, "false", Ok(Value::Bool(false))),
            (&MODE, "edge", Ok("edge".into())),
            (&MODE, "edgy", Err("expected \"reflect\" or \"constant\" or \"edge\", got \"edgy\"")),
            (&WINDOW, "hamming", Ok("hamming".into())),
            (&WINDOW, "[\"kaiser\", 14.0]", Ok(Value::List(vec!["kaiser".into(), Value::Float(14.0)]))),
            (&FMAX, "", Ok(Value::None)),
            (&FMAX, "8_000", Ok(Value::Float(8_000.0))),
        ] {
            assert_eq!(parse(text, parameter), expected.map_err(str::to_owned), "{} = {text:?}", parameter.id);
        }
    }

    #[test]
    fn steps_stay_in_range() {
        for (parameter, value, steps, expected) in [
            (&HOP, Value::Int(512), 1, Some(Value::Int(1_024))),
            (&HOP, Value::Int(512), -1, Some(Value::Int(256))),
            (&HOP, Value::Int(1), -1, Some(Value::Int(1))),
            (&HOP, Value::Int(512), 10, Some(Value::Int(4_096))),
            (&HOP, Value::Int(65_000), 1, Some(Value::Int(65_536))),
            (&TOP_DB, Value::Float(80.0), -1, Some(Value::Float(78.0))),
            (&TOP_DB, Value::Float(199.0), 10, Some(Value::Float(200.0))),
            (&TOP_DB, "none".into(), 1, None),
            (&CENTER, Value::Bool(true), 1, Some(Value::Bool(false))),
            (&MODE, "edge".into(), 1, Some("reflect".into())),
            (&FMAX, Value::Float(8_000.0), 1, Some(Value::Float(8_100.0))),
            (&FMAX, Value::None, 1, None),
        ] {
            assert_eq!(stepped(&value, steps, parameter), expected, "{} {value} by {steps}", parameter.id);
        }
    }
}
