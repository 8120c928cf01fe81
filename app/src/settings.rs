//! What the user has configured: `config.toml`, and the options that stand over it.

use crate::exit::Exit;
use crate::places;
use auricle::tui::{Config, Pictures, Theme};
use auricle_engine::Diagnostic;
use std::path::PathBuf;

/// Options of everything that has a screen.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    /// Colours for this background, instead of those that suit the terminal
    #[arg(long, value_name = "NAME", global = true, value_parser = Theme::NAMES)]
    theme: Option<String>,
    /// What pictures are made of, instead of what the terminal says that it has
    #[arg(long, value_name = "NAME", global = true, value_parser = Pictures::NAMES)]
    pictures: Option<String>,
    /// Read this instead of config.toml in the user's configuration directory
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

impl Args {
    /// The configuration, with every complaint about it told.
    pub fn read(&self) -> Result<Config, Exit> {
        let mut config = self.file().map_err(|faults| {
            faults.iter().for_each(|fault| eprintln!("{fault}"));
            Exit::of_diagnostics(&faults)
        })?;
        if let Some(theme) = self.theme.as_deref().and_then(Theme::from_name) {
            config.theme = theme;
        }
        if let Some(pictures) = self.pictures.as_deref().and_then(Pictures::from_name) {
            config.pictures = pictures;
        }
        Ok(config)
    }

    fn file(&self) -> Result<Config, Vec<Diagnostic>> {
        let usual = || places::config_dir().map(|dir| dir.join("config.toml"));
        let Some(path) = self.config.clone().or_else(usual) else { return Ok(Config::default()) };
        match std::fs::read_to_string(&path) {
            Ok(text) => Config::parse(&text, &path.display().to_string()),
            // Without a configuration everything is as it comes; one that was named has to be there.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && self.config.is_none() => {
                Ok(Config::default())
            }
            Err(error) => {
                Err(vec![Diagnostic::error(format!("{}: the configuration cannot be read: {error}", path.display()))])
            }
        }
    }
}
