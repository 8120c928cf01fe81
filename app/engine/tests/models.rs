//! Models in sessions: whence they come, how their files reach a stage, and what is said when they are not there.

mod support;

use auricle_engine::{Diagnostic, MissingModel, ModelFile, ModelStore, Origin, Plan, Registry, Session};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use support::wires;

/// A store with one model, `tiny`, whose files lie in a folder.
#[derive(Debug)]
struct Shelf(PathBuf);

impl ModelStore for Shelf {
    fn files(&self, id: &str) -> Result<Vec<ModelFile>, MissingModel> {
        let file = |name: &str| ModelFile { name: name.into(), path: self.0.join(name) };
        match id {
            "tiny" => Ok(vec![file("config.json"), file("model.bin")]),
            "lost" => Ok(vec![file("gone.bin")]),
            _ => Err(MissingModel { message: format!("no model {id:?}"), hint: format!("import {id}") }),
        }
    }
}

/// A folder with a clip and a model; every plan is made beside it.
fn desk() -> (tempfile::TempDir, Registry) {
    let dir = tempfile::tempdir().expect("a directory");
    let folder = dir.path().join("model");
    std::fs::create_dir(&folder).expect("writable");
    for path in [dir.path().join("a"), folder.join("config.json"), folder.join("model.bin"), folder.join(".hidden")] {
        std::fs::write(path, b"0123456789").expect("writable");
    }
    std::fs::create_dir(dir.path().join("empty")).expect("writable");
    (dir, wires().with_models(Arc::new(Shelf(folder))))
}

fn plan(desk: &(tempfile::TempDir, Registry), model: &str, input: &str) -> Result<Plan, Vec<Diagnostic>> {
    let text = format!(
        "auricle = 1\ninputs = {{ clip = \"a\" }}\nmodels = {{ m = {model:?} }}\n\
         [[stage]]\nid = \"read\"\nuse = \"test.read\"\ninput = \"clip\"\n\
         [[stage]]\nid = \"heard\"\nuse = \"test.heard\"\ninput = {input}\n"
    );
    let session = Session::parse(&text, &desk.0.path().join("s.toml")).expect("it is TOML");
    assert_eq!(session.models()[0].model, model);
    Plan::new(&session, &desk.1, &[])
}

#[test]
fn a_models_files_are_sources() {
    let desk = desk();
    for (model, input) in [
        ("tiny", "[\"read\", \"m\"]"),
        ("./model", "{ model = \"m\", in = \"read\" }"),
        ("model/", "[\"read\", \"m\"]"),
    ] {
        let plan = plan(&desk, model, input).expect("it is whole");
        let wires: Vec<_> =
            plan.stages[1].inputs.iter().map(|wire| (wire.port, wire.label.as_str(), wire.from)).collect();
        let read = Origin::Stage { stage: 0, output: 0 };
        let expected =
            [(0, "read", read), (1, "m/config.json", Origin::Input(1)), (1, "m/model.bin", Origin::Input(2))];
        assert_eq!(wires, expected, "{model}");
        let names: Vec<&str> = plan.inputs.iter().map(|input| input.name.as_str()).collect();
        assert_eq!(names, ["clip", "m/config.json", "m/model.bin"]);
        assert_eq!(plan.inputs[2].source.name(), "m/model.bin", "no path of this machine");
        assert_eq!(plan.warnings, []);
    }
    let one = plan(&desk, "./model/model.bin", "[\"read\", \"m\"]").expect("one file is a model");
    assert_eq!(one.inputs[1].name, "m/model.bin");
}

#[track_caller]
fn refused(desk: &(tempfile::TempDir, Registry), model: &str, input: &str, expected: &[(usize, &str)]) {
    let diagnostics = plan(desk, model, input).expect_err("it must be refused");
    let told: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (diagnostic, (line, part)) in diagnostics.iter().zip(expected) {
        let text = diagnostic.to_string();
        assert!(text.contains(part) && text.contains(&format!("s.toml:{line}:")), "{part}: {text}");
    }
}

#[test]
fn what_is_missing_is_said_once_where_the_session_names_it() {
    let desk = desk();
    let fed = "[\"read\", \"m\"]";
    refused(&desk, "big", fed, &[(3, "model m: no model \"big\"; import big")]);
    refused(&desk, "lost", fed, &[(3, "model m: gone.bin does not exist")]);
    refused(&desk, "./none", fed, &[(3, "model m: \"./none\" does not exist")]);
    refused(&desk, "./empty", fed, &[(3, "is a folder without files")]);
    refused(&desk, "", fed, &[(3, "model m: expected a model, got an empty string")]);
    refused(&desk, "tiny", "[\"read\", \"m.x\"]", &[(11, "\"m\" is a model of the session and has no ports")]);
    refused(&desk, "tiny", "[\"m\", \"m\"]", &[(11, "input in: expected one stream, got more")]);
}

#[test]
fn a_model_that_nobody_uses_is_a_warning() {
    let desk = desk();
    let plan = plan(&desk, "tiny", "[\"read\", \"clip\"]").expect("a clip is a source too");
    let warnings: Vec<String> = plan.warnings.iter().map(ToString::to_string).collect();
    assert!(warnings.len() == 1 && warnings[0].contains("no stage uses the model m"), "{warnings:?}");
}

#[test]
fn names_are_used_once() {
    let text = "auricle = 1\n[inputs]\nm = \"a\"\n[models]\nm = \"tiny\"\n";
    let session = Session::parse(text, Path::new("s.toml")).expect("it is TOML");
    assert!(session.faults()[0].to_string().contains("the name \"m\" is used twice: an input on line 3 has it"));
}
