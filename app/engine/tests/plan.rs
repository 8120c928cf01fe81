//! Plans: what is accepted and wired how, and everything that is refused, each with its line.

mod support;

use auricle_engine::{Diagnostic, Edit, Fault, Origin, Plan, Registry, Session};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use support::wires;

/// A session of these lines, beside a file `a` that holds audio, `b` that holds none, and a directory `d`.
struct Desk {
    dir: tempfile::TempDir,
    registry: Registry,
}

impl Desk {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("a"), b"0123456789").expect("writable");
        std::fs::write(dir.path().join("b"), b"!").expect("writable");
        std::fs::create_dir(dir.path().join("d")).expect("writable");
        Desk { dir, registry: wires() }
    }

    fn session(&self, text: &str) -> Session {
        let mut session = Session::parse(text, &self.dir.path().join("s.toml")).expect("it is TOML");
        // The directory's name is another on every run.
        session.apply(&Edit::All(Vec::new())).expect("nothing is to be done");
        session
    }

    fn plan(&self, text: &str) -> Result<Plan, Vec<Diagnostic>> {
        Plan::new(&self.session(text), &self.registry, &[])
    }

    fn accepted(&self, text: &str) -> Plan {
        self.plan(text).unwrap_or_else(|diagnostics| panic!("{}", self.lines(&diagnostics)))
    }

    fn lines(&self, diagnostics: &[Diagnostic]) -> String {
        let text: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
        text.join("\n").replace(&format!("{}/", self.dir.path().display()), "")
    }

    /// The session is refused with exactly these diagnostics.
    #[track_caller]
    fn refused(&self, text: &str, expected: &str) -> Vec<Diagnostic> {
        let diagnostics = self.plan(text).expect_err("it must be refused");
        assert_eq!(self.lines(&diagnostics), expected, "{text}");
        diagnostics
    }
}

/// A session: one input and stages as `id use input` with further keys behind.
fn session(stages: &[(&str, &str, &str, &str)]) -> String {
    let mut text = "auricle = 1\ninputs = { clip = \"a\" }\n".to_owned();
    for (id, stage, input, more) in stages {
        text += &format!("[[stage]]\nid = \"{id}\"\nuse = \"test.{stage}\"\ninput = {input}\n{more}");
    }
    text
}

const READ: (&str, &str, &str, &str) = ("read", "read", "\"clip\"", "");

#[test]
fn stages_come_behind_what_feeds_them_and_else_in_the_sessions_order() {
    let desk = Desk::new();
    let plan = desk.accepted(&session(&[
        ("save", "sink", "\"mel\"", "parameters = { path = \"x/mel.npy\" }\n"),
        ("both", "pair", "[\"read\", \"mel\", \"louder\"]", ""),
        ("louder", "gain", "\"read\"", ""),
        ("mel", "frames", "\"read.audio\"", "parameters = { bands = 13 }\n"),
        READ,
    ]));
    assert_eq!(
        plan.stages.iter().map(|stage| stage.id.as_str()).collect::<Vec<_>>(),
        ["read", "louder", "mel", "save", "both"]
    );
    let both = &plan.stages[4];
    let wires: Vec<_> = both.inputs.iter().map(|wire| (wire.port, wire.label.as_str(), wire.from)).collect();
    let stage = |stage| Origin::Stage { stage, output: 0 };
    assert_eq!(wires, [(0, "read", stage(0)), (1, "mel", stage(2)), (1, "louder", stage(1))]);
    assert_eq!(plan.stages[0].inputs[0].from, Origin::Input(0));
    assert_eq!(plan.stage("mel"), Some(2));
    let parameters: Vec<String> = plan.stages[2].parameters.iter().map(|(id, value)| format!("{id}={value}")).collect();
    assert_eq!(parameters, ["n_fft=256", "bands=13", "window=\"hann\"", "top_db=80.0"]);
    let mel = plan.stages[2].outputs[0].as_tensor().expect("a tensor");
    assert_eq!(mel.axes[1].length, Some(13));
    assert_eq!(plan.warnings, []);
    assert_eq!(plan.inputs[0].bytes_read.load(Ordering::Relaxed), 1, "the reader looks at one byte");
}

#[test]
fn named_ports_are_wired_in_the_order_of_the_declaration() {
    let desk = Desk::new();
    let plan = desk.accepted(&session(&[
        READ,
        ("both", "pair", "{ candidate = [\"mel\", \"read\"], reference = \"read\" }", ""),
        ("mel", "frames", "\"read\"", ""),
    ]));
    let labels: Vec<&str> = plan.stages[2].inputs.iter().map(|wire| wire.label.as_str()).collect();
    assert_eq!(labels, ["read", "mel", "read"]);
}

#[test]
fn bypassed_stages_are_taken_out() {
    let desk = Desk::new();
    let plan = desk.accepted(&session(&[
        READ,
        ("one", "gain", "\"read\"", "bypass = true\n"),
        ("two", "gain", "\"one\"", "bypass = true\n"),
        ("mel", "frames", "\"two\"", ""),
        ("save", "sink", "\"mel\"", "bypass = true\nparameters = { path = \"a\" }\n"),
        ("again", "sink", "\"two\"", "parameters = { path = \"a\" }\n"),
    ]));
    assert_eq!(plan.stages.iter().map(|stage| stage.id.as_str()).collect::<Vec<_>>(), ["read", "mel", "again"]);
    assert_eq!(plan.stages[1].inputs[0].from, Origin::Stage { stage: 0, output: 0 });
    assert_eq!(plan.stages[1].inputs[0].label, "two", "the session's own name for it");
    assert_eq!(plan.stage("two"), None);
    desk.refused(
        &session(&[READ, ("mel", "frames", "\"read\"", "bypass = true\n"), ("save", "sink", "\"mel\"", "parameters = { path = \"a\" }\n")]),
        "s.toml:11:1: stage \"mel\": bypass: no input of test.frames is tensor, so nothing can take the place of its output power",
    );
    // What a bypass lets through is checked like anything else.
    desk.refused(
        &session(&[
            READ,
            ("power", "frames", "\"read\"", ""),
            ("same", "gain", "\"power\"", "bypass = true\n"),
            ("mel", "frames", "\"same\"", ""),
        ]),
        "s.toml:19:1: stage \"mel\": input audio: expected audio, got tensor from \"same\"",
    );
}

#[test]
fn every_stage_has_a_seed_of_its_own() {
    let desk = Desk::new();
    let text = session(&[READ, ("other", "read", "\"clip\"", "")]);
    let seeds = |text: &str| {
        let plan = desk.accepted(text);
        for stage in &plan.stages {
            let told = stage.outputs[0].attribute("seed").and_then(auricle_sdk::Value::as_i64);
            assert_eq!(told, Some(stage.seed as i64), "the stage is given the plan's seed");
        }
        plan.stages.iter().map(|stage| stage.seed).collect::<Vec<_>>()
    };
    let zero = seeds(&text);
    assert_ne!(zero[0], zero[1]);
    assert_eq!(seeds(&text), zero);
    assert_eq!(seeds(&text.replace("\"other\"", "\"later\""))[0], zero[0]);
    assert_ne!(seeds(&text.replace("auricle = 1\n", "auricle = 1\nseed = 1\n")), zero);
}

#[test]
fn inputs_are_found_and_replaced() {
    let desk = Desk::new();
    let text = session(&[READ]);
    let path = desk.dir.path().join("a");
    let plan = Plan::new(&desk.session(&text), &desk.registry, &[("clip".into(), path.clone())]).expect("it is there");
    assert_eq!(
        (plan.inputs[0].path.as_path(), plan.inputs[0].source.name()),
        (path.as_path(), path.display().to_string())
    );
    let replaced = |name: &str, path: PathBuf| Plan::new(&desk.session(&text), &desk.registry, &[(name.into(), path)]);
    let wrong = replaced("clap", path.clone()).expect_err("no such input");
    assert_eq!(desk.lines(&wrong), "s.toml: --input clap: the session has no such input; did you mean clip?");
    let wrong = replaced("clip", "no-such-file".into()).expect_err("no such file");
    assert_eq!(desk.lines(&wrong), "s.toml: input clip: \"no-such-file\" does not exist");
    assert_eq!(wrong[0].fault, Fault::Source);

    let clip = |path: &str| text.replace("\"a\"", &format!("{path:?}"));
    desk.refused(
        &clip("x/y"),
        "s.toml:2:12: input clip: \"x/y\" does not exist; paths of inputs are relative to the session file",
    );
    desk.refused(&clip("d"), "s.toml:2:12: input clip: \"d\" is a directory, expected a file");
    desk.refused(
        &clip("/dev/null"),
        "s.toml:2:12: input clip: \"/dev/null\" is a pipe or device, expected a file that can be read from any place",
    );
    let refused = desk.refused(
        &clip("b"),
        "s.toml:4:1: stage \"read\": clip (b): no audio, expected anything but an exclamation mark",
    );
    assert_eq!(refused[0].fault, Fault::Source);
    desk.refused(&clip(""), "s.toml:2:12: input clip: expected a path, got an empty string");
    let unused = desk.accepted(&text.replace("clip = \"a\"", "clip = \"a\", more = \"b\""));
    assert_eq!(desk.lines(&unused.warnings), "s.toml:2:24: warning: no stage reads the input more");
}

#[test]
fn wiring_that_cannot_be_is_refused() {
    let desk = Desk::new();
    let with = |id: &str, stage: &str, input: &str| session(&[READ, (id, stage, input, "")]);
    desk.refused(
        &with("x", "gain", "\"raed\""),
        "s.toml:10:1: stage \"x\": input: there is no input or stage \"raed\"; did you mean read?",
    );
    desk.refused(
        &with("x", "gain", "\"clip.left\""),
        "s.toml:10:1: stage \"x\": input: \"clip\" is an input of the session and has no ports, got \"clip.left\"",
    );
    desk.refused(&with("x", "gain", "\"read.sound\""), "s.toml:10:1: stage \"x\": input: \"read.sound\": test.read has no output port \"sound\"; its only port is audio");
    desk.refused(
        &with("x", "gain", "[\"read\", \"read\"]"),
        "s.toml:10:18: stage \"x\": input: expected 1 input (in), got 2",
    );
    desk.refused(
        &with("x", "gain", "[\"read\", \"read\", \"read\"]"),
        "s.toml:10:18: stage \"x\": input: expected 1 input (in), got 3",
    );
    desk.refused(
        &with("x", "gain", "[]"),
        "s.toml:10:1: stage \"x\": input in: nothing feeds it, expected audio or tensor",
    );
    desk.refused(
        &with("x", "gain", "{ in = [\"read\", \"read\"] }"),
        "s.toml:10:25: stage \"x\": input in: expected one stream, got more",
    );
    desk.refused(
        &with("x", "pair", "\"read\""),
        "s.toml:10:1: stage \"x\": input candidate: nothing feeds it, expected audio or tensor",
    );
    desk.refused(
        &with("x", "pair", "{ audio = \"read\", candidate = \"read\" }"),
        "s.toml:10:1: stage \"x\": input reference: nothing feeds it, expected audio or tensor\n\
         s.toml:10:11: stage \"x\": input: test.pair has no input port \"audio\"; its ports are reference, candidate",
    );
    desk.refused(&with("x", "frames", "\"clip\""), "s.toml:10:1: stage \"x\": input audio: expected audio, got source from \"clip\"; a stage must come between that makes it: test.read");
    let wrong =
        session(&[("save", "sink", "\"clip\"", "parameters = { path = \"a\" }\n"), ("x", "gain", "\"save\"", "")]);
    desk.refused(
        &wrong,
        "s.toml:6:1: stage \"save\": input in: expected audio or tensor, got source from \"clip\"; a stage must come between that makes it: test.ints, test.read\n\
         s.toml:11:1: stage \"x\": input: \"save\" (test.sink) has no output",
    );
    let ints = session(&[("read", "ints", "\"clip\"", ""), ("x", "frames", "\"read\"", "")]);
    desk.refused(&ints, "s.toml:10:1: stage \"x\": input audio: expected float32, got int16 from \"read\"; in place of test.ints, these give it: test.read");
}

#[test]
fn circles_are_shown() {
    let desk = Desk::new();
    desk.refused(
        "auricle = 1\n[[stage]]\nid = \"x\"\nuse = \"test.gain\"\ninput = \"x\"\n",
        "s.toml:5:1: stage \"x\": the stages feed each other in a cycle: x -> x",
    );
    desk.refused(
        &session(&[
            READ,
            ("a", "gain", "\"c\"", ""),
            ("b", "gain", "\"a\"", "bypass = true\n"),
            ("c", "gain", "\"b\"", ""),
            ("behind", "gain", "\"c\"", ""),
            ("d", "gain", "\"d\"", ""),
        ]),
        "s.toml:10:1: stage \"a\": the stages feed each other in a cycle: a -> b -> c -> a\n\
         s.toml:27:1: stage \"d\": the stages feed each other in a cycle: d -> d",
    );
}

#[test]
fn parameters_are_checked_all_at_once() {
    let desk = Desk::new();
    let with = |parameters: &str| {
        session(&[READ, ("mel", "frames", "\"read\"", &format!("parameters = {{ {parameters} }}\n"))])
    };
    desk.refused(
        &with("n_fft = 0, bands = 40.5, windo = 1, window = \"hamm\", top_db = \"many\""),
        "s.toml:11:16: stage \"mel\": parameter n_fft: expected an integer from 1 to 4096 (samples), got 0\n\
         s.toml:11:27: stage \"mel\": parameter bands: expected an integer of at least 1, got 40.5\n\
         s.toml:11:41: stage \"mel\": parameter windo: no such parameter; did you mean window?\n\
         s.toml:11:52: stage \"mel\": parameter window: expected a list or \"hann\" or \"hamming\", got \"hamm\"; did you mean hann or hamming?\n\
         s.toml:11:69: stage \"mel\": parameter top_db: expected a number or \"none\", got \"many\"",
    );
    desk.refused(
        &with("else = 1"),
        "s.toml:11:16: stage \"mel\": parameter else: no such parameter; test.frames has n_fft, bands, window, top_db",
    );
    // What only the stage can know, it says when formats are negotiated.
    let refused = desk
        .refused(&with("bands = 300"), "s.toml:11:16: stage \"mel\": parameter bands: expected at most n_fft (256)");
    assert_eq!(refused[0].fault, Fault::Session);
    desk.refused(
        &session(&[READ, ("save", "sink", "\"read\"", "")]),
        "s.toml:8:1: stage \"save\": parameter path: it must be given: a path below the output directory",
    );
}

#[test]
fn output_paths_lead_down_and_are_written_once() {
    let desk = Desk::new();
    let save = |paths: &[&str]| {
        let mut stages = vec![READ];
        let more: Vec<(String, String)> = paths
            .iter()
            .enumerate()
            .map(|(k, path)| (format!("s{k}"), format!("parameters = {{ path = {path:?} }}\n")))
            .collect();
        stages.extend(more.iter().map(|(id, parameters)| (id.as_str(), "sink", "\"read\"", parameters.as_str())));
        session(&stages)
    };
    desk.accepted(&save(&["a", "b/a", "./c", "b/c..d", "...", "b/report.json"]));
    let expected = "s.toml:11:16: stage \"s0\": parameter path: expected a path below the output directory, got";
    for (path, reason) in [
        ("/tmp/x", "it is absolute; `--out` says where outputs go"),
        ("../x", "`..` leads out of it"),
        ("a/../b", "`..` leads out of it"),
        ("", "it names no file"),
        (".", "it names no file"),
        ("a/", "it names no file"),
        ("report.json", "the run itself writes this file"),
        ("./times.json", "the run itself writes this file"),
    ] {
        desk.refused(&save(&[path]), &format!("{expected} {path:?}: {reason}"));
    }
    desk.refused(
        &save(&["x/y", "./x//y"]),
        "s.toml:16:16: stage \"s1\": parameter path: \"x/y\" is also written by the stage \"s0\" (line 11)",
    );
    desk.refused(
        &save(&["x", "x/y"]),
        "s.toml:16:16: stage \"s1\": parameter path: \"x/y\" and \"x\" of the stage \"s0\" cannot both be files",
    );
}

#[test]
fn plugins_in_c_and_rust_work_in_one_plan() {
    let desk = Desk::new();
    let text = session(&[READ])
        + "[[stage]]\nid = \"loud\"\nuse = \"effect.gain\"\ninput = \"read\"\nparameters = { gain_db = 6 }\n";
    let plan = desk.accepted(&text);
    assert_eq!(plan.stages[1].outputs[0].as_audio().expect("audio").sample_rate, 8000);
    desk.refused(
        &text.replace("gain_db = 6", "gain_db = 61"),
        "s.toml:11:16: stage \"loud\": parameter gain_db: expected a number from -120 to 60 (dB), got 61",
    );
}

#[test]
fn stages_and_versions_that_are_not_installed() {
    let desk = Desk::new();
    let with = |stage: &str| session(&[("read", stage, "\"clip\"", "")]);
    desk.accepted(&with("read@>=0.2"));
    desk.accepted(&with("read@0.3"));
    desk.refused(&with("read@>=99"), "s.toml:5:1: stage \"read\": expected test.read >=99, got 0.3.1 of wires");
    desk.refused(
        &with("raed"),
        "s.toml:5:1: stage \"read\": no plugin has the stage test.raed; did you mean test.read?",
    );
    desk.refused(&with("zzzzzzzzz"), "s.toml:5:1: stage \"read\": no plugin has the stage test.zzzzzzzzz; `auricle plugin why test.zzzzzzzzz` tells where it was looked for");
}

#[test]
fn a_faulty_plugin_is_named() {
    let desk = Desk::new();
    let with = |stage: &str| session(&[READ, ("x", stage, "\"read\"", "")]);
    let refused = desk.refused(&with("faulty"), "s.toml:8:1: stage \"x\": test.faulty: it is broken");
    assert_eq!(refused[0].fault, Fault::Stage);
    let refused = desk.refused(
        &with("liar"),
        "s.toml:8:1: stage \"x\": test.liar: output audio is not as its descriptor says: expected audio, got tensor",
    );
    assert_eq!(refused[0].fault, Fault::Stage);
}

#[test]
fn everything_is_told_at_once_and_nothing_twice() {
    let desk = Desk::new();
    let text = session(&[
        READ,
        ("mel", "frames", "\"read\"", "parameters = { band = 4 }\n"),
        ("next", "gain", "\"mel\"", "params = 1\n"),
        ("last", "gone", "\"nxt\"", ""),
        ("late", "gain", "\"last\"", ""),
        ("wrong", "gain", "5", ""),
        ("wrong", "gain", "\"read\"", ""),
    ]);
    desk.refused(
        &text,
        "s.toml:11:16: stage \"mel\": parameter band: no such parameter; did you mean bands?\n\
         s.toml:16:1: stage \"next\": \"params\" is no key of a stage; did you mean parameters?\n\
         s.toml:19:1: stage \"last\": no plugin has the stage test.gone; did you mean test.gain or test.sink?\n\
         s.toml:20:1: stage \"last\": input: there is no input or stage \"nxt\"; did you mean next?\n\
         s.toml:28:1: stage \"wrong\": input: expected an input, a stage, \"stage.port\", a list of these, or a table of ports, got 5\n\
         s.toml:30:1: stage \"wrong\": the name \"wrong\" is used twice: the stage on line 26 has it; inputs, models and stages share one set of names",
    );
}

#[test]
fn an_empty_session_is_a_plan_of_nothing() {
    let plan = Desk::new().accepted("auricle = 1\n");
    assert!(plan.stages.is_empty() && plan.inputs.is_empty() && plan.warnings.is_empty());
    assert!(Session::new(Path::new(".")).faults().is_empty());
}

#[test]
fn a_planned_stage_opens_again() {
    let desk = Desk::new();
    let plan = desk.accepted(&session(&[READ, ("mel", "frames", "\"read\"", "")]));
    struct Quiet;
    impl auricle_sdk::host::Services for Quiet {}
    for stage in &plan.stages {
        let pool = auricle_sdk::host::Pool::new(1 << 20);
        let instance =
            stage.open(&plan, std::sync::Arc::new(Quiet), pool, Default::default(), 512).expect("it opened before");
        assert_eq!(instance.outputs()[0].kind(), stage.outputs[0].kind());
    }
}

/// Whatever the text, the answer is a plan or diagnostics, each with words in it.
#[test]
fn mangled_sessions_are_answered() {
    let desk = Desk::new();
    let whole = session(&[
        READ,
        ("mel", "frames", "\"read\"", "parameters = { bands = 13, top_db = \"none\" }\n"),
        ("both", "pair", "{ reference = \"read\", candidate = [\"mel\", \"read.audio\"] }", "bypass = false\n"),
        ("save", "sink", "\"mel\"", "parameters = { path = \"x/é.npy\" }\n"),
    ]);
    let pieces: Vec<&str> = whole.split_inclusive([' ', '\n', '"', '=', '.']).collect();
    let mut state = 1u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for _ in 0..400 {
        let mut mangled = pieces.clone();
        for _ in 0..=random(4) {
            let (at, other) = (random(mangled.len()), random(mangled.len()));
            match random(3) {
                0 => drop(mangled.remove(at)),
                1 => mangled.insert(at, pieces[other % pieces.len()]),
                _ => mangled.swap(at, other),
            }
        }
        let text = mangled.concat();
        let parsed = Session::parse(&text, &desk.dir.path().join("s.toml"));
        let answer = parsed.and_then(|session| Plan::new(&session, &desk.registry, &[]));
        let wrong = answer.err().unwrap_or_default();
        assert!(wrong.iter().all(|diagnostic| !diagnostic.message.is_empty()), "{text}\n{wrong:?}");
    }
}
