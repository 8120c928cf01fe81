//! The order in which an array's axes are stored, and where the elements of one entry go.
//!
//! Arrays come entry by entry (sample frames, or frames of a tensor), but files want `(band, frame)` or
//! `(channel, sample)`. What NumPy calls Fortran order lets most of them still be written from front to back.

use auricle_sdk::format::Data;
use auricle_sdk::prelude::*;

/// How entries become the array `shape`.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    shape: Vec<Dim>,
    /// Is the first axis of `shape` the fastest in the file?
    pub fortran: bool,
    /// Parts of the file that grow side by side as entries come; 1 when it is written from front to back.
    pub planes: usize,
    /// Elements of one entry.
    pub entry: usize,
    /// Element `k` of a stored entry is element `gather[k]` of the entry as it comes; `None` when they are the same.
    pub gather: Option<Vec<usize>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Dim {
    Entries,
    Fixed(usize),
}

struct Source<'a> {
    role: Role,
    name: &'a str,
    dim: Dim,
}

impl Layout {
    /// The layout of `format`: its native one, unless `wanted` names another.
    ///
    /// # Errors
    /// An axis that is not there or is named twice; one of more than one entry that is left out.
    pub fn new(format: &Format, wanted: Option<&str>) -> Result<Self> {
        let axes = axes(format)?;
        let refuse = |why: String| match wanted {
            Some(text) => Error::parameter("layout", format!("{why}, got {text:?}")),
            None => Error::format(format!("the native layout {:?} does not fit: {why}", format.layout)),
        };
        let order = match wanted.unwrap_or(&format.layout) {
            "" if wanted.is_none() => (0..axes.len()).map(Some).collect(),
            text => parse(text, &axes).map_err(refuse)?,
        };
        for (index, axis) in axes.iter().enumerate().filter(|(index, _)| !order.contains(&Some(*index))) {
            let length = match axis.dim {
                Dim::Fixed(length) => Some(length as i64),
                Dim::Entries => format.length,
            };
            if length != Some(1) {
                let length = length.map_or("an unknown number of".to_owned(), |n| n.to_string());
                let name = axes[index].name;
                return Err(refuse(format!("expected every axis of more than one entry, {name} has {length}")));
            }
        }
        Ok(Self::of(&axes, &order))
    }

    fn of(axes: &[Source], order: &[Option<usize>]) -> Self {
        let shape: Vec<Dim> = order.iter().map(|slot| slot.map_or(Dim::Fixed(1), |axis| axes[axis].dim)).collect();
        let forwards: Vec<usize> = order.iter().flatten().copied().collect();
        let backwards: Vec<usize> = forwards.iter().rev().copied().collect();
        let planes = |stored: &[usize]| -> usize {
            let at = stored.iter().position(|&axis| axes[axis].dim == Dim::Entries).unwrap_or(0);
            stored[..at].iter().map(|&axis| axes[axis].length()).product()
        };
        let fortran = planes(&forwards) > 1 && planes(&backwards) <= 1;
        let stored = if fortran { backwards } else { forwards };
        let planes = planes(&stored);
        let entry = axes.iter().map(Source::length).product();
        let gather = Some(gather(axes, &stored)).filter(|map| map.iter().enumerate().any(|(k, &from)| k != from));
        Layout { shape, fortran, planes, entry, gather }
    }

    /// Shape of the array once `entries` have come.
    pub fn shape(&self, entries: i64) -> Vec<i64> {
        let length = |dim: &Dim| match *dim {
            Dim::Entries => entries,
            Dim::Fixed(length) => length as i64,
        };
        self.shape.iter().map(length).collect()
    }

    /// Is the number of entries fixed to one, as in a tensor that does not stream?
    pub fn whole(&self) -> bool {
        !self.shape.contains(&Dim::Entries)
    }
}

impl Source<'_> {
    /// Its share of one entry's elements.
    fn length(&self) -> usize {
        match self.dim {
            Dim::Entries => 1,
            Dim::Fixed(length) => length,
        }
    }
}

/// The axes in the order in which their elements come.
fn axes(format: &Format) -> Result<Vec<Source<'_>>> {
    match &format.data {
        Data::Audio(audio) => Ok(vec![
            Source { role: Role::Time, name: "sample", dim: Dim::Entries },
            Source { role: Role::Channel, name: "channel", dim: Dim::Fixed(audio.channels) },
        ]),
        Data::Tensor(tensor) => {
            let source = |(index, axis)| {
                let axis: &Axis = axis;
                let dim = match axis.length {
                    _ if index == 0 && tensor.streams() => Dim::Entries,
                    Some(length) => Dim::Fixed(length),
                    None => return Err(Error::format(format!("axis {} has no length", axis.name))),
                };
                Ok(Source { role: axis.role, name: &axis.name, dim })
            };
            tensor.axes.iter().enumerate().map(source).collect()
        }
        _ => Err(Error::format(format!("expected audio or a tensor, got {}", format.kind().name()))),
    }
}

/// The order that `text` names; `None` stands for a channel axis that mono data does not have.
fn parse(text: &str, axes: &[Source]) -> Result<Vec<Option<usize>>, String> {
    let mut order = Vec::new();
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let axis = find(name, axes);
        if axis.is_none() && role(name) != Some(Role::Channel) {
            let names: Vec<&str> = axes.iter().map(|axis| axis.name).collect();
            return Err(format!("expected an order of the axes {}, not {name}", names.join(", ")));
        }
        if order.contains(&axis) {
            return Err(format!("expected each axis once, {name} is there twice"));
        }
        order.push(axis);
    }
    Ok(order)
}

/// The axis called `name`, or the only one whose role the name is another word for.
fn find(name: &str, axes: &[Source]) -> Option<usize> {
    let called = axes.iter().position(|axis| axis.name == name);
    called.or_else(|| {
        let role = role(name)?;
        let mut of_role = axes.iter().enumerate().filter(|(_, axis)| axis.role == role);
        of_role.next().map(|(index, _)| index).filter(|_| of_role.next().is_none())
    })
}

fn role(name: &str) -> Option<Role> {
    match name.strip_suffix('s').unwrap_or(name) {
        "time" | "frame" | "sample" => Some(Role::Time),
        "frequency" | "bin" | "band" => Some(Role::Frequency),
        "channel" => Some(Role::Channel),
        _ => None,
    }
}

/// For each element of a stored entry, its place in the entry as it comes.
fn gather(axes: &[Source], stored: &[usize]) -> Vec<usize> {
    let step = |axis: usize| -> usize { axes[axis + 1..].iter().map(Source::length).product() };
    let mut map = vec![0];
    for &axis in stored {
        let step = step(axis);
        map = map.iter().flat_map(|&base| (0..axes[axis].length()).map(move |k| base + k * step)).collect();
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::DType;

    fn tensor(axes: Vec<Axis>, layout: &str) -> Format {
        Format::tensor(Tensor::new::<f32>(axes, "power"), Clock::samples(8000).frames(160, 0), Some(5), layout)
    }

    fn frames() -> Axis {
        Axis::frames(Some(5))
    }

    fn bands(n: usize) -> Axis {
        Axis::bands(vec![0.0; n], "mel/slaney")
    }

    #[test]
    fn entries_find_their_place() {
        let mono = tensor(vec![frames(), bands(3)], "band,frame");
        let stereo = tensor(vec![frames(), Axis::channels(2), bands(3)], "channel,band,frame");
        let one = tensor(vec![frames(), Axis::channels(1), bands(3)], "band,frame");
        let audio = Format::audio_of(DType::F32, 2, 8000, Some(5));
        let whole = tensor(vec![bands(3), Axis::channels(2)], "channel,band");
        // format, layout, shape, Fortran order, planes, gather
        type Row<'a> = (&'a Format, Option<&'a str>, &'a [i64], bool, usize, Option<&'a [usize]>);
        let rows: &[Row] = &[
            (&mono, None, &[3, 5], true, 1, None),
            (&mono, Some("frame, band"), &[5, 3], false, 1, None),
            (&mono, Some("time,frequency"), &[5, 3], false, 1, None),
            (&mono, Some("channel,frame,band"), &[1, 5, 3], false, 1, None),
            (&stereo, None, &[2, 3, 5], true, 1, Some(&[0, 3, 1, 4, 2, 5])),
            (&stereo, Some("frame,channel,band"), &[5, 2, 3], false, 1, None),
            (&stereo, Some("frame,band,channel"), &[5, 3, 2], false, 1, Some(&[0, 3, 1, 4, 2, 5])),
            (&stereo, Some("channel,frame,band"), &[2, 5, 3], false, 2, None),
            (&one, None, &[3, 5], true, 1, None),
            (&one, Some("channel,frame,band"), &[1, 5, 3], false, 1, None),
            (&audio, None, &[2, 5], true, 1, None),
            (&audio, Some("samples,channels"), &[5, 2], false, 1, None),
            (&whole, None, &[2, 3], false, 1, Some(&[0, 2, 4, 1, 3, 5])),
        ];
        for (format, wanted, shape, fortran, planes, gather) in rows {
            let layout = Layout::new(format, *wanted).expect("it fits");
            assert_eq!(layout.shape(5), *shape, "{wanted:?}");
            assert_eq!((layout.fortran, layout.planes), (*fortran, *planes), "{wanted:?}");
            assert_eq!(layout.gather.as_deref(), *gather, "{wanted:?}");
        }
        assert!(Layout::new(&whole, None).expect("it fits").whole());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let stereo = tensor(vec![frames(), Axis::channels(2), bands(3)], "channel,band,frame");
        for (wanted, words) in [
            ("band,frame", "channel has 2"),
            ("channel,band", "frame has 5"),
            ("token,band,frame", "frame, channel, band, not token"),
            ("band,frame,channel,bin", "bin is there twice"),
        ] {
            let error = Layout::new(&stereo, Some(wanted)).expect_err("it does not fit");
            assert_eq!(error.parameter, "layout");
            assert!(error.message.contains(words), "{error}");
        }
    }
}
