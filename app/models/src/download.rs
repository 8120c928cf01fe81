//! One file over HTTP: goes on where it stopped, and is nothing until its hash is right.

use crate::{Error, ErrorKind, Progress, Remote, Result, hash};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use ureq::http::{Response, header};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body};

/// A connection that breaks is made again so often, as long as something came.
const ATTEMPTS: usize = 5;
const CONNECT: Duration = Duration::from_secs(30);
/// So long nothing comes before a connection counts as broken.
const SILENCE: Duration = Duration::from_secs(60);
/// No model is larger; a server that sends more wants to fill the disk.
const MOST_BYTES: u64 = 64 << 30;
const BLOCK: usize = 1 << 16;

/// How an attempt ended.
enum End {
    Whole,
    /// Something may come of another one.
    Broken(Error),
    /// What is there is not the beginning of what the server has.
    Stale,
}

/// Files that are on their way, by their addresses.
pub(crate) struct Download<'a> {
    remote: &'a Remote,
    certificates: Option<&'a Path>,
    /// What came so far.
    part: PathBuf,
    /// What the server called this state of the file, so that parts of two do not become one.
    tag: PathBuf,
}

impl<'a> Download<'a> {
    /// A file that is kept in `folder` until it is whole; the server is known by `certificates`, if any are named.
    pub(crate) fn new(remote: &'a Remote, folder: &Path, certificates: Option<&'a Path>) -> Self {
        let sha256 = remote.sha256.as_deref().unwrap_or_default();
        let key = hash::hex(&Sha256::digest(format!("{} {sha256}", remote.url)))[..16].to_owned();
        Download {
            remote,
            certificates,
            part: folder.join(format!("{key}.part")),
            tag: folder.join(format!("{key}.tag")),
        }
    }

    /// Fetches what is not there yet; gives the path of the whole file, whose hash is as it was told.
    ///
    /// # Errors
    /// The address cannot be used, the server refuses, the connection breaks again and again, or what came is another file.
    pub(crate) fn run(&self, progress: &mut dyn Progress) -> Result<PathBuf> {
        let agent = self.agent()?;
        let mut before = self.have();
        for attempt in 1.. {
            match self.attempt(&agent, progress)? {
                End::Whole => break,
                End::Stale => self.forget(),
                End::Broken(error) if attempt >= ATTEMPTS || self.have() == before => return Err(error),
                End::Broken(_) => {}
            }
            before = self.have();
        }
        self.check(progress)?;
        Ok(self.part.clone())
    }

    /// Takes away what came; the model has it, or it is of no use.
    pub(crate) fn forget(&self) {
        // What cannot be removed is written over by the next attempt.
        let _ = fs::remove_file(&self.part).and_then(|()| fs::remove_file(&self.tag));
    }

    fn have(&self) -> u64 {
        fs::metadata(&self.part).map_or(0, |meta| meta.len())
    }

    fn agent(&self) -> Result<Agent> {
        let url = &self.remote.url;
        let refused = |why: String| Err(Error::new(ErrorKind::Refused, format!("{url}: {why}")));
        let (scheme, rest) = url.split_once("://").unwrap_or_default();
        let authority = rest.split('/').next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        let here = ["127.0.0.1", "localhost", "[::1]"]
            .iter()
            .any(|name| host.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')));
        match scheme {
            "https" => {}
            "http" if here || self.remote.sha256.is_some() => {}
            "http" => {
                return refused(
                    "whoever sits between could change it; use https://, or say which SHA-256 it has".into(),
                );
            }
            _ => return refused("expected an address with https://".into()),
        }
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .https_only(scheme == "https")
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(SILENCE))
            .timeout_per_read(Some(SILENCE))
            .user_agent(concat!("auricle/", env!("CARGO_PKG_VERSION")));
        let config = if here { config.proxy(None) } else { config };
        let config = match self.certificates {
            Some(path) => config.tls_config(TlsConfig::builder().root_certs(roots(path)?).build()),
            None => config,
        };
        Ok(config.build().into())
    }

    /// One request, from where the last one stopped.
    fn attempt(&self, agent: &Agent, progress: &mut dyn Progress) -> Result<End> {
        let url = &self.remote.url;
        let refused = |why: String| Error::new(ErrorKind::Refused, format!("{url}: {why}"));
        let tag = fs::read_to_string(&self.tag).unwrap_or_default();
        // Without a name for its state, only the hash tells whether the parts fit.
        if self.have() > 0 && tag.is_empty() && self.remote.sha256.is_none() {
            self.forget();
        }
        let have = self.have();
        if have > 0 && Some(have) == self.remote.size {
            return Ok(End::Whole);
        }
        let mut request = agent.get(url);
        if have > 0 {
            request = request.header(header::RANGE, format!("bytes={have}-"));
            if !tag.is_empty() {
                request = request.header(header::IF_RANGE, tag);
            }
        }
        let mut response = match request.call() {
            Ok(response) => response,
            Err(error) => return Ok(End::Broken(refused(error.to_string()))),
        };
        let status = response.status();
        let from = match status.as_u16() {
            200 => 0,
            206 if range(&response).is_some_and(|(start, _)| start == Some(have)) => have,
            206 => return Ok(End::Stale),
            416 if have > 0 => {
                let whole = range(&response).is_some_and(|(_, total)| total == Some(have));
                return Ok(if whole { End::Whole } else { End::Stale });
            }
            _ => return Err(refused(format!("the server answers {status}"))),
        };
        let total = match range(&response) {
            Some((_, total)) if from > 0 => total,
            _ => response.body().content_length(),
        };
        let most = self.remote.size.unwrap_or(MOST_BYTES);
        match (total, self.remote.size) {
            (Some(total), Some(size)) if total != size => {
                return Err(refused(format!("expected {size} bytes, the server has {total}")));
            }
            (Some(total), None) if total > most => {
                return Err(refused(format!("the server has {total} bytes; no model is so large")));
            }
            _ => {}
        }
        self.begin(&response, from)?;
        progress.file(self.remote.name(), total.or(self.remote.size));
        if from > 0 && !progress.bytes(from) {
            return Err(Error::new(ErrorKind::Cancelled, "stopped; the same command goes on from there"));
        }
        self.receive(&mut response, from, total, most, progress)
    }

    /// Empties what is begun anew, and notes what the server calls the state of the file.
    fn begin(&self, response: &Response<Body>, from: u64) -> Result<()> {
        if from > 0 {
            return Ok(());
        }
        let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        // A weak tag says nothing about single bytes (RFC 9110, section 8.8.1).
        let strong = text(header::ETAG).filter(|tag| !tag.starts_with("W/"));
        let tag = strong.or_else(|| text(header::LAST_MODIFIED)).unwrap_or_default();
        File::create(&self.part).map_err(|error| Error::io(&self.part, error))?;
        fs::write(&self.tag, tag).map_err(|error| Error::io(&self.tag, error))
    }

    fn receive(
        &self,
        response: &mut Response<Body>,
        mut at: u64,
        total: Option<u64>,
        most: u64,
        progress: &mut dyn Progress,
    ) -> Result<End> {
        let failed = |error| Error::io(&self.part, error);
        let mut file = File::options().append(true).open(&self.part).map_err(failed)?;
        let mut reader = response.body_mut().with_config().limit(u64::MAX).reader();
        let mut block = vec![0; BLOCK];
        let broken = |at: u64, why: &str| {
            let of = total.map_or_else(String::new, |total| format!(" of {total}"));
            let message = format!("{}: the connection ended after {at}{of} bytes{why}", self.remote.url);
            End::Broken(Error::new(ErrorKind::Refused, message).hint("the same command goes on from there"))
        };
        loop {
            let got = match reader.read(&mut block) {
                Ok(0) if total.is_some_and(|total| at < total) => return Ok(broken(at, "")),
                Ok(0) => return Ok(End::Whole),
                Ok(got) => got,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Ok(broken(at, &format!(": {error}"))),
            };
            at += got as u64;
            if at > most {
                let message = format!("{}: more than {most} bytes came", self.remote.url);
                self.forget();
                return Err(Error::new(ErrorKind::Refused, message));
            }
            file.write_all(&block[..got]).map_err(failed)?;
            if !progress.bytes(got as u64) {
                return Err(Error::new(ErrorKind::Cancelled, "stopped; the same command goes on from there"));
            }
        }
    }

    /// Is what came what was meant?
    fn check(&self, progress: &mut dyn Progress) -> Result<()> {
        let failed = |error| Error::io(&self.part, error);
        let Some(expected) = &self.remote.sha256 else { return Ok(()) };
        let mut file = File::open(&self.part).map_err(failed)?;
        progress.file(self.remote.name(), Some(self.have()));
        let (size, got) = hash::copy(&mut file, None, &self.part, progress)?;
        if got.eq_ignore_ascii_case(expected) {
            return Ok(());
        }
        self.forget();
        let message = format!("{}: expected the SHA-256 {expected}, {size} bytes came with {got}", self.remote.url);
        Err(Error::new(ErrorKind::Refused, message).hint("it was damaged on the way, or is another file by now"))
    }
}

/// The certificates in a file.
fn roots(path: &Path) -> Result<RootCerts> {
    let pem = fs::read(path).map_err(|error| Error::io(path, error))?;
    let certificates: Vec<Certificate<'static>> = parse_pem(&pem)
        .filter_map(|item| if let Ok(PemItem::Certificate(certificate)) = item { Some(certificate) } else { None })
        .collect();
    if certificates.is_empty() {
        let message = format!("{}: expected certificates (PEM), found none", path.display());
        return Err(Error::new(ErrorKind::Refused, message));
    }
    Ok(RootCerts::new_with_certs(&certificates))
}

/// First byte and length of the whole, as `Content-Range` has them: `bytes 5-9/10`, `bytes */10`.
fn range(response: &Response<Body>) -> Option<(Option<u64>, Option<u64>)> {
    let value = response.headers().get(header::CONTENT_RANGE)?.to_str().ok()?;
    let (span, total) = value.strip_prefix("bytes ")?.split_once('/')?;
    Some((span.split('-').next().and_then(|start| start.parse().ok()), total.parse().ok()))
}
