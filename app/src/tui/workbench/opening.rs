//! What the workbench opens: sessions, two of them as one, sound files, the demo.

use super::super::event::Event;
use super::super::pipeline::Pipeline;
use super::super::{joined, starter};
use super::{Errand, Workbench, first};
use auricle_engine::{Diagnostic, Session};
use std::path::{Path, PathBuf};

impl Workbench {
    pub(super) fn open_demo(&mut self) -> Vec<Errand> {
        let demo = self.demo.as_ref().map_or_else(|| Err("this build has no demo".to_owned()), |demo| demo());
        match demo {
            Ok(path) => self.open_session(&path),
            Err(reason) => self.receive(Event::NotOpened(reason)),
        }
    }

    pub(super) fn open_session(&mut self, path: &Path) -> Vec<Errand> {
        match Session::load(path) {
            Ok(session) => {
                self.recent.add(path);
                self.put(session)
            }
            Err(diagnostics) => self.receive(Event::NotOpened(first(&diagnostics))),
        }
    }

    /// A session of two, A and B.
    pub(super) fn open_sessions(&mut self, a: Result<Session, Vec<Diagnostic>>, b: &Path) -> Vec<Errand> {
        let both = a.and_then(|a| Ok([a, Session::load(b)?]));
        let joined = both.map_err(|diagnostics| first(&diagnostics));
        let joined =
            joined.and_then(|[a, b]| joined::session([&a, &b], &self.registry).map_err(|error| error.to_string()));
        match joined {
            Ok(session) => self.put(session),
            Err(reason) => self.receive(Event::NotOpened(reason)),
        }
    }

    /// A session of its own for sound files: read, and shown as levels.
    pub(super) fn open_sounds(&mut self, paths: &[PathBuf]) -> Vec<Errand> {
        let missing = paths.iter().find_map(|path| Some((path, std::fs::metadata(path).err()?)));
        if let Some((path, error)) = missing {
            return self.receive(Event::NotOpened(format!("{}: {error}", path.display())));
        }
        match starter::session(paths, &self.registry) {
            Ok(session) => {
                paths.iter().for_each(|path| self.recent.add(path));
                self.put(session)
            }
            Err(error) => self.receive(Event::NotOpened(error.to_string())),
        }
    }

    fn put(&mut self, session: Session) -> Vec<Errand> {
        self.player.unload();
        self.evaluator = None;
        self.file = Some(session.file()).filter(|file| !file.is_empty()).map(PathBuf::from);
        let pipeline = Pipeline::new(&session, &self.registry);
        let view = session.view().to_vec();
        self.session = Some(session);
        let mut errands = self.receive(Event::Opened(Box::new(pipeline), view));
        self.plan();
        errands.extend(self.begin_journal());
        errands
    }
}
