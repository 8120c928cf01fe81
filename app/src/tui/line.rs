//! The line to the terminal: how many bytes may be on their way, so that what is pressed is soon answered.
//!
//! What lies between a program and its user takes bytes long before they are seen: a pseudo-terminal some kilobytes, a
//! connection over the network megabytes. So behind a piece of a frame the terminal is asked a question, and its answer
//! tells that it has come so far. Where nobody answers, only a queue that is full tells of a slow line.

use std::time::{Duration, Instant};

/// Bytes that may be on their way as long as the line is not known, and on any.
const FIRST: usize = 2 << 10;
const MOST: usize = 1 << 20;
const LEAST: usize = 256;
/// Bytes behind which a question is worth its own.
const WORTH: usize = 2 << 10;
/// After this the terminal will not answer the first question.
const SILENCE: Duration = Duration::from_millis(100);
/// After this nobody waits for an answer that once would have come.
const LOST: Duration = Duration::from_secs(5);
/// An answer that comes no later than this behind the quickest allows more bytes.
const QUICK: Duration = Duration::from_millis(40);
/// None takes longer because of the way alone.
const FAR: Duration = Duration::from_millis(700);
/// One that comes later than this allows only as many as get through in [`WAIT`].
const LATE: Duration = Duration::from_millis(150);
const WAIT: Duration = Duration::from_millis(250);
/// Bytes a second of a line that is slow.
const SLOW: f64 = 20_000.0;
/// How long a full queue is watched before its speed is known.
const WATCHED: Duration = Duration::from_millis(3_000);
/// How much of that speed is used: a queue takes more at first than has gone out of it (Linux frees it in lumps).
const SHARE: f64 = 0.5;
/// Bytes that no program can take back from a pseudo-terminal (Linux 6.18: its reader has 4095).
const TAKEN: f64 = 4_096.0;

/// Does the terminal answer?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answering {
    /// It was asked.
    Unknown,
    /// It has.
    Yes,
    /// It was not asked, or has not until now.
    No,
}

/// What may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// So many bytes, at once.
    Now(usize),
    /// None before so long.
    Later(Duration),
}

/// What is known of the line.
#[derive(Debug)]
pub struct Line {
    answering: Answering,
    /// Bytes that may be on their way.
    window: usize,
    /// The question that waits for its answer: the bytes up to it, and when it was asked.
    asked: Option<(usize, Instant)>,
    /// Bytes behind it.
    behind: usize,
    /// The quickest answer.
    quickest: Duration,
    /// How many answers came late, one after the other.
    late: u32,
    /// Since when a full queue has moved, and by how many bytes.
    moving: Option<(Instant, usize)>,
    /// Bytes a second of a slow line that does not answer, and when what was written will have gone.
    pace: Option<(f64, Instant)>,
}

impl Default for Line {
    fn default() -> Self {
        Line {
            answering: Answering::No,
            window: FIRST,
            asked: None,
            behind: 0,
            quickest: Duration::MAX,
            late: 0,
            moving: None,
            pace: None,
        }
    }
}

impl Line {
    /// Nothing is on its way any more; whether the terminal answers is still known.
    pub fn begin(&mut self) {
        let asked = self.asked.filter(|_| self.answering == Answering::Unknown);
        *self = Line { answering: self.answering, asked, ..Line::default() };
    }

    /// How much may be written.
    pub fn room(&mut self, now: Instant) -> Room {
        if let Some((speed, gone)) = self.pace {
            let wait = gone.saturating_duration_since(now);
            let most = (speed * WAIT.as_secs_f64()) as usize;
            return if wait.is_zero() { Room::Now(most.max(LEAST)) } else { Room::Later(wait) };
        }
        if let Some((_, since)) = self.asked {
            let waited = now.saturating_duration_since(since);
            if self.answering == Answering::Unknown && waited >= SILENCE {
                // Should it answer yet, not much more is to stand before what comes then.
                (self.answering, self.window) = (Answering::No, LEAST);
            } else if self.answering == Answering::Yes && waited >= LOST {
                (self.asked, self.behind, self.window) = (None, 0, LEAST);
            }
        }
        if self.answering == Answering::No {
            return Room::Now(MOST);
        }
        let on_way = self.behind + self.asked.map_or(0, |(bytes, _)| bytes);
        match self.window.saturating_sub(on_way) {
            // Nothing would ever tell that there is room again.
            0 if self.asked.is_none() => Room::Now(LEAST),
            0 => Room::Later(SILENCE / 4),
            room => Room::Now(room),
        }
    }

    /// Does the terminal answer, as far as is known?
    pub fn answers(&self) -> bool {
        self.answering != Answering::No
    }

    /// So many bytes are about to be written: is the question to follow them?
    pub fn asks(&mut self, bytes: usize, now: Instant) -> bool {
        self.behind += bytes;
        if let Some((speed, gone)) = &mut self.pace {
            *gone = (*gone).max(now) + Duration::from_secs_f64(bytes as f64 / *speed);
            return false;
        }
        let is_worth_it = self.behind >= WORTH.min(self.window / 2);
        let asks = is_worth_it && self.asked.is_none() && self.answering == Answering::Yes;
        if asks {
            self.asked(now);
        }
        asks
    }

    /// The terminal is asked, behind all that was written.
    pub fn asked(&mut self, now: Instant) {
        if self.answering == Answering::No {
            self.answering = Answering::Unknown;
        }
        self.asked = Some((self.behind, now));
        self.behind = 0;
    }

    /// The answer has come.
    pub fn answered(&mut self, now: Instant) {
        self.answering = Answering::Yes;
        let Some((bytes, since)) = self.asked.take() else { return };
        let time = now.saturating_duration_since(since);
        self.quickest = self.quickest.min(time).min(FAR);
        let delay = time - self.quickest;
        if delay > LATE {
            let speed = bytes as f64 / time.as_secs_f64();
            self.window = ((speed * WAIT.as_secs_f64()) as usize).clamp(LEAST, self.window.max(LEAST));
            self.late += 1;
        } else {
            self.late = 0;
            if delay <= QUICK && bytes + self.behind >= self.window / 4 {
                self.window = (self.window * 4).min(MOST);
            }
        }
    }

    /// The queue is full, or has just taken so many bytes after it was; says whether it is slow, which nobody knew.
    pub fn moves(&mut self, bytes: usize, now: Instant) -> bool {
        // A terminal that stands still for a while is not slow: time counts from when it moves.
        let Some((since, moved)) = &mut self.moving else {
            self.moving = Some((now, 0));
            return false;
        };
        *moved += bytes;
        let (time, moved) = (now.saturating_duration_since(*since), *moved);
        if time < WATCHED {
            return false;
        }
        let speed = self.pace.map_or(moved as f64 / time.as_secs_f64(), |(speed, _)| speed);
        self.moving = None;
        if speed < SLOW {
            // If it is full at a pace that was known, that was too fast.
            let pace = (speed * SHARE).max(100.0);
            self.begin();
            self.window = LEAST;
            let answers = self.answering == Answering::Yes;
            self.pace = (!answers).then(|| (pace, now + Duration::from_secs_f64(TAKEN / pace)));
        }
        speed < SLOW
    }

    /// All was taken without waiting.
    pub fn flows(&mut self) {
        self.moving = None;
    }

    /// Is it too slow for pictures and many colours?
    pub fn is_slow(&self) -> bool {
        self.pace.is_some() || self.late >= 2 && (self.window as f64) < SLOW * WAIT.as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line of some speed in bytes a second, to a terminal that answers after `trip` when nothing is in its way.
    /// Writes as much as it may for some seconds; gives the longest time that anything stood in the queue, in the second
    /// half, and the bytes that got through.
    fn run(speed: f64, trip: Duration, seconds: f64) -> (f64, f64, Line) {
        let (mut line, start) = (Line::default(), Instant::now());
        let (mut queue, mut through, mut longest): (f64, f64, f64) = (0.0, 0.0, 0.0);
        let mut answers: Vec<f64> = Vec::new();
        line.asked(start);
        answers.push(trip.as_secs_f64());
        let step = 0.002;
        for at in (0..(seconds / step) as usize).map(|k| k as f64 * step) {
            let now = start + Duration::from_secs_f64(at);
            answers.retain(|due| {
                if *due <= at {
                    line.answered(now);
                }
                *due > at
            });
            if let Room::Now(room) = line.room(now) {
                queue += room as f64;
                if line.asks(room, now) {
                    answers.push(at + queue / speed + trip.as_secs_f64());
                }
            }
            if at > seconds / 2.0 {
                longest = longest.max(queue / speed);
            }
            let gone = queue.min(speed * step);
            (queue, through) = (queue - gone, through + gone);
        }
        (longest, through, line)
    }

    #[test]
    fn nothing_stands_long_in_the_queue_of_a_line_that_answers() {
        let ms = Duration::from_millis;
        for (speed, trip, longest) in [
            (960.0, ms(1), 0.7),
            (960.0, ms(80), 0.7),
            (11_520.0, ms(1), 0.5),
            (200_000.0, ms(100), 0.5),
            (20e6, ms(1), 0.1),
            (20e6, ms(150), 0.2),
        ] {
            let (waited, through, line) = run(speed, trip, 20.0);
            assert!(waited <= longest, "{speed} B/s, {trip:?}: {waited} s");
            // A third of a megabyte a trip is enough for anybody.
            let share = through / 20.0 / speed.min(0.35e6 / trip.as_secs_f64());
            assert!(share > 0.4, "{speed} B/s, {trip:?}: {share} of it is used");
            assert_eq!(line.is_slow(), speed < 20_000.0, "{speed} B/s, {trip:?}");
        }
    }

    #[test]
    fn a_terminal_that_never_answers_gets_all_until_its_queue_is_full() {
        let (mut line, start) = (Line::default(), Instant::now());
        line.asked(start);
        assert_eq!(line.room(start), Room::Now(FIRST));
        assert!(!line.asks(FIRST, start));
        assert!(matches!(line.room(start), Room::Later(_)));
        let later = start + SILENCE;
        assert_eq!(line.room(later), Room::Now(MOST));
        // It stands still for a minute: nothing is known. Then it moves, slowly.
        let at = |ms: u64| later + Duration::from_millis(60_000 + ms);
        assert!(!line.moves(500, at(0)) && !line.moves(3_000, at(500)) && !line.moves(1_500, at(1_000)));
        assert!(line.moves(1_500, at(3_000)) && line.is_slow(), "6 kB in 3 s");
        assert_eq!(line.room(at(3_000)), Room::Later(Duration::from_micros(4_096_000)));
        assert_eq!(line.room(at(7_096)), Room::Now(LEAST));
        line.asks(2_000, at(8_000));
        assert_eq!(line.room(at(8_000)), Room::Later(Duration::from_secs(2)));
        // At that pace it is full again: it was too fast.
        assert!(!line.moves(500, at(9_000)) && line.moves(500, at(12_000)));
        assert_eq!(line.room(at(12_000)), Room::Later(Duration::from_micros(8_192_000)));
        line.begin();
        assert!(!line.is_slow());
        assert_eq!(line.room(at(3_000)), Room::Now(MOST));
    }

    #[test]
    fn an_answer_that_is_lost_holds_up_nothing_for_long() {
        let (mut line, start) = (Line::default(), Instant::now());
        line.asked(start);
        line.answered(start + Duration::from_millis(5));
        while let Room::Now(room) = line.room(start) {
            line.asks(room, start);
        }
        assert_eq!(line.room(start + LOST), Room::Now(LEAST));
    }
}
