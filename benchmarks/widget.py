"""The search box in a real browser: how soon the final answers are painted, and what typing costs."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from typing import Any, Final

from benchmarks.figures import Figure, Section, Target, percentiles
from benchmarks.processes import Running, running
from benchmarks.texts import SEED, golden_queries
from benchmarks.workplace import SERVED, Workplace
from index.errors import RunError
from index.extras import require

PACES: Final = {5: 200, 12: 80}
"""Milliseconds between keys, by keys a second."""
TYPED: Final = 20
"""Letters of the queries whose requests are counted."""
_PLAIN_EVERY: Final = 5
_PAINTED: Final = Target(bound="at most", limit=200.0, of="value")
_REQUESTS: Final = Target(bound="at most", limit=10.0, of="value")
_LOADED: Final = Target(bound="at most", limit=3.0, of="value")
_BYTES: Final = Target(bound="at most", limit=20.0, of="value")
_OPTIONS: Final = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
# The plain way: a request at every key, and its answer put into the page.
_PLAIN: Final = """
const field = document.querySelector("#plain"), list = document.querySelector("#answers");
let number = 0;
field.addEventListener("input", async () => {
  const mine = ++number, query = field.value;
  const asked = new URLSearchParams({ collection: "COLLECTION", log: "false", top: "5", q: query });
  const response = await fetch(`/v1/search?${asked}`);
  const answer = await response.json();
  if (mine !== number) return;
  list.replaceChildren(...answer.hits.map((hit) => { const item = document.createElement("li");
    item.textContent = hit.question; return item; }));
  list.dataset.query = query;
});
"""
_WATCH: Final = """([kind, query]) => { window.painted = new Promise((done) => {
  const box = document.querySelector("faq-search"), list = document.querySelector("#answers");
  const there = () => kind === "plain" ? list.dataset.query === query
    : box.answer?.query === query && box.answer.hits && box.shadowRoot.querySelector(".hit");
  const look = () => {
    if (!there()) return requestAnimationFrame(look);
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - window.lastKey)));
  };
  look();
}); }"""
_BESIDE: Final = """() => {
  document.querySelector("faq-search").log = "off";
  const [field, list] = ["input", "ul"].map((tag) => document.createElement(tag));
  field.id = "plain";
  list.id = "answers";
  document.querySelector("main").prepend(field, list);
}"""
_NOTE: Final = """() => addEventListener("keydown", () => { window.lastKey = performance.now(); }, true)"""


def measure(place: Workplace) -> Section:
    """Types golden queries of the served collection, with its service on the same machine."""
    playwright = require("playwright.sync_api", extra="dev")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise RunError("There is no Chromium here. On Debian: apt-get install chromium")
    queries = [query.rstrip("?!. ") for query in golden_queries(place.collections[:1])]
    random.Random(SEED).shuffle(queries)
    counts = {5: 3, 12: 3} if place.quick else {5: 50, 12: 60}
    figures: list[Figure] = []
    with running(place.ours, place.folder) as server, playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=list(_OPTIONS))
        figures += _loading(browser, server)
        page = _page(browser, server)
        for pace, count in counts.items():
            place.tell(f"{pace} keys a second, {count} queries")
            figures.append(_painting(page, queries[:count], pace))
        place.tell(f"queries of {TYPED} letters")
        long = [query[:TYPED].strip() for query in queries if len(query) > TYPED and query[TYPED - 1] != " "]
        figures.append(_counting(page, long[: 3 if place.quick else 20]))
        browser.close()
    return Section(
        title="widget",
        against="a field that asks /v1/search at every key and lists the questions of the answer",
        figures=tuple(figures),
        notes=(
            "painted: from the last key to the frame that shows the answers to the whole query, browser and "
            f"service ({SERVED}) on the same two cores; queries: {counts[5]} and {counts[12]} golden ones,"
            f" every {_PLAIN_EVERY}th of them for the baseline.",
            "to be interactive: what a page loads for the search box, compressed, headers left out; the "
            "baseline is the page itself.",
        ),
    )


def _page(browser: Any, server: Running) -> Any:
    """A help page, which has the box, with a plain field beside it."""
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{server.port}/help/{SERVED}/returns-window")
    page.locator("faq-search input[role=combobox]").wait_for()
    page.evaluate(_BESIDE)
    page.evaluate(f"() => {{ {_PLAIN.replace('COLLECTION', SERVED)} }}")
    page.evaluate(_NOTE)
    return page


def _painting(page: Any, queries: Sequence[str], pace: int) -> Figure:
    taken: dict[str, list[float]] = {"box": [], "plain": []}
    for number, query in enumerate(queries):
        # The plain way asks at every key, so that a few queries tell how soon it has its answer.
        for kind in ("box", "plain") if number % _PLAIN_EVERY == 0 else ("box",):
            field = page.locator("#plain" if kind == "plain" else "faq-search input[role=combobox]")
            field.fill("")
            field.focus()
            page.evaluate(_WATCH, [kind, query])
            page.keyboard.type(query, delay=PACES[pace])
            taken[kind].append(page.evaluate("window.painted"))
            page.wait_for_timeout(600)
    return Figure(
        name=f"final answers painted, {pace} keys a second, p95",
        unit="ms",
        ours=(_p95(taken["box"]),),
        baseline=(_p95(taken["plain"]),),
        target=_PAINTED,
    )


def _counting(page: Any, queries: Sequence[str]) -> Figure:
    """The most requests that a query took, and as many keys of it."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/v1/" in request.url else None)
    most = 0
    field = page.locator("faq-search input[role=combobox]")
    for query in queries:
        field.fill("")
        asked.clear()
        field.focus()
        page.keyboard.type(query, delay=PACES[5])
        page.wait_for_timeout(700)
        most = max(most, len(asked))
    return Figure(
        name=f"requests for {TYPED} letters at 5 keys a second, at most",
        unit="requests",
        ours=(float(most),),
        baseline=(float(max(map(len, queries))),),
        target=_REQUESTS,
    )


def _loading(browser: Any, server: Running) -> list[Figure]:
    """Requests and kilobytes until the box can be typed into."""
    page = browser.new_page()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: dict[str, float] = {}
    session.on("Network.loadingFinished", lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]}))
    page.goto(f"http://127.0.0.1:{server.port}/help/{SERVED}/returns-window", wait_until="networkidle")
    page.locator("faq-search input[role=combobox]").wait_for()
    widget = page.evaluate(
        """() => performance.getEntriesByType("resource").filter((one) => one.name.includes("faq-search.js"))
            .map((one) => one.encodedBodySize / 1000)"""
    )
    page.close()
    return [
        Figure(
            name="requests to be interactive",
            unit="requests",
            ours=(float(len(widget)),),
            baseline=(float(len(sizes)),),
            target=_LOADED,
        ),
        Figure(
            name="to be interactive",
            unit="KB",
            ours=(float(sum(widget)),),
            baseline=(sum(sizes.values()) / 1000,),
            target=_BYTES,
        ),
    ]


def _p95(values: Sequence[float]) -> float:
    return percentiles(values)[95]
