"""The low-level feature vector as other packages have it, for the tests of `src/drift/descriptor.rs`.

    python3 -m venv env && env/bin/pip install numpy scipy scikit-image
    env/bin/python tests/reference/descriptor.py > tests/reference/descriptor.json

Pictures are recipes in whole numbers that this file and the test follow alike, so no pixel is stored. Recipes and
values go into one file, with the packages' versions; the tests need no Python. Both sides compute in 64-bit floats
throughout, so that they agree but for rounding.

Conventions in which packages differ, and which of them are ours:

- Shrinking and growing average the area under each pixel, of which pixels at its edges count in part: scikit-image's
  `resize_local_mean`. Means are rounded to 8-bit codes, halves up, before anything is measured.
- Luminance is of Rec. 709 on sRGB codes: 0.2126, 0.7152, 0.0722 (scikit-image's `rgb2gray` has 0.2125, 0.7154, 0.0721).
- A percentile is a value that occurs: numpy's "lower" for luminance, "higher" for the noise floor.
- Variances are of the population; kurtosis is Pearson's (normal: 3) and biased, and 3 where variance is under 1e-12.
- The Hann window takes its values at the middles of pixels, so that neither end is 0.
- Radii are rounded to whole ones, means of a range of radii weigh each radius alike, and 1e-9 is added to each power.
- Sobel's magnitude is √(gx² + gy²) / 4 with gx and gy unscaled (scikit-image's `sobel` is that over √2).
- Blockiness adds a hundredth of a code to both means; a picture less than nine pixels wide has 1.
"""

import json
from importlib.metadata import version

import numpy as np
from scipy import ndimage, signal, stats
from skimage.color import rgb2hsv
from skimage.transform import resize_local_mean
from skimage.util import view_as_blocks

WIDTH, HEIGHT = 320, 240
GRID = 4
PACKAGES = ["numpy", "scipy", "scikit-image"]


# Pictures: the test's `Recipe` is the same in Rust, to the bit.


def chance(seed, x, y, channel):
    """A byte that looks like chance: the PCG hash of 32 bits, its top eight."""
    word = (((seed * 4096 + y) * 4096 + x) * 4 + channel) & 0xFFFFFFFF
    word = (word * 747796405 + 2891336453) & 0xFFFFFFFF
    word = (((word >> ((word >> 28) + 4)) ^ word) * 277803737) & 0xFFFFFFFF
    return ((word >> 22) ^ word) >> 24


def drawn(width, height, recipe):
    """Codes of a base colour, slopes in sixteenths of a code a pixel, layers of random squares, and bright dots."""
    y, x, channel = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    code = np.array(recipe["base"])[channel]
    code = code + ((np.array(recipe["across"])[channel] * x + np.array(recipe["down"])[channel] * y) >> 4)
    for seed, (edge, grey, colour) in enumerate(recipe["layers"]):
        code = code + ((grey * (chance(seed, x // edge, y // edge, 3) - 128)) >> 7)
        code = code + ((colour * (chance(seed, x // edge, y // edge, channel) - 128)) >> 7)
    if recipe["dots"]:
        code = np.where((chance(100, x, y, 0) * 256 + chance(101, x, y, 0)) % recipe["dots"] == 0, 250, code)
    return np.clip(code, 0, 255)


# Features.


def cover(cells, length):
    """How much of each source pixel lies under each target pixel, in whole numbers whose sum is the length."""
    target, source = np.arange(cells)[:, None], np.arange(length)
    ends = np.minimum((target + 1) * length, (source + 1) * cells)
    return np.maximum(ends - np.maximum(target * length, source * cells), 0)


def brought_to_size(picture):
    """As scikit-image has it, in whole numbers, so that halves round alike everywhere."""
    height, width, _ = picture.shape
    total = np.einsum("yr,rck,xc->yxk", cover(HEIGHT, height), picture, cover(WIDTH, width), optimize=True)
    assert np.abs(total / (height * width) - resize_local_mean(picture.astype(float), (HEIGHT, WIDTH))).max() < 1e-9
    return (2 * total + height * width) // (2 * height * width)


def ten_thousandths(picture):
    """Luminance in 1/10000 of a code, exactly."""
    return picture @ np.array([2126, 7152, 722])


def above(values, limit):
    """Which of whole numbers lie above a limit; at the limit itself, rounding would decide for fractions in Rust."""
    assert (values != limit).all(), "choose another picture"
    return values > limit


def spectrum(luminance):
    margin = (WIDTH - HEIGHT) // 2
    square = luminance[:, margin:-margin]
    window = signal.windows.hann(2 * HEIGHT + 1)[1::2]
    power = np.abs(np.fft.fft2((square - square.mean()) * np.outer(window, window), (256, 256))) ** 2
    frequency = np.fft.fftfreq(256, 1 / 256)
    radius = np.rint(np.hypot(frequency[:, None], frequency)).astype(int)
    radial = ndimage.mean(power, radius, np.arange(129)) + 1e-9
    fitted = np.arange(4, 121)
    # a fifth of 128 radii is 25
    return {
        "spectrum_slope": -np.polyfit(np.log10(fitted), np.log10(radial[fitted]), 1)[0],
        "high_frequency_log10": np.log10(radial[104:129].mean() / radial[1:26].mean()),
    }


def kurtosis_log10(values):
    return np.log10(3.0 if values.var() < 1e-12 else stats.kurtosis(values, axis=None, fisher=False, bias=True))


def mscn(codes):
    def local_mean(values):
        return ndimage.gaussian_filter(values, 7 / 6, radius=3, mode="nearest")

    mean = local_mean(codes)
    return (codes - mean) / (np.sqrt(np.maximum(local_mean(codes**2) - mean**2, 0)) + 1)


def texture(exact):
    codes = exact / 10000
    blocks = view_as_blocks(codes, (8, 8)).std(axis=(2, 3))
    steps = np.diff(exact, axis=1)
    contrast = mscn(codes)
    squared = (ndimage.sobel(exact, 0) ** 2 + ndimage.sobel(exact, 1) ** 2)[1:-1, 1:-1]
    return {
        "noise_floor": np.quantile(blocks, 0.1, method="higher"),
        "flat_gradient_share": 1 - above(np.abs(steps), 5000).mean(),
        "gradient_kurtosis_log10": kurtosis_log10(steps / 10000 / 255),
        "mscn_variance": contrast.var(),
        "mscn_kurtosis_log10": kurtosis_log10(contrast),
        "edge_share": above(squared, (4 * 255 * 500) ** 2).mean(),
    }


def blockiness(picture):
    """Of the picture as it came: the step into column x stands at x - 1."""
    if picture.shape[1] < 9:
        return 1.0
    steps = np.abs(np.diff(ten_thousandths(picture), axis=1)) / 10000
    into = np.arange(1, picture.shape[1])
    return (steps[:, into % 8 == 0].mean() + 0.01) / (steps[:, into % 8 != 0].mean() + 0.01)


def cells(name, values):
    means = view_as_blocks(values, (HEIGHT // GRID, WIDTH // GRID)).mean(axis=(2, 3))
    return {f"{name}_r{row + 1}c{column + 1}": means[row, column] for row in range(GRID) for column in range(GRID)}


def described(picture):
    small = brought_to_size(picture)
    rgb, exact = small / 255, ten_thousandths(small)
    luminance = exact / 2550000
    red_green, yellow_blue = rgb[..., 0] - rgb[..., 1], rgb[..., :2].mean(axis=-1) - rgb[..., 2]
    p1, p99 = np.quantile(luminance, [0.01, 0.99], method="lower")
    return {
        "luminance_mean": luminance.mean(),
        "luminance_sd": luminance.std(),
        "luminance_p1": p1,
        "luminance_p99": p99,
        "clipped_dark_share": (small <= 2).all(axis=-1).mean(),
        "clipped_bright_share": (small >= 253).any(axis=-1).mean(),
        "saturation_mean": rgb2hsv(rgb)[..., 1].mean(),
        "red_green_mean": red_green.mean(),
        "yellow_blue_mean": yellow_blue.mean(),
        **spectrum(luminance),
        **texture(exact),
        "blockiness": blockiness(picture),
        **cells("luminance", luminance),
        **cells("red_green", red_green),
        **cells("yellow_blue", yellow_blue),
    }


def case(name, size, base, across=(0, 0, 0), down=(0, 0, 0), layers=(), dots=0):
    """Layers are (edge of the squares, spread of all channels together, spread of each); one pixel of `dots` is one."""
    recipe = {"base": base, "across": across, "down": down, "layers": layers, "dots": dots}
    values = {feature: float(value) for feature, value in described(drawn(*size, recipe)).items()}
    assert np.isfinite(list(values.values())).all()
    return {"name": name, "width": size[0], "height": size[1], "recipe": recipe, "values": values}


if __name__ == "__main__":
    grown = [
        case("noise", (64, 48), (128, 120, 110), layers=[(1, 40, 30)]),
        case("slopes, odd sides", (97, 61), (20, 60, 200), across=(31, 3, -17), down=(5, 29, -9)),
        case("squares of eight", (128, 128), (120, 110, 90), layers=[(8, 50, 20), (1, 3, 0)]),
        case("clipped at both ends", (33, 40), (140, 120, 128), layers=[(3, 260, 120), (1, 30, 30)]),
        case("one colour", (50, 37), (200, 30, 90)),
        case("less than nine pixels wide", (5, 3), (90, 140, 60), layers=[(1, 60, 60)]),
    ]
    kept = case("dark with dots", (320, 240), (1, 2, 1), layers=[(1, 0, 3)], dots=997)
    octaves = [(64, 50, 20), (16, 30, 8), (4, 15, 3), (1, 9, 5)]
    shrunk = [
        case("clouds", (640, 480), (130, 120, 100), down=(1, 2, 3), layers=octaves),
        case("shrunk by parts", (413, 301), (60, 90, 40), across=(6, 1, 2), layers=[(25, 40, 30), (1, 12, 12)]),
        case("shrunk across, grown down", (700, 33), (40, 60, 220), across=(3, 2, -4), layers=[(8, 20, 5), (1, 25, 0)]),
    ]
    versions = {name: version(name) for name in PACKAGES}
    print(json.dumps({"versions": versions, "cases": [*grown, kept, *shrunk]}, separators=(",", ":")))
