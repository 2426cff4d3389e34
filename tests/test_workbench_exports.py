"""Exports: whatever visitors type stays text."""

from __future__ import annotations

import csv
import io
import json
import sys

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.extras import ExtraMissing
from search.workbench.exports import csv_bytes, json_bytes, markdown_bytes, xlsx_bytes
from search.workbench.tables import Table

ATTACKS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =cmd|' /C calc'!A0",
    "＝1+1",
    '=HYPERLINK("x")',
)


def table(*cells: str | int | None) -> Table:
    return Table(name="queries", columns=("query",), rows=[(cell,) for cell in cells])


@pytest.mark.parametrize("text", ATTACKS)
def test_a_formula_is_a_text(text: str) -> None:
    rows = list(csv.reader(io.StringIO(csv_bytes(table(text)).decode("utf-8-sig"), newline="")))
    assert rows[1][0].startswith("'")
    assert rows[1][0].replace("'", "") == text.replace("'", "")
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(table(text)))).active
    cell = sheet["A2"]
    assert cell.data_type != "f"
    assert isinstance(cell.value, str)


SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
TEXTS = st.text() | st.text(alphabet=";\t\r\n \"',=-a")


@given(TEXTS, TEXTS)
def test_no_cell_of_csv_begins_as_a_formula(first: str, second: str) -> None:
    held = Table(name="queries", columns=("query", "entry"), rows=[(first, second), (second, first)])
    content = csv_bytes(held).decode("utf-8-sig")
    for delimiter in ",;\t":  # spreadsheets of many countries split CSV at semicolons
        for row in csv.reader(io.StringIO(content, newline=""), delimiter=delimiter):
            assert not [cell for cell in row if cell.lstrip().startswith(SIGNS)], delimiter


@given(TEXTS)
def test_csv_changes_a_text_only_by_apostrophes(text: str) -> None:
    content = csv_bytes(table(text)).decode("utf-8-sig")
    [_, row] = csv.reader(io.StringIO(content, newline=""))
    kept = text.encode("utf-8", "replace").decode()
    assert "".join(row).replace("'", "") == kept.replace("'", "")


@pytest.mark.parametrize("text", ["3-4 days", "e-mail; phone", "a=b", "50 + 3", "it's"])
def test_csv_leaves_plain_texts_as_they_are(text: str) -> None:
    assert csv_bytes(table(text)).decode("utf-8-sig") == f"query\r\n{text}\r\n"


@given(st.text(max_size=50))
def test_xlsx_can_always_be_opened(text: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(table(text))))
    assert book.active["A1"].value == "query"


@given(st.text())
def test_a_cell_of_markdown_stays_in_its_cell(text: str) -> None:
    lines = markdown_bytes(table(text)).decode().split("\n")
    assert len(lines) == 4
    inner = lines[2].removeprefix("| ").removesuffix(" |")
    assert not any(sign in inner.replace(f"\\{sign}", "") for sign in "|<[`")


def test_numbers_stay_numbers() -> None:
    assert json.loads(json_bytes(table(-3, None))) == [{"query": -3}, {"query": None}]
    assert csv_bytes(table(-3)).decode("utf-8-sig") == "query\r\n-3\r\n"


def test_a_missing_extra_names_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(ExtraMissing, match=r"pip install 'faq-search\[admin\]'"):
        xlsx_bytes(table("a"))
