//! Cepstral coefficients: the cosine transform of a frame's logarithmic bands, and a lifter.

use std::f64::consts::PI;

use pulp::Arch;

use crate::{Error, Float, vector};

/// Which cosine transform.
///
/// # Source
/// Types and factors as `scipy.fft.dct` 1.17 has them: not normalised, every sum is doubled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Even about the first and the last point.
    One,
    /// Even about half a point before the first: "the" cosine transform.
    #[default]
    Two,
    /// The inverse of [`Two`](Kind::Two).
    Three,
}

/// Weights on the coefficients: 1 + q/2 sin(π (k + first) / q) for coefficient k.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lifter {
    /// q.
    pub length: f64,
    /// 1 for librosa, 0 for Kaldi.
    pub first: usize,
}

/// What a transform is made from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// Bands of a frame.
    pub bands: usize,
    /// Coefficients that are kept, from the lowest.
    pub coefficients: usize,
    /// Which transform.
    pub kind: Kind,
    /// Orthonormal.
    pub ortho: bool,
    /// Weights on the coefficients.
    pub lifter: Option<Lifter>,
    /// The matrix is made in f32 in the order of torchaudio's operations, whose angles are some 1e-6 off.
    pub torch: bool,
}

/// A planned transform with its lifter.
///
/// # Shape
/// `bands` values to `coefficients`.
pub struct Dct {
    arch: Arch,
    bands: usize,
    coefficients: usize,
    /// Group after group of coefficients, by band; the last group is filled with zeros.
    matrix: Vec<[f64; GROUP]>,
}

/// Coefficients that are computed side by side.
const GROUP: usize = 8;

impl Dct {
    /// Makes the matrix.
    ///
    /// # Errors
    /// No coefficient or more than bands, type one of less than two bands, a lifter under 0.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let Config { bands, coefficients, kind, ortho, lifter, torch } = *config;
        if coefficients == 0 || coefficients > bands {
            return Err(Error::parameter("coefficients", format!("1..={bands}, the bands"), coefficients));
        }
        if kind == Kind::One && bands < 2 {
            return Err(Error::parameter("bands", "at least 2 for type 1", bands));
        }
        if let Some(Lifter { length, .. }) = lifter
            && !(length > 0.0 && length.is_finite())
        {
            return Err(Error::parameter("lifter", "a number above 0", length));
        }
        let weight = |k: usize| {
            lifter.map_or(1.0, |Lifter { length, first }| 1.0 + length / 2.0 * (PI * (k + first) as f64 / length).sin())
        };
        let element = |k: usize, n: usize| match torch {
            true => rounded(ortho, bands, k, n) * f64::from(weight(k) as f32),
            false => term(kind, ortho, bands, k, n) * weight(k),
        };
        let group = |first: usize, n: usize| {
            std::array::from_fn(|i| if first + i < coefficients { element(first + i, n) } else { 0.0 })
        };
        let groups = (0..coefficients).step_by(GROUP);
        let matrix = groups.flat_map(|first| (0..bands).map(move |n| (first, n))).map(|(k, n)| group(k, n)).collect();
        Ok(Self { arch: Arch::new(), bands, coefficients, matrix })
    }

    /// Coefficients of a frame.
    pub fn coefficients(&self) -> usize {
        self.coefficients
    }

    /// The coefficients of one frame.
    ///
    /// # Panics
    /// If `bands` or `out` is not as long as planned.
    pub fn process<S: Float, O: Float>(&self, bands: &[S], out: &mut [O]) {
        assert_eq!((bands.len(), out.len()), (self.bands, self.coefficients()), "bands and coefficients");
        vector::run(self.arch, (self, bands, out), products);
    }
}

#[inline(always)]
fn products<S: Float, O: Float>((dct, bands, out): (&Dct, &[S], &mut [O])) {
    for (out, rows) in out.chunks_mut(GROUP).zip(dct.matrix.chunks_exact(dct.bands)) {
        let mut sums = [0.0; GROUP];
        for (factors, x) in rows.iter().zip(bands) {
            for (sum, factor) in sums.iter_mut().zip(factors) {
                *sum += factor * (*x).into();
            }
        }
        out.iter_mut().zip(sums).for_each(|(out, sum)| *out = O::from_real(sum));
    }
}

/// What band `n` adds to coefficient `k`.
fn term(kind: Kind, ortho: bool, bands: usize, k: usize, n: usize) -> f64 {
    let size = bands as f64;
    let (k_real, n_real) = (k as f64, n as f64);
    let half = std::f64::consts::FRAC_1_SQRT_2;
    match kind {
        Kind::One => {
            let end = |i: usize| i == 0 || i == bands - 1;
            let cosine = (PI * k_real * n_real / (size - 1.0)).cos();
            let plain = if end(n) { cosine } else { 2.0 * cosine };
            if !ortho {
                return plain;
            }
            let (k_end, n_end) = (if end(k) { half } else { 1.0 }, if end(n) { 1.0 / half } else { 1.0 });
            plain * k_end * n_end / (2.0 * (size - 1.0)).sqrt()
        }
        Kind::Two => {
            let plain = 2.0 * (PI * k_real * (2.0 * n_real + 1.0) / (2.0 * size)).cos();
            let first = if k == 0 { half } else { 1.0 };
            if ortho { plain * first / (2.0 * size).sqrt() } else { plain }
        }
        Kind::Three => {
            let cosine = (PI * n_real * (2.0 * k_real + 1.0) / (2.0 * size)).cos();
            match (ortho, n) {
                (true, 0) => cosine / size.sqrt(),
                (true, _) => cosine * (2.0 / size).sqrt(),
                (false, 0) => cosine,
                (false, _) => 2.0 * cosine,
            }
        }
    }
}

/// An element of the second type as `torchaudio.functional.create_dct` 2.8 rounds it.
fn rounded(ortho: bool, bands: usize, k: usize, n: usize) -> f64 {
    let step = (PI / bands as f64) as f32;
    let cosine = f64::from(step * (n as f32 + 0.5) * k as f32).cos() as f32;
    let scaled = match (ortho, k) {
        (false, _) => cosine * 2.0,
        (true, 0) => cosine * std::f32::consts::FRAC_1_SQRT_2 * ((2.0 / bands as f64).sqrt() as f32),
        (true, _) => cosine * ((2.0 / bands as f64).sqrt() as f32),
    };
    f64::from(scaled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_equals_scipy() {
        // scipy.fft.dct([1, 2, 4, -3], type, norm=...), scipy 1.17.1.
        let rows = [
            (Kind::One, false, SCIPY[0]),
            (Kind::One, true, SCIPY[1]),
            (Kind::Two, false, SCIPY[2]),
            (Kind::Two, true, SCIPY[3]),
            (Kind::Three, false, SCIPY[4]),
            (Kind::Three, true, SCIPY[5]),
        ];
        for (kind, ortho, expected) in rows {
            let config = Config { bands: 4, coefficients: 4, kind, ortho, lifter: None, torch: false };
            let mut out = [0.0f64; 4];
            Dct::new(&config).expect("legal").process(&[1.0f64, 2.0, 4.0, -3.0], &mut out);
            for (k, (got, expected)) in out.iter().zip(expected).enumerate() {
                assert!((got - expected).abs() < 1e-12, "{kind:?}, ortho {ortho}, {k}: expected {expected}, got {got}");
            }
        }
    }

    const SCIPY: [[f64; 4]; 6] = [
        [10.0, 2.0, -8.0, 8.0],
        [2.6476050342100286, 1.4929044958307771, -3.6041902811624302, 2.787693700234704],
        [8.0, 5.860302530629934, -11.31370849898476, 6.756985588965865],
        [2.0000000000000004, 2.0719298296065563, -4.0, 2.388955165168771],
        [8.056271785346988, 2.4171566750357005, -11.73086517402046, 5.257436713637771],
        [2.9947688146570806, 1.0010405474607622, -4.001040547460763, 2.005231185342919],
    ];

    #[test]
    fn lifters_count_from_one_or_zero() {
        let config = Config { bands: 2, coefficients: 1, kind: Kind::Two, ortho: false, lifter: None, torch: false };
        let of = |first| {
            let mut out = [0.0f64];
            let lifter = Some(Lifter { length: 22.0, first });
            Dct::new(&Config { lifter, ..config }).expect("legal").process(&[0.5f64, 0.0], &mut out);
            out[0]
        };
        assert!((of(0) - 1.0).abs() < 1e-12);
        assert!((of(1) - (1.0 + 11.0 * (PI / 22.0).sin())).abs() < 1e-12);
    }

    #[test]
    fn torchs_angles_are_rounded() {
        // torchaudio 2.8.0: create_dct(40, 40, "ortho")[n, k]
        let rows = [
            (0, 0, 0.15811388194561005),
            (39, 39, -0.008780076168477535),
            (31, 37, -0.2030671089887619),
            (17, 5, 0.18592220544815063),
        ];
        let config = Config { bands: 40, coefficients: 40, kind: Kind::Two, ortho: true, lifter: None, torch: true };
        let dct = Dct::new(&config).expect("legal");
        for (n, k, expected) in rows {
            let mut bands = [0.0f64; 40];
            let mut out = [0.0f64; 40];
            bands[n] = 1.0;
            dct.process(&bands, &mut out);
            assert!((out[k] - expected).abs() < 3e-8, "band {n}, coefficient {k}: expected {expected}, got {}", out[k]);
        }
    }

    #[test]
    fn refusals() {
        let config = Config { bands: 4, coefficients: 4, kind: Kind::Two, ortho: true, lifter: None, torch: false };
        let refused = |config: Config| Dct::new(&config).err().expect("refused").field;
        assert_eq!(refused(Config { coefficients: 5, ..config }), "coefficients");
        assert_eq!(refused(Config { bands: 1, coefficients: 1, kind: Kind::One, ..config }), "bands");
        assert_eq!(refused(Config { lifter: Some(Lifter { length: -1.0, first: 0 }), ..config }), "lifter");
    }
}
