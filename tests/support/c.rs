//! The system's C and C++ compilers, with `auricle.h` at hand.

use super::root;
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What `auricle.h` must pass without a word.
const STRICT: [&str; 4] = ["-Wall", "-Wextra", "-pedantic", "-Werror"];

/// The folder with `auricle.h`.
pub fn include() -> PathBuf {
    root().join("sdk/abi/include")
}

/// A file checked as `c11` or `c++17`, every warning an error; `None` where the machine has no compiler for it.
pub fn checked(standard: &str, file: &Path) -> Option<Output> {
    let (variable, usual, language) =
        if standard.starts_with("c++") { ("CXX", "c++", "c++") } else { ("CC", "cc", "c") };
    let mut compiler = Command::new(std::env::var_os(variable).unwrap_or_else(|| usual.into()));
    compiler.arg(format!("-std={standard}")).args(STRICT).args(["-fsyntax-only", "-x", language, "-I"]);
    compiler.arg(include()).arg(file).output().ok()
}

/// A plugin in C, compiled into `folder` with every warning an error; `include` is where its `auricle.h` lies.
pub fn c_plugin(folder: &Path, source: &Path, include: &Path) -> PathBuf {
    let name = source.file_stem().and_then(|stem| stem.to_str()).expect("a source has a name");
    let library = folder.join(format!("{DLL_PREFIX}{name}{DLL_SUFFIX}"));
    let mut cc = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
    cc.args(["-std=c11", "-O2", "-shared", "-fPIC", "-fvisibility=hidden"]).args(STRICT).arg("-I").arg(include);
    let done =
        cc.arg("-o").arg(&library).arg(source).args(["-lm", "-pthread"]).output().expect("a C compiler is installed");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    library
}
