"""The benchmark's arithmetic and its table."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.figures import Figure, Section, Target, percentiles, table

values = st.lists(st.floats(0.001, 1e6), min_size=1, max_size=20)


def figure(ours: float, baseline: float, target: Target | None) -> Figure:
    return Figure(name="requests", unit="/s", ours=(ours,), baseline=(baseline,), target=target)


@pytest.mark.parametrize(
    ("ours", "target", "met"),
    [
        (600.0, Target(bound="at least", limit=6.0), True),
        (599.0, Target(bound="at least", limit=6.0), False),
        (10.0, Target(bound="at most", limit=0.1), True),
        (10.1, Target(bound="at most", limit=0.1), False),
        (2.0, Target(bound="at most", limit=2.0, of="value"), True),
        (2.1, Target(bound="at most", limit=2.0, of="value"), False),
        (1.0, None, None),
    ],
)
def test_a_target_bounds_the_ratio_or_the_value(ours: float, target: Target | None, met: bool | None) -> None:
    assert figure(ours, 100.0, target).met is met


def test_ratio_is_of_the_medians() -> None:
    rounds = Figure(name="x", unit="s", ours=(1.0, 9.0, 2.0), baseline=(8.0, 4.0, 1.0))
    assert rounds.ratio == pytest.approx(0.5)


def test_percentiles_are_interpolated() -> None:
    found = percentiles([float(n) for n in range(101)])
    assert found == pytest.approx({50: 50.0, 95: 95.0, 99: 99.0})
    assert percentiles([3.0]) == {50: 3.0, 95: 3.0, 99: 3.0}
    assert percentiles([0.0, 10.0])[95] == pytest.approx(9.5)


@given(values)
def test_percentiles_ascend_within_the_values(taken: list[float]) -> None:
    p50, p95, p99 = percentiles(taken).values()
    assert min(taken) * 0.999 <= p50 <= p95 <= p99 <= max(taken) * 1.001


@given(values, values)
def test_sections_survive_json(ours: list[float], baseline: list[float]) -> None:
    section = Section(
        title="encode",
        against="torch",
        figures=(
            Figure(name="a", unit="ms", ours=tuple(ours), baseline=tuple(baseline)),
            Figure(
                name="b",
                unit="ms",
                ours=tuple(ours),
                baseline=tuple(baseline),
                target=Target(bound="at most", limit=1 / 6),
            ),
        ),
        notes=("noted",),
    )
    assert Section.from_dict(json.loads(json.dumps(section.to_dict()))) == section


def test_the_table_shows_spread_ratio_target_and_result() -> None:
    sixth = Target(bound="at most", limit=1 / 6)
    section = Section(
        title="service",
        against="a plain one",
        figures=(
            Figure(name="p99", unit="ms", ours=(10.0, 12.0, 11.0), baseline=(110.0,), target=sixth),
            Figure(
                name="start",
                unit="s",
                ours=(3.0,),
                baseline=(8.0,),
                target=Target(bound="at most", limit=2.0, of="value"),
            ),
            Figure(name="p50", unit="ms", ours=(1.234,), baseline=(1.0,)),
            Figure(
                name="rate",
                unit="/s",
                ours=(1234.5,),
                baseline=(0.5,),
                target=Target(bound="at least", limit=6.0),
            ),
            Figure(
                name="rebuild",
                unit="s",
                ours=(4.0,),
                baseline=(100.0,),
                target=Target(bound="at most", limit=0.05),
            ),
        ),
        notes=("as is",),
    )
    lines = table([section]).splitlines()
    assert lines[3:8] == [
        "| p99 | 11.0 (10.0 to 12.0) ms | 110 ms | 0.100 (1/10.0) | ≤ 1/6 | met |",
        "| start | 3.00 s | 8.00 s | 0.375 (1/2.7) | ≤ 2 s | **missed** |",
        "| p50 | 1.23 ms | 1.00 ms | 1.23 |  |  |",
        "| rate | 1,234 /s | 0.500 /s | 2469.00 | ≥ 6 | met |",
        "| rebuild | 4.00 s | 100 s | 0.040 (1/25.0) | ≤ 0.05 | met |",
    ]
    assert lines[-1] == "- service: as is"
    columns = {line.count("|") for line in lines if line.startswith("|")}
    assert columns == {7}


def test_a_run_too_short_is_not_judged() -> None:
    section = Section(
        title="t", against="b", figures=(figure(1.0, 1.0, Target(bound="at least", limit=6.0)),)
    )
    shown = table([section], judged=False)
    assert "not judged" in shown
    assert "missed" not in shown
