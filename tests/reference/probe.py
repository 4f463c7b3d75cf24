"""Logistic regression with a ridge and AUC as scikit-learn has them, for the tests of `src/drift/probe`.

    python3 -m venv env && env/bin/pip install numpy scikit-learn
    env/bin/python tests/reference/probe.py > tests/reference/probe.json

Inputs and values go into one file, with the packages' versions; the tests need no Python.
"""

import json
from importlib.metadata import version

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

PACKAGES = ["numpy", "scikit-learn"]
RIDGE = 0.01


def regression(name, rng, counts, apart, columns=15):
    """Rows of both sides, each side with half the weight; correlated columns, of which the last `15 - columns` never change."""
    mix = rng.normal(size=(columns, columns))
    rows = rng.normal(size=(sum(counts), columns)) @ mix / np.sqrt(columns)
    side = np.repeat([0, 1], counts)
    rows[:, :3] += apart * side[:, None]
    rows = np.round(np.hstack([rows, np.zeros((len(rows), 15 - columns))]), 4)
    weights = 0.5 / np.array(counts)[side]
    # the sum of the weighted losses times C beside half the weights' squares: C is one over the ridge
    model = LogisticRegression(C=1 / RIDGE, solver="newton-cholesky", tol=1e-13, max_iter=1000)
    model.fit(rows, side, sample_weight=weights)
    return {
        "name": name,
        "rows": rows.tolist(),
        "side": side.tolist(),
        "weights": [*model.coef_[0].tolist(), float(model.intercept_[0])],
        "log_odds": model.decision_function(rows[:8]).tolist(),
    }


def auc(name, rng, counts, digits):
    side = np.repeat([0, 1], counts)
    scores = np.round(rng.normal(size=sum(counts)) + 0.7 * side, digits)
    return {"name": name, "side": side.tolist(), "scores": scores.tolist(), "auc": float(roc_auc_score(side, scores))}


if __name__ == "__main__":
    rng = np.random.default_rng(11)
    out = {
        "versions": {name: version(name) for name in PACKAGES},
        "ridge": RIDGE,
        "regressions": [
            regression("alike", rng, [40, 40], 0.0),
            regression("one side much larger", rng, [90, 12], 0.8),
            regression("separable", rng, [30, 30], 9.0),
            regression("columns that never change", rng, [25, 35], 1.0, columns=6),
            regression("fewer rows than columns", rng, [5, 6], 0.5),
        ],
        "aucs": [
            auc("no ties", rng, [37, 23], 9),
            auc("ties", rng, [40, 60], 0),
            auc("one against many", rng, [1, 30], 2),
        ],
    }
    print(json.dumps(out, ensure_ascii=False, separators=(",", ":")))
