use super::*;
use std::path::Path;

const TEXT: &str = r#"# head
auricle = 1   # one
title = "t" # the title

[inputs] # sources
clip = "a.wav"   # first
other = 'b.wav'

# reads
[[stage]]
id = "read"      # keep
use = "read.audio"
input = "clip"
parameters = { start_s = 1.0, duration_s = 2 }   # trailing

# compares
[[stage]]
id = "err"
use = "compare.error"
input = ["read", "read.audio"]  # two

[[stage]]
id = "last"
use = "compare.error"
input = { reference = "read", candidate = ["err.x", "other"] }
[stage.parameters]
# above
crop = true # beside

# the screen
[view]
zoom = 2 # big

[x]
free = [
  1, # one
  2,
]
# the end
"#;

fn session(text: &str) -> Session {
    Session::parse(text, Path::new("s.toml")).expect("it is TOML")
}

/// The edit turns `TEXT` with `from` into the same with `to`, and its inverse turns it back.
#[track_caller]
fn check(edit: &Edit, from: &str, to: &str) {
    assert_eq!(TEXT.matches(from).count(), 1, "{from:?} must be in the text once");
    changes(TEXT, edit, &TEXT.replace(from, to));
}

#[track_caller]
fn changes(text: &str, edit: &Edit, expected: &str) {
    let mut session = session(text);
    let undo = session.apply(edit).expect("the edit applies");
    assert_eq!(session.text(), expected);
    let redo = session.apply(&undo).expect("the inverse applies");
    assert_eq!(session.text(), text);
    session.apply(&redo).expect("the inverse of the inverse applies");
    assert_eq!(session.text(), expected);
}

fn set(stage: &str, parameter: &str, value: impl Into<Value>) -> Edit {
    Edit::SetParameter { stage: stage.into(), parameter: parameter.into(), value: value.into() }
}

fn reset(stage: &str, parameter: &str) -> Edit {
    Edit::ResetParameter { stage: stage.into(), parameter: parameter.into() }
}

#[test]
fn parameters() {
    check(&set("read", "start_s", 1.5), "start_s = 1.0", "start_s = 1.5");
    check(&set("read", "new", "x"), "duration_s = 2 }", "duration_s = 2, new = \"x\" }");
    check(&reset("read", "duration_s"), ", duration_s = 2 }", " }");
    check(&reset("read", "start_s"), " start_s = 1.0, ", " ");
    check(
        &set("err", "crop", true),
        "[\"read\", \"read.audio\"]  # two\n",
        "[\"read\", \"read.audio\"]  # two\nparameters = { crop = true }\n",
    );
    check(&set("last", "crop", false), "crop = true # beside", "crop = false # beside");
    check(&reset("last", "crop"), "[stage.parameters]\n# above\ncrop = true # beside\n", "");
    check(
        &set("read", "window", Value::List(vec!["kaiser".into(), 14.0.into()])),
        "duration_s = 2 }",
        "duration_s = 2, window = [\"kaiser\", 14.0] }",
    );
    changes(
        "auricle = 1\n[[stage]]\nid = \"a\"\nuse = \"b.c\"\nparameters = { x = 1 }\n",
        &reset("a", "x"),
        "auricle = 1\n[[stage]]\nid = \"a\"\nuse = \"b.c\"\n",
    );
}

#[test]
fn title_seed_and_view() {
    check(&Edit::SetTitle("new".into()), "title = \"t\"", "title = \"new\"");
    check(&Edit::SetTitle(String::new()), "title = \"t\" # the title\n", "");
    check(&Edit::SetSeed(5), "# the title\n", "# the title\nseed = 5\n");
    check(&Edit::SetView { key: "zoom".into(), value: 3.5.into() }, "zoom = 2 ", "zoom = 3.5 ");
    check(&Edit::SetView { key: "stage".into(), value: "err".into() }, "# big\n", "# big\nstage = \"err\"\n");
    changes("auricle = 1\n", &Edit::SetView { key: "a".into(), value: 1.into() }, "auricle = 1\n\n[view]\na = 1\n");
    assert_eq!(
        session(TEXT).apply(&Edit::SetSeed(u64::MAX)).expect_err("TOML cannot hold it").kind,
        ErrorKind::Session
    );
}

#[test]
fn inputs() {
    let input = |name: &str, path: Option<&str>| Edit::SetInput { name: name.into(), path: path.map(str::to_owned) };
    check(&input("clip", Some("c.wav")), "clip = \"a.wav\"   # first", "clip = \"c.wav\"   # first");
    check(&input("third", Some("c.wav")), "other = 'b.wav'\n", "other = 'b.wav'\nthird = \"c.wav\"\n");
    check(&input("other", None), "other = 'b.wav'\n", "");
    changes("auricle = 1\n", &input("a", Some("x")), "auricle = 1\n\n[inputs]\na = \"x\"\n");
    let stage = "\n[[stage]]\nid = \"a\"\nuse = \"b.c\"\n";
    changes(
        &format!("auricle = 1\n{stage}"),
        &input("i", Some("x")),
        &format!("auricle = 1\n\n[inputs]\ni = \"x\"\n{stage}"),
    );
    for (name, path) in [("read", Some("x")), ("No", Some("x")), ("gone", None)] {
        assert!(session(TEXT).apply(&input(name, path)).is_err(), "{name}");
    }
}

#[test]
fn stages_come_and_go() {
    let add = |after: Option<&str>| Edit::AddStage {
        stage: NewStage {
            id: "gain".into(),
            stage: "effect.gain".into(),
            feeds: vec![Feed::new("read")],
            parameters: vec![("gain_db".into(), 6.0.into())],
        },
        after: after.map(str::to_owned),
    };
    let new = "\n[[stage]]\nid = \"gain\"\nuse = \"effect.gain\"\ninput = \"read\"\nparameters = { gain_db = 6.0 }\n";
    check(&add(Some("read")), "# trailing\n", &format!("# trailing\n{new}"));
    check(&add(None), "crop = true # beside\n", &format!("crop = true # beside\n{new}"));
    changes("auricle = 1\n", &add(None), &format!("auricle = 1\n{new}"));
    check(
        &Edit::RemoveStage { id: "err".into() },
        "\n# compares\n[[stage]]\nid = \"err\"\nuse = \"compare.error\"\ninput = [\"read\", \"read.audio\"]  # two\n",
        "",
    );
    let only = "auricle = 1\n[[stage]]\nid = \"a\"\nuse = \"b.c\"\n[view]\nz = 1\n";
    changes(only, &Edit::RemoveStage { id: "a".into() }, "auricle = 1\n[view]\nz = 1\n");
    let braces = "auricle = 1\nstage = [{ id = \"a\", use = \"b.c\" }]\n";
    let mut inline = session(braces);
    let undo = inline.apply(&add(Some("a"))).expect("it is added");
    assert_eq!(inline.stages().iter().map(|stage| stage.id.as_str()).collect::<Vec<_>>(), ["a", "gain"]);
    inline.apply(&undo).expect("it is taken back");
    assert_eq!(inline.text(), braces);
    let mut full = session(TEXT);
    full.apply(&add(None)).expect("it is added");
    assert!(full.apply(&add(None)).expect_err("the name is taken").message.contains("gain"));
    let near = full.apply(&Edit::RemoveStage { id: "raed".into() }).expect_err("no such stage");
    assert_eq!(near.message, "there is no stage \"raed\"; did you mean read?");
}

#[test]
fn a_stage_moves_with_what_belongs_to_it() {
    let block = |from: &str, to: &str| {
        let begin = TEXT.find(from).expect("it is there");
        &TEXT[begin..TEXT.find(to).expect("it is there")]
    };
    let (read, err, last) = (
        block("\n# reads", "\n# compares"),
        block("\n# compares", "\n[[stage]]\nid = \"last\""),
        block("\n[[stage]]\nid = \"last\"", "\n# the screen"),
    );
    let head = &TEXT[..TEXT.find(read).expect("it is there")];
    let tail = &TEXT[TEXT.find("\n# the screen").expect("it is there")..];
    let to = |id: &str, after: Option<&str>| Edit::MoveStage { id: id.into(), after: after.map(str::to_owned) };
    for (edit, order) in [
        (to("read", Some("err")), [err, read, last]),
        (to("last", None), [last, read, err]),
        (to("last", Some("read")), [read, last, err]),
        (to("err", Some("read")), [read, err, last]),
    ] {
        changes(TEXT, &edit, &[&[head][..], &order, &[tail]].concat().concat());
    }
    let braces =
        "auricle = 1\nstage = [\n  { id = \"a\", use = \"x.y\" }, # one\n  { id = \"b\", use = \"x.y\" },\n]\n";
    let moved = "auricle = 1\nstage = [\n  { id = \"b\", use = \"x.y\" }, # one\n  { id = \"a\", use = \"x.y\" },\n]\n";
    changes(braces, &to("b", None), moved);
    for wrong in [to("read", Some("read")), to("nobody", None), to("read", Some("nobody"))] {
        assert!(session(TEXT).apply(&wrong).is_err(), "{wrong:?}");
    }
    let copy = session(TEXT).copied("last").expect("it is there");
    assert_eq!((copy.id.as_str(), copy.stage.as_str(), copy.feeds.len()), ("last_2", "compare.error", 3));
    assert_eq!(copy.parameters, [("crop".to_owned(), true.into())]);
}

#[test]
fn wiring_is_written_in_its_shortest_form() {
    let rewire = |feeds: Vec<Feed>| Edit::Rewire { stage: "err".into(), feeds };
    let before = "input = [\"read\", \"read.audio\"]  # two";
    check(&rewire(vec![Feed::new("clip")]), before, "input = \"clip\"  # two");
    check(&rewire(vec![Feed::new("a"), Feed::new("b.c")]), before, "input = [\"a\", \"b.c\"]  # two");
    check(
        &rewire(vec![Feed::into_port("p", "a"), Feed::into_port("q", "b"), Feed::into_port("q", "c")]),
        before,
        "input = { p = \"a\", q = [\"b\", \"c\"] }  # two",
    );
    check(&rewire(Vec::new()), &format!("{before}\n"), "");
    assert!(session(TEXT).apply(&rewire(vec![Feed::new("a"), Feed::into_port("p", "b")])).is_err());
    changes(
        "auricle = 1\n[[stage]]\nid = \"err\"\nuse = \"b.c\"\n[stage.input]\np = \"x\"\n",
        &rewire(vec![Feed::new("y")]),
        "auricle = 1\n[[stage]]\nid = \"err\"\nuse = \"b.c\"\ninput = \"y\"\n",
    );
}

#[test]
fn bypass() {
    let bypass = |on| Edit::Bypass { stage: "read".into(), on };
    check(&bypass(true), "# trailing\n", "# trailing\nbypass = true\n");
    changes(TEXT, &bypass(false), TEXT);
}

#[test]
fn a_new_name_is_used_everywhere() {
    let rename = |from: &str, to: &str| Edit::Rename { from: from.into(), to: to.into() };
    let renamed = TEXT
        .replace("id = \"read\"", "id = \"source\"")
        .replace("[\"read\", \"read.audio\"]", "[\"source\", \"source.audio\"]")
        .replace("reference = \"read\"", "reference = \"source\"");
    changes(TEXT, &rename("read", "source"), &renamed);
    let renamed =
        TEXT.replace("clip = \"a.wav\"   # first", "noise = \"a.wav\"   # first").replace("\"clip\"", "\"noise\"");
    changes(TEXT, &rename("clip", "noise"), &renamed);
    changes(TEXT, &rename("clip", "clip"), TEXT);
    for (from, to) in [("read", "err"), ("read", "clip"), ("gone", "new"), ("read", "Bad Name")] {
        assert!(session(TEXT).apply(&rename(from, to)).is_err(), "{from} {to}");
    }
}

#[test]
fn several_edits_are_one_or_none() {
    let both = Edit::All(vec![Edit::SetTitle("new".into()), Edit::Bypass { stage: "err".into(), on: true }]);
    let expected = TEXT.replace("\"t\"", "\"new\"").replace("# two\n", "# two\nbypass = true\n");
    changes(TEXT, &both, &expected);
    let mut session = session(TEXT);
    let half = Edit::All(vec![Edit::SetTitle("new".into()), Edit::RemoveStage { id: "gone".into() }]);
    assert!(session.apply(&half).is_err());
    assert_eq!(session.text(), TEXT, "nothing of it has happened");
}

#[test]
fn an_edit_of_the_text_needs_the_text_and_leaves_a_session() {
    let mut session = session("auricle = 1\n");
    let edit = |old: &str, new: &str| Edit::Text { at: 10, old: old.into(), new: new.into() };
    assert!(session.apply(&edit("2", "1")).is_err());
    assert!(session.apply(&edit("1", "[")).is_err());
    assert!(session.apply(&Edit::Text { at: 99, old: String::new(), new: "x".into() }).is_err());
    assert_eq!(session.text(), "auricle = 1\n");
    session.apply(&edit("1", "1 # é")).expect("it is still a session");
    assert_eq!(session.text(), "auricle = 1 # é\n");
}

#[test]
fn line_ends_of_other_systems_stay() {
    let text = TEXT.replace('\n', "\r\n");
    changes(&text, &set("read", "start_s", 4), &text.replace("start_s = 1.0", "start_s = 4"));
}

#[test]
fn what_a_removed_stage_fed_is_fed_by_what_fed_it() {
    let removal = session(TEXT).removal("read").expect("it is there");
    let start = TEXT.find("\n# reads").expect("it is there");
    let end = TEXT.find("\n# compares").expect("it is there");
    let expected = [&TEXT[..start], &TEXT[end..]]
        .concat()
        .replace("[\"read\", \"read.audio\"]", "[\"clip\", \"clip\"]")
        .replace("reference = \"read\"", "reference = \"clip\"");
    changes(TEXT, &removal, &expected);
    let alone =
        "auricle = 1\n[[stage]]\nid = \"a\"\nuse = \"b.c\"\n[[stage]]\nid = \"b\"\nuse = \"b.c\"\ninput = \"a\"\n";
    let removal = session(alone).removal("a").expect("it is there");
    changes(alone, &removal, "auricle = 1\n[[stage]]\nid = \"b\"\nuse = \"b.c\"\n");
    assert!(session(TEXT).removal("gone").is_err());
}

#[test]
fn names_are_found_that_are_free() {
    let session = session(TEXT);
    for (wish, expected) in [
        ("new", "new"),
        ("read", "read_2"),
        ("clip", "clip_2"),
        ("My File", "my_file"),
        ("1.wav", "stage_1_wav"),
        ("", "stage_"),
    ] {
        assert_eq!(session.free_name(wish), expected);
    }
}

/// Any number of random edits, taken back one by one, leave the very same bytes.
#[test]
fn undo_restores_every_byte() {
    let no_end = TEXT.trim_end();
    let braces = "auricle=1\nstage=[{id=\"read\",use=\"a.b\"},\n  {id='err',use=\"a.c\",input=['read',], parameters={a=1}, },\n]\ninputs={clip=\"a\"}";
    let dotted = "auricle = 1\ninputs.clip = 'ä'\nview.zoom = 1\n[[stage]]\nid = \"read\"\nuse = \"a.b\"\nparameters.x = 1\nparameters.y = 2\n  [[stage]]\n\tid='err'\n\n";
    let crlf = TEXT.replace('\n', "\r\n");
    for (seed, text) in [TEXT, no_end, braces, dotted, &crlf, "auricle = 1", "\u{feff}auricle = 1\n"].iter().enumerate()
    {
        for round in 0..40 {
            let mut random = Random(seed as u64 * 1000 + round);
            let mut session = session(text);
            let mut texts = Vec::new();
            for _ in 0..25 {
                let edit = random.edit();
                let before = session.text().to_owned();
                match session.apply(&edit) {
                    Ok(undo) => texts.push((before, undo)),
                    Err(_) => assert_eq!(session.text(), before, "{edit:?} was refused and changed something"),
                }
            }
            for (before, undo) in texts.into_iter().rev() {
                session.apply(&undo).expect("an inverse applies");
                assert_eq!(session.text(), before);
            }
            assert_eq!(session.text(), *text);
        }
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn pick(&mut self, words: &[&str]) -> String {
        words[self.below(words.len())].to_owned()
    }

    fn name(&mut self) -> String {
        self.pick(&["read", "err", "last", "clip", "other", "new", "newer", "clip2"])
    }

    fn value(&mut self) -> Value {
        match self.below(6) {
            0 => Value::None,
            1 => true.into(),
            2 => (self.below(100) as i64).into(),
            3 => (self.below(100) as f64 / 8.0).into(),
            4 => self.pick(&["é\n\"quoted\"", "", "plain"]).into(),
            _ => Value::List(vec!["kaiser".into(), 14.0.into()]),
        }
    }

    fn feeds(&mut self) -> Vec<Feed> {
        (0..self.below(4))
            .map(|_| if self.below(3) == 0 { Feed::into_port("p", "read") } else { Feed::new(&self.name()) })
            .collect()
    }

    fn edit(&mut self) -> Edit {
        let parameter = |random: &mut Self| random.pick(&["a", "start_s", "crop", "x", "odd key"]);
        match self.below(13) {
            0 => Edit::SetTitle(self.pick(&["", "a", "ü # no comment"])),
            1 => Edit::SetSeed(self.below(9) as u64),
            2 => Edit::SetInput { name: self.name(), path: (self.below(2) == 0).then(|| self.name()) },
            3 => Edit::AddStage {
                stage: NewStage {
                    id: self.name(),
                    stage: "a.b".into(),
                    feeds: self.feeds(),
                    parameters: vec![("a".into(), self.value())],
                },
                after: (self.below(2) == 0).then(|| self.name()),
            },
            4 => Edit::RemoveStage { id: self.name() },
            5 | 6 => Edit::SetParameter { stage: self.name(), parameter: parameter(self), value: self.value() },
            7 => Edit::ResetParameter { stage: self.name(), parameter: parameter(self) },
            8 => Edit::Rewire { stage: self.name(), feeds: self.feeds() },
            9 => Edit::Bypass { stage: self.name(), on: self.below(2) == 0 },
            10 => Edit::MoveStage { id: self.name(), after: (self.below(2) == 0).then(|| self.name()) },
            11 => Edit::Rename { from: self.name(), to: self.name() },
            _ => Edit::SetView { key: self.pick(&["zoom", "stage"]), value: self.value() },
        }
    }
}
