//! Numbers as words tell them.

use serde_json::Value as Json;

/// A number for people: seven digits, of large and small ones an exponent.
pub fn number(value: &Json) -> String {
    let Some(x) = value.as_f64() else { return value.as_str().unwrap_or("-").to_owned() };
    match x.abs() {
        0.0 => "0".into(),
        size if (1e-3..1e6).contains(&size) => {
            let text = format!("{x:.6}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        _ => format!("{x:.3e}"),
    }
}
