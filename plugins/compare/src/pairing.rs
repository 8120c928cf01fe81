//! Which value of one input belongs to which of another: by the roles of their axes, never by guess.

use auricle_sdk::Host;
use auricle_sdk::format::{Data, Kind};
use auricle_sdk::prelude::*;

/// The values of one entry (a sample frame, a frame) that two inputs have in common.
#[derive(Clone, Debug, PartialEq)]
pub struct Pairing {
    /// Place in the reference's entry and in the candidate's, in the reference's order.
    places: Vec<(usize, usize)>,
    /// Are these all values of both?
    pub whole: bool,
}

/// An axis of an entry, without those of length 1.
struct Side {
    role: Role,
    name: String,
    length: usize,
    /// Values from one index to the next.
    stride: usize,
}

impl Pairing {
    /// Pairs the entries of two inputs; with `crop` also those of unequal length, as far as both reach.
    ///
    /// # Errors
    /// Why they cannot be compared, as a sentence.
    pub fn new(reference: &Format, candidate: &Format, crop: bool) -> Result<Self, String> {
        let (a, b) = (sides(reference)?, sides(candidate)?);
        // A stream of one entry is as good as an array without time.
        let single = reference.length == Some(1) && candidate.length == Some(1);
        if in_time(reference) != in_time(candidate) && !single {
            return Err("one has a time axis and the other has none".into());
        }
        let mut places = vec![(0, 0)];
        let mut whole = true;
        let mut found = 0;
        for axis in &a {
            let same = |other: &&Side| other.role == axis.role && (axis.role != Role::Other || other.name == axis.name);
            let Some(other) = b.iter().find(same) else {
                return Err(format!("only one has an axis {} ({})", axis.name, shapes(reference, candidate)));
            };
            found += 1;
            if axis.length != other.length {
                if !crop {
                    return Err(format!("their shapes differ ({})", shapes(reference, candidate)));
                }
                whole = false;
            }
            let length = axis.length.min(other.length);
            places = places
                .iter()
                .flat_map(|(i, j)| (0..length).map(move |k| (i + k * axis.stride, j + k * other.stride)))
                .collect();
        }
        if found < b.len() {
            return Err(format!("only one has a further axis ({})", shapes(reference, candidate)));
        }
        Ok(Pairing { places, whole })
    }

    /// Values of an entry that are compared.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Place of each in the reference's entry and in the candidate's.
    pub fn places(&self) -> &[(usize, usize)] {
        &self.places
    }
}

/// Pairs two inputs as [`Pairing::new`]; tells the host why they cannot be, and on which unlike scales they are.
pub fn paired(host: &Host, reference: &Format, candidate: &Format, crop: bool) -> Option<Pairing> {
    let lengths = [reference.length, candidate.length];
    let pairing = match Pairing::new(reference, candidate, crop) {
        Ok(_) if !crop && lengths[0].is_some() && lengths[1].is_some() && lengths[0] != lengths[1] => {
            shapes_differ(host, [reference, candidate], lengths);
            None
        }
        Ok(pairing) => Some(pairing),
        Err(reason) => {
            let message = format!("not compared: {reason}");
            host.finding(Severity::Warning, "unlike-shapes", &message, None);
            None
        }
    };
    for reason in unlike(reference, candidate) {
        host.finding(Severity::Warning, "unlike-scales", &reason, None);
    }
    pairing
}

/// Tells the host that two inputs are not compared because one is longer.
pub fn shapes_differ(host: &Host, formats: [&Format; 2], lengths: [Option<i64>; 2]) {
    let (a, b) = (shape(formats[0], lengths[0]), shape(formats[1], lengths[1]));
    let message = format!("not compared: their shapes differ ({a} against {b}); crop = true compares the common part");
    host.finding(Severity::Warning, "unlike-shapes", &message, None);
}

fn in_time(format: &Format) -> bool {
    format.kind() == Kind::Audio || format.as_tensor().is_ok_and(Tensor::streams)
}

fn sides(format: &Format) -> Result<Vec<Side>, String> {
    let channels;
    let axes = match &format.data {
        Data::Audio(audio) => {
            channels = [Axis::channels(audio.channels)];
            &channels[..]
        }
        Data::Tensor(tensor) => tensor.frame_axes(),
        _ => return Err(format!("one is {}", format.kind().name())),
    };
    let mut stride = 1;
    let mut sides = Vec::new();
    for axis in axes.iter().rev() {
        let length = axis.length.unwrap_or(0);
        if length != 1 {
            sides.push(Side { role: axis.role, name: axis.name.clone(), length, stride });
        }
        stride *= length;
    }
    sides.reverse();
    Ok(sides)
}

/// Values of one entry.
pub fn entry(format: &Format) -> usize {
    match &format.data {
        Data::Audio(audio) => audio.channels,
        Data::Tensor(tensor) => tensor.frame_len(),
        _ => 0,
    }
}

fn shapes(reference: &Format, candidate: &Format) -> String {
    format!("{} against {}", shape(reference, reference.length), shape(candidate, candidate.length))
}

/// The shape of an input in its tool's layout: `(band 80, frame 311)`.
pub fn shape(format: &Format, entries: Option<i64>) -> String {
    let entries = entries.map_or("?".to_owned(), |count| count.to_string());
    let length = |name: &str| match &format.data {
        Data::Audio(audio) if name == "channel" => audio.channels.to_string(),
        Data::Tensor(tensor) => match tensor.axes.iter().find(|axis| axis.name == name) {
            Some(axis) if axis.role == Role::Time => entries.clone(),
            Some(axis) => axis.length.map_or("?".to_owned(), |length| length.to_string()),
            None => "1".to_owned(),
        },
        _ => entries.clone(),
    };
    let parts: Vec<String> = format.layout.split(',').map(|name| format!("{name} {}", length(name))).collect();
    format!("({})", parts.join(", "))
}

/// What makes any distance of two inputs meaningless, though their shapes agree: numbers of another kind, or another full
/// scale. One sentence each.
pub fn other_numbers(reference: &Format, candidate: &Format) -> Vec<String> {
    let mut found = Vec::new();
    let quantity = |format: &Format| format.as_tensor().map(|tensor| tensor.quantity.clone()).unwrap_or_default();
    let (a, b) = (quantity(reference), quantity(candidate));
    if !a.is_empty() && !b.is_empty() && a != b {
        found.push(format!("the reference is {a}, the candidate {b}"));
    }
    let integer = |format: &Format| {
        format.kind() == Kind::Audio && matches!(format.dtype(), Some(DType::U8 | DType::I16 | DType::I32 | DType::I64))
    };
    let name = |format: &Format| format.dtype().map_or("", DType::name);
    if integer(reference) != integer(candidate) || (integer(reference) && reference.dtype() != candidate.dtype()) {
        let (a, b) = (name(reference), name(candidate));
        found.push(format!("the reference holds {a}, the candidate {b}: full scale is not the same number"));
    }
    found
}

/// What makes the numbers of two inputs incomparable though their shapes agree: one sentence each.
pub fn unlike(reference: &Format, candidate: &Format) -> Vec<String> {
    let mut found = other_numbers(reference, candidate);
    let scale = |format: &Format| {
        let axis = format.as_tensor().ok().and_then(|tensor| tensor.axis(Role::Frequency));
        axis.map(|axis| axis.scale.clone()).unwrap_or_default()
    };
    let (a, b) = (scale(reference), scale(candidate));
    if !a.is_empty() && !b.is_empty() && a != b {
        found.push(format!("the reference's bands lie on the scale {a}, the candidate's on {b}"));
    }
    let edges = |format: &Format| {
        let axis = format.as_tensor().ok()?.axis(Role::Frequency)?;
        let length = axis.length.filter(|length| *length > 0 && !axis.unit.is_empty())?;
        Some((length, axis.coordinate(0), axis.coordinate(length - 1), axis.unit.clone()))
    };
    if let (true, Some(a), Some(b)) = (found.is_empty() || a == b, edges(reference), edges(candidate))
        && a.0 == b.0
        && ((a.1 - b.1).abs() > 1e-3 * a.1.abs() || (a.2 - b.2).abs() > 1e-3 * a.2.abs())
    {
        let ((_, low_a, high_a, unit), (_, low_b, high_b, _)) = (a, b);
        found.push(format!(
            "the reference's bands are centred from {low_a:.1} to {high_a:.1} {unit}, the candidate's from {low_b:.1} to {high_b:.1} {unit}"
        ));
    }
    let (a, b) = (reference.clock, candidate.clock);
    if a.step != 0 && b.step != 0 && (a.rate() - b.rate()).abs() > 1e-9 * a.rate() {
        found.push(format!("the reference has {} entries a second, the candidate {}", a.rate(), b.rate()));
    } else if a.step != 0 && b.step != 0 && (a.seconds(0) - b.seconds(0)).abs() > 1e-9 {
        let (a, b) = (a.seconds(0), b.seconds(0));
        found.push(format!("the reference's first entry stands at {a} s, the candidate's at {b} s"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bands(axes: Vec<Axis>, quantity: &str) -> Format {
        let axes = [Axis::frames(Some(5))].into_iter().chain(axes).collect();
        Format::tensor(Tensor::new::<f32>(axes, quantity), Clock::samples(100).frames(10, 0), Some(5), "bin,frame")
    }

    #[test]
    fn axes_of_length_one_count_for_nothing() {
        let mono = bands(vec![Axis::channels(1), Axis::bins(3, 1.0)], "ln");
        let pairing = Pairing::new(&bands(vec![Axis::bins(3, 1.0)], "ln"), &mono, false).expect("pairs");
        assert_eq!((pairing.places(), pairing.whole), (&[(0, 0), (1, 1), (2, 2)][..], true));
    }

    #[test]
    fn axes_are_found_by_their_role() {
        let a = bands(vec![Axis::channels(2), Axis::bins(3, 1.0)], "ln");
        let b = bands(vec![Axis::bins(3, 1.0), Axis::channels(2)], "ln");
        let pairing = Pairing::new(&a, &b, false).expect("pairs");
        assert_eq!(pairing.places(), [(0, 0), (1, 2), (2, 4), (3, 1), (4, 3), (5, 5)]);
    }

    #[test]
    fn unequal_shapes_need_crop() {
        let (a, b) = (bands(vec![Axis::bins(3, 1.0)], "ln"), bands(vec![Axis::bins(2, 1.0)], "ln"));
        assert_eq!(
            Pairing::new(&a, &b, false).expect_err("differ"),
            "their shapes differ ((bin 3, frame 5) against (bin 2, frame 5))"
        );
        let pairing = Pairing::new(&a, &b, true).expect("pairs");
        assert_eq!((pairing.places(), pairing.whole), (&[(0, 0), (1, 1)][..], false));
        let audio = Format::audio::<f32>(2, 100, None);
        assert!(Pairing::new(&a, &audio, true).expect_err("axes").contains("axis"));
    }

    #[test]
    fn scales_that_differ_are_named() {
        let (a, b) = (bands(vec![], "ln"), bands(vec![], "power"));
        assert_eq!(unlike(&a, &b), ["the reference is ln, the candidate power"]);
        let (a, b) = (Format::audio::<i16>(1, 100, None), Format::audio::<f32>(1, 200, None));
        let found = unlike(&a, &b);
        assert_eq!(found.len(), 2);
        assert!(found[0].contains("int16") && found[1].contains("100 entries a second"));
        assert!(unlike(&a, &a).is_empty());
        assert_eq!(shape(&a, Some(7)), "(sample 7)");
        assert_eq!(shape(&Format::audio::<i16>(2, 100, None), None), "(channel 2, sample ?)");
    }
}
