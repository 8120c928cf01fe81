//! What is found in search directories, what is refused, and the reasons that a person is given.

mod support;

use auricle_engine::{Place, Plugin, Registry, SearchDir};
use auricle_sdk::host::{Pool, Services};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use support::{TINY, bundled, c_plugin, compile, given, library_name, template};

struct Quiet;
impl Services for Quiet {}

fn create(plugin: &Plugin, id: &str) -> Result<auricle_sdk::host::Instance, auricle_sdk::Error> {
    plugin.create(id, Arc::new(Quiet), Pool::new(1 << 20), Arc::new(AtomicU32::new(0)))
}

/// Scans one directory and checks the reason why its plugin is not used.
fn refused(dir: &Path, expected: &str) {
    let refusals = Registry::scan(&[given(dir)]).refusals();
    assert_eq!(refusals.len(), 1, "{refusals:?}");
    assert!(refusals[0].1.contains(expected), "expected {expected:?}, got {:?}", refusals[0].1);
}

/// Creates the plugin's stage and checks why it cannot be.
fn not_created(dir: &Path, expected: &[&str]) {
    let registry = Registry::scan(&[given(dir)]);
    let (plugin, stage) =
        registry.stage("org.example.tiny").unwrap_or_else(|| panic!("{}", registry.why("org.example.tiny")));
    let error = create(plugin, stage.id).err().expect("it must not be created").to_string();
    for part in expected {
        assert!(error.contains(part), "expected {part:?}, got {error:?}");
    }
}

#[test]
fn the_template_is_read_without_loading_and_then_created() {
    let registry = support::registry();
    let (plugin, stage) = registry.stage("effect.gain").expect("it is there");
    assert_eq!((plugin.name(), plugin.license()), ("auricle-template", "MIT OR Apache-2.0"));
    assert_eq!(stage.parameters[0].expected(), "a number from -120 to 60");
    assert_eq!(registry.refusals(), []);
    create(plugin, "effect.gain").expect("it loads");
    let unknown = create(plugin, "effect.gone").err().expect("there is no such stage");
    assert!(unknown.to_string().contains("effect.gone cannot be created"), "{unknown}");
}

#[test]
fn files_that_are_no_plugins_say_what_they_are() {
    let dir = tempfile::tempdir().expect("a directory");
    let write = |name: &str, bytes: &[u8]| fs::write(dir.path().join(library_name(name)), bytes).expect("writable");
    write("empty", b"");
    write("text", b"INPUT(libc.so.6)\n");
    write("elf", b"\x7fELF\x02\x01\x01\0garbage that looks like the head of a library, and is none");
    compile(dir.path(), "plain", "int answer(void) { return 42; }\n", &[]);
    compile(dir.path(), "object", "int answer(void) { return 42; }\n", &["-c"]);
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere", dir.path().join(library_name("dangling"))).expect("symlinks work");
    let registry = Registry::scan(&[given(dir.path())]);
    assert_eq!(registry.refusals(), [], "none of these is a plugin");
    let why = registry.why("org.example.tiny").to_string();
    for (name, expected) in [
        ("empty", "not a library"),
        ("text", "not a library"),
        ("elf", "not a library"),
        ("plain", "no section .auricle"),
        ("object", "not a shared library"),
        ("dangling", "cannot be opened"),
    ] {
        let line =
            why.lines().find(|line| line.contains(&library_name(name))).unwrap_or_else(|| panic!("{name}: {why}"));
        assert!(line.contains(expected), "{line}");
    }
}

#[test]
fn directories_that_cannot_be_searched_say_why() {
    let dir = tempfile::tempdir().expect("a directory");
    let empty = dir.path().join("empty");
    fs::create_dir(&empty).expect("writable");
    let missing = dir.path().join("missing");
    let registry = Registry::scan(&[given(&missing), given(&empty)]);
    assert_eq!(registry.refusals(), [(missing.clone(), "does not exist".to_owned())], "somebody named it");
    assert_eq!(Registry::scan(&[bundled(&missing)]).refusals(), [], "nobody named it");
    let why = registry.why("effect.gain");
    assert!(!why.found());
    let why = why.to_string();
    assert!(why.contains(&format!("{} (--plugin-dir): does not exist", missing.display())), "{why}");
    assert!(why.contains(&format!("{} (--plugin-dir): no libraries in it", empty.display())), "{why}");
}

#[test]
fn a_c_plugin_is_read_though_its_manifest_ends_with_a_zero() {
    let dir = tempfile::tempdir().expect("a directory");
    compile(dir.path(), "tiny", &c_plugin(TINY), &[]);
    not_created(dir.path(), &["org.example.tiny cannot be created", "-7"]);
}

#[test]
fn wrong_versions_and_missing_entries_are_seen_without_loading() {
    let section = format!("#include \"auricle.h\"\nAUR_SECTION static const char manifest[] = {TINY:?};\n");
    let check = |rest: &str, expected: &str| {
        let dir = tempfile::tempdir().expect("a directory");
        compile(dir.path(), "tiny", &format!("{section}{rest}"), &[]);
        refused(dir.path(), expected);
    };
    check("", "it exports no auricle_entry_v1");
    check("const int auricle_entry_v2 = 1;", "made for version 2 of the plugin ABI, this auricle has 1");
    check(
        "const aur_entry auricle_entry_v1 = { sizeof(aur_entry), 7, 0, 0, { manifest, sizeof manifest - 1 }, 0 };",
        "made for version 7 of the plugin ABI, this auricle has 1",
    );
}

#[test]
fn entries_that_are_not_what_the_manifest_says_are_refused_when_loaded() {
    let section = format!("#include \"auricle.h\"\nAUR_SECTION static const char manifest[] = {TINY:?};\n");
    let check = |entry: &str, expected: &str| {
        let dir = tempfile::tempdir().expect("a directory");
        compile(dir.path(), "tiny", &format!("{section}const aur_entry auricle_entry_v1 = {{ {entry} }};"), &[]);
        not_created(dir.path(), &[&library_name("tiny"), expected]);
    };
    check("8, 1, 0, 0, { manifest, sizeof manifest - 1 }, 0", "its entry says 8 bytes");
    check("sizeof(aur_entry), 1, 0, 0, { \"{}\", 2 }, 0", "not the one in its section");
    check("sizeof(aur_entry), 1, 0, 0, { manifest, sizeof manifest - 1 }, 0", "its entry has no create");
}

#[test]
fn a_missing_dependency_and_a_missing_symbol_are_named() {
    let dir = tempfile::tempdir().expect("a directory");
    let apart = tempfile::tempdir().expect("a directory");
    compile(apart.path(), "needed", "int needed(void) { return 1; }\n", &[]);
    let path = format!("-L{}", apart.path().display());
    let call = format!("int needed(void);\nint use(void) {{ return needed(); }}\n{}", c_plugin(TINY));
    compile(dir.path(), "tiny", &call, &[&path, "-lneeded"]);
    not_created(dir.path(), &["the system cannot load it", &library_name("needed")]);

    let dir = tempfile::tempdir().expect("a directory");
    compile(dir.path(), "tiny", &call.replace("needed", "nowhere_defined"), &[]);
    not_created(dir.path(), &["the system cannot load it", "nowhere_defined"]);
}

#[test]
fn a_broken_manifest_says_where() {
    let dir = tempfile::tempdir().expect("a directory");
    compile(dir.path(), "tiny", &c_plugin(&TINY.replace("pointwise", "somewhere")), &[]);
    refused(dir.path(), "its manifest is broken: stages[0].locality: expected pointwise");
}

#[test]
fn one_id_from_two_plugins() {
    let (first, second) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    compile(first.path(), "tiny", &c_plugin(TINY), &[]);
    compile(second.path(), "other", &c_plugin(TINY), &[]);
    let user = |path: &Path| SearchDir { path: path.to_owned(), place: Place::User };

    let registry = Registry::scan(&[given(first.path()), user(second.path())]);
    assert!(registry.stage("org.example.tiny").is_none(), "neither is better than the other");
    let why = registry.why("org.example.tiny").to_string();
    assert!(why.contains(&first.path().display().to_string()) && why.contains(&library_name("other")), "{why}");

    let registry = Registry::scan(&[given(first.path()), bundled(second.path())]);
    let (plugin, _) = registry.stage("org.example.tiny").expect("the bundled one wins");
    assert!(plugin.path().starts_with(second.path()));
    assert!(registry.refusals()[0].1.contains("the bundled org.example.tiny"), "{:?}", registry.refusals());

    // One file by two ways is one plugin, and bundled if one of the ways says so.
    let registry = Registry::scan(&[given(template()), bundled(template())]);
    assert!(registry.stage("effect.gain").is_some(), "{}", registry.why("effect.gain"));
    assert!(registry.why("effect.gain").to_string().contains("the same file as"), "{}", registry.why("effect.gain"));
}

#[test]
fn short_ids_belong_to_bundled_plugins() {
    let dir = tempfile::tempdir().expect("a directory");
    compile(dir.path(), "tiny", &c_plugin(&TINY.replace("org.example.tiny", "effect.tiny")), &[]);
    refused(dir.path(), "the id effect.tiny is kept for bundled plugins");
    assert!(Registry::scan(&[bundled(dir.path())]).stage("effect.tiny").is_some());
}

#[test]
fn bundled_plugins_may_stand_one_directory_deeper() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::create_dir(dir.path().join("plugins")).expect("writable");
    fs::copy(template().join(library_name("auricle_template")), dir.path().join("plugins").join(library_name("x")))
        .expect("readable");
    assert!(Registry::scan(&[bundled(dir.path())]).stage("effect.gain").is_some());
}

#[test]
fn near_names_are_offered() {
    let why = support::registry().why("effect.gian").to_string();
    assert!(why.starts_with("no plugin has the stage effect.gian; did you mean effect.gain?"), "{why}");
    assert!(why.contains("auricle-template 0.1.0 has other stages: effect.gain"), "{why}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_library_for_another_cpu_is_named() {
    let dir = tempfile::tempdir().expect("a directory");
    let library = compile(dir.path(), "tiny", &c_plugin(TINY), &[]);
    let mut bytes = fs::read(&library).expect("readable");
    // e_machine of an ELF file: 243 is RISC-V.
    bytes[18..20].copy_from_slice(&243u16.to_le_bytes());
    fs::write(&library, bytes).expect("writable");
    refused(dir.path(), "built for the CPU riscv64, this is");
}

#[test]
fn mangled_libraries_are_refused_or_read_but_never_fatal() {
    let dir = tempfile::tempdir().expect("a directory");
    let library = compile(dir.path(), "tiny", &c_plugin(TINY), &[]);
    let whole = fs::read(&library).expect("readable");
    let mut state = 1u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for _ in 0..400 {
        let mut bytes = whole.clone();
        bytes.truncate(1 + random(whole.len()));
        for _ in 0..random(8) {
            let at = random(bytes.len().min(4096));
            bytes[at] = random(256) as u8;
        }
        fs::write(&library, &bytes).expect("writable");
        Registry::scan(&[given(dir.path())]);
    }
}
