//! Sets made in code, damaged sets, and (where they are) real sets.

mod damage;
mod film;
mod filmed;
mod labels;
mod made;
mod odd;
mod real;
mod recording;
mod rlds;
mod words;

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{FixedSizeListBuilder, Float32Builder};
use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;

use crate::base::{Rgb, files, png};

/// Writes a file and the folders above it.
pub(crate) fn put(root: &Path, name: &str, bytes: &[u8]) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
    files::write_whole(&path, bytes).expect("write");
}

/// A picture whose first pixel is `tag`.
fn picture(tag: u8) -> Vec<u8> {
    let mut image = Rgb::black(8, 6);
    image.bytes[0] = tag;
    png::encode_rgb(&image).expect("encode")
}

fn parquet(root: &Path, name: &str, columns: Vec<(&str, ArrayRef)>) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
    let batch = RecordBatch::try_from_iter(columns).expect("columns fit");
    let mut writer = ArrowWriter::try_new(File::create(&path).expect("create"), batch.schema(), None).expect("writer");
    writer.write(&batch).expect("write");
    writer.close().expect("close");
}

fn whole(values: impl IntoIterator<Item = i64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(values))
}

/// A LeRobot v3.0 set without pictures: episodes 0 and 1 (3 and 2 rows) in one file, episode 2 (1 row) in another.
/// `observation.state` of row `index` is `(index, -index)`.
fn lerobot(root: &Path) {
    let info = r#"{"codebase_version":"v3.0","fps":10,"total_episodes":3,"features":{
        "observation.state":{"dtype":"float32","shape":[2],"names":{"motors":["left","right"]}},
        "next.reward":{"dtype":"float64","shape":[1],"names":null},
        "timestamp":{"dtype":"float32","shape":[1],"names":null},"episode_index":{"dtype":"int64","shape":[1],"names":null}}}"#;
    put(root, "meta/info.json", info.as_bytes());
    parquet(
        root,
        "meta/tasks.parquet",
        vec![("task_index", whole([0])), ("task", Arc::new(StringArray::from(vec!["Lift"])))],
    );
    let episodes: Vec<(&str, ArrayRef)> = vec![
        ("episode_index", whole([0, 1, 2])),
        ("length", whole([3, 2, 1])),
        ("data/chunk_index", whole([0, 0, 0])),
        ("data/file_index", whole([0, 0, 1])),
    ];
    parquet(root, "meta/episodes/chunk-000/file-000.parquet", episodes);
    rows(root, "data/chunk-000/file-000.parquet", &[(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)], 0);
    rows(root, "data/chunk-000/file-001.parquet", &[(2, 0)], 5);
}

pub(crate) fn rows(root: &Path, name: &str, rows: &[(i64, i64)], first: i64) {
    let mut state = FixedSizeListBuilder::new(Float32Builder::new(), 2);
    for at in 0..rows.len() {
        let value = (first + at as i64) as f32;
        state.values().append_slice(&[value, -value]);
        state.append(true);
    }
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("observation.state", Arc::new(state.finish())),
        ("next.reward", Arc::new(Float64Array::from_iter_values(rows.iter().map(|(_, at)| *at as f64 / 2.0)))),
        ("timestamp", Arc::new(Float64Array::from_iter_values(rows.iter().map(|(_, at)| *at as f64 / 10.0)))),
        ("episode_index", whole(rows.iter().map(|(episode, _)| *episode))),
    ];
    parquet(root, name, columns);
}

/// A generated set: episode 7 with two frames, depth and one signal.
fn own(root: &Path) {
    let index = r#"{"format":"worldproof set 1","name":"made","origin":"StandIn","fps":20.0,"width":8,"height":6,
        "camera":"front","lineage":{"family":"f"},"episodes":[{"id":7,"frames":2,"task":"Lift"},{"id":8,"frames":1,"task":""}]}"#;
    put(root, "set.json", index.as_bytes());
    for frame in 0..2 {
        put(root, &format!("episodes/000007/colour/{frame:06}.png"), &picture(frame + 1));
        let depth: Vec<u16> = (0..48).map(|at| at + u16::from(frame)).collect();
        put(root, &format!("episodes/000007/depth/{frame:06}.png"), &png::encode_grey16(8, 6, &depth).expect("encode"));
    }
    put(root, "episodes/000007/signals.json", br#"{"force":[1.5,null]}"#);
}

/// One box of an MP4 file.
fn mp4_box(kind: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    [(body.len() as u32 + 8).to_be_bytes().as_slice(), kind, &body].concat()
}

fn words(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}

/// `count` frames of 64 x 48 pixels at 10 Hz, H.264, whose grey level rises by 8 a frame.
pub(crate) fn mp4(count: u32) -> Vec<u8> {
    let (sets, samples) = h264(count);
    let ftyp = mp4_box(b"ftyp", &[b"isom", &words(&[0]), b"isomavc1"]);
    let media = mp4_box(b"mdat", &[&samples.concat()]);
    let sizes: Vec<u32> = samples.iter().map(|sample| sample.len() as u32).collect();
    let [sps, pps] = &sets;
    let length = |set: &Vec<u8>| (set.len() as u16).to_be_bytes();
    let head = [1, sps[1], sps[2], sps[3], 0xff, 0xe1];
    let config = [head.as_slice(), &length(sps), sps, &[1], &length(pps), pps].concat();
    let mut entry = vec![0_u8; 78];
    entry[7] = 1;
    entry[24..28].copy_from_slice(&[0, 64, 0, 48]);
    let avc1 = mp4_box(b"avc1", &[&entry, &mp4_box(b"avcC", &[&config])]);
    let table = mp4_box(
        b"stbl",
        &[
            &mp4_box(b"stsd", &[&words(&[0, 1]), &avc1]),
            &mp4_box(b"stts", &[&words(&[0, 1, count, 1024])]),
            &mp4_box(b"stss", &[&words(&[0, 1, 1])]),
            &mp4_box(b"stsc", &[&words(&[0, 1, 1, count, 1])]),
            &mp4_box(b"stsz", &[&words(&[0, 0, count]), &words(&sizes)]),
            &mp4_box(b"stco", &[&words(&[0, 1, ftyp.len() as u32 + 8])]),
        ],
    );
    let handler = mp4_box(b"hdlr", &[&words(&[0, 0]), b"vide", &words(&[0, 0, 0]), &[0]]);
    let here = mp4_box(b"dinf", &[&mp4_box(b"dref", &[&words(&[0, 1]), &mp4_box(b"url ", &[&words(&[1])])])]);
    let description = mp4_box(b"minf", &[&mp4_box(b"vmhd", &[&words(&[1, 0, 0])]), &here, &table]);
    let length = words(&[0, 0, 0, 10_240, count * 1024, 0]);
    let media_info = mp4_box(b"mdia", &[&mp4_box(b"mdhd", &[&length]), &handler, &description]);
    let mut track = words(&[7, 0, 0, 1, 0, count * 1024]);
    track.extend([0; 60]);
    let track = mp4_box(b"trak", &[&mp4_box(b"tkhd", &[&track]), &media_info]);
    let mut movie = words(&[0, 0, 0, 10_240, count * 1024]);
    movie.extend([0; 80]);
    let tables = mp4_box(b"moov", &[&mp4_box(b"mvhd", &[&movie]), &track]);
    [ftyp, media, tables].concat()
}

/// Parameter sets (sequence, picture) and samples with 4-byte lengths.
fn h264(count: u32) -> ([Vec<u8>; 2], Vec<Vec<u8>>) {
    let mut encoder = openh264::encoder::Encoder::new().expect("encoder");
    let (mut sets, mut samples) = ([Vec::new(), Vec::new()], Vec::new());
    for frame in 0..count {
        let mut yuv = vec![128_u8; 64 * 48 * 3 / 2];
        yuv[..64 * 48].fill(16 + 8 * frame as u8);
        let yuv = openh264::formats::YUVBuffer::from_vec(yuv, 64, 48);
        let mut sample = Vec::new();
        let bytes = encoder.encode(&yuv).expect("encode").to_vec();
        for unit in units(&bytes) {
            match unit[0] & 31 {
                7 => sets[0] = unit.to_vec(),
                8 => sets[1] = unit.to_vec(),
                _ => {
                    sample.extend((unit.len() as u32).to_be_bytes());
                    sample.extend(unit);
                }
            }
        }
        samples.push(sample);
    }
    (sets, samples)
}

/// The units between start codes.
fn units(bytes: &[u8]) -> Vec<&[u8]> {
    let starts: Vec<usize> =
        (0..bytes.len().saturating_sub(3)).filter(|at| bytes[*at..].starts_with(&[0, 0, 0, 1])).collect();
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    starts.iter().zip(ends).map(|(start, end)| &bytes[start + 4..end]).collect()
}
