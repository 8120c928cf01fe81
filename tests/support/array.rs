//! Arrays read from `.npy` files, and comparisons that say where two of them differ.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use npyz::{DType, Deserialize, NpyFile, Order};

/// The values of a `.npy` file as float64, in C order. A complex array has one more axis of two: real, imaginary.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// As NumPy writes it: `<f4`, `|u1`, `<c8`.
    pub dtype: String,
    pub shape: Vec<usize>,
    pub values: Vec<f64>,
}

type Npy = NpyFile<BufReader<File>>;

impl Array {
    /// Reads a file that `write.npy` or NumPy wrote.
    pub fn read(path: &Path) -> Self {
        let file = File::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let npy = NpyFile::new(BufReader::new(file)).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let DType::Plain(plain) = npy.dtype() else { panic!("{}: a structured array", path.display()) };
        let dtype = plain.to_string();
        let fortran = npy.order() == Order::Fortran;
        let mut shape: Vec<usize> =
            npy.shape().iter().map(|&n| usize::try_from(n).expect("it fits in memory")).collect();
        let (mut values, width) = numbers(npy, &dtype[1..]);
        if fortran {
            values = from_fortran(&values, &shape, width);
        }
        if width == 2 {
            shape.push(2);
        }
        Self { dtype, shape, values }
    }

    /// Values in C order.
    pub fn new(dtype: &str, shape: &[usize], values: Vec<f64>) -> Self {
        assert_eq!(shape.iter().product::<usize>(), values.len());
        Self { dtype: dtype.into(), shape: shape.into(), values }
    }
}

/// Every value, and how many make one element.
fn numbers(npy: Npy, kind: &str) -> (Vec<f64>, usize) {
    fn all<T: Deserialize + Into<f64>>(npy: Npy) -> Vec<f64> {
        let values = npy.into_vec::<T>().expect("the file is whole");
        values.into_iter().map(Into::into).collect()
    }
    fn pairs<T: Copy + Into<f64>>(values: Vec<num_complex::Complex<T>>) -> Vec<f64> {
        values.iter().flat_map(|c| [c.re.into(), c.im.into()]).collect()
    }
    match kind {
        "f4" => (all::<f32>(npy), 1),
        "f8" => (all::<f64>(npy), 1),
        "u1" => (all::<u8>(npy), 1),
        "i1" => (all::<i8>(npy), 1),
        "i2" => (all::<i16>(npy), 1),
        "i4" => (all::<i32>(npy), 1),
        "i8" => {
            let values = npy.into_vec::<i64>().expect("the file is whole");
            (values.into_iter().map(|v| v as f64).collect(), 1)
        }
        "c8" => (pairs::<f32>(npy.into_vec().expect("the file is whole")), 2),
        "c16" => (pairs::<f64>(npy.into_vec().expect("the file is whole")), 2),
        other => panic!("dtype {other}: the tests do not know it"),
    }
}

/// First axis fastest becomes last axis fastest; `width` numbers stay together.
fn from_fortran(values: &[f64], shape: &[usize], width: usize) -> Vec<f64> {
    let count: usize = shape.iter().product();
    let mut sorted = Vec::with_capacity(values.len());
    for position in 0..count {
        let index = index_of(position, shape);
        let (mut offset, mut step) = (0, width);
        for (i, n) in index.iter().zip(shape) {
            offset += i * step;
            step *= n;
        }
        sorted.extend_from_slice(&values[offset..offset + width]);
    }
    sorted
}

/// The index of a C-order position.
fn index_of(position: usize, shape: &[usize]) -> Vec<usize> {
    let mut rest = position;
    let mut index = vec![0; shape.len()];
    for (i, n) in index.iter_mut().zip(shape).rev() {
        (*i, rest) = (rest % n, rest / n);
    }
    index
}

/// Same shape, and no value further off than `tolerance`; NaN equals NaN, an infinity its like.
#[track_caller]
pub fn assert_close(what: &str, got: &Array, expected: &Array, tolerance: f64) {
    assert_eq!(got.shape, expected.shape, "{what}: shape");
    let distance = |g: f64, e: f64| {
        if g == e || (g.is_nan() && e.is_nan()) {
            0.0
        } else if g.is_nan() || e.is_nan() {
            f64::INFINITY
        } else {
            (g - e).abs()
        }
    };
    let distances = got.values.iter().zip(&expected.values).enumerate();
    let distances = distances.map(|(at, (&g, &e))| (at, distance(g, e)));
    let beyond = distances.clone().filter(|(_, d)| *d > tolerance).count();
    let Some((worst, far)) = distances.max_by(|a, b| a.1.total_cmp(&b.1)) else {
        return;
    };
    assert!(
        beyond == 0,
        "{what}: {beyond} of {} values differ by more than {tolerance:e}; worst at {:?}: expected {}, got {}, off by {far:e}",
        got.values.len(),
        index_of(worst, &got.shape),
        expected.values[worst],
        got.values[worst],
    );
}

/// Same dtype, same shape, same values.
#[track_caller]
pub fn assert_equal(what: &str, got: &Array, expected: &Array) {
    assert_eq!(got.dtype, expected.dtype, "{what}: dtype");
    assert_close(what, got, expected, 0.0);
}
