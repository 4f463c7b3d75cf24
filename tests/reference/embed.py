"""t-SNE as scikit-learn has it, for the tests of `src/drift/embed`.

    python3 -m venv env && env/bin/pip install numpy scipy scikit-learn
    env/bin/python tests/reference/embed.py > tests/reference/embed.json

Rows, scikit-learn's map of them, and what that map is worth go into one file, with the packages' versions; the tests need no
Python.
"""

import json
from importlib.metadata import version

import numpy as np
from sklearn.manifold import TSNE, trustworthiness
from sklearn.manifold._t_sne import _joint_probabilities_nn
from sklearn.neighbors import NearestNeighbors

PACKAGES = ["numpy", "scipy", "scikit-learn"]
PERPLEXITY, NEAR = 30, 15


def standardised(rows):
    return (rows - rows.mean(axis=0)) / rows.std(axis=0, ddof=1)


def kept(rows, points):
    """The share of the nearest rows that are among the nearest points."""
    near = [NearestNeighbors(n_neighbors=NEAR).fit(some).kneighbors(return_distance=False) for some in (rows, points)]
    return float(np.mean([len(set(a) & set(b)) / NEAR for a, b in zip(*near)]))


def divergence(rows, points):
    """Kullback-Leibler divergence over the pairs that t-SNE keeps, the sum of similarities over all pairs."""
    near = NearestNeighbors(n_neighbors=3 * PERPLEXITY).fit(rows).kneighbors_graph(mode="distance")
    near.data **= 2
    p = _joint_probabilities_nn(near, PERPLEXITY, 0).tocoo()
    similar = 1 / (1 + ((points[:, None] - points[None]) ** 2).sum(axis=2))
    q = similar[p.row, p.col] / (similar.sum() - len(points))
    return float((p.data * np.log(p.data / q)).sum())


def case(name, rows):
    rows = np.round(rows, 3)
    ruled = standardised(rows)
    points = TSNE(perplexity=PERPLEXITY, init="pca", random_state=0, method="exact").fit_transform(ruled)
    points = np.round(points.astype(float), 3)
    return {
        "name": name,
        "rows": rows.tolist(),
        "points": points.tolist(),
        "trustworthiness": float(trustworthiness(ruled, points, n_neighbors=NEAR)),
        "kept": kept(ruled, points),
        "divergence": divergence(ruled, points),
    }


if __name__ == "__main__":
    rng = np.random.default_rng(11)
    turn, across = rng.uniform(1.5, 4.5, 320) * np.pi, rng.uniform(0, 21, 320)
    roll = np.stack([turn * np.cos(turn), across, turn * np.sin(turn)], axis=1)
    clumps = np.concatenate([rng.normal(3 * rng.normal(size=8), size=(n, 8)) for n in (20, 40, 60, 80, 100)])
    # Some features hang together, as those of pictures do.
    mixed = np.concatenate([clumps, clumps @ rng.normal(size=(8, 4)) + 0.3 * rng.normal(size=(300, 4))], axis=1)
    out = {
        "versions": {name: version(name) for name in PACKAGES},
        "perplexity": PERPLEXITY,
        "near": NEAR,
        "cases": [case("clumps of five sizes", mixed), case("a rolled-up sheet", roll)],
    }
    print(json.dumps(out, ensure_ascii=False, separators=(",", ":")))
