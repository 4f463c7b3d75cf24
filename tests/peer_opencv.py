"""OpenCV projects points through lenses: prints kind, eight coefficients, fx, fy, the point and its pixel, a line each.

The coefficients stand in OpenCV's order; a fisheye has four and then zeros. Pixel centres lie at integers, as OpenCV has them;
the principal point is 320, 240. Nothing is fetched.
"""

import importlib.util
import sys

# No such package: the caller skips. Whatever else goes wrong is a fault.
if importlib.util.find_spec("cv2") is None:
    sys.exit(77)

import cv2
import numpy

BROWN = [
    [-0.3, 0.12, 0.001, -0.0005, -0.02, 0, 0, 0],
    [0.1, -0.05, 0, 0, 0, 0, 0, 0],
    [0.5, -0.2, 0.0007, 0.0003, 0.01, 0.8, -0.1, 0.005],
    [0, 0, 0.004, -0.003, 0, 0, 0, 0],
]
FISHEYE = [[-0.02, 0.005, -0.003, 0.0004], [0, 0, 0, 0], [0.08, -0.01, 0.004, -0.0009]]

zero = numpy.zeros(3)


def told(kind, k, fx, fy, points, pixels):
    for point, pixel in zip(points, pixels.reshape(-1, 2)):
        print(kind, *k, *[0] * (8 - len(k)), fx, fy, *point, *pixel)


def matrix(fx, fy):
    return numpy.array([[fx, 0, 320], [0, fy, 240], [0, 0, 1]], dtype=float)


steps = numpy.linspace(-0.55, 0.55, 23)
near = numpy.array([[x * z, 0.75 * y * z, z] for z in (0.5, 3.0) for x in steps for y in steps])
for k in BROWN:
    pixels, _ = cv2.projectPoints(near.reshape(-1, 1, 3), zero, zero, matrix(600, 590), numpy.array(k, dtype=float))
    told("brown", k, 600, 590, near, pixels)

angles = numpy.linspace(0.01, 1.5, 20)
turns = numpy.linspace(0, 6.2, 17)
sphere = [
    [numpy.sin(a) * numpy.cos(t), numpy.sin(a) * numpy.sin(t), numpy.cos(a)] for a in angles for t in turns
]
wide = 2.0 * numpy.array(sphere)
for k in FISHEYE:
    pixels, _ = cv2.fisheye.projectPoints(wide.reshape(-1, 1, 3), zero, zero, matrix(300, 295), numpy.array(k, dtype=float))
    told("fisheye", k, 300, 295, wide, pixels)
