"""The search page in a real browser: by keyboard, without scripts, on a phone, and with hostile text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from index.entry import Entry
from tests.server_process import Server, server
from tests.serving import ENTRIES, publish
from tests.whole_run import CHROMIUM

pytestmark = pytest.mark.browser

HOSTILE_MARKUP = (
    "<script>window.ran = 1; alert(1)</script><img src=x onerror='window.ran = 2'>"
    "<svg onload='window.ran = 3'></svg></article></ol>"
    "<iframe srcdoc='<script>parent.ran = 4</script>'></iframe>"
)
HOSTILE = Entry(
    id="hostile",
    question=f"Who mends a tent? {HOSTILE_MARKUP}",
    answer=f"{HOSTILE_MARKUP}\n\n[a link](javascript:window.ran=5) {{{{ 7 * 7 }}}}",
    tags=("<b onclick='window.ran = 6'>repairs</b>",),
    url="javascript:window.ran=7",
)
LONG_WORD = Entry(id="long", question=f"Which part number is {'9' * 300}?", answer="x" * 2000)
PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
# No window, no graphics card, and no traffic of the browser's own.
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("browser") / "snapshots"
    publish(root, entries=[*ENTRIES, HOSTILE, LONG_WORD])
    with server(root) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM, "No Chromium is installed; on Debian: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS))
        yield browser
        browser.close()


@contextmanager
def visit(
    browser: Browser, running: Server, *, size: dict[str, int], scripts: bool = True, dark: bool = False
) -> Iterator[Page]:
    """The search page. At its end: no dialog was opened, nothing complained, nothing foreign asked for."""
    context = browser.new_context(
        viewport={"width": size["width"], "height": size["height"]},
        java_script_enabled=scripts,
        color_scheme="dark" if dark else "light",
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("dialog", lambda dialog: (complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on("request", lambda asked: complaints.append(asked.url) if foreign(asked.url, running) else None)
    page.goto(running.url)
    yield page
    context.close()
    assert complaints == []


def foreign(url: str, running: Server) -> bool:
    return not url.startswith((running.url, "data:,"))


def ask(page: Page, question: str) -> None:
    field = page.get_by_role("searchbox", name="Your question")
    field.fill(question)
    field.press("Enter")
    page.wait_for_url("**/?q=**")


def overflows(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_typed_question_shows_the_right_answer_first(
    browser: Browser, running: Server, size: dict[str, int], scripts: bool
) -> None:
    with visit(browser, running, size=size, scripts=scripts) as page:
        ask(page, "return an order")
        first = page.get_by_role("article").first
        expect(first.get_by_role("heading", name="How do I return an order?")).to_be_visible()
        expect(first).to_contain_text("Send it back within 30 days.")
        expect(first.get_by_role("link", name="Read more")).to_have_attribute(
            "href", "https://shop.example/returns"
        )
        expect(page.get_by_role("searchbox")).to_have_value("return an order")


def test_a_keyboard_is_enough(browser: Browser, running: Server) -> None:
    with visit(browser, running, size=DESKTOP) as page:
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.keyboard.type("do you sell gift cards")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Search")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=2).first).to_have_text("Do you sell gift cards?")
        expect(page.get_by_role("status")).not_to_be_empty()


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_hostile_text_is_shown_and_does_nothing(
    browser: Browser, running: Server, size: dict[str, int]
) -> None:
    with visit(browser, running, size=size) as page:
        ask(page, "who mends a tent")
        hit = page.get_by_role("article").filter(has_text="Who mends a tent?")
        expect(hit).to_contain_text("<script>window.ran = 1; alert(1)</script>")
        expect(hit).to_contain_text("{{ 7 * 7 }}")
        expect(hit.get_by_role("link")).to_have_count(0)
        hit.click()
        assert page.locator("script, img, svg, iframe").count() == 0
        assert page.evaluate("window.ran") is None
        assert not overflows(page)


def test_a_hostile_query_is_shown_and_does_nothing(browser: Browser, running: Server) -> None:
    with visit(browser, running, size=DESKTOP) as page:
        query = f'"> {HOSTILE_MARKUP}'
        ask(page, query)
        expect(page.get_by_role("searchbox")).to_have_value(query)
        assert page.evaluate("window.ran") is None


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_is_wider_than_a_phone(browser: Browser, running: Server, dark: bool) -> None:
    with visit(browser, running, size=PHONE, dark=dark) as page:
        assert not overflows(page)
        ask(page, f"which part number is {'9' * 300}")
        expect(page.get_by_role("article").first).to_contain_text("9" * 300)
        assert not overflows(page)
        for control in (page.get_by_role("searchbox"), page.get_by_role("button")):
            box = control.bounding_box()
            assert box is not None
            assert box["height"] >= 44, "too low for a thumb"
