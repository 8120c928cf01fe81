//! A drawing as SVG: text stays text, curves stay curves, a spectrogram is a picture inside.
//!
//! Source: Scalable Vector Graphics (SVG) 1.1 (Second Edition), W3C 2011.

use super::canvas::{Rect, Rgb};
use super::drawing::{Drawing, Shape};
use super::encode;
use super::text::Anchor;
use auricle_sdk::prelude::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write;

/// The document, with a title and a description for who cannot see it.
///
/// # Errors
/// The pictures inside cannot be encoded.
pub fn svg(drawing: &Drawing, title: &str, description: &str) -> Result<String> {
    let (width, height) = (drawing.width, drawing.height);
    let mut out = Document { text: String::new(), clips: Vec::new() };
    out.put(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"{width}\" \
         height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"Inter, 'Helvetica Neue', Arial, sans-serif\" stroke=\"none\">"
    ));
    for (name, words) in [("title", title), ("desc", description)].into_iter().filter(|(_, words)| !words.is_empty()) {
        out.put(format_args!("<{name}>{}</{name}>", escaped(words)));
    }
    out.put(format_args!("<rect width=\"{width}\" height=\"{height}\" fill=\"{}\"/>", hex(drawing.paper)));
    let mut shapes = drawing.shapes.iter().peekable();
    while let Some(shape) = shapes.next() {
        match shape {
            Shape::Fill { rect: Rect { x, y, width, height }, colour } => out.put(format_args!(
                "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{}\"/>",
                hex(*colour)
            )),
            Shape::Column { colour, .. } => {
                let mut path = String::new();
                column(&mut path, shape);
                while let Some(next) =
                    shapes.next_if(|next| matches!(next, Shape::Column { colour: c, .. } if c == colour))
                {
                    column(&mut path, next);
                }
                out.put(format_args!("<path d=\"{}\" fill=\"{}\"/>", path.trim_end(), hex(*colour)));
            }
            Shape::Line { from, to, thick, clip, colour } => {
                let mut points = format!("{},{} {},{}", short(from.0), short(from.1), short(to.0), short(to.1));
                let mut end = *to;
                let goes_on = |next: &&Shape, end| matches!(next, Shape::Line { from, thick: t, colour: c, clip: r, .. } if *from == end && t == thick && c == colour && r == clip);
                while let Some(Shape::Line { to, .. }) = shapes.next_if(|next| goes_on(next, end)) {
                    end = *to;
                    write!(points, " {},{}", short(to.0), short(to.1)).ok();
                }
                let clip = out.clip(*clip);
                out.put(format_args!(
                    "<polyline points=\"{points}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" stroke-linecap=\"round\" \
                     stroke-linejoin=\"round\" clip-path=\"url(#c{clip})\"/>",
                    hex(*colour),
                    short(*thick)
                ));
            }
            Shape::Pixels { rect: Rect { x, y, width, height }, pixels } => {
                let inside = STANDARD.encode(encode(*width, *height, pixels, &[])?);
                out.put(format_args!(
                    "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"none\" \
                     xlink:href=\"data:image/png;base64,{inside}\"/>"
                ));
            }
            Shape::Text { text, .. } if text.is_empty() => {}
            Shape::Text { text, place, anchor, style, standing } => {
                let (x, y) = (short(place.0), short(place.1));
                let at = match standing {
                    true => format!("transform=\"translate({x} {y}) rotate(-90)\""),
                    false => format!("x=\"{x}\" y=\"{y}\""),
                };
                let anchor = match anchor {
                    Anchor::Start => "start",
                    Anchor::Middle => "middle",
                    Anchor::End => "end",
                };
                let weight = if style.bold { " font-weight=\"600\"" } else { "" };
                out.put(format_args!(
                    "<text {at} font-size=\"{}\" text-anchor=\"{anchor}\" fill=\"{}\"{weight}>{}</text>",
                    short(style.size),
                    hex(style.colour),
                    escaped(text)
                ));
            }
        }
    }
    out.put(format_args!("</svg>"));
    Ok(out.text)
}

struct Document {
    text: String,
    clips: Vec<Rect>,
}

impl Document {
    fn put(&mut self, words: std::fmt::Arguments<'_>) {
        writeln!(self.text, "{words}").ok();
    }

    /// The number of the clip of this rectangle.
    fn clip(&mut self, rect: Rect) -> usize {
        if let Some(known) = self.clips.iter().position(|clip| *clip == rect) {
            return known;
        }
        let Rect { x, y, width, height } = rect;
        let id = self.clips.len();
        self.put(format_args!(
            "<clipPath id=\"c{id}\"><rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/></clipPath>"
        ));
        self.clips.push(rect);
        id
    }
}

fn column(path: &mut String, shape: &Shape) {
    if let Shape::Column { x, top, bottom, .. } = shape
        && bottom > top
    {
        write!(path, "M{x} {}V{}h1V{}z", short(*top), short(*bottom), short(*top)).ok();
    }
}

/// A length with two decimals at most.
fn short(value: f32) -> String {
    format!("{}", (f64::from(value) * 100.0).round() / 100.0)
}

fn hex([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// Text as XML has it; what XML 1.0 cannot hold is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() && !matches!(c, '\n' | '\t') => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::text::Style;
    use super::*;

    #[test]
    fn neighbours_of_one_colour_are_one_shape() {
        let clip = Rect { x: 0, y: 0, width: 20, height: 10 };
        let mut drawing = Drawing::new(20, 10, [255; 3]);
        for x in 0..3 {
            drawing.column(x, 1.0, 9.25, clip, [1, 2, 3]);
            drawing.column(x, 5.0, 5.0, clip, [1, 2, 3]);
        }
        drawing.line((0.0, 1.0), (2.0, 3.0), 1.5, clip, [0; 3]);
        drawing.line((2.0, 3.0), (4.0, 3.0), 1.5, clip, [0; 3]);
        drawing.line((9.0, 3.0), (9.0, 4.0), 1.5, clip, [0; 3]);
        let text = svg(&drawing, "a < b", "").expect("an SVG");
        assert_eq!(text.matches("<path ").count(), 1);
        assert!(text.contains("d=\"M0 1V9.25h1V1zM1 1V9.25h1V1zM2 1V9.25h1V1z\" fill=\"#010203\""), "{text}");
        assert_eq!((text.matches("<polyline").count(), text.matches("<clipPath").count()), (2, 1));
        assert!(text.contains("points=\"0,1 2,3 4,3\"") && text.contains("<title>a &lt; b</title>"), "{text}");
    }

    #[test]
    fn text_is_text() {
        let mut drawing = Drawing::new(20, 10, [255; 3]);
        let style = Style { size: 12.0, bold: true, colour: [0, 0, 255] };
        drawing.standing("5 > 3\u{1}", (3.0, 4.004), Anchor::End, style);
        let text = svg(&drawing, "", "").expect("an SVG");
        let expected = "<text transform=\"translate(3 4) rotate(-90)\" font-size=\"12\" text-anchor=\"end\" fill=\"#0000ff\" \
                        font-weight=\"600\">5 &gt; 3</text>";
        assert!(text.contains(expected), "{text}");
    }
}
