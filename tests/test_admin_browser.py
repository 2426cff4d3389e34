"""The workbench in a real browser: by keyboard, on a phone, in the dark, on paper, and with hostile text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import orjson
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from search.querylog.records import Report
from search.querylog.store import QueryLog
from tests.logged import logged
from tests.server_process import Server, server
from tests.serving import ENTRIES, publish
from tests.test_pages_browser import DESKTOP, HOSTILE, HOSTILE_MARKUP, PHONE, browser, overflows

__all__ = ["browser"]
pytestmark = pytest.mark.browser

KEY = "a-key-of-the-admins"
PAGES = ("", "/gaps", "/entries", "/try", "/lint", "/snapshots")
GAP = {
    "id": "g1",
    "kind": "wording",
    "name": f"Gap {HOSTILE_MARKUP}",
    "queries": ["money back to wallet"],
    "count": 12,
    "sessions": 9,
    "share": 0.1,
    "before": 3,
    "representatives": ["money back to wallet", HOSTILE_MARKUP],
    "suggestion": "money back to wallet",
    "entries": ["refund"],
    "nearest": [{"id": "refund", "question": HOSTILE_MARKUP, "confidence": 0.4, "first": 1.0}],
    "confidence": 0.4,
    "answered_by_fix": 0.8,
    "reasons": {"no_answer": 12},
    "variants": ["money back to wallet"],
    "words": ["wallet"],
    "rivals": [],
    "clicks": 1,
    "votes_down": 2,
}
GAPS = {
    "collection": "shop",
    "since": "2026-01-01T00:00:00+00:00",
    "until": "2026-01-08T00:00:00+00:00",
    "asked": 100,
    "badly_served": 12,
    "hidden": 2,
    "gaps": [GAP],
    "singletons": [HOSTILE_MARKUP],
}
LINT = {
    "name": "shop",
    "entries": 5,
    "counts": {"error": 1, "warning": 0, "advice": 0},
    "suppressed": 0,
    "unchecked": [],
    "findings": [
        {
            "code": "near-duplicate",
            "severity": "error",
            "place": "shop/faq.md:3",
            "entries": ["refund"],
            "reason": HOSTILE_MARKUP,
            "advice": "Merge them.",
        }
    ],
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("admin")
    publish(folder / "snapshots", entries=[*ENTRIES, HOSTILE])
    publish(folder / "snapshots", entries=ENTRIES)
    url = f"sqlite:///{folder / 'log.sqlite3'}"
    with QueryLog.open(url) as log:
        clicked = {"kind": "click", "entry_id": "returns", "position": 2}
        log.add([logged(HOSTILE_MARKUP, session=f"s{n}") for n in range(5)])
        held = [logged("money back", clicked, session=f"s{n}") for n in range(12)]
        log.add(held, [said for query in held for said in query.feedback])
        for kind, body in (("gaps", GAPS), ("lint", LINT)):
            kept = Report(collection="shop", kind=kind, at=datetime.now(UTC), body=orjson.dumps(body))
            log.keep_report(kept)
    with server(folder / "snapshots", FAQ_ADMIN_KEY=KEY, FAQ_LOG_URL=url) as running:
        yield running


@contextmanager
def visit(
    browser: Browser,
    running: Server,
    *,
    size: dict[str, int] = DESKTOP,
    dark: bool = False,
    scripts: bool = True,
    bypass_csp: bool = False,
) -> Iterator[Page]:
    """The overview, signed in by keyboard. At the end: nothing complained."""
    context = browser.new_context(
        viewport={"width": size["width"], "height": size["height"]},
        color_scheme="dark" if dark else "light",
        java_script_enabled=scripts,
        bypass_csp=bypass_csp,
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("dialog", lambda dialog: (complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(f"{running.url}/admin")
    expect(page.get_by_label("Admin key")).to_be_focused()
    page.keyboard.type(KEY)
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin")
    yield page
    context.close()
    assert complaints == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_no_page_has_a_serious_barrier_or_is_too_wide(
    browser: Browser, running: Server, size: dict[str, int], dark: bool
) -> None:
    with visit(browser, running, size=size, dark=dark, bypass_csp=True) as page:
        for path in PAGES:
            page.goto(f"{running.url}/admin{path}")
            found = Axe().run(page).response["violations"]
            assert [one for one in found if one["impact"] in ("serious", "critical")] == [], path
            assert not overflows(page), path


CUT_OFF = """() => [...document.querySelectorAll("svg.chart text")].filter((text) => {
  const svg = text.closest("svg");
  const free = getComputedStyle(svg).overflow === "visible";
  const room = (free ? svg.closest("section") : svg).getBoundingClientRect();
  const box = text.getBoundingClientRect();
  return box.width && (box.left < room.left || box.right > room.right);
}).map((text) => text.textContent)"""


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_charts_show_their_labels_whole(browser: Browser, running: Server, size: dict[str, int]) -> None:
    with visit(browser, running, size=size) as page:
        assert page.locator("svg.chart text").count() > 20
        assert page.evaluate(CUT_OFF) == []  # "100 %" without its first digits would say "0 %"


def test_hostile_text_is_shown_and_does_nothing(browser: Browser, running: Server) -> None:
    with visit(browser, running) as page:
        for path in PAGES:
            page.goto(f"{running.url}/admin{path}")
            assert page.evaluate("window.ran") is None
            assert page.locator("img, iframe, main script").count() == 0
        page.goto(f"{running.url}/admin/gaps")
        expect(page.get_by_role("article").first).to_contain_text("<script>window.ran = 1; alert(1)</script>")


def test_a_keyboard_is_enough(browser: Browser, running: Server) -> None:
    with visit(browser, running) as page:
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        page.get_by_role("link", name="Gaps", exact=True).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Gaps")
        page.get_by_role("link", name="Try as variants of refund").focus()
        page.keyboard.press("Enter")
        expect(page.locator("textarea[name=variant]")).to_have_value("money back to wallet")
        expect(page.locator("select[name=entry]")).to_have_value("refund")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_dismissed_gap_can_be_brought_back(browser: Browser, running: Server, scripts: bool) -> None:
    with visit(browser, running, scripts=scripts) as page:
        page.goto(f"{running.url}/admin/gaps")
        page.get_by_role("button", name="Dismiss Gap").click()
        expect(page.get_by_role("article")).to_have_count(0)
        page.get_by_text("Dismissed (1)").click()
        page.get_by_role("button", name="Bring back Gap").click()
        expect(page.get_by_role("article")).to_have_count(1)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_rolling_back_asks_first(browser: Browser, running: Server, scripts: bool) -> None:
    with visit(browser, running, scripts=scripts) as page:
        page.goto(f"{running.url}/admin/snapshots")
        page.get_by_role("link", name="Let it serve").click()
        version = page.get_by_role("heading", level=2).inner_text().split()[1]
        page.get_by_role("button", name="Yes, let it serve").click()
        expect(page.get_by_role("row").filter(has_text="serves now")).to_contain_text(version)


def test_paper_gets_figures_without_controls(browser: Browser, running: Server) -> None:
    with visit(browser, running) as page:
        page.emulate_media(media="print")
        expect(page.get_by_role("button", name="Show")).to_be_hidden()
        expect(page.locator(".bar")).to_be_hidden()
        expect(page.locator("svg.chart").first).to_be_visible()
        expect(page.locator("svg rect").first).to_be_visible()


def test_signing_out_closes_the_door(browser: Browser, running: Server) -> None:
    with visit(browser, running) as page:
        page.get_by_role("button", name="Sign out").click()
        page.goto(f"{running.url}/admin/gaps")
        expect(page.get_by_label("Admin key")).to_be_visible()
