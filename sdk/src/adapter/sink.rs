//! Stages that write.

use crate::descriptor::Descriptor;
use crate::error::Result;
use crate::format::Format;
use crate::outputs::Outputs;
use crate::packet::Packet;
use crate::stage::{Flow, Setup, Stage};
use std::ops::Range;

/// A stage without outputs: it writes what flows into it.
///
/// Files come from [`Host::output`](crate::Host::output); the host makes them appear, whole, after `finish`.
///
/// ```
/// use auricle_sdk::prelude::*;
/// use auricle_sdk::testing::Bench;
/// use auricle_sdk::{Host, OutputFile};
///
/// /// Writes the first channel's samples as lines of text.
/// struct Lines {
///     host: Host,
///     path: String,
///     run: Option<(OutputFile, u64)>,
/// }
///
/// impl Writer for Lines {
///     const DESCRIPTOR: Descriptor = Descriptor::new("org.example.lines", "Writes samples as lines of text")
///         .inputs(&[Port::audio("audio")])
///         .parameters(&[Parameter::output_path("path")]);
///
///     fn new(setup: &Setup) -> Result<Self> {
///         let path = setup.parameters.text("path")?.to_owned();
///         Ok(Lines { host: setup.host(), path, run: None })
///     }
///
///     fn begin(&mut self) -> Result<()> {
///         self.run = Some((self.host.output(&self.path)?, 0));
///         Ok(())
///     }
///
///     fn write(&mut self, packet: &Packet) -> Result<()> {
///         let (file, at) = self.run.as_mut().ok_or_else(|| Error::internal("write before begin"))?;
///         let text: String = packet.channel::<f32>(0)?.iter().map(|x| format!("{x}\n")).collect();
///         file.write_at(*at, text.as_bytes())?;
///         *at += text.len() as u64;
///         Ok(())
///     }
///
///     fn finish(&mut self) -> Result<()> {
///         self.run = None;
///         Ok(())
///     }
/// }
///
/// let bench = Bench::<Sink<Lines>>::new().parameter("path", "x.txt").audio(8000, &[&[0.5f32, -1.0]]);
/// assert_eq!(bench.run()?.files["x.txt"], b"0.5\n-1\n");
/// bench.conforms();
/// # Ok::<(), Error>(())
/// ```
pub trait Writer: Sized + Send + 'static {
    /// What the stage says about itself.
    const DESCRIPTOR: Descriptor;

    /// Builds the stage; refuses parameters and formats that it cannot write. No file is made yet.
    ///
    /// # Errors
    /// Whatever can be refused is refused here.
    fn new(setup: &Setup) -> Result<Self>;

    /// A run starts: open the output here.
    ///
    /// # Errors
    /// The host cannot make the file.
    fn begin(&mut self) -> Result<()>;

    /// Takes one packet that is not empty; those of one input come in order.
    ///
    /// # Errors
    /// The file cannot be written, or cannot hold what came.
    fn write(&mut self, packet: &Packet) -> Result<()>;

    /// All input has come: finish the file.
    ///
    /// # Errors
    /// The file cannot be written.
    fn finish(&mut self) -> Result<()>;
}

/// A [`Writer`] as a [`Stage`].
pub struct Sink<T>(T);

impl<T: Writer> Stage for Sink<T> {
    const DESCRIPTOR: Descriptor = {
        assert!(T::DESCRIPTOR.outputs.is_empty(), "Sink has no output");
        T::DESCRIPTOR
    };

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        Ok((Sink(T::new(setup)?), Vec::new()))
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        self.0.begin()
    }

    fn process(&mut self, packet: Option<&Packet>, _: &mut Outputs<'_>) -> Result<Flow> {
        if let Some(packet) = packet.filter(|packet| packet.count > 0) {
            self.0.write(packet)?;
        }
        Ok(Flow::Continue)
    }

    fn finish(&mut self, _: &mut Outputs<'_>) -> Result<Flow> {
        self.0.finish()?;
        Ok(Flow::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descriptor::{Parameter, Port};
    use crate::testing::{Bench, refused};
    use crate::{Cursor, ErrorKind, Host, OutputFile};
    use std::io::{Seek, SeekFrom, Write};

    /// Writes samples as text, and how many there were at the start.
    struct Text {
        host: Host,
        path: String,
        file: Option<OutputFile>,
        at: u64,
        count: usize,
    }

    const HEADER: u64 = 8;

    impl Writer for Text {
        const DESCRIPTOR: Descriptor = Descriptor::new("test.text", "Writes samples as text")
            .inputs(&[Port::audio("audio")])
            .parameters(&[Parameter::output_path("path")]);

        fn new(setup: &Setup) -> Result<Self> {
            setup.input(0)?.as_audio()?;
            let path = setup.parameters.text("path")?.to_owned();
            Ok(Text { host: setup.host(), path, file: None, at: HEADER, count: 0 })
        }

        fn begin(&mut self) -> Result<()> {
            (self.at, self.count) = (HEADER, 0);
            self.file = Some(self.host.output(&self.path)?);
            Ok(())
        }

        fn write(&mut self, packet: &Packet) -> Result<()> {
            assert!(packet.count > 0, "empty packets are kept away");
            let text: String = packet.channel::<f32>(0)?.iter().map(|x| format!("{x} ")).collect();
            if let Some(file) = &self.file {
                file.write_at(self.at, text.as_bytes())?;
            }
            self.at += text.len() as u64;
            self.count += packet.count;
            Ok(())
        }

        fn finish(&mut self) -> Result<()> {
            if let Some(file) = self.file.take() {
                let mut cursor = Cursor::new(&file);
                let header = format!("{:07}:", self.count);
                let written = cursor.write_all(header.as_bytes()).and_then(|()| cursor.seek(SeekFrom::Start(0)));
                written.map_err(|error| crate::Error::internal(error.to_string()))?;
                let mut back = [0; HEADER as usize];
                assert_eq!(file.read_at(0, &mut back)?, back.len(), "what was written reads back");
                assert_eq!(back, *header.as_bytes());
            }
            Ok(())
        }
    }

    #[test]
    fn a_file_holds_what_came_however_it_came() {
        let bench = Bench::<Sink<Text>>::new().parameter("path", "a/b.txt").audio(8000, &[&[1.0f32, 2.5, -3.0]]);
        let outcome = bench.run().expect("runs");
        assert_eq!(outcome.files["a/b.txt"], b"0000003:1 2.5 -3 ");
        bench.conforms();
        Bench::<Sink<Text>>::new().parameter("path", "x").audio::<f32>(8000, &[&[]]).conforms();
        refused(Bench::<Sink<Text>>::new().audio(8000, &[&[1.0f32]]).run(), ErrorKind::Parameter);
    }
}
