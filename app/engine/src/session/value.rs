//! Values between TOML and parameters.

use auricle_sdk::Value;
use toml_edit::{Array, Item};

/// The value, or what it is instead.
pub(super) fn from_toml(item: &Item) -> Result<Value, &'static str> {
    match item.as_value() {
        Some(value) => from_value(value),
        None => Err(item.type_name()),
    }
}

fn from_value(value: &toml_edit::Value) -> Result<Value, &'static str> {
    match value {
        toml_edit::Value::Boolean(value) => Ok(Value::Bool(*value.value())),
        toml_edit::Value::Integer(value) => Ok(Value::Int(*value.value())),
        toml_edit::Value::Float(value) => Ok(Value::Float(*value.value())),
        toml_edit::Value::String(value) => Ok(Value::Str(value.value().clone())),
        toml_edit::Value::Array(items) => items.iter().map(from_value).collect::<Result<_, _>>().map(Value::List),
        other => Err(other.type_name()),
    }
}

/// The value as TOML; `None` for an absent one, which TOML cannot write.
pub(crate) fn to_toml(value: &Value) -> Option<toml_edit::Value> {
    Some(match value {
        Value::None => return None,
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::Float(value) => (*value).into(),
        Value::Str(value) => value.as_str().into(),
        Value::List(items) => {
            let mut array = items.iter().map(to_toml).collect::<Option<Array>>()?;
            if items.iter().any(|item| matches!(item, Value::List(_))) {
                rows(&mut array);
            }
            array.into()
        }
    })
}

/// Lists in a list are rows of a table: each has a line of its own.
fn rows(array: &mut Array) {
    array.iter_mut().for_each(|row| row.decor_mut().set_prefix("\n  "));
    array.set_trailing_comma(true);
    array.set_trailing("\n");
}
