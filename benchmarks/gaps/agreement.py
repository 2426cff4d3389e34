"""How far groups agree with what was meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

FIGURES: Final = ("accuracy", "nmi", "ari")


def agreement(meant: Sequence[str], found: Sequence[int]) -> dict[str, float]:
    """Accuracy by the best one-to-one assignment (Kuhn 1955), normalised mutual information, and the adjusted
    Rand index.
    """
    _, one = np.unique(np.array(meant), return_inverse=True)
    _, other = np.unique(np.array(found), return_inverse=True)
    table = np.zeros((one.max() + 1, other.max() + 1), dtype=np.int64)
    np.add.at(table, (one, other), 1)
    rows, columns = linear_sum_assignment(-table)
    return {
        "accuracy": float(table[rows, columns].sum() / len(one)),
        "nmi": float(normalized_mutual_info_score(one, other)),
        "ari": float(adjusted_rand_score(one, other)),
    }
