//! The progress bar of a run, on a terminal only.

use auricle_engine::{Event, Observer, Plan};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// Watches a run and shows how far its slowest part has come.
pub struct Progress {
    bar: ProgressBar,
    ids: Vec<String>,
    /// Share of each stage that is done, where its length is known.
    shares: Vec<Option<f64>>,
    /// Are findings and logs told as they come?
    tells: bool,
}

const STEPS: u64 = 1000;

impl Progress {
    /// A bar on stderr; silent where stderr is no terminal or `quiet`.
    pub fn new(plan: &Plan, quiet: bool) -> Self {
        let shown = !quiet && std::io::stderr().is_terminal();
        let target = if shown { ProgressDrawTarget::stderr_with_hz(10) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(STEPS), target);
        let style = ProgressStyle::with_template("{bar:32} {percent:>3} %  {elapsed_precise}  {wide_msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸ "));
        let ids = plan.stages.iter().map(|stage| stage.id.clone()).collect();
        Progress { bar, ids, shares: vec![Some(0.0); plan.stages.len()], tells: true }
    }

    /// Says nothing while the plan runs.
    pub fn silent(plan: &Plan) -> Self {
        Progress { tells: false, ..Self::new(plan, true) }
    }

    /// Removes the bar.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

impl Observer for Progress {
    fn event(&mut self, event: &Event) {
        match event {
            Event::Progress { stage, done, total } => {
                let share = total.filter(|&total| total > 0).map(|total| *done as f64 / total as f64);
                self.shares[*stage] = share;
                let slowest = self.shares.iter().flatten().copied().fold(1.0, f64::min);
                self.bar.set_position((slowest * STEPS as f64) as u64);
                self.bar.set_message(self.ids[*stage].clone());
            }
            Event::Finished { stage } => self.shares[*stage] = Some(1.0),
            Event::Finding { stage, finding } => {
                let line = format!("{}: {}: {}", self.ids[*stage], finding.severity, finding.message);
                self.say(&line);
            }
            Event::Log { stage, message } => self.say(&format!("{}: {message}", self.ids[*stage])),
            _ => {}
        }
    }
}

impl Progress {
    fn say(&self, line: &str) {
        match (self.tells, self.bar.is_hidden()) {
            (false, _) => {}
            (true, true) => eprintln!("{line}"),
            (true, false) => self.bar.println(line),
        }
    }
}
