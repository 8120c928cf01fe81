//! What `compare.error` gives: the formats of its outputs, and sending differences in them.

use auricle_sdk::format::Data;
use auricle_sdk::prelude::*;

/// Ports of `compare.error`, in order.
pub const METRICS: usize = 0;
/// candidate - reference.
pub const DIFFERENCE: usize = 1;
/// Figures of each frame.
pub const FRAMES: usize = 2;
/// Figures of each band.
pub const BANDS: usize = 3;

/// The formats of the four outputs, for entries of which `values` are compared.
pub fn formats(reference: &Format, candidate: &Format, values: usize, block: i64) -> Result<Vec<Format>> {
    let double = |format: &Format| matches!(format.dtype(), Some(DType::I32 | DType::I64 | DType::F64 | DType::C128));
    let dtype = if double(reference) || double(candidate) { DType::F64 } else { DType::F32 };
    let common = match (reference.length, candidate.length) {
        (Some(a), Some(b)) => Some(a.min(b)),
        _ => None,
    }
    .filter(|_| values > 0);
    let mut difference = reference.clone();
    difference.length = common;
    let mut axes = match &mut difference.data {
        Data::Audio(audio) => {
            audio.dtype = dtype;
            vec![Axis::channels(audio.channels)]
        }
        Data::Tensor(tensor) => {
            tensor.dtype = dtype;
            tensor.quantity = "difference".into();
            (tensor.reference, tensor.coherent_gain) = (None, None);
            if tensor.streams() {
                tensor.axes[0] = Axis::frames(common);
            }
            tensor.frame_axes().to_vec()
        }
        _ => return Err(Error::format(format!("expected audio or a tensor, got {}", reference.kind().name()))),
    };
    // Where only a part is compared, the entry's axes are those values in a row.
    if axes.iter().map(|axis| axis.length.unwrap_or(0)).product::<usize>() != values {
        axes = vec![Axis::new(Role::Other, "value", Some(values))];
        let mut tensor =
            Tensor::new::<f32>([Axis::frames(common)].into_iter().chain(axes.clone()).collect(), "difference");
        tensor.dtype = dtype;
        difference = Format::tensor(tensor, reference.clock, common, "value,frame");
    }
    let metric = Axis::new(Role::Class, "metric", Some(3));
    let frames = common.map(|count| count.div_euclid(block) + i64::from(count % block != 0));
    let tensor = Tensor::new::<f64>(vec![Axis::frames(frames), metric.clone()], "difference");
    let clock = if reference.clock.step == 0 { Clock::NONE } else { reference.clock.frames(block, block / 2) };
    let frames = Format::tensor(tensor, clock, frames, "metric,frame");
    let names: Vec<String> = axes.iter().map(|axis| axis.name.clone()).collect();
    let layout = ["metric".to_owned()].into_iter().chain(names).collect::<Vec<_>>().join(",");
    let tensor = Tensor::new::<f64>([metric].into_iter().chain(axes).collect(), "difference");
    let bands = Format::tensor(tensor, Clock::NONE, (values > 0).then_some(1), &layout);
    Ok(vec![Format::records(Records::metrics()), difference, frames, bands])
}

/// Sends differences of `count` entries, `values` of each.
pub fn send(out: &mut Outputs<'_>, start: i64, count: usize, values: usize, differences: &[f64]) -> Result<()> {
    let format = out.format(DIFFERENCE)?;
    match (format.dtype(), &format.data) {
        (Some(DType::F64), Data::Audio(_)) => {
            channels(out.audio::<f64>(DIFFERENCE, start, count)?, values, differences, |x| x)
        }
        (_, Data::Audio(_)) => channels(out.audio::<f32>(DIFFERENCE, start, count)?, values, differences, |x| x as f32),
        (Some(DType::F64), _) => {
            let mut block = out.tensor::<f64>(DIFFERENCE, start, count)?;
            block.values().copy_from_slice(differences);
            block.emit()
        }
        _ => {
            let mut block = out.tensor::<f32>(DIFFERENCE, start, count)?;
            block.values().iter_mut().zip(differences).for_each(|(to, x)| *to = *x as f32);
            block.emit()
        }
    }
}

fn channels<T: Element>(
    mut block: auricle_sdk::AudioOut<'_, T>,
    values: usize,
    differences: &[f64],
    convert: impl Fn(f64) -> T,
) -> Result<()> {
    for channel in 0..values {
        let from = differences.iter().skip(channel).step_by(values);
        block.channel(channel).iter_mut().zip(from).for_each(|(to, x)| *to = convert(*x));
    }
    block.emit()
}
