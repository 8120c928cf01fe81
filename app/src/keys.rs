//! `auricle keys`: every action with its keys, as this user has them.

use crate::exit::Exit;
use auricle::tui::{self, Binding, Config};
use std::io::Write;

/// Arguments of `auricle keys`.
#[derive(clap::Args)]
pub struct Args {
    /// Print a list of objects: action, keys, focus, help
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Print the table of the documentation
    #[arg(long)]
    markdown: bool,
}

/// Runs the command.
pub fn run(args: &Args, config: &Config) -> Exit {
    let bindings = tui::bindings(&config.keys);
    let text = match (args.json, args.markdown) {
        (true, _) => json(&bindings),
        (_, true) => tui::key_table(),
        _ => table(&bindings),
    };
    // A reader that has gone away is no fault of ours.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
    Exit::Ok
}

fn json(bindings: &[Binding]) -> String {
    let row = |b: &Binding| serde_json::json!({ "action": b.action, "keys": b.keys, "focus": b.focus, "help": b.help });
    let rows: Vec<serde_json::Value> = bindings.iter().map(row).collect();
    format!("{:#}\n", serde_json::Value::from(rows))
}

/// Columns that stand under one another: action, keys, where, what.
fn table(bindings: &[Binding]) -> String {
    let row = |b: &Binding| [b.action.to_owned(), b.keys.join(" "), b.focus.to_owned(), b.help.to_owned()];
    let head = ["ACTION", "KEYS", "FOCUS", "HELP"].map(str::to_owned);
    let rows: Vec<[String; 4]> = std::iter::once(head).chain(bindings.iter().map(row)).collect();
    let widths: [usize; 3] =
        std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0));
    let line = |[action, keys, focus, help]: &[String; 4]| {
        let [a, k, f] = widths;
        format!("{action:a$}  {keys:k$}  {focus:f$}  {help}\n")
    };
    rows.iter().map(line).collect()
}
