//! The contract: `auricle.h` is clean C11 and C++17, and every struct, field, function and constant in it is what Rust's
//! mirror of it says.

mod support;

use auricle_sdk::abi::{ABI_MAJOR, ABI_MINOR, CODES, Field, LAYOUTS};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use support::{checked, include, scratch};

const STANDARDS: [&str; 2] = ["c11", "c++17"];

/// Compiles text in every standard. What the compiler says of it where it refuses, by standard.
fn refusals(text: &str) -> Vec<(&'static str, String)> {
    let home = scratch();
    let file = home.path().join("check.c");
    fs::write(&file, text).expect("scratch is writable");
    let outputs = STANDARDS.map(|standard| (standard, checked(standard, &file)));
    assert!(outputs[0].1.is_some(), "a C compiler is installed");
    if outputs[1].1.is_none() {
        eprintln!("no C++ compiler: the header was not compiled as C++");
    }
    let refused = outputs.into_iter().filter_map(|(standard, output)| Some((standard, output?)));
    refused
        .filter(|(_, output)| !output.status.success())
        .map(|(standard, output)| (standard, String::from_utf8_lossy(&output.stderr).into_owned()))
        .collect()
}

/// `aur_column_data` of `ColumnData`.
fn struct_name(name: &str) -> String {
    let mut snake = "aur".to_owned();
    for c in name.chars() {
        if c.is_uppercase() {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

/// `self` is a keyword in Rust, as `type` is.
fn field_name(name: &str) -> &str {
    match name {
        "this" => "self",
        "r#type" => "type",
        name => name,
    }
}

/// A type of the mirror as C writes it.
fn c_type(rust: &str) -> String {
    let rust = rust.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some(function) = rust.strip_prefix("Option<") {
        let function = function.trim().strip_prefix("unsafe extern \"C\" fn(").expect("options hold functions");
        let function = function.trim_end().strip_suffix('>').expect("it ends").trim_end().trim_end_matches(',');
        let (arguments, result) = function.rsplit_once(')').expect("arguments end");
        let result = result.trim().strip_prefix("->").map_or("void".to_owned(), c_type);
        let arguments: Vec<String> =
            arguments.split(',').map(str::trim).filter(|argument| !argument.is_empty()).map(c_type).collect();
        return format!("{result} (*)({})", arguments.join(", "));
    }
    for (pointer, star) in [("*const ", " const *"), ("*mut ", " *")] {
        if let Some(to) = rust.strip_prefix(pointer) {
            return c_type(to) + star;
        }
    }
    match rust.as_str() {
        "c_void" => "void".into(),
        "usize" => "size_t".into(),
        "f64" => "double".into(),
        "u8" | "u16" | "u32" | "u64" | "i32" | "i64" => {
            format!("{}int{}_t", if rust.starts_with('u') { "u" } else { "" }, &rust[1..])
        }
        name => struct_name(name),
    }
}

/// Types of C that Rust has no word for: text is `char`, bytes to read and write are `void`.
fn in_header(owner: &str, field: &Field) -> String {
    let ty = c_type(field.ty);
    match (owner, field.name) {
        ("Str", "ptr") => ty.replace("uint8_t", "char"),
        ("File", "read_at") => ty.replace("uint8_t", "void"),
        ("File", "write_at") => ty.replace("uint8_t const", "void const"),
        _ => ty,
    }
}

/// Assertions for everything that the mirror says.
fn assertions() -> String {
    let mut text = String::from(
        "#include \"auricle.h\"\n\
         #ifdef __cplusplus\n\
         #include <type_traits>\n\
         #define CHECK(what) static_assert(what, #what);\n\
         #define ALIGN(type) alignof(type)\n\
         #define TYPE(s, f, ...) static_assert(std::is_same<decltype(s::f), __VA_ARGS__>::value, #s \".\" #f);\n\
         #else\n\
         #define CHECK(what) _Static_assert(what, #what);\n\
         #define ALIGN(type) _Alignof(type)\n\
         #define TYPE(s, f, ...) _Static_assert(_Generic(((s *)0)->f, __VA_ARGS__: 1, default: 0), #s \".\" #f);\n\
         #endif\n",
    );
    let mut line = |args: std::fmt::Arguments<'_>| writeln!(text, "{args}").expect("text takes text");
    for layout in LAYOUTS {
        let name = struct_name(layout.name);
        line(format_args!("CHECK(sizeof({name}) == {})", layout.size));
        line(format_args!("CHECK(ALIGN({name}) == {})", layout.align));
        for field in layout.fields {
            let at = field_name(field.name);
            line(format_args!("CHECK(offsetof({name}, {at}) == {})", field.offset));
            line(format_args!("CHECK(sizeof((({name} *)0)->{at}) == {})", field.size));
            if field.ty != "Payload" {
                line(format_args!("TYPE({name}, {at}, {})", in_header(layout.name, field)));
            }
        }
    }
    // The union has no name of its own in C.
    for (member, ty) in [("i", "i64"), ("f", "f64"), ("s", "Str"), ("list", "*const Value")] {
        line(format_args!("CHECK(sizeof(((aur_value *)0)->u.{member}) == sizeof({}))", c_type(ty)));
    }
    for (name, value) in CODES.iter().copied().flatten() {
        line(format_args!("CHECK(AUR_{name} == {value})"));
    }
    line(format_args!("CHECK(AUR_ABI_MAJOR == {ABI_MAJOR})\nCHECK(AUR_ABI_MINOR == {ABI_MINOR})"));
    text
}

#[test]
fn the_header_is_clean_c_and_c_plus_plus() {
    // Longer than what a strict compiler takes without a word.
    let long = "a".repeat(5000);
    let text = format!(
        "#include \"auricle.h\"\n#include \"auricle.h\"\n\
        static aur_status create(const aur_host *host, aur_str id, aur_stage *out) {{\n\
        (void)host; (void)id; (void)out; return AUR_E_UNSUPPORTED; }}\n\
        static const aur_str name = AUR_STR(\"name\");\n\
        extern const aur_str *const used;\nconst aur_str *const used = &name;\n\
        AUR_PLUGIN(create, AUR_JSON({{\"auricle\": 1, \"stages\": [\"it's\\n\", true], \"doc\": \"{long}\"}}))\n"
    );
    assert_eq!(refusals(&text), []);
}

#[test]
fn the_header_is_what_rust_mirrors() {
    let assertions = assertions();
    assert_eq!(refusals(&assertions), [], "{assertions}");
}

/// A check that cannot fail would prove nothing: each kind of drift is made, one at a time.
#[test]
fn drift_is_noticed() {
    let assertions = assertions();
    for (from, to) in [
        ("CHECK(sizeof(aur_packet) == 56)", "CHECK(sizeof(aur_packet) == 64)"),
        ("CHECK(offsetof(aur_packet, start) == 16)", "CHECK(offsetof(aur_packet, start) == 24)"),
        ("TYPE(aur_packet, start, int64_t)", "TYPE(aur_packet, start, uint64_t)"),
        ("TYPE(aur_packet, buf, aur_buf *)", "TYPE(aur_packet, buf, aur_buf const *)"),
        ("aur_status (*)(void *, aur_packet const *, aur_sink const *)", "aur_status (*)(void *, aur_packet const *)"),
        ("CHECK(AUR_E_IO == -4)", "CHECK(AUR_E_IO == -5)"),
    ] {
        assert!(assertions.contains(from), "{from} is not asserted");
        let drifted = refusals(&assertions.replacen(from, to, 1));
        assert!(!drifted.is_empty(), "{to} goes unnoticed");
    }
}

/// What the header has and Rust lacks would not be asserted at all.
#[test]
fn rust_mirrors_everything_in_the_header() {
    let header = fs::read_to_string(include().join("auricle.h")).expect("the header is a text");
    let code = without_comments(&header);

    let mirrored: BTreeSet<String> = LAYOUTS.iter().map(|layout| struct_name(layout.name)).collect();
    let declared = code.match_indices('}').filter_map(|(at, _)| {
        let name: String =
            code[at + 1..].trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        name.starts_with("aur_").then_some(name)
    });
    assert_eq!(mirrored, declared.collect());

    let mirrored: BTreeSet<&str> = CODES.iter().copied().flatten().map(|(name, _)| *name).collect();
    let listed = code.split("enum {").skip(1).flat_map(|rest| rest.split('}').next().unwrap_or_default().split(','));
    let listed = listed.filter_map(|entry| entry.split('=').next()?.trim().strip_prefix("AUR_"));
    assert_eq!(mirrored, listed.chain(["ANY_INPUT"]).collect());
}

fn without_comments(text: &str) -> String {
    let mut parts = text.split("/*");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |code, part| code + part.split_once("*/").map_or("", |(_, rest)| rest))
}
