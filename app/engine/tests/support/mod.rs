//! Plugins for the engine's tests: the template as cargo builds it, and small ones in C.
#![allow(dead_code, reason = "each test file uses some of it")]

use auricle_engine::{Place, Registry, SearchDir};
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Manifest of a C plugin with one stage, `org.example.tiny`: audio in, audio out, no parameters.
pub const TINY: &str = r#"{"auricle":1,"plugin":{"name":"tiny","version":"0.3.0","license":"MIT","description":"d"},
"stages":[{"id":"org.example.tiny","summary":"s","doc":"","source":"","result_version":1,"deterministic":true,
"locality":"pointwise","inputs":[{"name":"audio","kinds":["audio"],"dtypes":["float32"],"doc":""}],
"outputs":[{"name":"audio","kinds":["audio"],"dtypes":["float32"],"doc":""}],"parameters":[]}]}"#;

/// The directory with `effect.gain`, freshly built. `cargo test` alone does not build `cdylib` members.
pub fn template() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let test = std::env::current_exe().expect("a test is a program");
        let folder =
            test.parent().and_then(Path::parent).expect("tests lie in deps of the profile's folder").to_owned();
        let profile = match folder.file_name().and_then(|name| name.to_str()) {
            Some("debug") | None => "dev",
            Some(name) => name,
        };
        let target = folder.parent().expect("a profile's folder lies in a target folder");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--package", "auricle-template", "--profile", profile, "--target-dir"]);
        let done = cargo.arg(target).current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("LD_LIBRARY_PATH").status();
        assert!(done.expect("cargo runs, for it ran this test").success(), "the template does not build");
        // A directory of its own, so that other plugins beside it do not take part.
        let alone = folder.join("engine-tests");
        std::fs::create_dir_all(&alone).expect("the target folder is writable");
        let name = library_name("auricle_template");
        let fresh = alone.join(format!("{name}.{}", std::process::id()));
        std::fs::copy(folder.join(&name), &fresh).expect("cargo built it");
        std::fs::rename(&fresh, alone.join(&name)).expect("the target folder is writable");
        alone
    })
}

/// `libNAME.so`, or what this system calls it.
pub fn library_name(name: &str) -> String {
    format!("{DLL_PREFIX}{name}{DLL_SUFFIX}")
}

/// A registry with the template alone, as a bundled plugin.
pub fn registry() -> Registry {
    Registry::scan(&[bundled(template())])
}

/// A bundled search directory.
pub fn bundled(path: &Path) -> SearchDir {
    SearchDir { path: path.to_owned(), place: Place::Bundled }
}

/// A search directory given on the command line.
pub fn given(path: &Path) -> SearchDir {
    SearchDir { path: path.to_owned(), place: Place::Option }
}

/// Compiles C to a library in `dir`; `extra` are further arguments of the compiler.
pub fn compile(dir: &Path, name: &str, source: &str, extra: &[&str]) -> PathBuf {
    let file = dir.join(format!("{name}.c"));
    std::fs::write(&file, source).expect("the directory is writable");
    let library = dir.join(library_name(name));
    let include = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk/abi/include");
    let mut cc = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
    cc.args(["-shared", "-fPIC", "-o"]).arg(&library).arg("-I").arg(include).arg(&file).args(extra);
    assert!(cc.status().expect("a C compiler is installed").success(), "{source}");
    library
}

/// A C plugin with this manifest; its `create` refuses.
pub fn c_plugin(manifest: &str) -> String {
    format!(
        "#include \"auricle.h\"\n\
         static aur_status create(const aur_host *host, aur_str id, aur_stage *out) {{\n\
         (void)host; (void)id; (void)out; return AUR_E_UNSUPPORTED; }}\n\
         AUR_PLUGIN(create, {manifest:?})\n"
    )
}

/// A registry with the template and the stages of `wires.c`, which only negotiate: `test.read ints frames gain pair sink liar faulty heard`.
pub fn wires() -> Registry {
    static BUILT: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (dir, _) = BUILT.get_or_init(|| {
        let port = |name: &str, kinds: &str, dtypes: &str, more: &str| {
            format!(r#"{{"name":"{name}","kinds":[{kinds}],"dtypes":[{dtypes}],{more}"doc":""}}"#)
        };
        let stage = |id: &str, inputs: &[String], outputs: &[String], parameters: &str| {
            format!(
                r#"{{"id":"test.{id}","summary":"","doc":"","source":"","result_version":1,"deterministic":true,
                "locality":"pointwise","inputs":[{}],"outputs":[{}],"parameters":[{parameters}]}}"#,
                inputs.join(","),
                outputs.join(",")
            )
        };
        let source = [port("file", r#""source""#, "", "")];
        let float = [port("audio", r#""audio""#, r#""float32""#, "")];
        let any = |name: &str, more: &str| port(name, r#""audio","tensor""#, "", more);
        let power = [port("power", r#""tensor""#, r#""float32""#, "")];
        let stages = [
            stage("read", &source, &float, ""),
            stage("ints", &source, &[port("audio", r#""audio""#, r#""int16""#, "")], ""),
            stage(
                "frames",
                &float,
                &power,
                r#"{"id":"n_fft","types":["int"],"default":256,"min":1.0,"max":4096.0,"unit":"samples","doc":""},
                {"id":"bands","types":["int"],"default":40,"min":1.0,"doc":""},
                {"id":"window","types":["choice","list"],"default":"hann","choices":["hann","hamming"],"doc":""},
                {"id":"top_db","types":["float","choice"],"default":80.0,"choices":["none"],"doc":""}"#,
            ),
            stage("gain", &[any("in", "")], &[any("out", "")], ""),
            stage(
                "pair",
                &[any("reference", ""), any("candidate", r#""many":true,"#), ],
                &[],
                "",
            ),
            stage("sink", &[any("in", "")], &[], r#"{"id":"path","types":["output_path"],"required":true,"doc":""}"#),
            stage("liar", &float, &float, ""),
            stage("faulty", &float, &power, ""),
            stage("heard", &[any("in", ""), port("model", r#""source""#, "", r#""many":true,"#)], &[], ""),
        ];
        let manifest = format!(
            r#"{{"auricle":1,"plugin":{{"name":"wires","version":"0.3.1","license":"","description":""}},"stages":[{}]}}"#,
            stages.join(",")
        );
        let dir = tempfile::tempdir().expect("a directory");
        let code = format!("{}\nAUR_PLUGIN(create, {manifest:?})\n", include_str!("wires.c"));
        let library = compile(dir.path(), "wires", &code, &[]);
        (dir, library)
    });
    Registry::scan(&[bundled(template()), bundled(dir.path())])
}
