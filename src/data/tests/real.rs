//! Real sets, where they are: beside the package, or where `WORLDPROOF_REAL` says. Skipped elsewhere.

use std::path::PathBuf;
use std::time::Instant;

use crate::base::Silent;
use crate::data::{Format, Set};

fn real(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("WORLDPROOF_REAL")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/real"), PathBuf::from);
    let path = root.join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: no real data at `{}`; set WORLDPROOF_REAL to its folder", path.display());
    None
}

#[test]
fn adhoc() {
    fn rss() -> String {
        let s = std::fs::read_to_string("/proc/self/status").expect("status");
        s.lines().filter(|l| l.starts_with("VmHWM") || l.starts_with("VmRSS")).map(|l| l.replace('\t', " ")).collect::<Vec<_>>().join(" ")
    }
    let cpu = || { let t = std::fs::read_to_string("/proc/self/stat").expect("stat"); let f: Vec<&str> = t.split(' ').collect(); (f[13].parse::<u64>().expect("n") + f[14].parse::<u64>().expect("n")) * 10 };
    eprintln!("start {}", rss());
    let (c, t) = (cpu(), Instant::now());
    let set = Set::open(&real("g1_bottle_v30").expect("real"), &Silent).expect("opens");
    eprintln!("open {:?} cpu {} ms {}", t.elapsed(), cpu() - c, rss());
    eprintln!("{set:?} {:?} {:?} {:?}", set.episodes[0], set.columns, set.notes);
    let out = PathBuf::from("/tmp/w/dataout");
    let _ = std::fs::create_dir_all(&out);
    for (e, f) in [(0, 0), (0, 1), (3, 100), (7, 5), (11, 10)] {
        let t = Instant::now();
        let p = set.frame(0, e, f).expect("frame");
        eprintln!("{e} {f} {:?}", t.elapsed());
        let start: u32 = set.episodes[..e].iter().map(|e| e.n_frames).sum();
        std::fs::File::create(out.join(format!("v30_{}.rgb", start + f))).and_then(|mut o| std::io::Write::write_all(&mut o, &p.bytes)).expect("w");
    }
    let t = Instant::now();
    for f in 0..200 { set.frame(0, 4, f).expect("frame"); }
    eprintln!("seq {:?}/frame {}", t.elapsed() / 200, rss());
    let t = Instant::now();
    for k in 0..100_u32 { let e = (k as usize * 7) % 12; set.frame(0, e, (k * 37) % set.episodes[e].n_frames).expect("frame"); }
    eprintln!("random {:?}/frame {}", t.elapsed() / 100, rss());
    let t = Instant::now();
    let s = set.signal(3, "observation.state").expect("signal");
    eprintln!("signal {:?} rows {} {:?} {:?}", t.elapsed(), s.rows.len(), &s.rows[0][..3], &s.timestamps_s[..3]);
    let t = Instant::now();
    let items = set.items(&[1, 7], &Silent).expect("items");
    eprintln!("items {:?}", t.elapsed());
    for i in &items { eprintln!("{} {} {}", i.name, i.size, i.group); }
    eprintln!("digest {:?}", set.content_digest(&Silent).expect("digest"));
    let set = Set::open(&real("highway/test_videos/solidWhiteRight.mp4").expect("real"), &Silent).expect("opens");
    eprintln!("{set:?} {:?} {:?}", set.episodes, set.cameras);
    for f in [0, 1, 57, 220, 100] {
        let t = Instant::now();
        let p = set.frame(0, 0, f).expect("frame");
        eprintln!("hw {f} {:?}", t.elapsed());
        std::fs::File::create(out.join(format!("hw_{f}.rgb"))).and_then(|mut o| std::io::Write::write_all(&mut o, &p.bytes)).expect("w");
    }
    for name in ["g1_bottle_v21", "highway", "deeppcb", "rgbd", "highway/test_videos"] {
        let t = Instant::now();
        let set = Set::open(&real(name).expect("real"), &Silent).expect("opens");
        let ok = set.episodes.iter().position(|e| e.missing.is_none()).expect("one");
        eprintln!("{name} {:?} {set:?} {:?}\n  {:?}", t.elapsed(), set.episodes[ok], set.notes);
        set.frame(0, ok, 0).expect("frame");
    }
    if let Ok(path) = std::env::var("BF") {
        for path in path.split(',') {
        let set = Set::open(&PathBuf::from(path), &Silent).expect("opens");
        let name = PathBuf::from(path).file_stem().expect("s").to_string_lossy().into_owned();
        eprintln!("{path} {:?} {:?}", set.episodes, set.cameras);
        let n = set.episodes[0].n_frames;
        for f in (0..n).chain([5, 3, n - 1, 0, 40]) {
            let p = set.frame(0, 0, f).expect("frame");
            std::fs::File::create(out.join(format!("{name}_{f}.rgb"))).and_then(|mut o| std::io::Write::write_all(&mut o, &p.bytes)).expect("w");
        }
        }
    }
    let _ = Format::Worldproof;
}
