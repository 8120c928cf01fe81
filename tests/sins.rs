//! What plugins do wrong, one sin a stage: each ends in an error that names the stage and says what was expected and what
//! came, the host lives on, and the other stages of the same library work as before.

mod support;

use auricle_engine::{Cache, Cancel, Evaluator, Options, Place, Plan, Registry, SearchDir, Session, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use support::{auricle, built, c_plugin, include, outside, root, scratch, wav};

/// A folder with both libraries, and with none of the others; the search path of a user never leads there.
fn plugins() -> &'static Path {
    static INSTALLED: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = INSTALLED.get_or_init(|| {
        let folder = scratch();
        let probe = outside("probe", "dev");
        fs::copy(&probe, folder.path().join(probe.file_name().expect("a library"))).expect("copied");
        c_plugin(folder.path(), &root().join("tests/plugins/c/sins.c"), &include());
        wav(&folder.path().join("clip.wav"), 8000, 1, |k| (k * 7919 % 20_000) as i16);
        folder
    });
    folder.path()
}

/// A session in which the stage `sin` takes a clip twice, beside one that does nothing wrong.
fn plan(id: &str) -> Result<Plan, String> {
    let dirs = [(plugins(), Place::Option), (built(), Place::Bundled)];
    let registry = Registry::scan(&dirs.map(|(path, place)| SearchDir { path: path.to_owned(), place }));
    let text = format!(
        "auricle = 1\ninputs.clip = \"clip.wav\"\nstage = [\n\
         {{ id = \"read\", use = \"read.audio\", input = \"clip\" }},\n\
         {{ id = \"sin\", use = \"{id}\", input = [\"read\", \"read\"] }},\n\
         {{ id = \"beside\", use = \"org.example.probe.good\", input = [\"read\"] }},\n]\n"
    );
    let session = Session::parse(&text, &plugins().join("session.toml")).expect("a session");
    let told = |diagnostics: Vec<auricle_engine::Diagnostic>| {
        diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    Plan::new(&session, &registry, &[]).map_err(told)
}

/// What a person is told of a run with the stage; `fine` where nothing is wrong.
fn told(id: &str) -> String {
    let plan = match plan(id) {
        Ok(plan) => plan,
        Err(told) => return told,
    };
    let run = run(&plan, &Options { block: 1000, ..Options::default() }, &Cancel::new(), &mut ());
    match run.failure {
        Some(failure) => {
            assert_eq!(run.report.status, "failed", "{id}");
            failure.to_string()
        }
        None => {
            assert_eq!(run.report.status, "ok", "{id}");
            "fine".to_owned()
        }
    }
}

/// Runs each sin of a library, and one without sin after it.
fn check(family: &str, sins: &[(&str, &str)]) {
    for (sin, expected) in sins {
        let got = told(&format!("org.example.{family}.{sin}"));
        assert!(got.contains(expected), "{sin}: expected {expected:?}, got {got:?}");
        assert!(got == "fine" || got.contains("\"sin\""), "{sin}: {got:?} does not name the stage");
        assert_eq!(told(&format!("org.example.{family}.good")), "fine", "after {sin}");
    }
    let registry = Registry::scan(&[SearchDir { path: plugins().to_owned(), place: Place::Option }]);
    let offered = registry.stages().filter(|(_, stage)| stage.id.starts_with(&format!("org.example.{family}.")));
    let (mut offered, mut tried): (Vec<&str>, Vec<String>) = (
        offered.map(|(_, stage)| stage.id).collect(),
        sins.iter().map(|(sin, _)| format!("org.example.{family}.{sin}")).collect(),
    );
    offered.sort_unstable();
    tried.sort_unstable();
    assert_eq!(offered, tried, "each sin is tried");
}

#[test]
fn what_the_sdk_lets_an_author_do_wrong() {
    check(
        "probe",
        &[
            ("good", "fine"),
            ("panics-in-negotiate", "the stage panicked: a sin in-negotiate (src/lib.rs:"),
            ("panics-in-need", "fine"), // not asked in a run; regions below
            ("panics-in-begin", "the stage panicked: a sin in-begin (src/lib.rs:"),
            ("panics-in-process", "the stage panicked: a sin in-process (src/lib.rs:"),
            ("panics-with-a-bomb", "the stage panicked: without a message (src/lib.rs:"),
            ("panics-in-finish", "the stage panicked: a sin in-finish (src/lib.rs:"),
            ("panics-in-wants", "the stage panicked: a sin in-wants (src/lib.rs:"),
            ("panics-when-dropped", "fine"), // its work was done
            ("negotiates-a-tensor", "output audio: audio is declared, tensor was negotiated"),
            ("negotiates-float64", "output audio: float64 was negotiated, which its port does not declare"),
            ("negotiates-two-outputs", "1 outputs are declared, 2 were negotiated"),
            ("refuses-without-a-word", "negotiate failed with status -10 and no message"),
            ("writes-another-type", "output 0 was negotiated as float32, the stage writes float64"),
            ("writes-to-a-port-of-its-own", "the stage has no output 3"),
            ("says-everything-twice", "output 0: expected entry 1000 next, got 0"),
            ("gives-more-than-promised", "output 0: entries up to 8001 come, its format promised 8000"),
            ("gives-less-than-promised", "output 0 ends at entry 1000, its format promised 8000"),
            ("never-ends", "asked to be called again 10000 times without any output"),
            ("never-ends-to-finish", "asked to be called again 10000 times without any output"),
            ("makes-nan", "output 0 holds NaN, which it does not declare, though no input held any (at 3)"),
        ],
    );
}

#[test]
fn what_a_host_must_expect_of_c() {
    let few = "do not fit the format and a buffer of 4000 bytes";
    check(
        "sins",
        &[
            ("good", "fine"),
            ("create_refuses", "its manifest has the stage, its create knows none (-7)"),
            ("create_without_functions", "create returned OK but no functions"),
            ("create_without_process", "the stage lacks negotiate, begin, process or destroy"),
            ("create_returns_7", "create returned the unknown status 7"),
            ("negotiate_returns_again", "negotiate returned status 1, which only process and finish may"),
            ("negotiate_gives_two", "its descriptor has 1 outputs, it negotiated 2"),
            ("negotiate_gives_null", "negotiate says 1 outputs and gives none of them"),
            ("negotiate_gives_a_null", "output 0: format: missing"),
            ("negotiate_gives_thousands", "negotiate says 5000 outputs and gives more than are believed"),
            ("negotiates_kind_99", "output 0: format: unknown kind 99"),
            ("negotiates_dtype_99", "output 0: format: unknown dtype (code 99, 32 bits)"),
            ("negotiates_no_channels", "output 0: format: audio of 0 channels"),
            ("negotiates_a_huge_tensor", "larger than memory"),
            ("negotiates_a_source", "output 0: format: a source without a file"),
            ("negotiates_four_billion_axes", "an array of 4294967295 entries is not believed"),
            ("negotiates_no_clock", "output 0: format: "),
            ("begin_returns_done", "begin returned status 2, which only process and finish may"),
            ("process_returns_77", "process returned the unknown status 77"),
            ("process_returns_minus_99", "process failed with status -99 and no message"),
            ("process_fails_in_words_that_are_no_text", "half a "),
            ("process_fails_without_words", "process failed with status -9 and no message"),
            ("process_claims_to_be_cancelled", "process says that it was cancelled, and nobody cancelled it: enough"),
            ("finish_returns_77", "finish returned the unknown status 77"),
            ("always_again", "asked to be called again 10000 times without any output"),
            ("finish_always_again", "asked to be called again 10000 times without any output"),
            ("wants_input_1000", "fine"),
            ("emits_to_port_5", "a packet for output 5, there are 1"),
            ("emits_a_negative_count", "output 0: -1 entries from 0 on are no range"),
            ("emits_more_than_it_has", few),
            ("emits_from_nothing", "do not fit the format and a buffer of 0 bytes"),
            ("emits_odd_strides", few),
            ("emits_with_a_gap", "output 0: expected entry 0 next, got 1"),
            ("emits_at_the_end_of_time", "output 0: 1000 entries from 9223372036854775807 on are no range"),
            ("ignores_refusals", "a packet for output 5, there are 1"),
            ("emits_after_the_call", "a packet came outside of process and finish, or from another thread"),
            ("emits_from_a_thread", "a packet came outside of process and finish, or from another thread"),
            ("emits_null", "process failed with status -1 and no message"),
            ("asks_for_all_memory", "no room for everything"),
            ("a_string_leads_outside", "a string leads outside"),
            ("an_offset_is_negative", "a negative offset"),
            ("a_text_is_no_text", "a string is not UTF-8"),
            ("a_table_has_no_columns", "no room for the table of columns"),
        ],
    );
}

#[test]
fn sins_in_a_region_are_told_too() {
    for (id, expected) in [
        ("org.example.probe.panics-in-need", "the stage panicked: a sin in-need"),
        ("org.example.probe.panics-in-process", "the stage panicked: a sin in-process"),
        ("org.example.sins.always_again", "again"),
        ("org.example.sins.emits_with_a_gap", "expected entry 0 next, got 1"),
        ("org.example.sins.process_claims_to_be_cancelled", "nobody cancelled it"),
    ] {
        let plan = plan(id).unwrap_or_else(|told| panic!("{id}: {told}"));
        let index = plan.stages.iter().position(|stage| stage.id == "sin").expect("it is planned");
        let evaluator = Evaluator::new(Arc::new(plan), Arc::new(Cache::new(1 << 20)));
        let error = evaluator.evaluate(index, 0, 2000..2500, &Cancel::new()).err().map(|error| error.to_string());
        assert!(error.as_ref().is_some_and(|told| told.contains(expected)), "{id}: {error:?}");
    }
}

/// The program itself: the exit code of a faulty stage, and libraries that are no plugins among those that are.
#[test]
fn the_program_names_what_it_cannot_use_and_goes_on() {
    let home = scratch();
    let write = |name: &str, text: &str| -> PathBuf {
        let place = home.path().join("plugins");
        fs::create_dir_all(&place).expect("scratch is writable");
        fs::write(place.join(name), text).expect("scratch is writable");
        place.join(name)
    };
    let broken = |name: &str, entry: &str, manifest: &str| {
        let text = format!("#include \"auricle.h\"\nAUR_SECTION static const char text[] = {manifest:?};\n{entry}\n");
        let source = write(&format!("{name}.c"), &text);
        c_plugin(&home.path().join("plugins"), &source, &include());
    };
    let whole = r#"{"auricle":1,"plugin":{"name":"x","version":"1.0.0"},"stages":[]}"#;
    let entry = |major: u32| {
        format!(
            "AUR_EXPORT const aur_entry auricle_entry_v1;\nconst aur_entry auricle_entry_v1 = \
             {{ sizeof(aur_entry), {major}, 0, 0, {{ text, sizeof text - 1 }}, 0 }};"
        )
    };
    broken("version", &entry(9), whole);
    broken("nosymbol", "extern const char *const kept;\nconst char *const kept = text;", whole);
    broken("truncated", &entry(1), &whole[..40]);
    write("libtext.so", "no library at all");
    let program = |arguments: &[&str]| {
        let mut command = auricle(home.path());
        command.args(arguments).args(["--plugin-dir", "plugins", "--plugin-dir"]).arg(plugins());
        let output = command.output().expect("the program starts");
        let words = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
        (output.status.code(), words.into_owned())
    };
    let (_, list) = program(&["plugin", "list"]);
    let (_, why) = program(&["plugin", "why", "org.example.nowhere"]);
    for (library, expected) in [
        ("libversion", "made for version 9 of the plugin ABI, this auricle has 1"),
        ("libnosymbol", "it exports no auricle_entry_v1"),
        ("libtruncated", "its manifest is broken: no JSON: EOF"),
        ("libtext", "not a library"),
    ] {
        let line = why.lines().find(|line| line.contains(library)).unwrap_or_else(|| panic!("{library}: {why}"));
        assert!(line.contains(expected), "{line}");
    }
    assert!(list.contains("org.example.sins.good") && list.contains("effect.gain"), "{list}");

    let session = |id: &str| {
        let text = format!(
            "auricle = 1\ninputs.clip = {:?}\nstage = [{{ id = \"read\", use = \"read.audio\", input = \"clip\" }},\n\
             {{ id = \"it\", use = \"{id}\", input = [\"read\"] }},\n\
             {{ id = \"save\", use = \"write.npy\", input = \"it\", parameters = {{ path = \"it.npy\" }} }}]\n",
            plugins().join("clip.wav")
        );
        fs::write(home.path().join("session.toml"), text).expect("scratch is writable");
        program(&["replay", "session.toml", "--out", "out"])
    };
    let (code, words) = session("org.example.probe.panics-in-finish");
    assert_eq!(code, Some(4), "{words}");
    assert!(words.contains("stage \"it\": the stage panicked: a sin in-finish"), "{words}");
    assert!(!home.path().join("out/it.npy").exists(), "a failed run leaves no output");
    assert!(home.path().join("out/report.json").exists(), "a failed run leaves a report");
    let (code, words) = session("org.example.sins.good");
    assert_eq!(code, Some(0), "{words}");
    assert!(home.path().join("out/it.npy").exists());
}
