//! The microphone: what is recorded of it, and the session on what it hears.

use super::super::event::Event;
use super::super::live::LiveRun;
use super::super::recording::{Choice, Record};
use super::Workbench;
use std::path::{Path, PathBuf};

impl Workbench {
    /// Hears, records, stops.
    pub(super) fn record(&mut self, record: Record) -> Result<(), String> {
        match record {
            Record::Hear(choice) => self.microphone.open(choice)?,
            Record::Start => {
                let directory = self.directory();
                self.microphone.monitor().map(|monitor| monitor.record(&directory)).transpose()?;
            }
            Record::Stop => self.microphone.monitor().map_or(Ok(()), |monitor| monitor.stop())?,
            Record::Listen => self.microphone.listen(),
            Record::Live => self.go_live()?,
            Record::Hush => self.microphone.hush(),
        }
        self.hear();
        Ok(())
    }

    /// Where recordings go: beside the session, or what it reads.
    pub(super) fn directory(&self) -> PathBuf {
        let session = self.session.as_ref();
        let input = session.and_then(|session| Some(session.directory().join(&session.inputs().first()?.path)));
        let beside = self.file.clone().or(input).and_then(|path| path.parent().map(Path::to_owned));
        beside.filter(|path| path.is_dir()).unwrap_or_else(|| PathBuf::from("."))
    }

    /// Runs the session on what is heard, from now on.
    ///
    /// # Errors
    /// Nothing can be heard, the session reads nothing, or cannot be planned for such sound.
    pub(super) fn go_live(&mut self) -> Result<(), String> {
        let session = self.session.as_ref().ok_or("no session is open")?;
        let inputs = session.inputs();
        // That which the chosen stage descends from, where there are several.
        let pipeline = &self.state.pipeline;
        let sources = pipeline.upstream(self.state.chosen).into_iter().filter_map(|row| pipeline.stages.get(row));
        let wires: Vec<&str> = sources.flat_map(|row| row.wires.iter().map(|feed| feed.split().0)).collect();
        let meant = inputs.iter().find(|input| wires.contains(&input.name.as_str())).or(inputs.first());
        let input = meant.ok_or("the session has no input that sound could take the place of")?.name.clone();
        if self.microphone.monitor().is_none() {
            self.microphone.open(Choice::Last)?;
        }
        let monitor = self.microphone.monitor().ok_or("nothing is heard")?;
        self.revision += 1;
        let (run, pipeline) = LiveRun::start(session, &self.registry, &input, monitor.format(), self.revision)?;
        monitor.feed(&run.stream());
        let told = run.told();
        self.live = Some(run);
        self.receive(Event::LiveBegan(Box::new(pipeline), told));
        Ok(())
    }

    /// Takes in what has come of it.
    pub(super) fn hear_live(&mut self) {
        let Some(live) = &mut self.live else { return };
        let changed = live.listen();
        let told = live.told();
        let planned = self.state.pipeline.stages.iter().filter_map(|row| Some((row.planned?, row.outputs.len())));
        let outputs = planned.flat_map(|(stage, count)| (0..count).map(move |output| (stage, output)));
        let lengths = outputs.map(|(stage, output)| ((stage, output), live.length(stage, output))).collect();
        self.receive(Event::LiveNews { told, lengths, changed });
    }
}
