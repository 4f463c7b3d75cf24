"""Mutual information, χ² and smoothing splines as other packages have them, for the tests of `src/drift/audit`.

    python3 -m venv env && env/bin/pip install numpy scipy scikit-learn
    env/bin/python tests/reference/audit.py > tests/reference/audit.json

Inputs and values go into one file, with the packages' versions; the tests need no Python.
"""

import json
from importlib.metadata import version

import numpy as np
from scipy.stats import chi2_contingency, entropy, rankdata
from sklearn.metrics import mutual_info_score

PACKAGES = ["numpy", "scipy", "scikit-learn"]


def binned(values, bins):
    """Bins of about equal size; equal values stay together. Numbered without gaps."""
    raw = np.floor((rankdata(values) - 0.5) * bins / len(values)).astype(int)
    return np.unique(raw, return_inverse=True)[1]


def within(strata, of):
    """The mean over strata by their size."""
    return float(sum(np.mean(strata == one) * of(strata == one) for one in np.unique(strata)))


def table(name, rng, draws, strata, levels, ties):
    values = np.round(rng.normal(size=draws), 1 if ties else 6)
    stratum = rng.integers(0, strata, draws)
    outcome = (rng.integers(0, levels, draws) + (values > 0.5)) % levels
    codes = binned(values, 4)
    shares = lambda some: np.bincount(outcome[some]) / some.sum()
    # without strata; every level is there
    counts = np.array([[np.sum((codes == a) & (outcome == b)) for b in range(levels)] for a in range(codes.max() + 1)])
    return {
        "name": name,
        "values": values.tolist(),
        "strata": stratum.tolist(),
        "outcome": outcome.tolist(),
        "codes": codes.tolist(),
        "mutual_bits": within(stratum, lambda some: mutual_info_score(codes[some], outcome[some])) / np.log(2),
        "entropy_bits": within(stratum, lambda some: entropy(shares(some), base=2)),
        "chi2": float(chi2_contingency(counts, correction=False).statistic),
    }


def kernel(causes):
    """First-order spline kernel over ranks: lines twice, curves, and surfaces of pairs."""
    n = causes.shape[1]
    singles, lines = [], np.zeros((n, n))
    for cause in causes:
        x = (rankdata(cause) - 0.5) / n
        apart = np.abs(x[:, None] - x[None])
        line = np.outer(x - 0.5, x - 0.5)
        lines += line
        singles.append(line + 0.5 * (apart**2 - apart + 1 / 6))
    pairs = sum((a * b for at, a in enumerate(singles) for b in singles[:at]), np.zeros((n, n)))
    return lines + sum(singles) + pairs


def spline(name, rng, draws, causes):
    z = np.round(rng.uniform(size=(causes, draws)), 3)
    y = np.round((z[0] > 0.4) + np.sin(4 * z[-1]) + 0.2 * rng.normal(size=draws), 3)
    centre = np.eye(draws) - 1 / draws
    k = centre @ kernel(z) @ centre
    penalty, best = 16 * np.linalg.eigvalsh(k)[-1], None
    for _ in range(16):
        penalty /= 4
        hat = np.linalg.solve(k + penalty * np.eye(draws), k).T
        freedom = 1 + np.trace(hat)
        if 3 * freedom > draws:
            break
        residual = centre @ y - hat @ centre @ y
        error = residual @ residual / (1 - freedom / draws) ** 2
        if best is None or error < best[0]:
            best = (error, residual)
    return {"name": name, "causes": z.tolist(), "values": y.tolist(), "residual": best[1].tolist()}


if __name__ == "__main__":
    rng = np.random.default_rng(7)
    out = {
        "versions": {name: version(name) for name in PACKAGES},
        "tables": [
            table("two levels", rng, 120, 5, 2, ties=False),
            table("three levels, ties", rng, 90, 3, 3, ties=True),
            table("one stratum", rng, 64, 1, 4, ties=False),
        ],
        "splines": [spline("one cause", rng, 40, 1), spline("three causes", rng, 60, 3)],
    }
    print(json.dumps(out, ensure_ascii=False, separators=(",", ":")))
