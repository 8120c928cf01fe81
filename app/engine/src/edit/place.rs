//! A TOML table, on lines or between braces, changed so that comments and spaces stay where they are.

use toml_edit::{Decor, InlineTable, Item, Key, Table, Value};

/// A table to change.
pub(super) enum Place<'a> {
    /// Each entry on a line of its own.
    Lines(&'a mut Table),
    /// `{ a = 1, b = 2 }`
    Braces(&'a mut InlineTable),
}

impl<'a> Place<'a> {
    /// The table in an item.
    pub(super) fn of(item: &'a mut Item) -> Option<Self> {
        match item {
            Item::Table(table) => Some(Place::Lines(table)),
            Item::Value(Value::InlineTable(table)) => Some(Place::Braces(table)),
            _ => None,
        }
    }

    pub(super) fn keys(&self) -> Vec<&str> {
        match self {
            Place::Lines(table) => table.iter().map(|(key, _)| key).collect(),
            Place::Braces(table) => table.iter().map(|(key, _)| key).collect(),
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Item> {
        match self {
            Place::Lines(table) => table.get(key),
            Place::Braces(table) => table.get_key_value(key).map(|(_, item)| item),
        }
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Item> {
        match self {
            Place::Lines(table) => table.get_mut(key),
            Place::Braces(table) => table.get_key_value_mut(key).map(|(_, item)| item),
        }
    }

    /// Sets a value, or removes it.
    pub(super) fn set(&mut self, key: &str, value: Option<Value>) {
        match value {
            Some(value) => self.put(key, value),
            None => {
                self.take(key);
            }
        }
    }

    /// Sets a value where it stands, or behind the others.
    pub(super) fn put(&mut self, key: &str, mut value: Value) {
        if let Some(old) = self.get_mut(key).and_then(Item::as_value_mut) {
            *value.decor_mut() = old.decor().clone();
            *old = value;
            return;
        }
        match self {
            Place::Lines(table) => {
                table.insert(key, Item::Value(value));
            }
            Place::Braces(table) => {
                // In `{ a = 1 }` the space before the brace belongs to the last value; it moves on to the new one.
                let suffix = last(table).map(|old| std::mem::replace(old.decor_mut(), Decor::new(" ", "")));
                if let Some(old) = suffix {
                    let after = old.suffix().cloned().unwrap_or_else(|| " ".into());
                    value.decor_mut().set_suffix(after);
                    value.decor_mut().set_prefix(" ");
                    if let Some(before) = old.prefix().cloned()
                        && let Some(last) = last(table)
                    {
                        last.decor_mut().set_prefix(before);
                    }
                }
                table.insert(key, value);
            }
        }
    }

    /// Removes an entry; comments above it go with it, for they were about it.
    pub(super) fn take(&mut self, key: &str) -> Option<Item> {
        match self {
            Place::Lines(table) => table.remove(key),
            Place::Braces(table) => {
                let was_last = table.iter().last().is_some_and(|(last, _)| last == key);
                let removed = table.remove(key)?;
                if was_last && let Some(left) = last(table) {
                    left.decor_mut().set_suffix(removed.decor().suffix().cloned().unwrap_or_else(|| " ".into()));
                }
                Some(Item::Value(removed))
            }
        }
    }

    /// Gives an entry another key; false if there is none.
    pub(super) fn rename_key(&mut self, from: &str, to: &str) -> bool {
        // Keys cannot be changed in place, so the entries are put back one by one, in their order.
        let keys: Vec<String> = self.keys().into_iter().map(str::to_owned).collect();
        if !keys.iter().any(|key| key == from) {
            return false;
        }
        for key in keys {
            match self {
                Place::Lines(table) => {
                    if let Some((old, item)) = table.remove_entry(&key) {
                        table.insert_formatted(&renamed(old, from, to), item);
                    }
                }
                Place::Braces(table) => {
                    if let Some((old, item)) = table.remove_entry(&key) {
                        table.insert_formatted(&renamed(old, from, to), item);
                    }
                }
            }
        }
        true
    }
}

fn renamed(key: Key, from: &str, to: &str) -> Key {
    if key.get() != from {
        return key;
    }
    Key::new(to).with_leaf_decor(key.leaf_decor().clone()).with_dotted_decor(key.dotted_decor().clone())
}

fn last(table: &mut InlineTable) -> Option<&mut Value> {
    table.iter_mut().last().map(|(_, value)| value)
}
