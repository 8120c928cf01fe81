//! What a person can ask for, and the one table that makes keys, help, footer and palette.

use super::alteration::Alter;
use super::annotating::Annotate;
use super::ask::Measure;
pub use super::focus::Focus;
use super::sound::Listen;

/// Something a person asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Leaves the program, asking first if changes would be lost.
    Quit,
    /// Leaves the program, now or at the second time.
    Interrupt,
    /// Hands the terminal back to the shell for a while.
    Suspend,
    /// Draws everything anew.
    Redraw,
    /// Closes what is open, or stops what is being computed.
    Cancel,
    /// Shows the keys.
    Help,
    /// Lists all actions to search and run.
    Palette,
    /// Gives the next view the focus.
    NextFocus,
    /// Gives the view before the focus.
    PreviousFocus,
    /// Gives one view the focus.
    Focus(Focus),
    /// Shows or hides pipeline and parameters.
    ToggleSide,
    /// Asks for a file to open.
    Open,
    /// Saves the session.
    Save,
    /// Saves the session under another name.
    SaveAs,
    /// Takes the last edit back.
    Undo,
    /// Makes the edit again that was taken back last.
    Redo,
    /// Plays, or holds.
    PlayPause,
    /// Plays from the cursor on.
    PlayCursor,
    /// Listens otherwise.
    Listen(Listen),
    /// Moves the window, in tenths of its width.
    Pan(i8),
    /// Moves the window by its width.
    Page(i8),
    /// Goes to the beginning.
    Start,
    /// Goes to the end.
    End,
    /// Shows half or twice as much time.
    Zoom(i8),
    /// Shows everything.
    Fit,
    /// Moves the cursor by columns.
    Cursor(i8),
    /// Moves the cursor by rows, up.
    Pitch(i8),
    /// Shows half or twice as many frequencies.
    Taller(i8),
    /// Draws the waveform larger or smaller, in powers of two.
    Amplitude(i8),
    /// Moves the least level that has a colour, in steps of 5 dB.
    Floor(i8),
    /// Moves the level of the brightest colour.
    Ceiling(i8),
    /// Fits the colours to the levels there are.
    AutoRange,
    /// Takes another colour map.
    Colours(i8),
    /// Spreads the frequencies otherwise over the height.
    Spread,
    /// Shows each lane alone in turn, then all.
    Lanes,
    /// Begins the selection at the cursor.
    SelectFrom,
    /// Ends the selection at the cursor.
    SelectTo,
    /// Moves the end of the selection that is at the cursor, in columns.
    Extend(i8),
    /// Marks everything.
    SelectAll,
    /// Marks nothing.
    SelectNone,
    /// Shows or hides the spectrum at the cursor.
    Spectrum,
    /// Shows the selection as wide as the window.
    ZoomSelection,
    /// Gives the chosen stage's output a lane of its own.
    LaneAdd,
    /// Takes the lane off the screen.
    LaneRemove,
    /// Shows hidden lanes again.
    LaneUnhide,
    /// Gives keys to the next lane, or the one before.
    LaneTurn(i8),
    /// Moves the lane down, or up.
    LaneMove(i8),
    /// Makes the lane higher, or less high.
    LaneHeight(i8),
    /// Draws frames as lines, or as colours.
    LaneKind,
    /// Shows the lane alone, or all.
    LaneAlone,
    /// Takes the lane's output as the reference.
    MarkA,
    /// Takes the lane's output as the candidate.
    MarkB,
    /// Shows A and B in turn in one place.
    Flicker,
    /// Shows what parts B from A, or does not.
    Difference,
    /// Tries the parameter at several values.
    Sweep,
    /// Shows the largest value of each pixel, or the mean.
    Pooling,
    /// Shows another channel in the spectrogram lane.
    Channel,
    /// Chooses a row of a list.
    Row(i8),
    /// Chooses the first row.
    FirstRow,
    /// Chooses the last row.
    LastRow,
    /// Does what the chosen row is for: opens, edits.
    Enter,
    /// Leaves the stage out, or takes it in again.
    Bypass,
    /// Lists the stages that can be added after the chosen one.
    AddStage,
    /// Removes the chosen stage.
    RemoveStage,
    /// Adds a stage like the chosen one.
    Duplicate,
    /// Gives the chosen stage another name.
    Rename,
    /// Chooses what feeds the chosen stage.
    Rewire,
    /// Chooses another file for the input that the chosen stage descends from.
    Relink,
    /// Moves the chosen stage up or down the list.
    Shift(i8),
    /// Lists all changes.
    History,
    /// Tells the shell line that does what the session does.
    ShellLine,
    /// Changes the value, a step or ten.
    Nudge(i8),
    /// Takes the parameter back to its default.
    Reset,
    /// Takes all parameters of the stage back to their defaults.
    ResetAll,
    /// Makes and changes labels.
    Annotate(Annotate),
    /// Changes the sound.
    Alter(Alter),
    /// Opens the bundled recordings.
    Demo,
    /// Asks for another session to compare this one with.
    Beside,
    /// Asks for the file to draw the lanes in sight into.
    Export,
}

/// A row of the table: an action with its keys and what is said about it.
#[derive(Debug)]
pub struct Entry {
    /// Its name in `config.toml`; once released, it keeps its meaning.
    pub name: &'static str,
    /// What it does.
    pub action: Action,
    /// Where the keys work; `None`: everywhere.
    pub focus: Option<Focus>,
    /// Names of its keys unless the user's configuration gives it others, the one to show first.
    pub keys: &'static [&'static str],
    /// What help says.
    pub help: &'static str,
    /// What the footer says, and how much it matters there: 1 is first. 0: it is not in the footer.
    pub footer: (u8, &'static str),
}

const fn entry(
    focus: Option<Focus>,
    name: &'static str,
    action: Action,
    keys: &'static [&'static str],
    footer: (u8, &'static str),
    help: &'static str,
) -> Entry {
    Entry { name, action, focus, keys, help, footer }
}

const ALL: Option<Focus> = None;
const LANES: Option<Focus> = Some(Focus::Lanes);
const LABELS: Option<Focus> = Some(Focus::Labels);
const STAGES: Option<Focus> = Some(Focus::Pipeline);
const FORM: Option<Focus> = Some(Focus::Parameters);
const WELCOME: Option<Focus> = Some(Focus::Welcome);
const NO: (u8, &str) = (0, "");

/// Every action that has a key, one a line. Keys of a view come before those that work everywhere.
pub const TABLE: &[Entry] = &[
    entry(LANES, "pan-earlier", Action::Pan(-1), &["Left", "h"], (5, "pan"), "Earlier"),
    entry(LANES, "pan-later", Action::Pan(1), &["Right", "l"], NO, "Later"),
    entry(LANES, "zoom-in", Action::Zoom(1), &["Up", "+", "="], (4, "zoom"), "Zoom in on the cursor"),
    entry(LANES, "zoom-out", Action::Zoom(-1), &["Down", "-"], NO, "Zoom out"),
    entry(LANES, "fit", Action::Fit, &["f", "0"], (9, "fit"), "Show all of it"),
    entry(LANES, "page-earlier", Action::Page(-1), &["PgUp"], NO, "A page earlier"),
    entry(LANES, "page-later", Action::Page(1), &["PgDn"], NO, "A page later"),
    entry(LANES, "start", Action::Start, &["Home", "g"], NO, "To the beginning"),
    entry(LANES, "end", Action::End, &["End", "G"], NO, "To the end"),
    entry(LANES, "cursor-back", Action::Cursor(-1), &[","], (7, "cursor"), "Cursor one column back"),
    entry(LANES, "cursor-on", Action::Cursor(1), &["."], NO, "Cursor one column on"),
    entry(LANES, "cursor-back-10", Action::Cursor(-10), &["<"], NO, "Cursor ten columns back"),
    entry(LANES, "cursor-on-10", Action::Cursor(10), &[">"], NO, "Cursor ten columns on"),
    entry(LANES, "pitch-up", Action::Pitch(1), &["k"], (8, "frequency"), "Cursor to a higher frequency"),
    entry(LANES, "pitch-down", Action::Pitch(-1), &["j"], NO, "Cursor to a lower frequency"),
    entry(
        LANES,
        "play-cursor",
        Action::PlayCursor,
        &["Enter"],
        (6, "play here"),
        "Play the selection, or from the cursor",
    ),
    entry(LANES, "next-label", Action::Annotate(Annotate::Turn(1)), &["C-Right"], NO, "To the next label"),
    entry(LANES, "previous-label", Action::Annotate(Annotate::Turn(-1)), &["C-Left"], NO, "To the label before"),
    entry(LANES, "play-selection", Action::Listen(Listen::Selection), &["M-p"], NO, "Play the selection"),
    entry(LANES, "loop", Action::Listen(Listen::Loop), &["L"], (19, "loop"), "Over and over: the selection, or all"),
    entry(LANES, "slower", Action::Listen(Listen::Speed(-1)), &[";"], (20, "slower"), "Play slower, at the same pitch"),
    entry(LANES, "faster", Action::Listen(Listen::Speed(1)), &["'"], NO, "Play faster, at the same pitch"),
    entry(LANES, "softer", Action::Listen(Listen::Gain(-1)), &["M-Down"], NO, "Play softer, 3 dB"),
    entry(LANES, "louder", Action::Listen(Listen::Gain(1)), &["M-Up"], NO, "Play louder, 3 dB"),
    entry(LANES, "solo", Action::Listen(Listen::Solo), &["H"], NO, "Hear the next channel alone, or all"),
    entry(LANES, "scrub", Action::Listen(Listen::Scrub), &["T"], NO, "Hear the cursor as it moves, or not"),
    entry(LANES, "select-from", Action::SelectFrom, &["i"], (18, "select"), "Selection begins at the cursor"),
    entry(LANES, "select-to", Action::SelectTo, &["I"], NO, "Selection ends at the cursor"),
    entry(LANES, "select-back", Action::Extend(-1), &["S-Left"], NO, "Selection to the cursor, a column back"),
    entry(LANES, "select-on", Action::Extend(1), &["S-Right"], NO, "Selection to the cursor, a column on"),
    entry(LANES, "select-all", Action::SelectAll, &["*"], NO, "Select everything"),
    entry(LANES, "select-none", Action::SelectNone, &["X"], NO, "Select nothing"),
    entry(LANES, "zoom-selection", Action::ZoomSelection, &["z"], NO, "Show the selection as wide as the window"),
    entry(LANES, "spectrum", Action::Spectrum, &["P"], (19, "spectrum"), "Spectrum at the cursor, selection's mean"),
    entry(LANES, "taller", Action::Taller(1), &["K", "S-Up"], NO, "Zoom in on the frequency"),
    entry(LANES, "shorter", Action::Taller(-1), &["J", "S-Down"], NO, "Zoom out of the frequencies"),
    entry(LANES, "wave-larger", Action::Amplitude(1), &["a"], NO, "Waveform twice as high"),
    entry(LANES, "wave-smaller", Action::Amplitude(-1), &["A"], NO, "Waveform half as high"),
    entry(LANES, "floor-down", Action::Floor(-1), &["["], (12, "floor"), "Darkest level 5 dB down"),
    entry(LANES, "floor-up", Action::Floor(1), &["]"], NO, "Darkest level 5 dB up"),
    entry(LANES, "floor-down-20", Action::Floor(-4), &["{"], NO, "Darkest level 20 dB down"),
    entry(LANES, "floor-up-20", Action::Floor(4), &["}"], NO, "Darkest level 20 dB up"),
    entry(LANES, "ceiling-down", Action::Ceiling(-1), &["("], NO, "Brightest level 5 dB down"),
    entry(LANES, "ceiling-up", Action::Ceiling(1), &[")"], NO, "Brightest level 5 dB up"),
    entry(LANES, "auto-range", Action::AutoRange, &["r"], NO, "Fit the colours to the levels"),
    entry(LANES, "colours-next", Action::Colours(1), &["c"], (11, "colours"), "Next colour map"),
    entry(LANES, "colours-before", Action::Colours(-1), &["C"], NO, "Colour map before"),
    entry(LANES, "spread", Action::Spread, &["y"], (13, "scale"), "Frequency scale: native, log, mel, ERB"),
    entry(LANES, "lanes", Action::Lanes, &["v"], (14, "lanes"), "Each lane alone in turn, then all"),
    entry(LANES, "lane-add", Action::LaneAdd, &["V"], (19, "add lane"), "A lane of its own for the chosen stage"),
    entry(LANES, "lane-next", Action::LaneTurn(1), &["n"], (20, "next lane"), "Keys to the next lane"),
    entry(LANES, "lane-before", Action::LaneTurn(-1), &["N"], NO, "Keys to the lane before"),
    entry(LANES, "lane-remove", Action::LaneRemove, &["d", "Delete"], NO, "Take the lane off the screen"),
    entry(LANES, "lane-unhide", Action::LaneUnhide, &["D"], NO, "Show hidden lanes again"),
    entry(LANES, "lane-higher", Action::LaneHeight(1), &["w"], NO, "Lane higher"),
    entry(LANES, "lane-lower", Action::LaneHeight(-1), &["W"], NO, "Lane less high"),
    entry(LANES, "lane-down", Action::LaneMove(1), &["M-j"], NO, "Move the lane down"),
    entry(LANES, "lane-up", Action::LaneMove(-1), &["M-k"], NO, "Move the lane up"),
    entry(LANES, "lane-alone", Action::LaneAlone, &["Z"], NO, "The lane alone, or all lanes"),
    entry(LANES, "lane-kind", Action::LaneKind, &["M-t"], NO, "Frames as lines, or as colours"),
    entry(LANES, "pooling", Action::Pooling, &["M"], NO, "A pixel is its maximum, or its mean"),
    entry(LANES, "mark-a", Action::MarkA, &["M-a"], NO, "Compare: this lane is A, the reference"),
    entry(LANES, "mark-b", Action::MarkB, &["M-b"], NO, "Compare: this lane is B, the candidate"),
    entry(LANES, "flicker", Action::Flicker, &["b"], (21, "A/B"), "A and B in turn in one place"),
    entry(LANES, "difference", Action::Difference, &["B"], NO, "Difference of B and A, and its cause"),
    entry(LANES, "export", Action::Export, &["e"], (16, "export"), "Lanes as a picture, this one as numbers"),
    entry(LANES, "channel", Action::Channel, &["x"], NO, "Next channel of the spectrogram"),
    entry(
        LANES,
        "label",
        Action::Annotate(Annotate::Make),
        &["m"],
        (10, "label"),
        "Label the selection or cursor, and type",
    ),
    entry(
        LANES,
        "label-drop",
        Action::Annotate(Annotate::Drop),
        &["M-m"],
        NO,
        "Leave a point where it plays, untitled",
    ),
    entry(
        LANES,
        "label-find",
        Action::Annotate(Annotate::Find),
        &["/"],
        (21, "find label"),
        "List all labels, search, go to one",
    ),
    entry(LANES, "labels-import", Action::Annotate(Annotate::Import), &["C-o"], NO, "Import labels from a file"),
    entry(LANES, "labels-export", Action::Annotate(Annotate::Export), &["M-w"], NO, "Export the labels to a file"),
    entry(LANES, "edits", Action::Alter(Alter::List), &["E"], (17, "edit"), "Cut, paste, fade, gain: list all edits"),
    entry(LANES, "edit-cut", Action::Alter(Alter::Cut), &["C-x"], NO, "Edit: cut the selection out"),
    entry(LANES, "edit-copy", Action::Alter(Alter::Copy), &["M-c"], NO, "Edit: copy the selection"),
    entry(LANES, "edit-paste", Action::Alter(Alter::Paste), &["C-v"], NO, "Edit: paste at the cursor, or over it"),
    entry(LANES, "edit-trim", Action::Alter(Alter::Trim), &["C-t"], NO, "Edit: trim to the selection"),
    entry(LANES, "edit-silence", Action::Alter(Alter::Silence), &["M-z"], NO, "Edit: silence the selection"),
    entry(LANES, "edit-fade-in", Action::Alter(Alter::FadeIn), &["M-i"], NO, "Edit: fade the selection in"),
    entry(LANES, "edit-fade-out", Action::Alter(Alter::FadeOut), &["M-f"], NO, "Edit: fade the selection out"),
    entry(LANES, "edit-gain", Action::Alter(Alter::Gain), &["M-g"], NO, "Edit: gain of the selection, in dB"),
    entry(LANES, "edit-peak", Action::Alter(Alter::Level(Measure::Peak)), &["M-n"], NO, "Edit: normalise to a peak"),
    entry(LANES, "edit-rms", Action::Alter(Alter::Level(Measure::Rms)), &["M-q"], NO, "Edit: normalise to an RMS"),
    entry(
        LANES,
        "edit-lufs",
        Action::Alter(Alter::Level(Measure::Lufs)),
        &["M-l"],
        NO,
        "Edit: normalise to a loudness, LUFS",
    ),
    entry(LANES, "edit-reverse", Action::Alter(Alter::Reverse), &["M-r"], NO, "Edit: reverse the selection"),
    entry(LANES, "export-sound", Action::Alter(Alter::Export), &["M-e"], NO, "Edit: export what is heard, WAV or FLAC"),
    entry(LABELS, "label-next", Action::Annotate(Annotate::Turn(1)), &["w"], (4, "label"), "Next label of the tier"),
    entry(LABELS, "label-before", Action::Annotate(Annotate::Turn(-1)), &["b"], NO, "Label before"),
    entry(LABELS, "label-play", Action::Annotate(Annotate::Play), &["Enter"], (5, "play it"), "Play the label"),
    entry(
        LABELS,
        "label-text",
        Action::Annotate(Annotate::Type),
        &["e", "F2"],
        (5, "type"),
        "Type its text; Tab goes on to the next",
    ),
    entry(
        LABELS,
        "label-tag-1",
        Action::Annotate(Annotate::Tag(1)),
        &["1"],
        (6, "tag"),
        "Tag 1 of config.toml, as its text",
    ),
    entry(LABELS, "label-tag-2", Action::Annotate(Annotate::Tag(2)), &["2"], NO, "Tag 2"),
    entry(LABELS, "label-tag-3", Action::Annotate(Annotate::Tag(3)), &["3"], NO, "Tag 3"),
    entry(LABELS, "label-tag-4", Action::Annotate(Annotate::Tag(4)), &["4"], NO, "Tag 4"),
    entry(LABELS, "label-tag-5", Action::Annotate(Annotate::Tag(5)), &["5"], NO, "Tag 5"),
    entry(LABELS, "label-tag-6", Action::Annotate(Annotate::Tag(6)), &["6"], NO, "Tag 6"),
    entry(LABELS, "label-tag-7", Action::Annotate(Annotate::Tag(7)), &["7"], NO, "Tag 7"),
    entry(LABELS, "label-tag-8", Action::Annotate(Annotate::Tag(8)), &["8"], NO, "Tag 8"),
    entry(LABELS, "label-tag-9", Action::Annotate(Annotate::Tag(9)), &["9"], NO, "Tag 9"),
    entry(
        LABELS,
        "label-delete",
        Action::Annotate(Annotate::Delete),
        &["d", "Delete", "Backspace"],
        (7, "delete"),
        "Delete the label",
    ),
    entry(LABELS, "label-split", Action::Annotate(Annotate::Split), &["|"], (8, "split"), "Split it at the cursor"),
    entry(LABELS, "label-join", Action::Annotate(Annotate::Join), &["J"], (8, "join"), "Join it with the next one"),
    entry(
        LABELS,
        "label-start-here",
        Action::Annotate(Annotate::StartHere),
        &["<"],
        (9, "begin here"),
        "Let it begin at the cursor",
    ),
    entry(LABELS, "label-end-here", Action::Annotate(Annotate::EndHere), &[">"], NO, "Let it end at the cursor"),
    entry(
        LABELS,
        "label-start-back",
        Action::Annotate(Annotate::Start(-1)),
        &["["],
        (10, "begin"),
        "Begin a frame earlier",
    ),
    entry(LABELS, "label-start-on", Action::Annotate(Annotate::Start(1)), &["]"], NO, "Begin a frame later"),
    entry(LABELS, "label-end-back", Action::Annotate(Annotate::End(-1)), &["{"], (10, "end"), "End a frame earlier"),
    entry(LABELS, "label-end-on", Action::Annotate(Annotate::End(1)), &["}"], NO, "End a frame later"),
    entry(LABELS, "label-back", Action::Annotate(Annotate::Shift(-1)), &["("], (11, "move"), "Move it a frame earlier"),
    entry(LABELS, "label-on", Action::Annotate(Annotate::Shift(1)), &[")"], NO, "Move it a frame later"),
    entry(
        LABELS,
        "label-cross",
        Action::Annotate(Annotate::Cross),
        &["x"],
        (12, "zero crossing"),
        "Edges to the nearest zero crossings",
    ),
    entry(LABELS, "label-below", Action::Annotate(Annotate::Level(1)), &["j"], (13, "tier"), "To the tier below"),
    entry(LABELS, "label-above", Action::Annotate(Annotate::Level(-1)), &["k"], NO, "To the tier above"),
    entry(LABELS, "label-tier", Action::Annotate(Annotate::Tier), &["y"], NO, "Put it into another tier, or a new one"),
    entry(STAGES, "stage-above", Action::Row(-1), &["Up", "k"], (4, "choose"), "The stage above"),
    entry(STAGES, "stage-below", Action::Row(1), &["Down", "j"], NO, "The stage below"),
    entry(STAGES, "stage-first", Action::FirstRow, &["Home", "g"], NO, "The first stage"),
    entry(STAGES, "stage-last", Action::LastRow, &["End", "G"], NO, "The last stage"),
    entry(
        STAGES,
        "to-parameters",
        Action::Enter,
        &["Enter", "Right", "l"],
        (5, "parameters"),
        "To the stage's parameters",
    ),
    entry(STAGES, "stage-lane", Action::LaneAdd, &["V"], NO, "A lane of its own for the output"),
    entry(STAGES, "bypass", Action::Bypass, &["b"], (6, "bypass"), "Leave the stage out, or take it in again"),
    entry(
        STAGES,
        "add-stage",
        Action::AddStage,
        &["a", "Insert"],
        (4, "add"),
        "Add a stage after this one, from a list",
    ),
    entry(
        STAGES,
        "remove-stage",
        Action::RemoveStage,
        &["x", "Delete"],
        (7, "remove"),
        "Remove the stage, join its neighbours",
    ),
    entry(STAGES, "rewire", Action::Rewire, &["w"], (6, "wire"), "Choose what feeds the stage"),
    entry(STAGES, "duplicate", Action::Duplicate, &["d"], (9, "duplicate"), "Add a stage like this one"),
    entry(STAGES, "rename", Action::Rename, &["n", "F2"], (9, "rename"), "Give the stage another name"),
    entry(STAGES, "relink", Action::Relink, &["i"], NO, "Choose another file for the input"),
    entry(STAGES, "shift-up", Action::Shift(-1), &["K", "S-Up"], (10, "move"), "Move the stage up the list"),
    entry(STAGES, "shift-down", Action::Shift(1), &["J", "S-Down"], NO, "Move the stage down the list"),
    entry(FORM, "parameter-above", Action::Row(-1), &["Up", "k"], (4, "choose"), "The parameter above"),
    entry(FORM, "parameter-below", Action::Row(1), &["Down", "j"], NO, "The parameter below"),
    entry(FORM, "parameter-first", Action::FirstRow, &["Home", "g"], NO, "The first parameter"),
    entry(FORM, "parameter-last", Action::LastRow, &["End", "G"], NO, "The last parameter"),
    entry(FORM, "edit-value", Action::Enter, &["Enter", "e"], (5, "edit"), "Type a value"),
    entry(
        FORM,
        "step-down",
        Action::Nudge(-1),
        &["Left", "h", "["],
        (6, "change"),
        "A step down, or the choice before",
    ),
    entry(FORM, "step-up", Action::Nudge(1), &["Right", "l", "]"], NO, "A step up, or the next choice"),
    entry(FORM, "step-down-10", Action::Nudge(-10), &["{"], NO, "Ten steps down"),
    entry(FORM, "step-up-10", Action::Nudge(10), &["}"], NO, "Ten steps up"),
    entry(FORM, "sweep", Action::Sweep, &["v"], (8, "try values"), "Try several values side by side"),
    entry(FORM, "reset", Action::Reset, &["r", "Delete", "Backspace"], (7, "reset"), "Back to the default"),
    entry(FORM, "reset-all", Action::ResetAll, &["R"], NO, "All parameters back to their defaults"),
    entry(WELCOME, "row-above", Action::Row(-1), &["Up", "k"], (4, "choose"), "The row above"),
    entry(WELCOME, "row-below", Action::Row(1), &["Down", "j"], NO, "The row below"),
    entry(WELCOME, "open-row", Action::Enter, &["Enter"], (5, "open"), "Open the chosen row"),
    entry(WELCOME, "demo", Action::Demo, &["d"], (6, "demo"), "The bundled recordings"),
    entry(ALL, "play-pause", Action::PlayPause, &["Space"], (3, "play"), "Play, or hold"),
    entry(ALL, "hear-other", Action::Listen(Listen::Other), &["t"], NO, "Hear the chosen stage, or go back: A/B"),
    entry(ALL, "record", Action::Listen(Listen::Record), &["R"], (21, "record"), "Hear a microphone, and record it"),
    entry(ALL, "help", Action::Help, &["?", "F1"], (1, "help"), "Show or hide this help"),
    entry(ALL, "quit", Action::Quit, &["q"], (2, "quit"), "Quit; asks if changes are not saved"),
    entry(ALL, "next-view", Action::NextFocus, &["Tab"], (10, "next view"), "Next view"),
    entry(ALL, "view-before", Action::PreviousFocus, &["S-Tab"], NO, "View before"),
    entry(ALL, "to-pipeline", Action::Focus(Focus::Pipeline), &["1"], NO, "To the pipeline"),
    entry(ALL, "to-form", Action::Focus(Focus::Parameters), &["2"], NO, "To the parameters"),
    entry(ALL, "to-lanes", Action::Focus(Focus::Lanes), &["3"], NO, "To the lanes"),
    entry(ALL, "side", Action::ToggleSide, &["p"], NO, "Show or hide pipeline and parameters"),
    entry(ALL, "undo", Action::Undo, &["u"], (15, "undo"), "Undo the last change"),
    entry(ALL, "redo", Action::Redo, &["C-r", "C-y"], NO, "Redo"),
    entry(ALL, "history", Action::History, &["U"], (17, "history"), "All changes; go back or forward to any"),
    entry(ALL, "shell-line", Action::ShellLine, &["$"], (18, "shell line"), "The shell line that does this, to copy"),
    entry(ALL, "save", Action::Save, &["s"], (8, "save"), "Save the session"),
    entry(ALL, "save-as", Action::SaveAs, &["S"], NO, "Save under another name"),
    entry(ALL, "open", Action::Open, &["o"], (16, "open"), "Open a sound file or a session"),
    entry(ALL, "compare-with", Action::Beside, &["M-o"], NO, "Compare with another session: A and B"),
    entry(ALL, "palette", Action::Palette, &[":", "C-p"], (17, "all actions"), "Search all actions and run one"),
    entry(ALL, "cancel", Action::Cancel, &["Esc"], NO, "Close, stop computing, back to the lanes"),
    entry(ALL, "redraw", Action::Redraw, &["C-l", "F5"], NO, "Draw the screen anew"),
    entry(ALL, "suspend", Action::Suspend, &["C-z"], NO, "Back to the shell; fg returns"),
    entry(ALL, "interrupt", Action::Interrupt, &["C-c"], NO, "Quit; twice without asking"),
];
