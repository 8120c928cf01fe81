//! The tests' own tools: a comparison that cannot fail would make every other test worthless.

mod support;

use support::{Array, assert_close, assert_equal, built, root};

fn row(values: &[f64]) -> Array {
    Array::new("<f4", &[values.len()], values.to_vec())
}

#[test]
fn close_arrays_pass() {
    let nan = f64::NAN;
    assert_close("close", &row(&[1.0, nan]), &row(&[1.0 + 1e-9, nan]), 1e-8);
    assert_close("empty", &row(&[]), &row(&[]), 0.0);
}

#[test]
#[should_panic(expected = "worst at [1, 0]: expected 3, got 3.5, off by 5e-1")]
fn the_worst_value_is_named() {
    let expected = Array::new("<f4", &[2, 2], vec![1.0, 2.0, 3.0, 4.0]);
    let got = Array::new("<f4", &[2, 2], vec![1.0, 2.1, 3.5, 4.0]);
    assert_close("two by two", &got, &expected, 1e-3);
}

#[test]
#[should_panic(expected = "1 of 2 values differ")]
fn a_nan_is_far_from_a_number() {
    assert_close("nan", &row(&[1.0, f64::NAN]), &row(&[1.0, 2.0]), 1e9);
}

#[test]
#[should_panic(expected = "shape")]
fn another_shape_fails() {
    assert_close("shape", &row(&[1.0]), &row(&[1.0, 1.0]), 1.0);
}

#[test]
#[should_panic(expected = "dtype")]
fn another_dtype_fails() {
    assert_equal("dtype", &row(&[1.0]), &Array::new("<f8", &[1], vec![1.0]));
}

#[test]
fn numpy_files_are_read_in_either_order() {
    let path = root().join("tests/data/near/vorbis-2ch.ogg.npy");
    let array = Array::read(&path);
    assert_eq!((array.dtype.as_str(), array.shape), ("<f4", vec![2, 4410]));
    // np.save of [[1+2j, 3], [5, 7-1j], [0, 9]] as complex64 in Fortran order.
    let file = root().join("tests/support/fortran-c8.npy");
    let expected = [1.0, 2.0, 3.0, 0.0, 5.0, 0.0, 7.0, -1.0, 0.0, 0.0, 9.0, 0.0];
    assert_equal("fortran", &Array::read(&file), &Array::new("<c8", &[3, 2, 2], expected.to_vec()));
}

#[test]
fn the_host_and_its_plugins_are_built() {
    assert!(built().join("auricle").is_file() || built().join("auricle.exe").is_file());
    assert!(support::plugin("template").is_file());
}
