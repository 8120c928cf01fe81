use super::*;
use crate::Edit;

fn parse(text: &str) -> Session {
    Session::parse(text, Path::new("dir/s.toml")).unwrap_or_else(|faults| panic!("{}", joined(&faults)))
}

fn joined(faults: &[Diagnostic]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// The faults of a text, one a line.
fn faults(text: &str, expected: &str) {
    let session = Session::parse(text, Path::new("s.toml"));
    let found = session.map_or_else(|faults| joined(&faults), |session| joined(session.faults()));
    assert_eq!(found, expected, "{text}");
}

#[test]
fn a_session_is_read_in_order() {
    let session = parse(
        r#"
auricle = 1
title = "two"
seed = 7
[inputs]
b = "b.wav"
a = "../a.wav"
[[stage]]
id = "read"
use = "read.audio@>=0.2"
input = "b"
parameters = { start_s = 1, names = ["x", 2.5], flag = true }
[[stage]]
use = "compare.error"
id = "err"
bypass = true
[stage.input]
reference = "read"
candidate = ["read.audio", "a"]
[view]
zoom = 1.5
later = { more = 1 }
[x]
anything = 1979-05-27
"#,
    );
    assert_eq!(joined(session.faults()), "");
    assert_eq!((session.title(), session.seed(), session.directory()), ("two", 7, Path::new("dir")));
    assert_eq!(
        session.inputs().iter().map(|i| (&*i.name, &*i.path)).collect::<Vec<_>>(),
        [("b", "b.wav"), ("a", "../a.wav")]
    );
    assert_eq!(session.view(), [("zoom".to_owned(), Value::Float(1.5))]);
    let read = session.stage("read").expect("it is there");
    assert_eq!(
        (read.stage.as_str(), read.requirement.as_ref().map(ToString::to_string)),
        ("read.audio", Some(">=0.2".into()))
    );
    assert_eq!(read.position, Position { line: 9, column: 1 });
    let values: Vec<String> = read.parameters.iter().map(|p| format!("{}={}", p.id, p.value)).collect();
    assert_eq!(values, ["start_s=1", r#"names=["x", 2.5]"#, "flag=true"]);
    assert_eq!(read.parameters[1].position, Position { line: 12, column: 29 });
    let err = session.stage("err").expect("it is there");
    assert!(err.bypass);
    let feeds: Vec<_> = err.feeds.iter().map(|f| (f.port.as_deref(), f.split())).collect();
    assert_eq!(
        feeds,
        [
            (Some("reference"), ("read", None)),
            (Some("candidate"), ("read", Some("audio"))),
            (Some("candidate"), ("a", None))
        ]
    );
}

#[test]
fn stages_may_be_written_between_braces() {
    let session = parse("auricle = 1\nstage = [{ id = \"a\", use = \"x.y\", input = { p = \"b\" } }]\n");
    assert_eq!(joined(session.faults()), "");
    assert_eq!(session.stages()[0].feeds[0].port.as_deref(), Some("p"));
}

#[test]
fn every_fault_is_told_with_its_place() {
    faults("", "s.toml:1:1: expected `auricle = 1`, the version of the session format, got no such line");
    faults("auricle = 2\nnonsense = 1", "s.toml:1:1: version 2 of the session format; this auricle reads version 1");
    faults("auricle = \"1\"", "s.toml:1:1: auricle: expected an integer, the version of the session format, got \"1\"");
    faults(
        "auricle = 1\ntitle = 3\nseed = -1\n[input]\na = \"b\"\n[inputs]\nA = 1\n[labels]\n",
        "s.toml:2:1: title: expected a string, got 3\n\
         s.toml:3:1: seed: expected an integer of at least 0, got -1\n\
         s.toml:4:2: \"input\" is no part of a session; did you mean inputs?\n\
         s.toml:7:1: input name: expected [a-z][a-z0-9_-]*, got \"A\"\n\
         s.toml:7:1: input A: expected a string, got 1\n\
         s.toml:8:2: [labels] is reserved for a later version of the session format",
    );
    faults(
        "auricle = 1\n[[stage]]\nuse = 1\nparams = {}\nbypass = 1\n[[stage]]\nid = \"Mel 1\"\nuse = \"a.b@newest\"\ninput = 5\n\
         parameters = { when = 1979-05-27, t = {} }\n",
        "s.toml:3:1: use: expected a string, got 1\n\
         s.toml:4:1: \"params\" is no key of a stage; did you mean parameters?\n\
         s.toml:5:1: bypass: expected true or false, got 1\n\
         s.toml:2:1: the stage has no `id`: a name for it in this session\n\
         s.toml:7:1: stage \"Mel 1\": id: expected [a-z][a-z0-9_-]*\n\
         s.toml:8:1: stage \"Mel 1\": use: expected a version after @, as >=0.2, got \"newest\" (unexpected character 'n' while parsing major version number)\n\
         s.toml:9:1: stage \"Mel 1\": input: expected an input, a stage, \"stage.port\", a list of these, or a table of ports, got 5\n\
         s.toml:10:16: stage \"Mel 1\": parameter when: expected a value or a list, got a datetime\n\
         s.toml:10:35: stage \"Mel 1\": parameter t: expected a value or a list, got an inline table",
    );
    faults(
        "auricle = 1\ninputs = { a = \"x\" }\nstage = [{ id = \"a\", use = \"b.c\" }, 4]",
        "s.toml:3:37: stage: expected a table, got 4\n\
         s.toml:3:12: stage \"a\": the name \"a\" is used twice: an input on line 2 has it; inputs, models and stages share one set of names",
    );
}

#[test]
fn what_is_no_toml_says_where() {
    let check = |text: &str, line: usize| {
        let faults = Session::parse(text, Path::new("s.toml")).expect_err("it is no TOML");
        assert_eq!(faults[0].position.map(|at| at.line), Some(line), "{}", joined(&faults));
        assert!(!faults[0].message.is_empty() && !faults[0].message.contains('\n'), "{:?}", faults[0].message);
    };
    check("auricle = 1\ninput = read\n", 2);
    check("auricle = 1\n[inputs]\na = 1\na = 2\n", 4);
    check("auricle = 1\ntitle = \"open", 2);
}

#[test]
fn files_that_are_no_sessions_say_what_they_are() {
    let dir = tempfile::tempdir().expect("a directory");
    let check = |name: &str, bytes: Option<&[u8]>, expected: &str| {
        let path = dir.path().join(name);
        if let Some(bytes) = bytes {
            std::fs::write(&path, bytes).expect("writable");
        }
        let faults = Session::load(&path).expect_err("it is none");
        assert!(faults[0].to_string().contains(expected), "{}", joined(&faults));
        assert!(faults[0].to_string().starts_with(&path.display().to_string()), "{}", joined(&faults));
    };
    check("missing.toml", None, "cannot be read: No such file");
    check("sound.wav", Some(b"RIFF\xff\xff"), "which is UTF-8 text; byte 4 is none");
    check("", None, "expected a session file, got a directory");
}

#[test]
fn columns_count_characters() {
    let lines = Lines::new("é = 1\r\nüb = 2");
    assert_eq!(lines.position(0), Position { line: 1, column: 1 });
    assert_eq!(lines.position(3), Position { line: 1, column: 3 });
    assert_eq!(lines.position("é = 1\r\nü".len()), Position { line: 2, column: 2 });
    assert_eq!(lines.position(999), Position { line: 2, column: 7 });
}

#[test]
fn saving_elsewhere_keeps_the_inputs_in_reach() {
    let dir = tempfile::tempdir().expect("a directory");
    let (here, there) = (dir.path().join("here"), dir.path().join("there"));
    std::fs::create_dir_all(here.join("media")).expect("writable");
    std::fs::create_dir_all(&there).expect("writable");
    std::fs::write(here.join("media/a.wav"), b"").expect("writable");
    let text = "auricle = 1 # kept\n[inputs]\na = \"media/a.wav\" # kept too\n";
    let session = Session::parse(text, &here.join("s.toml")).expect("it is TOML");
    let saved = session.save(&there.join("s.toml")).expect("writable");
    assert_eq!(saved.inputs()[0].path, "../here/media/a.wav");
    assert_eq!(std::fs::read_to_string(there.join("s.toml")).expect("written"), saved.text());
    assert_eq!(saved.text(), text.replace("media/", "../here/media/"));
    // In its own directory nothing changes; a file given in full becomes relative once it lies below the session.
    assert_eq!(session.save(&here.join("t.toml")).expect("writable").text(), text);
    let full = here.join("media/a.wav").display().to_string();
    let session = Session::parse(&text.replace("media/a.wav", &full), &there.join("s.toml")).expect("it is TOML");
    assert_eq!(session.save(&here.join("u.toml")).expect("writable").text(), text);
    let refused = session.save(&dir.path().join("nowhere/s.toml")).expect_err("there is no such directory");
    assert!(
        crate::error::chain(&refused).contains("cannot be saved: No such file"),
        "{}",
        crate::error::chain(&refused)
    );
}

#[cfg(unix)]
#[test]
fn saving_keeps_links_and_permissions() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let dir = tempfile::tempdir().expect("a directory");
    let (file, link) = (dir.path().join("file.toml"), dir.path().join("link.toml"));
    std::fs::write(&file, "auricle = 1\n").expect("writable");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).expect("it is ours");
    symlink(&file, &link).expect("symlinks work");
    let mut session = Session::load(&link).expect("it is a session");
    session.apply(&Edit::SetTitle("new".into())).expect("it can be set");
    session.save(&link).expect("writable");
    assert!(std::fs::symlink_metadata(&link).expect("there").is_symlink());
    assert_eq!(std::fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o640);
    assert!(std::fs::read_to_string(&file).expect("there").contains("title = \"new\""));
}
