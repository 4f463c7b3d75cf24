"""Prints src/sense/derive/opencv.txt: what OpenCV makes of small pictures, for the tests of `sense::derive`.

Needs numpy, opencv-python-headless and pycocotools; 4.10 and 5.0 print the same.
"""

import cv2
import numpy as np
from pycocotools import mask


def picture(width, height, seed):
    """A ramp, a disc and a corner under noise; the tests make the same."""
    state = seed
    out = np.zeros((height, width, 3), np.uint8)
    for y in range(height):
        for x in range(width):
            for c in range(3):
                state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
                noise = (state >> 24) & (15 if seed % 2 else 63)
                value = (x * x * 3 + y * y * 5 + x * y * (7 + c) + 31 * c) // 16 % 200
                if (x - width // 3) ** 2 + (y - height // 2) ** 2 < (height // 4) ** 2:
                    value = 230 - 20 * c
                if x > 2 * width // 3 and y > height // 3:
                    value = 40 + 30 * c
                out[y, x, c] = min(255, value + noise)
    return out


def words(values):
    return " ".join(str(int(value)) for value in np.asarray(values).ravel())


for width, height, seed in [(64, 48, 1), (37, 29, 2), (5, 3, 3)]:
    image = picture(width, height, seed)
    for low, high in [(20, 50), (100, 200), (200, 300), (300, 400)]:
        edges = (cv2.Canny(image, low, high) > 0).astype(np.uint8)
        counts = mask.encode(np.asfortranarray(edges))["counts"].decode()
        print("canny", width, height, seed, low, high, counts)
    for to in [(width // 4, height // 3), (2 * width, 2 * height - 1)]:
        scaled = cv2.resize(image, to, interpolation=cv2.INTER_CUBIC)
        print("cubic", width, height, seed, *to, words(scaled[to[1] // 3]))
    for across, colour, space in [(7, 150, 4)] if width != 37 else [(7, 40, 3)]:
        soft = cv2.bilateralFilter(image, across, colour, space)
        print("bilateral", width, height, seed, across, colour, space, words(soft[height // 3]))
    print("gauss", width, height, seed, 3, 2, words(cv2.GaussianBlur(image, (7, 7), 2.0)[height // 3]))
