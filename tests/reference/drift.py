"""Distances between two sets as other packages have them, for the tests of `src/drift`.

    python3 -m venv env && env/bin/pip install numpy scipy scikit-learn prdc POT dcor vendi-score
    env/bin/python tests/reference/drift.py > tests/reference/drift.json

Inputs and values go into one file, with the packages' versions; the tests need no Python.
"""

import contextlib
import json
import sys
from importlib.metadata import version

import dcor
import numpy as np
import ot
from prdc import compute_prdc
from scipy.spatial.distance import jensenshannon, pdist
from scipy.stats import ks_2samp, wasserstein_distance
from sklearn.metrics import balanced_accuracy_score
from sklearn.metrics.pairwise import polynomial_kernel, rbf_kernel
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier
from vendi_score import vendi

K = 5
PACKAGES = ["numpy", "scipy", "scikit-learn", "prdc", "POT", "dcor", "vendi-score"]


def unbiased(kernel, x, y):
    """MMD² without a row with itself."""
    n, m = len(x), len(y)
    xx, yy, xy = kernel(x, x), kernel(y, y), kernel(x, y)
    within = (xx.sum() - np.trace(xx)) / (n * (n - 1)) + (yy.sum() - np.trace(yy)) / (m * (m - 1))
    return within - 2 * xy.mean()


def evenly(rows, count):
    """`count` of `rows`, at the middles of equal parts."""
    return rows[[(2 * at + 1) * len(rows) // (2 * count) for at in range(count)]]


def tail_coverage(x, y):
    """Coverage of the lowest and the highest hundredth of each feature of x, one row at least."""
    apart = np.linalg.norm(x[:, None] - x[None], axis=-1)
    radius = np.sort(apart, axis=1)[:, K]
    covered = np.linalg.norm(x[:, None] - y[None], axis=-1).min(axis=1) < radius
    each = max(1, int(np.ceil(0.01 * len(x))))
    order = np.argsort(x, axis=0, kind="stable")
    return float(np.mean([covered[order[:each]].mean(), covered[order[-each:]].mean()]))


def told_apart(x, y, groups):
    """Balanced accuracy of the nearest neighbour, a whole group left out at a time."""
    rows, side = np.vstack([x, y]), np.repeat([0, 1], [len(x), len(y)])
    classifier = KNeighborsClassifier(n_neighbors=1, algorithm="brute")
    told = cross_val_predict(classifier, rows, side, groups=groups, cv=LeaveOneGroupOut())
    return balanced_accuracy_score(side, told)


def binned(x, y):
    """Shares in the reference's ten decile bins, open at both ends, and at least 1e-4 each for PSI."""
    edges = np.quantile(x, np.linspace(0.1, 0.9, 9))
    shares = [np.bincount(np.searchsorted(edges, values, side="left"), minlength=10) / len(values) for values in (x, y)]
    return shares


def psi(x, y):
    a, b = (np.maximum(shares, 1e-4) for shares in binned(x, y))
    return float(((b - a) * np.log(b / a)).sum())


def case(name, rng, sizes, groups, ties):
    n, m = sizes
    d = 6
    x = rng.normal(size=(n, d)) * [1, 2, 0.5, 1, 1, 3]
    y = rng.normal(size=(m, d)) * [1, 1.5, 0.7, 1, 1, 3] + [0.4, 0, 0, 0, -0.2, 0]
    if ties:
        # frames of a video that stands still, and one that is in both sets
        x[10:16] = x[10]
        y[3:9] = y[3]
        y[20] = x[30]
    x, y = np.round(x, 3), np.round(y, 3)
    group_x, group_y = np.arange(n) * groups // n, np.arange(m) * groups // m
    both = np.vstack([x, y])
    scaled = (both - both.mean(axis=0)) / both.std(axis=0, ddof=1)
    sx, sy = scaled[:n], scaled[n:]
    per_median = 1 / np.median(pdist(scaled, "sqeuclidean"))
    with contextlib.redirect_stdout(sys.stderr):
        prdc = compute_prdc(sx, sy, nearest_k=K)
    fewest = min(n, m)
    frechet = ot.gaussian.bures_wasserstein_distance(
        sx.mean(axis=0), sy.mean(axis=0), np.cov(sx.T), np.cov(sy.T)
    )
    unit = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (evenly(sx, fewest), evenly(sy, fewest))]
    return {
        "name": name,
        "x": x.tolist(),
        "y": y.tolist(),
        "groups_x": group_x.tolist(),
        "groups_y": group_y.tolist(),
        "values": {
            "KID": unbiased(lambda a, b: polynomial_kernel(a, b, degree=3, gamma=1 / d, coef0=1), sx, sy),
            "MMD²": unbiased(lambda a, b: rbf_kernel(a, b, gamma=per_median), sx, sy),
            "Energy": float(dcor.energy_distance(sx, sy, estimation_stat="U_STATISTIC")),
            "Fréchet": float(frechet) ** 2,
            "Precision": float(prdc["precision"]),
            "Recall": float(prdc["recall"]),
            "Density": float(prdc["density"]),
            "Coverage": float(prdc["coverage"]),
            "Tail coverage": tail_coverage(sx, sy),
            "C2ST": float(told_apart(sx, sy, np.concatenate([group_x, groups + group_y]))),
            "Vendi ratio": float(vendi.score_dual(unit[1]) / vendi.score_dual(unit[0])),
        },
        # along the axes, as our own directions are another generator's
        "sliced_axes": float(ot.sliced_wasserstein_distance(sx, sy, projections=np.eye(d), p=2)),
        "features": [
            {
                "ks": float(ks_2samp(x[:, at], y[:, at]).statistic),
                "w1_sd": float(wasserstein_distance(x[:, at], y[:, at]) / x[:, at].std(ddof=1)),
                "js": float(jensenshannon(*binned(x[:, at], y[:, at]), base=2)),
                "psi": psi(x[:, at], y[:, at]),
            }
            for at in range(d)
        ],
    }


if __name__ == "__main__":
    rng = np.random.default_rng(20)
    cases = [
        case("equal sizes", rng, (80, 80), 8, ties=False),
        case("other sizes", rng, (90, 61), 6, ties=False),
        case("ties", rng, (75, 64), 5, ties=True),
    ]
    versions = {name: version(name) for name in PACKAGES}
    print(json.dumps({"versions": versions, "cases": cases}, ensure_ascii=False, separators=(",", ":")))
