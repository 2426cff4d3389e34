"""Communities of a graph, by the map equation: the groups between which a random walk is told most briefly.

Rosvall and Bergstrom 2008, "Maps of random walks on complex networks reveal community structure"; the way to
the shortest description is that of their Infomap: nodes move one by one, then groups as wholes, then nodes
again. Unlike modularity, what is found in one part of a graph doesn't depend on how large the rest of it is.
Written here because the libraries that have it may not be used under this project's licence.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

TRIALS: Final = 3
_ROUNDS: Final = 6  # of moving nodes, then groups; nearly always the second changes nothing
_LEAST: Final = 1e-10  # bits that a move has to save
_VISITS: Final = 60  # of each node at most: rounding may let two moves undo each other for ever

Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Network:
    """flows: of each node, the flow to each neighbour, as a share of all. leaving: the sum of these.
    visits: how often the walk is there, which includes what stays within a node that is a group.
    """

    flows: list[dict[int, float]]
    leaving: list[float]
    visits: list[float]


def communities(
    edges: NDArray[np.int64], weights: NDArray[np.float64], *, nodes: int, trials: int = TRIALS
) -> Labels:
    """The community of each node, int64 (nodes,), numbered from 0.

    edges: int64 (e, 2), each pair of neighbours once. weights: float64 (e,), above 0. A node without edges
    is alone. trials: orders of the nodes that are tried; the shortest description counts. The same graph
    gives the same communities; other numbers of the nodes may give others.
    """
    if not len(edges):
        return np.arange(nodes, dtype=np.int64)
    network = _network(nodes, edges, weights)
    found = [_searched(network, np.random.default_rng(trial)) for trial in range(trials)]
    # Moving one by one doesn't always get there from nodes that are alone.
    found.append([nodes if flows else node for node, flows in enumerate(network.flows)])
    best = min(found, key=lambda labels: _length(network, labels))
    return np.unique(np.array(best, dtype=np.int64), return_inverse=True)[1].astype(np.int64)


def _network(nodes: int, edges: NDArray[np.int64], weights: NDArray[np.float64]) -> _Network:
    flows: list[dict[int, float]] = [{} for _ in range(nodes)]
    shares = weights / (2 * weights.sum())
    for (one, other), share in zip(edges.tolist(), shares.tolist(), strict=True):
        flows[one][other] = flows[other][one] = share
    leaving = [sum(to.values()) for to in flows]
    return _Network(flows, leaving, leaving)


def _searched(network: _Network, random: np.random.Generator) -> list[int]:
    labels = list(range(len(network.flows)))
    shortest = math.inf
    for _ in range(_ROUNDS):
        _move(network, labels, random)
        labels = _moved_as_wholes(network, labels, random)
        length = _length(network, labels)
        if length > shortest - _LEAST:
            break
        shortest = length
    return labels


def _moved_as_wholes(network: _Network, labels: list[int], random: np.random.Generator) -> list[int]:
    """Groups joined, and groups of those, as long as that shortens the description."""
    while True:
        groups, labels = _as_nodes(network, labels)
        joined = list(range(len(groups.flows)))
        if not _move(groups, joined, random):
            return labels
        labels = [joined[label] for label in labels]


def _as_nodes(network: _Network, labels: Sequence[int]) -> tuple[_Network, list[int]]:
    """The network of the groups, and the labels numbered as its nodes are."""
    numbered: list[int] = np.unique(np.array(labels), return_inverse=True)[1].tolist()
    count = max(numbered) + 1
    flows: list[dict[int, float]] = [{} for _ in range(count)]
    visits = [0.0] * count
    for node, group in enumerate(numbered):
        visits[group] += network.visits[node]
        for neighbour, flow in network.flows[node].items():
            other = numbered[neighbour]
            if other != group:
                flows[group][other] = flows[group].get(other, 0.0) + flow
    return _Network(flows, [sum(to.values()) for to in flows], visits), numbered


def _move(network: _Network, labels: list[int], random: np.random.Generator) -> bool:
    """Move nodes to where the description is shortest until none gains by it; whether any was moved."""
    groups = _Groups(network, labels)
    waiting = deque(random.permutation(len(labels)).tolist())
    waits = [True] * len(labels)
    moved = False
    for _ in range(_VISITS * len(labels)):
        if not waiting:
            break
        node = waiting.popleft()
        waits[node] = False
        if groups.move(node):
            moved = True
            for neighbour in network.flows[node]:
                if labels[neighbour] != labels[node] and not waits[neighbour]:
                    waits[neighbour] = True
                    waiting.append(neighbour)
    return moved


class _Groups:
    """What the map equation is made of, kept up while nodes move. labels: changed in place."""

    def __init__(self, network: _Network, labels: list[int]) -> None:
        count = max(labels) + 1
        self._network, self._labels = network, labels
        self._visits, self._exits, self._sizes = [0.0] * count, [0.0] * count, [0] * count
        for node, group in enumerate(labels):
            self._visits[group] += network.visits[node]
            self._sizes[group] += 1
            self._exits[group] += sum(
                flow for neighbour, flow in network.flows[node].items() if labels[neighbour] != group
            )
        self._all_exits = sum(self._exits)
        self._empty = [group for group in range(count) if not self._sizes[group]]

    def move(self, node: int) -> bool:
        """Move a node where that saves most; whether it did."""
        own, visits, leaving = (
            self._labels[node],
            self._network.visits[node],
            self._network.leaving[node],
        )
        to: dict[int, float] = {}
        for neighbour, flow in self._network.flows[node].items():
            group = self._labels[neighbour]
            to[group] = to.get(group, 0.0) + flow
        exits = max(self._exits[own] - leaving + 2 * to.get(own, 0.0), 0.0)
        without = self._part(exits, self._visits[own] - visits) - self._part(
            self._exits[own], self._visits[own]
        )
        left = self._all_exits + exits - self._exits[own]
        choices = sorted(group for group in to if group != own)
        if self._sizes[own] > 1 and self._empty:
            choices.append(self._empty[-1])
        best, into, its_exits = -_LEAST, -1, 0.0
        for group in choices:
            grown = max(self._exits[group] + leaving - 2 * to.get(group, 0.0), 0.0)
            change = (
                _plogp(left + grown - self._exits[group])
                - _plogp(self._all_exits)
                + without
                + self._part(grown, self._visits[group] + visits)
                - self._part(self._exits[group], self._visits[group])
            )
            if change < best:
                best, into, its_exits = change, group, grown
        if into < 0:
            return False
        self._all_exits = left + its_exits - self._exits[into]
        self._exits[own], self._exits[into] = exits, its_exits
        self._visits[own] -= visits
        self._visits[into] += visits
        self._sizes[own] -= 1
        self._sizes[into] += 1
        self._labels[node] = into
        if self._empty and self._empty[-1] == into:
            self._empty.pop()
        if not self._sizes[own]:
            self._empty.append(own)
            self._exits[own] = self._visits[own] = 0.0
        return True

    @staticmethod
    def _part(exits: float, visits: float) -> float:
        return _plogp(exits + visits) - 2 * _plogp(exits)


def _length(network: _Network, labels: list[int]) -> float:
    """The map equation, in bits, but for what is the same for all groupings."""
    visits: dict[int, float] = {}
    exits: dict[int, float] = {}
    for node, group in enumerate(labels):
        visits[group] = visits.get(group, 0.0) + network.visits[node]
        leaving = sum(flow for to, flow in network.flows[node].items() if labels[to] != group)
        exits[group] = exits.get(group, 0.0) + leaving
    within = sum(_plogp(exits[group] + visits[group]) for group in visits)
    return _plogp(sum(exits.values())) - 2 * sum(map(_plogp, exits.values())) + within


def _plogp(share: float) -> float:
    return share * math.log2(share) if share > 0 else 0.0
