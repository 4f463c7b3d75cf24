"""A tiny set as TFDS lays RLDS out, written by other programs, for the tests of `src/data/rlds`.

    python3 -m venv env && env/bin/pip install numpy pillow tfrecord crc32c protobuf
    env/bin/python tests/reference/rlds.py tests/reference/rlds

Protobuf puts the records together from the description of `tf.train.Example` that `tfrecord` has, its checksums frame them,
Pillow makes the pictures. `expected.json` holds what went in, and pixels as Pillow reads them back. The tests need no Python.
"""

import io
import json
import struct
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from tfrecord import example_pb2
from tfrecord.writer import TFRecordWriter

NAME = "tiny_set"
CORE = "tensorflow_datasets.core.features."
WIDTH, HEIGHT = 16, 12
EMBEDDING = 80


def kind(name, **body):
    return {"pythonClassName": CORE + name, **body}


def group(**features):
    return kind("features_dict.FeaturesDict", featuresDict={"features": features})


def tensor(dtype, *sides):
    shape = {"dimensions": [str(side) for side in sides]} if sides else {}
    name = "tensor_feature.Tensor" if sides else "scalar.Scalar"
    return kind(name, tensor={"shape": shape, "dtype": dtype, "encoding": "none"})


def image(encoding, dtype="uint8", channels="3"):
    shape = {"dimensions": [str(HEIGHT), str(WIDTH), channels]}
    return kind("image_feature.Image", image={"shape": shape, "dtype": dtype, "encodingFormat": encoding})


def sequence(name, feature, length="-1"):
    return kind(name, sequence={"feature": feature, "length": length})


TEXT = kind("text_feature.Text", text={})
FEATURES = group(
    steps=sequence(
        "dataset_feature.Dataset",
        group(
            observation=group(
                image_0=image("jpeg"),
                image_1=image("png"),
                depth=image("png", "uint16", "1"),
                state=tensor("float32", 3),
                names=TEXT,
                contacts=sequence("sequence_feature.Sequence", tensor("float32", 3)),
            ),
            action=tensor("float32", 2),
            matrix=tensor("float32", 2, 2),
            reward=tensor("float32"),
            is_first=tensor("bool"),
            is_last=tensor("bool"),
            counter=tensor("int64"),
            language_embedding=tensor("float32", EMBEDDING),
            language_instruction=TEXT,
        ),
    ),
    episode_metadata=group(file_path=TEXT, has_image_0=tensor("bool"), has_image_1=tensor("bool")),
)


def jpeg(pixels):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=90)
    return out.getvalue()


def png(pixels):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def picture(rng):
    """Smooth, so that decoders of JPEG agree to a step or two."""
    ramp = np.add.outer(np.arange(HEIGHT), np.arange(WIDTH))[..., None]
    return np.uint8(ramp * rng.integers(1, 6, 3) + rng.integers(20, 80, 3))


def episode(rng, number, steps):
    front = [jpeg(picture(rng)) for _ in range(steps)]
    if number == 0:
        wrist = [png(picture(rng)) for _ in range(steps)]
    elif number == 1:
        wrist = [png(np.zeros((HEIGHT, WIDTH, 3), np.uint8))] * steps
    else:
        wrist = [b""] * steps
    state = rng.normal(size=(steps, 3)).astype("float32")
    action = rng.normal(size=(steps, 2)).astype("float32")
    counter = [int(value) for value in rng.integers(-(2**40), 2**40, steps)]
    text = ["Lift the cup", "", "Öffne die Tür"][number]
    record = example_pb2.Example()
    feature = record.features.feature

    def put(key, values):
        if isinstance(values[0], bytes):
            feature[key].bytes_list.value.extend(values)
        elif isinstance(values[0], int):
            feature[key].int64_list.value.extend(values)
        else:
            feature[key].float_list.value.extend(values)

    put("steps/observation/image_0", front)
    put("steps/observation/image_1", wrist)
    put("steps/observation/depth", [b"left out"] * steps)
    put("steps/observation/state", state.ravel().tolist())
    put("steps/observation/names", [b"name"] * steps)
    put("steps/observation/contacts/ragged_flat_values", [0.5] * 3)
    put("steps/observation/contacts/ragged_row_lengths_0", [1] + [0] * (steps - 1))
    put("steps/action", action.ravel().tolist())
    put("steps/matrix", [float(at) for at in range(4 * steps)])
    put("steps/reward", [0.0] * (steps - 1) + [1.0])
    put("steps/is_first", [1] + [0] * (steps - 1))
    put("steps/is_last", [0] * (steps - 1) + [1])
    put("steps/counter", counter)
    put("steps/language_embedding", [0.25] * EMBEDDING * steps)
    put("steps/language_instruction", [text.encode()] * steps)
    put("episode_metadata/file_path", [b"somewhere/episode.npy"])
    put("episode_metadata/has_image_0", [1])
    put("episode_metadata/has_image_1", [int(number == 0)])
    read = [np.asarray(Image.open(io.BytesIO(one)).convert("RGB")) for one in front]
    expected = {
        "task": text,
        "state": state.tolist(),
        "action": action.tolist(),
        "counter": counter,
        "image_0": [one[5, 7].tolist() for one in read],
        "image_1": [np.asarray(Image.open(io.BytesIO(one)))[5, 7].tolist() for one in wrist] if number == 0 else [],
    }
    return record.SerializeToString(deterministic=True), expected


def write(path, records):
    """As `TFRecordWriter.write` frames what it serialises itself."""
    with path.open("wb") as file:
        for record in records:
            length = struct.pack("<Q", len(record))
            for part in (length, TFRecordWriter.masked_crc(length), record, TFRecordWriter.masked_crc(record)):
                file.write(part)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(7)
    made = [episode(rng, number, steps) for number, steps in enumerate((3, 2, 2))]
    records = [record for record, _ in made]
    write(folder / f"{NAME}-train.tfrecord-00000-of-00001", records[:2])
    write(folder / f"{NAME}-val.tfrecord-00000-of-00001", records[2:])
    template = "{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}"
    splits = [
        {"filepathTemplate": template, "name": name, "numBytes": "0", "shardLengths": [str(count)]}
        for name, count in (("train", 2), ("val", 1))
    ]
    info = {"fileFormat": "tfrecord", "name": NAME, "splits": splits, "version": "1.0.0"}
    (folder / "dataset_info.json").write_text(json.dumps(info, indent=2) + "\n")
    (folder / "features.json").write_text(json.dumps(FEATURES, indent=1) + "\n")
    expected = [expected for _, expected in made]
    (folder / "expected.json").write_text(json.dumps(expected, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
