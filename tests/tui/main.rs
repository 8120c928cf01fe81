//! The screen, driven by keys: what it shows against the arrays that `replay` writes, and how it behaves in a terminal.

mod along;
mod alter;
mod compare;
mod configured;
mod export;
mod follow;
mod labels;
mod lanes;
mod live;
mod looks;
mod mouse;
mod overview;
mod parameters;
mod pictures;
mod recorder;
mod rewritten;
#[cfg(unix)]
mod rough;
mod screen;
#[cfg(unix)]
mod slow;
mod sound;
mod stack;
mod steering;
mod study;
#[path = "../support/mod.rs"]
mod support;
#[cfg(unix)]
mod terminal;
