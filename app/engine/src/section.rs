//! The manifest's section, read from a library without loading it.

use auricle_sdk::abi::{ABI_MAJOR, ENTRY_SYMBOL, SECTION};
use object::read::{ExportTarget, NameOrOrdinal};
use object::read::{ReadCache, ReadRef};
use object::{Architecture, BinaryFormat, File, Object, ObjectKind, ObjectSection};
use std::io::BufReader;
use std::path::Path;

/// No manifest is larger; a file that claims so is broken.
const MOST_BYTES: u64 = 16 << 20;

/// Why a file gives no manifest.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoManifest {
    /// It is something else, as many libraries are.
    NotAPlugin(String),
    /// It is a plugin, but not one for this host.
    Unusable(String),
}

/// The bytes of the manifest in the library at `path`.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, NoManifest> {
    use NoManifest::{NotAPlugin, Unusable};
    let file = std::fs::File::open(path).map_err(|error| NotAPlugin(format!("cannot be opened: {error}")))?;
    let cache = ReadCache::new(BufReader::new(file));
    let library = File::parse(&cache).map_err(|error| NotAPlugin(format!("not a library: {error}")))?;
    if library.kind() != ObjectKind::Dynamic {
        return Err(NotAPlugin(format!("not a shared library, but {:?}", library.kind())));
    }
    let section = library.section_by_name(SECTION);
    let section = section.ok_or_else(|| NotAPlugin(format!("not a plugin: it has no section {SECTION}")))?;
    if let Some(other) = foreign(&library) {
        return Err(Unusable(other));
    }
    if section.size() > MOST_BYTES {
        return Err(Unusable(format!("its manifest claims {} bytes, the most is {MOST_BYTES}", section.size())));
    }
    let bytes = section.data().map_err(|error| Unusable(format!("its manifest cannot be read: {error}")))?;
    check_entry(&library)?;
    Ok(trimmed(bytes).to_vec())
}

/// Without zeros at the end: a string literal of C ends with one, and linkers pad.
pub(crate) fn trimmed(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    &bytes[..end]
}

/// What another machine the library was made for, if so.
fn foreign<'a, R: ReadRef<'a>>(library: &File<'a, R>) -> Option<String> {
    let here = std::env::consts::ARCH;
    let cpu = match library.architecture() {
        Architecture::X86_64 => "x86_64".to_owned(),
        Architecture::Aarch64 => "aarch64".to_owned(),
        Architecture::I386 => "x86".to_owned(),
        Architecture::Arm => "arm".to_owned(),
        Architecture::Riscv64 => "riscv64".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    };
    if cpu != here {
        return Some(format!("built for the CPU {cpu}, this is {here}"));
    }
    let native = if cfg!(target_vendor = "apple") { BinaryFormat::MachO } else { BinaryFormat::Elf };
    (library.format() != native).then(|| format!("built for another system ({:?})", library.format()))
}

/// The entry must be there and, where the file shows its bytes, be of our major version.
fn check_entry<'a, R: ReadRef<'a>>(library: &File<'a, R>) -> Result<(), NoManifest> {
    let wrong = |message: String| Err(NoManifest::Unusable(message));
    let Ok(exports) = library.exports() else { return Ok(()) };
    let exports: Vec<(String, Option<u64>)> = exports
        .filter_map(Result::ok)
        .filter_map(|export| {
            let NameOrOrdinal::Name(name) = export.name() else { return None };
            let address = if let ExportTarget::Address { address } = export.target() { Some(address) } else { None };
            Some((String::from_utf8_lossy(name).into_owned(), address))
        })
        .collect();
    // Mach-O puts an underscore before every name.
    let named = |name: &str| exports.iter().find(|(export, _)| export.strip_prefix('_').unwrap_or(export) == name);
    let Some((_, address)) = named(ENTRY_SYMBOL) else {
        let other = exports.iter().find_map(|(name, _)| {
            let version = name.trim_start_matches('_').strip_prefix("auricle_entry_v")?;
            version.parse::<u32>().ok()
        });
        return match other {
            Some(version) => {
                wrong(format!("made for version {version} of the plugin ABI, this auricle has {ABI_MAJOR}"))
            }
            None => wrong(format!("it exports no {ENTRY_SYMBOL}")),
        };
    };
    match address.and_then(|address| words(library, address)).map(|[_size, major]| major) {
        Some(major) if major != ABI_MAJOR => {
            wrong(format!("made for version {major} of the plugin ABI, this auricle has {ABI_MAJOR}"))
        }
        _ => Ok(()),
    }
}

/// Two 32-bit words at an address, as the file holds them.
fn words<'a, R: ReadRef<'a>>(library: &File<'a, R>, address: u64) -> Option<[u32; 2]> {
    let mut sections = library.sections();
    let section = sections.find(|s| (s.address()..s.address().saturating_add(s.size())).contains(&address))?;
    let bytes = section.data_range(address, 8).ok()??;
    let word = |at: usize| bytes.get(at..at + 4)?.try_into().ok().map(u32::from_ne_bytes);
    Some([word(0)?, word(4)?])
}
