"""Small recordings of robots, written by other programs, for the tests of `src/data/recording`.

    python3 -m venv env
    env/bin/pip install mcap mcap-ros2-support mcap-protobuf-support mcap-ros1-support rosbags \
        foxglove-schemas-protobuf pillow numpy av
    env/bin/python tests/reference/recordings.py tests/reference/recordings

`mcap` and its supports write the MCAP files, `rosbags` the bags and the ROS 1 messages; Pillow makes the pictures, PyAV
the video (with x264 and SVT-AV1). `expected.json` holds what the readers of these packages find in the files. The tests
need no Python.
"""

import base64
import io
import json
import shutil
import sys
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
from foxglove_schemas_protobuf.CompressedImage_pb2 import CompressedImage
from foxglove_schemas_protobuf.CompressedVideo_pb2 import CompressedVideo
from foxglove_schemas_protobuf.FrameTransform_pb2 import FrameTransform
from foxglove_schemas_protobuf.FrameTransforms_pb2 import FrameTransforms
from foxglove_schemas_protobuf.JointStates_pb2 import JointStates
from foxglove_schemas_protobuf.RawImage_pb2 import RawImage
from mcap.reader import make_reader
from mcap.writer import CompressionType, IndexType, Writer
from mcap_protobuf.decoder import DecoderFactory as ProtobufDecoder
from mcap_protobuf.writer import Writer as ProtobufWriter
from mcap_ros1.decoder import DecoderFactory as Ros1Decoder
from mcap_ros2.decoder import DecoderFactory as Ros2Decoder
from mcap_ros2.writer import Writer as Ros2Writer
from PIL import Image as Pillow
from rosbags.rosbag1 import Reader as BagReader
from rosbags.rosbag1 import Writer as BagWriter
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

WIDTH, HEIGHT = 16, 12
START_NS = 1_700_000_000_000_000_000
STEP_NS = 100_000_000


def pixels(tag):
    """A ramp that differs in every channel and with `tag`."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.stack([x * 15, y * 20, np.full_like(x, tag * 30 + 10)], axis=2).astype(np.uint8)


def encoded(tag, kind):
    out = io.BytesIO()
    Pillow.fromarray(pixels(tag)).save(out, kind, quality=90, optimize=True)
    return out.getvalue()


def times(count, step_ns=STEP_NS, first_ns=0):
    return [START_NS + first_ns + at * step_ns for at in range(count)]


class Ros:
    """Messages of one version of ROS, made from plain values."""

    def __init__(self, store, header):
        self.store = get_typestore(store)
        if "tf2_msgs/msg/TFMessage" not in self.store.types:
            text = "geometry_msgs/TransformStamped[] transforms"
            self.store.register(get_types_from_msg(text, "tf2_msgs/msg/TFMessage"))
        self.types = self.store.types
        self.with_seq = header

    def new(self, kind, **fields):
        return self.types[kind](**fields)

    def header(self, time_ns, frame="base"):
        stamp = self.new("builtin_interfaces/msg/Time", sec=time_ns // 10**9, nanosec=time_ns % 10**9)
        seq = {"seq": 7} if self.with_seq else {}
        return self.new("std_msgs/msg/Header", stamp=stamp, frame_id=frame, **seq)

    def compressed(self, time_ns, tag, kind):
        data = np.frombuffer(encoded(tag, kind), np.uint8)
        text = {"JPEG": "jpeg", "PNG": "png"}[kind]
        return self.new("sensor_msgs/msg/CompressedImage", header=self.header(time_ns), format=text, data=data)

    def image(self, time_ns, encoding, values):
        raw = np.ascontiguousarray(values)
        step = raw.strides[0]
        return self.new(
            "sensor_msgs/msg/Image", header=self.header(time_ns), height=HEIGHT, width=WIDTH, encoding=encoding,
            is_bigendian=0, step=step, data=np.frombuffer(raw.tobytes(), np.uint8),
        )

    def joints(self, time_ns, names, position, velocity=(), effort=()):
        numbers = {"position": position, "velocity": velocity, "effort": effort}
        numbers = {name: np.array(list(values), np.float64) for name, values in numbers.items()}
        return self.new("sensor_msgs/msg/JointState", header=self.header(time_ns), name=list(names), **numbers)

    def transforms(self, time_ns, *pairs):
        def one(parent, child, x):
            translation = self.new("geometry_msgs/msg/Vector3", x=x, y=2 * x, z=-x)
            rotation = self.new("geometry_msgs/msg/Quaternion", x=0.0, y=0.6, z=0.0, w=0.8)
            transform = self.new("geometry_msgs/msg/Transform", translation=translation, rotation=rotation)
            header = self.header(time_ns, parent)
            return self.new(
                "geometry_msgs/msg/TransformStamped", header=header, child_frame_id=child, transform=transform
            )

        return self.new("tf2_msgs/msg/TFMessage", transforms=[one(*pair) for pair in pairs])

    def imu(self, time_ns, value):
        three = lambda *v: self.new("geometry_msgs/msg/Vector3", x=v[0], y=v[1], z=v[2])  # noqa: E731
        rotation = self.new("geometry_msgs/msg/Quaternion", x=0.0, y=0.0, z=0.6, w=0.8)
        none = np.zeros(9)
        return self.new(
            "sensor_msgs/msg/Imu", header=self.header(time_ns), orientation=rotation, orientation_covariance=none,
            angular_velocity=three(value, 0.25, -0.5), angular_velocity_covariance=none,
            linear_acceleration=three(0.5, value, 9.75), linear_acceleration_covariance=none,
        )

    def twist(self, value):
        three = lambda *v: self.new("geometry_msgs/msg/Vector3", x=v[0], y=v[1], z=v[2])  # noqa: E731
        return self.new("geometry_msgs/msg/Twist", linear=three(value, 0.0, 0.0), angular=three(0.0, 0.0, -value))

    def text(self, words):
        return self.new("std_msgs/msg/String", data=words)

    def all(self, topics=None):
        """Topic, type, time and message of everything or of some topics, in the order of times."""
        out = []

        def add(topic, time_ns, message):
            out.append((topic, message.__msgtype__, time_ns, message))

        for at, time_ns in enumerate(times(4)):
            add("/camera/front/compressed", time_ns, self.compressed(time_ns, at, "JPEG"))
        for at, time_ns in enumerate(times(3, 2 * STEP_NS, STEP_NS // 2)):
            add("/camera/wrist", time_ns, self.image(time_ns, "bgr8", pixels(at + 3)[:, :, ::-1]))
        for at, time_ns in enumerate(times(2, 2 * STEP_NS)):
            y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
            add("/depth", time_ns, self.image(time_ns, "16UC1", (1000 + 100 * at + x + 16 * y).astype("<u2")))
        for at, time_ns in enumerate(times(8, STEP_NS // 2, -STEP_NS // 4)):
            both = ["elbow", "wrist"]
            if at == 5:
                message = self.joints(time_ns, both[::-1], [0.5, 1.5], [5.0, 6.0])
            elif at == 6:
                message = self.joints(time_ns, ["wrist"], [0.75], [7.0])
            else:
                message = self.joints(time_ns, both, [at / 4, -at / 8], [at * 1.0, 0.1])
            add("/joint_states", time_ns, message)
        for at, time_ns in enumerate(times(4)):
            add("/tf", time_ns, self.transforms(time_ns, ("odom", "base", at / 3), ("base", "arm", at + 0.5)))
        add("/tf_static", START_NS, self.transforms(START_NS, ("base", "camera", 0.25)))
        for at, time_ns in enumerate(times(3)):
            add("/imu", time_ns, self.imu(time_ns, at / 5))
        for at, time_ns in enumerate(times(2)):
            add("/cmd_vel", time_ns, self.twist(at / 3))
        for at, time_ns in enumerate(times(2)):
            add("/chatter", time_ns, self.text(f"word {at}"))
        wanted = [one for one in out if topics is None or one[0] in topics]
        return sorted(wanted, key=lambda one: one[2])


def plain(value):
    """Without numpy, which the ROS 2 support does not take."""
    if isinstance(value, np.ndarray):
        return value.tobytes() if value.dtype == np.uint8 else value.tolist()
    if isinstance(value, list):
        return [plain(one) for one in value]
    if hasattr(value, "__dataclass_fields__"):
        fields = [name for name in value.__dataclass_fields__ if not name.startswith("__")]
        return SimpleNamespace(**{name: plain(getattr(value, name)) for name in fields})
    return value


def write_ros2(path, ros):
    with open(path, "wb") as file:
        writer = Ros2Writer(file, chunk_size=3000, compression=CompressionType.ZSTD)
        schemas = {}
        for topic, name, time_ns, message in ros.all():
            if name not in schemas:
                schemas[name] = writer.register_msgdef(name, ros.store.generate_msgdef(name, ros_version=2)[0])
            writer.write_message(topic, schemas[name], plain(message), log_time=time_ns, publish_time=time_ns)
        writer.finish()


def write_ros1(path, ros, topics):
    """ROS 1 messages in MCAP, with LZ4."""
    with open(path, "wb") as file:
        writer = Writer(file, chunk_size=3000, compression=CompressionType.LZ4, enable_data_crcs=True)
        writer.start(profile="ros1", library="test")
        channels = {}
        for topic, name, time_ns, message in ros.all(topics):
            plain = name.replace("/msg/", "/")
            if topic not in channels:
                text = ros.store.generate_msgdef(name)[0]
                schema = writer.register_schema(plain, "ros1msg", text.encode())
                channels[topic] = writer.register_channel(topic, "ros1", schema)
            data = bytes(ros.store.serialize_ros1(message, name))
            writer.add_message(channels[topic], time_ns, data, time_ns)
        writer.finish()


def write_bag(path, ros, compression, topics):
    path.unlink(missing_ok=True)
    writer = BagWriter(path)
    if compression:
        writer.set_compression(compression)
    writer.chunk_threshold = 3000
    with writer:
        connections = {}
        for topic, name, time_ns, message in ros.all(topics):
            if topic not in connections:
                connections[topic] = writer.add_connection(topic, name, typestore=ros.store)
            writer.write(connections[topic], time_ns, ros.store.serialize_ros1(message, name))


def stamped(message, time_ns):
    message.timestamp.FromNanoseconds(time_ns)
    return message


def transform(message, parent, child, x):
    message.parent_frame_id, message.child_frame_id = parent, child
    message.translation.x, message.translation.y = x, -x
    message.rotation.z, message.rotation.w = 0.6, 0.8
    return message


def raw(time_ns, encoding, values):
    values = np.ascontiguousarray(values)
    message = RawImage(
        width=WIDTH, height=HEIGHT, encoding=encoding, step=values.strides[0], data=values.tobytes(), frame_id="c"
    )
    return stamped(message, time_ns)


def write_foxglove(path):
    with open(path, "wb") as file, ProtobufWriter(file, chunk_size=3000, compression=CompressionType.ZSTD) as writer:

        def add(topic, time_ns, message):
            writer.write_message(topic, message, log_time=time_ns, publish_time=time_ns)

        for at, time_ns in enumerate(times(4, 50_000_000)):
            picture = CompressedImage(data=encoded(at, "PNG"), format="png", frame_id="c")
            add("/png", time_ns, stamped(picture, time_ns))
            add("/tf", time_ns, stamped(transform(FrameTransform(), "world", "tool", at / 3), time_ns))
            both = FrameTransforms()
            stamped(transform(both.transforms.add(), "world", "left", at + 0.25), time_ns)
            stamped(transform(both.transforms.add(), "world", "right", at - 0.25), time_ns)
            add("/both", time_ns, both)
            joints = stamped(JointStates(), time_ns)
            joints.joints.add(name="a", position=at / 4, effort=1.5)
            joints.joints.add(name="b", position=-at / 4)
            add("/joints", time_ns, joints)
        for at, time_ns in enumerate(times(2)):
            y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
            add("/deep", time_ns, raw(time_ns, "mono16", (x * 4000 + y * 100 + at).astype("<u2")))
            add("/metres", time_ns, raw(time_ns, "32FC1", (x / 8 + y + at).astype("<f4")))


def write_json(path):
    """In no chunks and with no index, as simple writers do it."""
    with open(path, "wb") as file:
        writer = Writer(file, use_chunking=False, index_types=IndexType.NONE, enable_data_crcs=True)
        writer.start()

        def channel(topic, name):
            schema = writer.register_schema(name, "jsonschema", b'{"type":"object"}')
            return writer.register_channel(topic, "json", schema)

        def add(where, time_ns, message):
            writer.add_message(where, time_ns, json.dumps(message).encode(), time_ns)

        camera = channel("camera", "foxglove.CompressedImage")
        tool = channel("tool", "foxglove.FrameTransform")
        state = channel("state", "State")
        words = channel("words", "Words")
        add(channel("video", "foxglove.CompressedVideo"), START_NS, {"data": "AAAAAQ==", "format": "h264"})
        for at, time_ns in enumerate(times(3)):
            data = base64.b64encode(encoded(at, "PNG")).decode()
            add(camera, time_ns, {"timestamp": {"sec": 0, "nsec": 0}, "frame_id": "c", "data": data, "format": "png"})
            place, turn = {"x": at, "y": 0.5, "z": 0.0}, {"x": 0, "y": 0, "z": 0, "w": 1}
            names = {"parent_frame_id": "world", "child_frame_id": "tool"}
            add(tool, time_ns, {**names, "translation": place, "rotation": turn})
            add(state, time_ns, {"speed": at / 3, "gripper": at % 2 == 0, "mode": "auto", "count": at})
            add(words, time_ns, {"text": "hello"})
        writer.finish()


def filmed(at, width, height):
    """Frame `at` of a video: its red tells which it is, and a block moves."""
    y, x = np.mgrid[0:height, 0:width]
    rgb = np.stack([np.full_like(x, 10 + 10 * at), x * 3, y * 4], axis=2).astype(np.uint8)
    rgb[8:24, 2 * at : 2 * at + 12] = [255 - 10 * at, 200, 30]
    return rgb


def rgb_of(frame):
    """Narrow-range BT.601 with repeated chroma, as PyAV converts pictures of even sizes (of odd ones it moves chroma)."""
    planes = [np.frombuffer(bytes(one), np.uint8).reshape(-1, one.line_size)[:, : one.width] for one in frame.planes]
    y, cb, cr = [plane.astype(float) for plane in planes]
    cb, cr = [np.repeat(np.repeat(one - 128, 2, 0), 2, 1)[: frame.height, : frame.width] / 224 for one in (cb, cr)]
    y = (y - 16) / 219
    rgb = np.stack([y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb], axis=2)
    return (rgb * 255).clip(0, 255).astype(np.uint8)


def coded(codec, options, width, height, count):
    """A packet a frame, every eighth a key, none that waits for a later one; and some pixels of each as they decode."""
    encoder = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.framerate, encoder.thread_count = Fraction(1, 10), 10, 1
    encoder.gop_size, encoder.max_b_frames, encoder.options = 8, 0, options
    packets = []
    for at in range(count):
        frame = av.VideoFrame.from_ndarray(filmed(at, width, height), format="rgb24").reformat(format="yuv420p")
        frame.pts = at
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    assert [packet.pts for packet in packets] == list(range(count))
    decoder = av.CodecContext.create("h264" if codec == "libx264" else "libdav1d", "r")
    decoder.thread_count = 1
    frames = [frame for packet in packets for frame in decoder.decode(av.Packet(bytes(packet)))] + decoder.decode(None)
    shown = [rgb_of(frame)[5::12, 7::11].reshape(-1).tolist() for frame in frames]
    assert len(shown) == count
    return [bytes(packet) for packet in packets], shown


def x264(profile):
    params = "keyint=8:min-keyint=8:scenecut=0:repeat-headers=1"
    return {"tune": "zerolatency", "profile": profile, "x264-params": params}


SVT = {"preset": "8", "svtav1-params": "pred-struct=1:keyint=8:lookahead=0:scd=0:lp=1"}
# Topic, encoder and its options, size (H.264 is cropped to it), frames.
VIDEOS = [
    ("/baseline", "libx264", x264("baseline"), (64, 48), 24),
    ("/high", "libx264", x264("high"), (70, 38), 24),
    ("/av1", "libsvtav1", SVT, (65, 49), 24),
]


def write_video(path):
    videos = {}
    with open(path, "wb") as file, ProtobufWriter(file, chunk_size=3000, compression=CompressionType.ZSTD) as writer:
        for topic, codec, options, size, count in VIDEOS:
            packets, videos[topic] = coded(codec, options, *size, count)
            name = "h264" if codec == "libx264" else "av1"
            for packet, time_ns in zip(packets, times(count)):
                message = stamped(CompressedVideo(data=packet, format=name, frame_id="c"), time_ns)
                writer.write_message(topic, message, log_time=time_ns, publish_time=time_ns)
    return videos


def write_other_video(path, ros):
    """The same in JSON and for ROS 2, and one that is not read."""
    videos, name = {}, "foxglove_msgs/msg/CompressedVideo"
    definition = "builtin_interfaces/Time timestamp\nstring frame_id\nuint8[] data\nstring format"
    ros.store.register(get_types_from_msg(definition, name))
    with open(path, "wb") as file:
        writer = Writer(file, chunk_size=3000, compression=CompressionType.ZSTD)
        writer.start()
        schema = writer.register_schema("foxglove.CompressedVideo", "jsonschema", b'{"type":"object"}')
        channels = {topic: writer.register_channel(topic, "json", schema) for topic in ["json", "h265"]}
        schema = writer.register_schema(name, "ros2msg", definition.encode())
        channels["ros2"] = writer.register_channel("ros2", "cdr", schema)
        packets, shown = coded("libx264", x264("main"), 64, 48, 9)
        videos["json"] = videos["ros2"] = shown
        for packet, time_ns in zip(packets, times(9)):
            data = base64.b64encode(packet).decode()
            for topic, kind in [("json", "h264"), ("h265", "h265")]:
                message = {"timestamp": {"sec": 0, "nsec": 0}, "frame_id": "c", "data": data, "format": kind}
                writer.add_message(channels[topic], time_ns, json.dumps(message).encode(), time_ns)
            stamp = ros.new("builtin_interfaces/msg/Time", sec=0, nanosec=7)
            data = np.frombuffer(packet, np.uint8)
            message = ros.new(name, timestamp=stamp, frame_id="cam", data=data, format="h264")
            writer.add_message(channels["ros2"], time_ns, bytes(ros.store.serialize_cdr(message, name)), time_ns)
        writer.finish()
    return videos


def picture_of(message):
    """A picture as Pillow and numpy read it, whatever message it is in."""
    if not hasattr(message, "encoding"):
        return np.asarray(Pillow.open(io.BytesIO(bytes(message.data))).convert("RGB"))
    kind = {"mono16": "<u2", "16UC1": "<u2", "32FC1": "<f4"}.get(message.encoding, np.uint8)
    values = np.frombuffer(bytes(message.data), kind).reshape(HEIGHT, WIDTH, -1)
    if message.encoding == "bgr8":
        return values[:, :, ::-1]
    return values


def summed(message):
    """One pixel in the middle, as a list of plain numbers."""
    return [float(value) for value in picture_of(message)[5, 7]]


def numbers(name, message):
    """Column, names and values of a message's signals."""
    short = name.split(".")[-1].split("/")[-1]
    if short == "JointState":
        for column in ["position", "velocity", "effort"]:
            values = [float(value) for value in getattr(message, column)]
            if values:
                yield column, list(message.name), values
    elif short == "JointStates":
        for column in ["position", "velocity", "effort"]:
            there = [joint for joint in message.joints if joint.HasField(column)]
            if there:
                yield column, [joint.name for joint in there], [getattr(joint, column) for joint in there]
    elif short in ("TFMessage", "FrameTransforms", "FrameTransform"):
        for one in getattr(message, "transforms", [message]):
            if short == "TFMessage":
                parent, child, where = one.header.frame_id, one.child_frame_id, one.transform
            else:
                parent, child, where = one.parent_frame_id, one.child_frame_id, one
            t, r = where.translation, where.rotation
            yield f"{parent}->{child}", ["x", "y", "z", "qx", "qy", "qz", "qw"], [t.x, t.y, t.z, r.x, r.y, r.z, r.w]
    elif short == "Twist":
        parts = [(part, axis) for part in ["linear", "angular"] for axis in "xyz"]
        names = [f"{part}.{axis}" for part, axis in parts]
        yield "", names, [getattr(getattr(message, part), axis) for part, axis in parts]
    elif short == "Imu":
        for column in ["orientation", "angular_velocity", "linear_acceleration"]:
            value = getattr(message, column)
            names = ["x", "y", "z", "w"] if column == "orientation" else ["x", "y", "z"]
            yield column, names, [getattr(value, name) for name in names]


def found(messages):
    """What a file holds, by topic: pictures and rows, each with its time."""
    pictures, rows = {}, {}
    for topic, name, time_ns, message in messages:
        if "Image" in name:
            pictures.setdefault(topic, []).append([time_ns, summed(message)])
        for column, names, values in numbers(name, message):
            rows.setdefault(f"{topic}.{column}".rstrip("."), []).append([time_ns, names, values])
    return {"pictures": pictures, "rows": rows}


def read_mcap(path, decoder):
    with open(path, "rb") as file:
        reader = make_reader(file, validate_crcs=True, decoder_factories=[decoder])
        for schema, channel, message, decoded in reader.iter_decoded_messages():
            yield channel.topic, schema.name, message.log_time, decoded


def read_bag(path, ros):
    with BagReader(path) as reader:
        for connection, time_ns, data in reader.messages():
            message = ros.store.deserialize_ros1(data, connection.msgtype)
            yield connection.topic, connection.msgtype, time_ns, message


def main(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    ros1, ros2 = Ros(Stores.ROS1_NOETIC, True), Ros(Stores.ROS2_HUMBLE, False)
    write_ros2(folder / "ros2.mcap", ros2)
    write_ros1(folder / "ros1.mcap", ros1, ["/camera/wrist", "/tf", "/chatter"])
    write_foxglove(folder / "foxglove.mcap")
    write_json(folder / "json.mcap")
    lz4 = BagWriter.CompressionFormat.LZ4
    write_bag(folder / "lz4.bag", ros1, lz4, ["/camera/front/compressed", "/joint_states", "/cmd_vel"])
    write_bag(folder / "plain.bag", ros1, None, ["/camera/wrist", "/chatter"])
    expected = {
        "ros2.mcap": found(read_mcap(folder / "ros2.mcap", Ros2Decoder())),
        "ros1.mcap": found(read_mcap(folder / "ros1.mcap", Ros1Decoder())),
        "foxglove.mcap": found(read_mcap(folder / "foxglove.mcap", ProtobufDecoder())),
        "lz4.bag": found(read_bag(folder / "lz4.bag", ros1)),
        "plain.bag": found(read_bag(folder / "plain.bag", ros1)),
    }
    expected["video.mcap"] = {"videos": write_video(folder / "video.mcap")}
    expected["others.mcap"] = {"videos": write_other_video(folder / "others.mcap", ros2)}
    (folder / "expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
