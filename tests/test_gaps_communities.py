"""Communities by the map equation: what a reference implementation finds, and laws."""

from __future__ import annotations

import math
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from search.gaps.communities import communities
from search.gaps.grouping import group
from search.gaps.neighbours import nearest

# Zachary 1977, who met whom in a karate club; its communities and their code length are those that igraph's
# community_infomap finds.
CLUB = [
    (0, [1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 17, 19, 21, 31]),
    (1, [2, 3, 7, 13, 17, 19, 21, 30]),
    (2, [3, 7, 8, 9, 13, 27, 28, 32]),
    (3, [7, 12, 13]),
    (4, [6, 10]),
    (5, [6, 10, 16]),
    (6, [16]),
    (8, [30, 32, 33]),
    (9, [33]),
    (13, [33]),
    (14, [32, 33]),
    (15, [32, 33]),
    (18, [32, 33]),
    (19, [33]),
    (20, [32, 33]),
    (22, [32, 33]),
    (23, [25, 27, 29, 32, 33]),
    (24, [25, 27, 31]),
    (25, [31]),
    (26, [29, 33]),
    (27, [33]),
    (28, [31, 33]),
    (29, [32, 33]),
    (30, [32, 33]),
    (31, [32, 33]),
    (32, [33]),
]
EDGES = np.array([(one, other) for one, others in CLUB for other in others])
FOUND = [0, 0, 0, 0, 1, 1, 1, 0, 2, 0, 1, 0, 0, 0, 2, 2, 1, 0, 2, 0, 2, 0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]
LENGTH = 4.31179264580183


def code_length(edges: NDArray[np.int64], labels: NDArray[np.int64]) -> float:
    """The map equation of an unweighted graph, in bits, written down anew from the paper."""
    visits = np.bincount(edges.ravel(), minlength=len(labels)) / (2 * len(edges))
    across = labels[edges[:, 0]] != labels[edges[:, 1]]
    leaving = np.bincount(labels[edges[across].ravel()], minlength=labels.max() + 1) / (2 * len(edges))
    within = np.bincount(labels, weights=visits)
    total = float(leaving.sum())
    parts = [total, *leaving, *leaving, *(leaving + within), *visits]
    signs = [1.0, *[-1.0] * (2 * len(leaving)), *[1.0] * len(leaving), *[-1.0] * len(visits)]
    return sum(sign * part * math.log2(part) for sign, part in zip(signs, parts, strict=True) if part > 0)


def test_it_finds_what_the_reference_finds() -> None:
    labels = communities(EDGES, np.ones(len(EDGES)), nodes=34)
    assert labels.tolist() == FOUND
    assert math.isclose(code_length(EDGES, labels), LENGTH, rel_tol=1e-9)


def test_small_communities_are_found_however_large_the_graph_is() -> None:
    """Modularity joins neighbours in a ring of thirty cliques (Fortunato and Barthélemy 2007)."""
    cliques = [[5 * number + place for place in range(5)] for number in range(30)]
    edges = [(a, b) for clique in cliques for a in clique for b in clique if a < b]
    edges += [(clique[0], cliques[(number + 1) % 30][1]) for number, clique in enumerate(cliques)]
    labels = communities(np.array(edges), np.ones(len(edges)), nodes=150)
    assert [set(labels[clique]) for clique in cliques] == [{number} for number in range(30)]


def test_who_has_no_neighbours_is_alone() -> None:
    edges = np.array([(1, 2), (2, 3), (1, 3)])
    assert communities(edges, np.ones(3), nodes=5).tolist() == [0, 1, 1, 1, 2]
    assert communities(np.zeros((0, 2), dtype=np.int64), np.zeros(0), nodes=2).tolist() == [0, 1]


GRAPHS = st.integers(3, 12).flatmap(
    lambda nodes: st.sets(
        st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1)).filter(
            lambda pair: pair[0] < pair[1]
        ),
        min_size=2,
    )
)


@given(GRAPHS)
def test_the_description_is_no_longer_than_in_one_group_or_each_alone(pairs: set[tuple[int, int]]) -> None:
    edges = np.array(sorted(pairs))
    nodes = int(edges.max()) + 1
    labels = communities(edges, np.ones(len(edges)), nodes=nodes)
    assert set(labels.tolist()) == set(range(int(labels.max()) + 1))
    found = code_length(edges, labels)
    for other in (np.zeros(nodes, dtype=np.int64), np.arange(nodes)):
        assert found <= code_length(edges, other) + 1e-9


@given(st.integers(1, 40), st.integers(0, 1000), st.randoms())
def test_the_order_of_queries_does_not_change_the_groups(count: int, seed: int, random: Random) -> None:
    rows = np.random.default_rng(seed).normal(size=(count, 6)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows[count // 2] = rows[0]  # asked twice
    order = list(range(count))
    random.shuffle(order)
    labels, shuffled = group(rows), group(rows[order])
    assert labels[count // 2] == labels[0]
    together = labels[:, None] == labels[None, :]
    assert ((shuffled[:, None] == shuffled[None, :]) == together[np.ix_(order, order)]).all()


@given(st.integers(1, 30), st.integers(1, 12), st.integers(0, 1000))
def test_the_nearest_are_those_that_comparing_all_would_find(items: int, count: int, seed: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(items, 5)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    alike, near = nearest(rows, count)
    similarities = rows @ rows.T
    np.fill_diagonal(similarities, -np.inf)
    for row in range(items):
        best = np.sort(similarities[row])[::-1][: min(count, items - 1)]
        assert np.allclose(alike[row][near[row] >= 0], best, atol=1e-5)
        assert row not in near[row]
