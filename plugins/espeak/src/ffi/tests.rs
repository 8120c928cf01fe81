use super::*;

#[test]
fn texts_are_always_spoken_alike() {
    let Ok(espeak) = Espeak::new() else {
        return assert!(Espeak::new().is_err_and(|why| why.contains("apt install libespeak-ng1")));
    };
    assert_eq!((espeak.choose("nobody"), espeak.choose("en-us")), (Ok(false), Ok(true)));
    drop(espeak);
    // A formant voice, Klatt's, and one whose breath is chance.
    for voice in ["en-us", "en+klatt", "en+whisper"] {
        let say = |text: &str| {
            let espeak = Espeak::new().expect("it was there");
            assert!(espeak.choose(voice).expect("asked"), "{voice}");
            espeak.speak(text, || true).expect("spoken")
        };
        let (one, two) = (say("Ever tried."), say("Ever failed, no matter!"));
        assert!(one.0.len() > 8000 && one.1.len() > 5, "{voice}: {} samples, {:?}", one.0.len(), one.1);
        for _ in 0..2 {
            let again = say("Ever failed, no matter!") == two && say("Ever tried.") == one;
            assert!(again, "{voice}: what was said before is heard");
        }
    }
}

#[test]
fn whoever_stops_hears_the_beginning() {
    let Ok(espeak) = Espeak::new() else { return };
    espeak.choose("en").expect("asked");
    let (samples, _) = espeak.speak(&"Try again. ".repeat(100), || false).expect("spoken");
    assert!(!samples.is_empty() && samples.len() < 22_050, "{} samples", samples.len());
}
