//! Values of parameters and attributes.

use crate::error::{Error, Result};
use std::fmt;

/// A value of a parameter in a session, or of an attribute of a format.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Absent: the parameter has no default and the session gives none.
    None,
    /// True or false.
    Bool(bool),
    /// Integer.
    Int(i64),
    /// Float.
    Float(f64),
    /// Text: a name, a choice, a path.
    Str(String),
    /// List, as `["kaiser", 14.0]`.
    List(Vec<Value>),
}

impl Value {
    /// The number, if this is one.
    pub fn as_f64(&self) -> Option<f64> {
        match *self {
            Value::Int(i) => Some(i as f64),
            Value::Float(f) => Some(f),
            _ => None,
        }
    }

    /// The integer, if this is one; a float without a fraction counts.
    pub fn as_i64(&self) -> Option<i64> {
        match *self {
            Value::Int(i) => Some(i),
            Value::Float(f) if f.fract() == 0.0 && f.abs() < 9e15 => Some(f as i64),
            _ => None,
        }
    }

    /// The text, if this is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Str(s) => Some(s),
            _ => None,
        }
    }

    /// The truth value, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match *self {
            Value::Bool(b) => Some(b),
            _ => None,
        }
    }

    /// The list, if this is one.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// Is the parameter absent, or its tool's `None` (written `"none"`)?
    pub fn is_none(&self) -> bool {
        matches!(self, Value::None) || self.as_str() == Some("none")
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}
impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Int(value)
    }
}
impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Value::Int(i64::from(value))
    }
}
impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Value::Int(i64::from(value))
    }
}
impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Value::Float(value)
    }
}
impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::Str(value.to_owned())
    }
}
impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::Str(value)
    }
}

/// As a session file writes it.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::None => f.write_str("(absent)"),
            Value::Bool(b) => write!(f, "{b}"),
            Value::Int(i) => write!(f, "{i}"),
            Value::Float(x) => write!(f, "{x:?}"),
            Value::Str(s) => write!(f, "{s:?}"),
            Value::List(items) => {
                f.write_str("[")?;
                for (i, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if i == 0 { "" } else { ", " })?;
                }
                f.write_str("]")
            }
        }
    }
}

/// The frozen parameters of a stage: every declared one, defaults filled in, types and ranges checked by the host.
///
/// The getters refuse a parameter that holds a value of another type, so a stage with alternatives (`sr`: a number or
/// `"native"`) looks at [`Parameters::get`] first. Asking for an id that the descriptor does not declare is a mistake
/// of the author and an error that says so.
///
/// ```
/// use auricle_sdk::{Parameters, Value};
///
/// let parameters = Parameters::new([
///     ("n_fft".into(), 512.into()),
///     ("top_db".into(), "none".into()),
///     ("window".into(), Value::List(vec!["kaiser".into(), 14.0.into()])),
/// ]);
/// assert_eq!(parameters.count("n_fft")?, 512);
/// assert_eq!(parameters.optional_float("top_db")?, None);
/// assert_eq!(parameters.named("window")?, ("kaiser", vec![14.0]));
/// let error = parameters.bool("n_fft").expect_err("a number");
/// assert_eq!(error.to_string(), "parameter n_fft: expected true or false, got 512");
/// # Ok::<(), auricle_sdk::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters(Vec<(String, Value)>);

impl Parameters {
    /// Parameters from (id, value) pairs.
    pub fn new(pairs: impl IntoIterator<Item = (String, Value)>) -> Self {
        Parameters(pairs.into_iter().collect())
    }

    /// Sets the value of `id`.
    pub fn set(&mut self, id: &str, value: impl Into<Value>) {
        let value = value.into();
        match self.0.iter_mut().find(|(name, _)| name == id) {
            Some((_, place)) => *place = value,
            None => self.0.push((id.to_owned(), value)),
        }
    }

    /// All of them, in the descriptor's order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(id, value)| (id.as_str(), value))
    }

    /// The value of `id`.
    ///
    /// # Errors
    /// The descriptor declares no such parameter.
    pub fn get(&self, id: &str) -> Result<&Value> {
        self.0
            .iter()
            .find(|(name, _)| name == id)
            .map(|(_, value)| value)
            .ok_or_else(|| Error::parameter(id, "the stage reads a parameter that its descriptor does not declare"))
    }

    /// A number.
    ///
    /// # Errors
    /// The parameter is not declared, or its value is of another type.
    pub fn float(&self, id: &str) -> Result<f64> {
        self.typed(id, "a number", Value::as_f64)
    }

    /// An integer.
    ///
    /// # Errors
    /// The parameter is not declared, or its value is of another type.
    pub fn int(&self, id: &str) -> Result<i64> {
        self.typed(id, "an integer", Value::as_i64)
    }

    /// An integer that counts something: not negative.
    ///
    /// # Errors
    /// The parameter is not declared, or its value is no integer of at least 0.
    pub fn count(&self, id: &str) -> Result<usize> {
        self.typed(id, "an integer of at least 0", |v| v.as_i64().and_then(|i| usize::try_from(i).ok()))
    }

    /// True or false.
    ///
    /// # Errors
    /// The parameter is not declared, or its value is of another type.
    pub fn bool(&self, id: &str) -> Result<bool> {
        self.typed(id, "true or false", Value::as_bool)
    }

    /// Text.
    ///
    /// # Errors
    /// The parameter is not declared, or its value is of another type.
    pub fn text(&self, id: &str) -> Result<&str> {
        let value = self.get(id)?;
        value.as_str().ok_or_else(|| mismatch(id, "a string", value))
    }

    /// A name, alone or in a list with numbers: `"hann"`, `["kaiser", 14.0]`.
    ///
    /// # Errors
    /// The parameter is not declared, or its value is neither.
    pub fn named(&self, id: &str) -> Result<(&str, Vec<f64>)> {
        let value = self.get(id)?;
        let parts = value.as_list().unwrap_or(std::slice::from_ref(value));
        let named = parts.split_first().and_then(|(name, numbers)| {
            let numbers = numbers.iter().map(Value::as_f64).collect::<Option<_>>()?;
            Some((name.as_str()?, numbers))
        });
        named.ok_or_else(|| Error::parameter(id, format!("expected a name or [name, number], got {value}")))
    }

    /// A list.
    ///
    /// # Errors
    /// The parameter is not declared, or its value is of another type.
    pub fn list(&self, id: &str) -> Result<&[Value]> {
        let value = self.get(id)?;
        value.as_list().ok_or_else(|| mismatch(id, "a list", value))
    }

    /// `None` if the parameter is absent or `"none"`, else the text.
    ///
    /// # Errors
    /// The parameter is not declared, or its value is neither none nor text.
    pub fn optional_text(&self, id: &str) -> Result<Option<&str>> {
        if self.get(id)?.is_none() { Ok(None) } else { self.text(id).map(Some) }
    }

    /// `None` if the parameter is absent or `"none"`, else the number.
    ///
    /// # Errors
    /// The parameter is not declared, or its value is neither none nor a number.
    pub fn optional_float(&self, id: &str) -> Result<Option<f64>> {
        if self.get(id)?.is_none() { Ok(None) } else { self.float(id).map(Some) }
    }

    /// `None` if the parameter is absent or `"none"`, else the count.
    ///
    /// # Errors
    /// The parameter is not declared, or its value is neither none nor an integer of at least 0.
    pub fn optional_count(&self, id: &str) -> Result<Option<usize>> {
        if self.get(id)?.is_none() { Ok(None) } else { self.count(id).map(Some) }
    }

    fn typed<T>(&self, id: &str, expected: &str, read: impl Fn(&Value) -> Option<T>) -> Result<T> {
        let value = self.get(id)?;
        read(value).ok_or_else(|| mismatch(id, expected, value))
    }
}

fn mismatch(id: &str, expected: &str, got: &Value) -> Error {
    Error::parameter(id, format!("expected {expected}, got {got}"))
}
