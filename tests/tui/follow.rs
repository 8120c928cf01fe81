//! Bundled sessions: the lanes follow the chosen stage, and tables show the metrics of the report.

use crate::screen::Screen;
use crate::support::{auricle, root, scratch};
use auricle::tui::{Kind, Lane};
use serde_json::Value as Json;

#[test]
fn the_lanes_show_what_is_nearest_to_the_chosen_stage() {
    let mut screen = Screen::open(&root().join("sessions/spectrogram-tour.toml"), (120, 40));
    let shown = |screen: &Screen| {
        let id = |row: usize| screen.state().pipeline.stages[row].id.clone();
        let wave = screen.state().playable().map(|target| id(target.row));
        (
            wave.unwrap_or_default(),
            screen.state().grid().and_then(|grid| grid.target.as_ref()).map(|t| id(t.row)).unwrap_or_default(),
        )
    };
    screen.keys("1");
    let mut seen = Vec::new();
    for _ in 0..screen.state().pipeline.stages.len() {
        let chosen = screen.state().stage().expect("there are stages").id.clone();
        seen.push((chosen, shown(&screen)));
        screen.keys("Down");
    }
    let expected = |chosen: &str, wave: &str, grid: &str| {
        let row = seen.iter().find(|(id, _)| id == chosen).unwrap_or_else(|| panic!("{chosen} is in the tour"));
        assert_eq!(row.1, (wave.to_owned(), grid.to_owned()), "{chosen}");
    };
    expected("speech_audio", "speech_audio", "speech_dbfs");
    expected("speech_stft", "speech_audio", "speech_dbfs");
    expected("speech_picture", "speech_audio", "speech_dbfs");
    expected("effect_dbfs", "effect_audio", "effect_dbfs");
    expected("music_mel", "music_audio", "music_mel");
    expected("music_picture", "music_audio", "music_db");
    expected("voice_mel", "voice_audio", "voice_mel");
}

#[test]
fn a_comparison_shows_the_metrics_of_the_report() {
    let home = scratch();
    let session = root().join("sessions/tacotron2-and-librosa.toml");
    let out = home.path().join("out");
    let run = auricle(home.path()).arg("replay").arg(&session).arg("--out").arg(&out).output();
    let run = run.expect("the program starts");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let report: Json = serde_json::from_str(&std::fs::read_to_string(out.join("report.json")).expect("it was written"))
        .expect("it is JSON");
    let stages = report["stages"].as_array().expect("a report has stages");
    let stage = stages.iter().find(|stage| stage["id"] == "aligned_distance").expect("it is in the session");
    let mut screen = Screen::open(&session, (140, 40));
    screen.keys("1");
    while screen.state().stage().is_some_and(|stage| stage.id != "aligned_distance") {
        screen.keys("Down");
    }
    screen.shows("3 Table");
    let metrics = stage["metrics"].as_array().expect("it has metrics");
    assert!(metrics.len() >= 4, "{metrics:?}");
    for metric in metrics {
        let (name, value) = (metric["name"].as_str().expect("a text"), metric["value"].as_f64().expect("a number"));
        let table = screen.state().lanes.current(Kind::Table).and_then(Lane::table).expect("it is shown");
        let rows = &table.rows;
        let row = rows.iter().find(|row| row[0] == name).unwrap_or_else(|| panic!("{name} is missing: {rows:?}"));
        let shown: f64 = row[1].parse().unwrap_or_else(|_| panic!("{row:?}"));
        assert!((shown - value).abs() <= value.abs() * 1e-5 + 1e-6, "{name}: {shown}, {value}");
    }
}

#[test]
fn the_header_tells_peak_and_loudness_as_info_does() {
    let home = scratch();
    let clip = root().join("sessions/media/music.ogg");
    let run = auricle(home.path()).arg("info").arg("--json").arg(&clip).output().expect("the program starts");
    let info: Json = serde_json::from_slice(&run.stdout).expect("it is JSON");
    let mut screen = Screen::open(&clip, (160, 40));
    while screen.state().loudness.peak_dbfs.is_none() {
        screen.settle_one();
    }
    let number = |name: &str| info[name].as_f64().unwrap_or_else(|| panic!("{name} in {info}"));
    screen.shows(&format!("peak {:.1} dBFS   {:.1} LUFS", number("peak_dbfs"), number("lufs")));
    // It is what the chosen stage has to hear.
    let gain = home.path().join("gain.toml");
    let text = format!(
        r#"auricle = 1
inputs = {{ clip = {clip:?} }}
stage = [
    {{ id = "read", use = "read.audio", input = "clip" }},
    {{ id = "quieter", use = "effect.gain", input = "read", parameters = {{ gain_db = -10.0 }} }},
]
"#
    );
    std::fs::write(&gain, text).expect("scratch is writable");
    let mut screen = Screen::open(&gain, (160, 40));
    screen.keys("1 Down");
    let expected = number("lufs") - 10.0;
    while screen.state().loudness.lufs.is_none_or(|lufs| (lufs - expected).abs() > 0.01) {
        screen.settle_one();
    }
}

#[test]
fn the_welcome_screen_leads_to_files_and_the_demo() {
    let mut screen = Screen::new((80, 24), auricle::tui::Depth::True);
    screen.shows("plugins with");
    screen.shows("open");
    screen.keys("x");
    screen.shows("does nothing here");
    screen.keys("d");
    screen.shows("spectrogram-tour.toml");
    screen.shows("speech_audio");
    // From the directory of the session up, and down again by name.
    screen
        .keys("o")
        .type_in("speech-22")
        .keys("Esc o")
        .type_in("media")
        .keys("Enter")
        .type_in("speech-22")
        .keys("Enter");
    screen.settle();
    screen.shows("speech-22k.wav");
    screen.shows("22.05 kHz");
}

#[test]
fn a_session_with_faults_opens_and_says_what_is_wrong() {
    let home = scratch();
    let text = std::fs::read_to_string(root().join("tests/invalid/unknown-parameter.toml")).expect("it is there");
    let path = home.path().join("faulty.toml");
    std::fs::write(&path, text).expect("scratch is writable");
    let screen = Screen::open(&path, (120, 36));
    screen.shows("✗");
    assert!(screen.state().pipeline.has_problems());
    let message = screen.state().message.as_ref().expect("it says so");
    assert!(message.text.len() > 10, "{message:?}");
}

#[test]
fn a_damaged_file_is_shown_or_explained() {
    for name in ["text.wav", "empty.wav", "cut-data.wav", "wav-0-samples.wav", "wav-16-9ch.wav", "fmt-0hz.wav"] {
        let mut screen = Screen::open(&root().join("tests/data/files").join(name), (100, 30));
        screen.keys("Up Right End k j c y v v v a 1 Down 2 Down 3");
        let failed = screen.state().pipeline.has_problems();
        assert!(failed || screen.state().timeline.is_some(), "{name}:\n{}", screen.text());
    }
}
