"""Processor and wall seconds of scikit-learn's kernels and of prdc for so many rows a side and features: KID, MMD², PRDC, a line each."""

import contextlib
import sys
import time

import numpy as np
from prdc import compute_prdc
from sklearn.metrics.pairwise import polynomial_kernel, rbf_kernel

count, length = int(sys.argv[1]), int(sys.argv[2])
rng = np.random.default_rng(0)
x, y = rng.normal(size=(count, length)), rng.normal(size=(count, length)) + 0.05


def unbiased(kernel):
    """MMD² without a row with itself."""
    xx, yy, xy = kernel(x, x), kernel(y, y), kernel(x, y)
    pairs = count * (count - 1)
    return (xx.sum() - np.trace(xx)) / pairs + (yy.sum() - np.trace(yy)) / pairs - 2 * xy.mean()


for task in [
    lambda: unbiased(lambda a, b: polynomial_kernel(a, b, degree=3, gamma=1 / length, coef0=1)),
    lambda: unbiased(lambda a, b: rbf_kernel(a, b, gamma=1 / (2 * length))),
    lambda: compute_prdc(x, y, nearest_k=5),
]:
    before = time.process_time(), time.perf_counter()
    with contextlib.redirect_stdout(sys.stderr):
        task()
    print(f"{time.process_time() - before[0]:.6f} {time.perf_counter() - before[1]:.6f}")
