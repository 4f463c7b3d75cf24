"""Small ONNX backbones and what onnxruntime and Pillow make of pictures, for the tests of `src/backbone`.

    python3 -m venv env && env/bin/pip install numpy onnx onnxruntime pillow
    env/bin/python tests/reference/backbone.py tests/reference/backbone

Models, inputs and values go into the folder, with the packages' versions; the tests need no Python. The weights are random: what is
tested is that another program gets the same numbers from the same file.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper
from PIL import Image

PACKAGES = ["numpy", "onnx", "onnxruntime", "pillow"]
SCALES = {
    "imagenet": ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    "clip": ([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]),
    "minus-one-to-one": ([0.5] * 3, [0.5] * 3),
    "zero-to-one": ([0.0] * 3, [1.0] * 3),
    "codes": ([0.0] * 3, [1 / 255] * 3),
}


class Net:
    """Steps and weights, one after the other."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.nodes, self.weights = [], []

    def given(self, values):
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def weight(self, *shape, scale=0.3):
        return self.given((self.rng.normal(size=shape) * scale).astype(np.float32))

    def step(self, kind, *inputs, out=None, **attributes):
        out = out or f"v{len(self.nodes)}"
        self.nodes.append(h.make_node(kind, list(inputs), [out], name=f"n{len(self.nodes)}", **attributes))
        return out

    def model(self, inputs, outputs):
        inputs = [h.make_tensor_value_info(*one) for one in inputs]
        outputs = [h.make_tensor_value_info(*one) for one in outputs]
        graph = h.make_graph(self.nodes, "tiny", inputs, outputs, self.weights)
        return h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8)


def convolutions(net, picture, out="features"):
    x = net.step("Conv", picture, net.weight(6, 3, 3, 3), net.weight(6), kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    moments = [net.given(np.abs(net.rng.normal(size=6)).astype(np.float32) + 0.5) for _ in range(4)]
    x = net.step("BatchNormalization", x, *moments)
    x = net.step("Relu", x)
    x = net.step("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    x = net.step("Conv", x, net.weight(8, 6, 3, 3), net.weight(8), kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    x = net.step("HardSwish", x, out="maps")
    x = net.step("GlobalAveragePool", x)
    x = net.step("Flatten", x)
    return net.step("Gemm", x, net.weight(12, 8), net.weight(12), transB=1, out=out)


def conv():
    net = Net(1)
    convolutions(net, "image")
    return net.model([("image", T.FLOAT, ["batch", 3, "h", "w"])], [("features", T.FLOAT, ["batch", 12])])


def wide():
    """Rows so long that the runtime, let loose, would split them among its threads, each with other last digits."""
    net = Net(6)
    x = net.step("Relu", net.step("Conv", "image", net.weight(16, 3, 3, 3), net.weight(16), kernel_shape=[3, 3], strides=[2, 2]))
    x = net.step("Flatten", net.step("GlobalAveragePool", x))
    again, many = net.given(np.array([1, 14])), net.given(np.array([20, 14]))
    x, weights = net.step("Tile", x, again), net.step("Tile", net.weight(50, 16), many)
    net.step("Gemm", x, weights, net.weight(1000), transB=1, out="features")
    return net.model([("image", T.FLOAT, ["batch", 3, "h", "w"])], [("features", T.FLOAT, ["batch", 1000])])


def vit():
    net, dim, heads = Net(2), 16, 2
    norm = lambda x: net.step("LayerNormalization", x, net.weight(dim), net.weight(dim), epsilon=1e-6)
    x = net.step("Conv", "image", net.weight(dim, 3, 8, 8, scale=0.1), net.weight(dim), kernel_shape=[8, 8], strides=[8, 8])
    x = net.step("Reshape", x, net.given(np.array([1, dim, 16])))
    x = net.step("Transpose", x, perm=[0, 2, 1])
    x = net.step("Concat", net.weight(1, 1, dim), x, axis=1)
    x = net.step("Add", x, net.weight(1, 17, dim))
    y = norm(x)
    split = net.given(np.array([1, 17, heads, dim // heads]))
    part = lambda perm: net.step("Transpose", net.step("Reshape", net.step("MatMul", y, net.weight(dim, dim)), split), perm=perm)
    q, k, v = part([0, 2, 1, 3]), part([0, 2, 3, 1]), part([0, 2, 1, 3])
    a = net.step("Mul", net.step("MatMul", q, k), net.given(np.float32(8**-0.5)))
    a = net.step("MatMul", net.step("Softmax", a, axis=-1), v)
    a = net.step("Reshape", net.step("Transpose", a, perm=[0, 2, 1, 3]), net.given(np.array([1, 17, dim])))
    x = net.step("Add", x, net.step("MatMul", a, net.weight(dim, dim)))
    y = net.step("MatMul", norm(x), net.weight(dim, 2 * dim))
    gelu = net.step("Erf", net.step("Div", y, net.given(np.float32(2**0.5))))
    y = net.step("Mul", net.step("Mul", y, net.step("Add", gelu, net.given(np.float32(1)))), net.given(np.float32(0.5)))
    x = net.step("Add", x, net.step("MatMul", y, net.weight(2 * dim, dim)))
    net.step("LayerNormalization", x, net.weight(dim), net.weight(dim), out="tokens")
    return net.model([("image", T.FLOAT, [1, 3, 32, 32])], [("tokens", T.FLOAT, [1, 17, dim])])


def codes():
    net = Net(3)
    x = net.step("Cast", "image", to=T.FLOAT)
    x = net.step("Mul", net.step("Transpose", x, perm=[0, 3, 1, 2]), net.given(np.float32(1 / 64)))
    x = net.step("Conv", x, net.weight(5, 3, 3, 3), net.weight(5), kernel_shape=[3, 3], strides=[2, 2])
    net.step("Transpose", net.step("Sigmoid", x), perm=[0, 2, 3, 1], out="maps")
    return net.model([("image", T.UINT8, ["batch", "h", "w", 3])], [("maps", T.FLOAT, ["batch", "oh", "ow", 5])])


def pair():
    """A picture and a text: the first output needs both, the second the picture alone."""
    net = Net(4)
    picture = convolutions(net, "pixels", out="image_features")
    words = net.step("ReduceMean", net.step("Gather", net.weight(20, 12), "words"), axes=[1], keepdims=0)
    net.step("MatMul", picture, net.step("Transpose", words, perm=[1, 0]), out="logits")
    return net.model(
        [("words", T.INT64, ["texts", "length"]), ("pixels", T.FLOAT, ["batch", 3, 32, 32])],
        [("logits", T.FLOAT, ["batch", "texts"]), ("image_features", T.FLOAT, ["batch", 12])],
    )


def refused():
    """Name -> a model that a picture cannot be described with."""
    shape, row = ["batch", 3, 32, 32], [("features", T.FLOAT, ["batch", 12])]

    def of(inputs, outputs=row, last=None):
        net = Net(5)
        convolutions(net, "image", out="features" if last is None else "inner")
        if last:
            last(net)
        return net.model(inputs, outputs)

    image = [("image", T.FLOAT, shape)]
    nothing = lambda net: net.step("Log", net.given(np.full(12, -1, np.float32)), out="minus")
    return {
        "unknown": of(image, last=lambda net: net.step("Wombat", "inner", out="features")),
        "text": of([("image", T.STRING, shape)]),
        "whole": of([("image", T.INT64, shape)]),
        "eight": of([("image", T.FLOAT, [8, 3, 32, 32])]),
        "grey": of([("image", T.FLOAT, ["batch", 1, 32, 32])]),
        "row": of([("image", T.FLOAT, ["batch", 12])]),
        "two": of([*image, ("second", T.FLOAT, shape)]),
        "score": of(image, last=lambda net: net.step("ReduceMean", "inner", keepdims=0, out="features")),
        "classes": of(image, [("features", T.INT64, ["batch"])], lambda net: net.step("ArgMax", "inner", axis=1, out="features")),
        "nan": of(image, last=lambda net: net.step("Mul", "inner", nothing(net), out="features")),
    }


def picture(width, height):
    """The same whole numbers as in the tests."""
    y, x, c = np.mgrid[:height, :width, :3]
    return ((x * x // 3 + 5 * y + 40 * c + x * y // 7) % 256).astype(np.uint8)


def crop_box(width, height, to_width, to_height):
    seen_width = min(width, (height * to_width + to_height // 2) // to_height)
    seen_height = min(height, (width * to_height + to_width // 2) // to_width)
    left, top = (width - seen_width) // 2, (height - seen_height) // 2
    return (left, top, left + seen_width, top + seen_height)


def case(model, file, size, to, fit, scale, output, tokens=None, last=False, side=None):
    pixels = Image.fromarray(picture(*size))
    if fit == "crop":
        pixels = pixels.crop(crop_box(*size, *to))
    pixels = np.asarray(pixels.resize(to, Image.Resampling.BICUBIC))
    mean, sd = SCALES[scale]
    numbers = pixels if last else (((pixels / 255.0 - mean) / sd).astype(np.float32)).transpose(2, 0, 1)
    if output not in [one.name for one in model.graph.output]:
        model = onnx.ModelProto.FromString(model.SerializeToString())
        model.graph.output.append(onnx.ValueInfoProto(name=output))
    name = next(one.name for one in model.graph.input if one.name != "words")
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    feed = {name: np.ascontiguousarray(numbers)[None]}
    if len(model.graph.input) > 1:
        feed["words"] = np.zeros((1, 4), np.int64)
    given = session.run([output], feed)[0][0].astype(np.float64)
    if tokens:
        given = given[0] if tokens == "first-token" else given.mean(axis=0)
    if given.ndim == 3:
        given = given.mean(axis=(0, 1) if last else (1, 2))
    ask = {"side_px": side, "fit": fit, "scale": scale, "output": output, "tokens": tokens}
    return {"file": file, "size": size, **ask, "features": given.tolist()}


def resized(size, to, box=None):
    small = Image.fromarray(picture(*size)).crop(box or (0, 0, *size)).resize(to, Image.Resampling.BICUBIC)
    return {"size": size, "to": to, "box": box, "bytes": np.asarray(small).ravel().tolist()}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(exist_ok=True)
    models = {"conv": conv(), "vit": vit(), "codes": codes(), "pair": pair(), "wide": wide()}
    for name, model in models.items():
        onnx.checker.check_model(model)
        onnx.save(model, folder / f"{name}.onnx")
    for name, model in refused().items():
        onnx.save(model, folder / f"refused-{name}.onnx")
    (folder / "outside.onnx.data").unlink(missing_ok=True)
    onnx.save(conv(), folder / "outside.onnx", save_as_external_data=True, location="outside.onnx.data", size_threshold=64)
    values = {
        "versions": {name: version(name) for name in PACKAGES},
        "resized": [
            resized((57, 41), (16, 12)),
            resized((20, 13), (31, 27)),
            resized((300, 40), (16, 15)),
            resized((9, 9), (9, 9)),
            resized((64, 50), (11, 17), (7, 3, 52, 48)),
        ],
        "cases": [
            case(models["conv"], "conv.onnx", (80, 61), (32, 32), "squash", "imagenet", "features", side=32),
            case(models["conv"], "conv.onnx", (80, 61), (32, 32), "crop", "clip", "features", side=32),
            case(models["conv"], "conv.onnx", (31, 90), (40, 40), "crop", "minus-one-to-one", "maps", side=40),
            case(models["conv"], "outside.onnx", (80, 61), (32, 32), "squash", "codes", "features", side=32),
            case(models["vit"], "vit.onnx", (50, 50), (32, 32), "squash", "imagenet", "tokens", "first-token"),
            case(models["vit"], "vit.onnx", (333, 200), (32, 32), "crop", "zero-to-one", "tokens", "mean-of-tokens"),
            case(models["codes"], "codes.onnx", (70, 40), (24, 24), "squash", "codes", "maps", last=True, side=24),
            case(models["pair"], "pair.onnx", (70, 40), (32, 32), "squash", "clip", "image_features"),
        ],
    }
    (folder / "expected.json").write_text(json.dumps(values, separators=(",", ":")) + "\n")
