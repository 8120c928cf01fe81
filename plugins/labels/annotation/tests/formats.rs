//! Round trips: what comes back is what went in, or is said to be lost.

use auricle_annotation::{Annotation, Format, Label, print, read};

fn label(start: f64, end: f64, text: &str) -> Label {
    Label::new(start, end, text)
}

/// Prints, reads back, and wants the same labels and no word about losses.
#[track_caller]
fn check(format: Format, labels: Vec<Label>) {
    let annotation = Annotation::new(labels);
    let (text, losses) = print(&annotation, format);
    let back = read("x", text.as_bytes(), Some(format)).unwrap_or_else(|e| panic!("{}: {e}\n{text}", format.name()));
    assert!(losses.is_empty() && back.losses.is_empty(), "{}: {losses}; {}", format.name(), back.losses);
    assert_eq!(back.annotation.labels, annotation.labels, "{text}");
    let again = print(&back.annotation, format).0;
    assert_eq!(again, text, "{}", format.name());
    if !annotation.labels.is_empty() {
        assert_eq!(Format::of(&format!("x.{}", format.name()), &text), Some(format), "{text}");
    }
}

#[test]
fn what_a_format_holds_comes_back() {
    let plain =
        || vec![label(0.0, 0.5, "one"), label(0.5, 1.25, "zwei, \"drei\" & <vier>"), label(2.0, 3600.001, "größer")];
    for format in [Format::Audacity, Format::Srt, Format::Vtt, Format::Csv, Format::Json, Format::Jams] {
        check(format, plain());
        check(format, vec![]);
    }
    let tiered = |tier: &str, label: Label| Label { tier: Some(tier.into()), ..label };
    let mut two = plain().into_iter().map(|label| tiered("words", label)).collect::<Vec<_>>();
    two.push(tiered("clicks \"hard\"", label(1.0 / 3.0, 1.0 / 3.0, "a \"b\"\nc")));
    for format in [Format::TextGrid, Format::Jams, Format::Csv, Format::Json] {
        check(format, two.clone());
    }
    let full = Label {
        score: Some(0.875),
        speaker: Some("ann".into()),
        channel: Some("2".into()),
        file: Some("call".into()),
        ..label(0.1, 0.3, "word")
    };
    for format in [Format::Rttm, Format::Ctm, Format::Csv, Format::Json] {
        check(format, vec![full.clone(), Label { start: 1.1, end: 2.345_678, ..full.clone() }]);
    }
    check(Format::Ctm, vec![Label { tier: Some("lex".into()), score: None, ..full.clone() }]);
    let band = |fmin, fmax| Label { fmin, fmax, ..label(1.0, 2.0, "hum") };
    for format in [Format::Audacity, Format::Csv, Format::Json] {
        check(format, vec![band(Some(49.5), Some(50.5)), band(None, Some(8000.0)), label(3.0, 3.0, "point")]);
    }
    check(Format::Vtt, vec![Label { speaker: Some("Ann & <Bob>".into()), ..label(1.0, 2.0, "two\nlines") }]);
}

#[test]
fn what_a_format_does_not_hold_is_said() {
    let full = Label {
        score: Some(0.5),
        speaker: Some("a b".into()),
        channel: Some("L".into()),
        tier: Some("t".into()),
        fmin: Some(1.0),
        fmax: Some(2.0),
        file: Some("f".into()),
        ..label(0.000_25, 1.0, "a b\n\nc")
    };
    let annotation = Annotation::new(vec![full.clone(), Label { start: 0.500_25, ..full }]);
    for (format, words) in [
        (Format::Audacity, &["score", "speaker", "channel", "tier", "recording", "one line"][..]),
        (Format::TextGrid, &["score", "speaker", "channel", "frequencies", "recording", "overlap"]),
        (
            Format::Srt,
            &["score", "speaker", "channel", "tier", "frequencies", "recording", "milliseconds", "blank lines"],
        ),
        (Format::Vtt, &["score", "channel", "tier", "frequencies", "recording", "milliseconds", "blank lines"]),
        (Format::Rttm, &["frequencies", "spaces"]),
        (Format::Ctm, &["frequencies", "spaces"]),
        (Format::Jams, &["speaker", "channel", "frequencies"]),
        (Format::Csv, &[]),
        (Format::Json, &[]),
    ] {
        let (_, losses) = print(&annotation, format);
        for word in words {
            assert!(losses.to_string().contains(word), "{}: nothing about {word} in: {losses}", format.name());
        }
        assert!(
            losses.len() == words.len()
                && losses.sentences().iter().all(|s| s.contains("times") || s.contains("overlap")),
            "{}: {losses}",
            format.name()
        );
    }
}

/// Reads by content alone.
#[track_caller]
fn heard(text: impl AsRef<[u8]>) -> (Format, Vec<(f64, f64, String)>, String) {
    let read = read("file", text.as_ref(), None).expect("it reads");
    let labels = read.annotation.labels.iter().map(|l| (l.start, l.end, l.text.clone())).collect();
    (read.format, labels, read.losses.to_string())
}

#[test]
fn files_of_other_programs_are_read() {
    let one = |start, end, text: &str| vec![(start, end, text.to_owned())];
    // Audacity 3.4 with spectral selection.
    assert_eq!(
        heard("0.500000\t1.250000\tbird\n\\\t2000.000000\t-1.000000\n"),
        (Format::Audacity, one(0.5, 1.25, "bird"), String::new())
    );
    // Praat 6.3, short, saved as UTF-16.
    let short = "File type = \"ooTextFile\"\nObject class = \"TextGrid\"\n\n0\n2.5\n<exists>\n2\n\"IntervalTier\"\n\"Mary\"\n0\n2.5\n3\n0\n1\n\"\"\n1\n1.75\n\"say \"\"hi\"\"\"\n1.75\n2.5\n\"\"\n\"TextTier\"\n\"bell\"\n0\n2.5\n1\n2\n\"ding\"\n";
    let wide: Vec<u8> = "\u{feff}".encode_utf16().chain(short.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    let (format, labels, lost) = heard(&wide);
    assert_eq!(
        (format, labels, lost.as_str()),
        (Format::TextGrid, vec![(1.0, 1.75, "say \"hi\"".into()), (2.0, 2.0, "ding".into())], "")
    );
    let grid = read("a", short.as_bytes(), None).expect("it reads").annotation;
    assert_eq!((grid.duration, grid.tiers), (Some(2.5), vec!["Mary".to_owned(), "bell".to_owned()]));
    // CR LF, no number, places on the screen.
    let (format, labels, lost) = heard(
        "00:00:01,000 --> 00:00:02,000  X1:40\r\nHello\r\nyou\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\nthere\r\n",
    );
    assert_eq!((format, labels.len(), labels[0].2.as_str()), (Format::Srt, 2, "Hello\nyou"));
    assert!(lost.contains("place"), "{lost}");
    let (format, labels, lost) = heard(
        "WEBVTT - title\n\nNOTE hidden\n\nintro\n00:01.000 --> 00:02.500 align:start\n<v.loud Ann>Hi <i>there</i></v> &amp; you\n",
    );
    assert_eq!((format, labels), (Format::Vtt, one(1.0, 2.5, "Hi there & you")));
    for word in ["header", "NOTE", "names", "place", "marks"] {
        assert!(lost.contains(word), "{word}: {lost}");
    }
    let (format, labels, lost) = heard(
        ";; made by hand\nSPEAKER call 1 0.10 0.20 <NA> <NA> ann 0.9 <NA>\nSPKR-INFO call 1 <NA> <NA> <NA> unknown ann <NA>\n",
    );
    assert_eq!((format, labels), (Format::Rttm, vec![(0.1, 0.3, String::new())]));
    assert!(lost.contains("comments") && lost.contains("SPKR-INFO"), "{lost}");
    assert_eq!(heard("sw02001 A 0.50 0.25 hello 0.98\n"), (Format::Ctm, one(0.5, 0.75, "hello"), String::new()));
    let (format, labels, lost) = heard("Onset;Duration;Word;Mood\n0,5;1;x;y\n".replace("0,5", "0.5"));
    assert_eq!((format, labels), (Format::Csv, one(0.5, 1.5, "x")));
    assert!(lost.contains("columns"), "{lost}");
    let jams = r#"{"annotations": [{"namespace": "beat", "data": [{"time": 0.25, "duration": 0.0, "value": 3, "confidence": null}], "annotation_metadata": {"curator": {"name": "x"}}}], "file_metadata": {"duration": 9.5}}"#;
    let (format, labels, lost) = heard(jams);
    assert_eq!((format, labels), (Format::Jams, one(0.25, 0.25, "3")));
    assert!(lost.contains("who made") && lost.contains("no text"), "{lost}");
    assert_eq!(heard(r#"[{"start": 1, "end": 2.5, "text": "x"}]"#), (Format::Json, one(1.0, 2.5, "x"), String::new()));
}

#[test]
fn faults_have_their_line() {
    for (format, text, line, word) in [
        (Format::Audacity, "0\t1\ta\nx\t2\tb\n", 2, "start"),
        (Format::Audacity, "1\t0.5\ta\n", 1, "before"),
        (Format::Audacity, "nan\t0.5\ta\n", 1, "start"),
        (Format::Audacity, "\\\t1\t2\n", 1, "before the first"),
        (
            Format::TextGrid,
            "File type = \"ooTextFile\"\nObject class = \"TextGrid\"\n\n0\n1\n<exists>\n1\n\"Odd\"\n",
            8,
            "Odd",
        ),
        (
            Format::TextGrid,
            "File type = \"ooTextFile\"\nObject class = \"TextGrid\"\n\n0\n1\n<exists>\n4e9\n",
            7,
            "end of the file",
        ),
        (Format::TextGrid, "File type = \"ooTextFile\"\nObject class = \"Sound\"\n", 2, "Sound"),
        (Format::Srt, "1\n00:00:01,000 -> 00:00:02,000\n", 1, "-->"),
        (Format::Vtt, "WEBVTT\n\n00:00:61 --> x\n", 3, "time"),
        (Format::Rttm, "SPEAKER a 1 0 1\n", 1, "8 fields"),
        (Format::Ctm, "\na 1 0\n", 2, "5 fields"),
        (Format::Csv, "a,b\n1,2\n", 1, "column start"),
        (Format::Csv, "start,end\n1,2\n3,x\n", 3, "seconds"),
        (Format::Jams, "{\n\"annotations\": 3}", 1, "list"),
        (Format::Json, "[\n3]", 2, "objects"),
    ] {
        let error = read("x", text.as_bytes(), Some(format)).expect_err("it is refused");
        assert!(error.line == line && error.message.contains(word), "{}: {error}", format.name());
    }
    let error = read("x.bin", b"\x01\x02", None).expect_err("it is refused");
    assert!(error.message.contains("textgrid"), "{error}");
}

#[test]
fn no_bytes_make_a_panic() {
    let (text, _) = print(&Annotation::new(vec![label(0.5, 1.0, "a \"b\"")]), Format::TextGrid);
    for format in Format::ALL {
        let own = print(&Annotation::new(vec![label(0.5, 1.0, "a \"b\"")]), format).0;
        for file in [&text, &own] {
            for cut in 0..file.len() {
                let _ = read("x", &file.as_bytes()[..cut], Some(format));
                let mut flipped = file.clone().into_bytes();
                flipped[cut] ^= 0x1f;
                let _ = read("x", &flipped, Some(format));
            }
        }
    }
}
