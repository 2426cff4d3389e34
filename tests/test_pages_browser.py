"""The help pages in a real browser: by keyboard, without scripts, on a phone, and with hostile text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
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
ARABIC = Entry(id="ar", question="كيف أعيد الطلب؟", answer="خلال **30** يوما.", locale="ar")
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
    publish(root, entries=[*ENTRIES, HOSTILE, LONG_WORD], title="The shop")
    publish(root, "arabic", entries=[ARABIC])
    log = f"sqlite:///{root.parent / 'log.sqlite3'}"
    with server(root, FAQ_DEFAULT_COLLECTION="shop", FAQ_LOG_URL=log) as running:
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
    browser: Browser,
    running: Server,
    path: str = "/",
    *,
    size: dict[str, int] = DESKTOP,
    scripts: bool = True,
    dark: bool = False,
) -> Iterator[Page]:
    """A page. At its end: no dialog was opened, nothing complained, nothing foreign asked for."""
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
    page.goto(f"{running.url}{path}")
    yield page
    context.close()
    assert complaints == []


def foreign(url: str, running: Server) -> bool:
    return not url.startswith((running.url, "data:,"))


def overflows(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_without_scripts_a_question_leads_to_its_answer_and_a_vote(
    browser: Browser, running: Server, size: dict[str, int]
) -> None:
    with visit(browser, running, size=size, scripts=False) as page:
        page.get_by_role("searchbox", name="Ask a question").fill("return an order")
        page.get_by_role("button", name="Search").click()
        page.wait_for_url("**/help/shop/search?q=return+an+order")
        first = page.get_by_role("article").first
        expect(first).to_contain_text("Send it back within 30 days.")
        first.get_by_role("link", name="How do I return an order?").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("How do I return an order?")
        expect(page.get_by_role("link", name="Read more")).to_have_attribute(
            "href", "https://shop.example/returns"
        )
        page.get_by_text("No", exact=True).click()
        page.get_by_role("textbox", name="What was missing?").fill("Boots.")
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("status")).to_have_text("Thank you.")
        page.get_by_role("link", name="When do I get my refund?").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("When do I get my refund?")
        page.get_by_role("link", name="All questions").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("The shop")


def test_with_scripts_the_search_box_answers_in_place(browser: Browser, running: Server) -> None:
    with visit(browser, running) as page:
        page.keyboard.press("/")
        page.keyboard.type("return an order")
        option = page.get_by_role("option").first
        expect(option).to_contain_text("How do I return an order?")
        option.click()
        expect(page.get_by_role("article")).to_contain_text("Send it back within 30 days.")
        assert page.url == f"{running.url}/help/shop"


def test_a_keyboard_is_enough(browser: Browser, running: Server) -> None:
    with visit(browser, running, scripts=False) as page:
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.keyboard.type("do you sell gift cards")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=2).first).to_have_text("Do you sell gift cards?")
        expect(page.get_by_role("status")).not_to_be_empty()


PATHS = (
    "/help/shop",
    "/help/shop/returns",
    "/help/shop/returns?thanks=1",
    "/help/shop/search?q=return+an+order",
    "/help/shop/nope",
    "/help/arabic",
    "/help/arabic/ar",
    "/demo",
)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_pages_are_accessible_and_fit_a_phone(
    browser: Browser, running: Server, path: str, dark: bool
) -> None:
    context = browser.new_context(
        viewport={"width": 320, "height": 640}, color_scheme="dark" if dark else "light"
    )
    page = context.new_page()
    page.goto(f"{running.url}{path}")
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
    assert not overflows(page)
    context.close()


def test_controls_are_large_enough_for_a_thumb(browser: Browser, running: Server) -> None:
    with visit(browser, running, "/help/shop/returns", size=PHONE, scripts=False) as page:
        controls = [page.get_by_role("searchbox"), *page.get_by_role("button").all()]
        for control in (*controls, page.get_by_text("No", exact=True)):
            box = control.bounding_box()
            assert box is not None
            assert box["height"] >= 44


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_hostile_text_is_shown_and_does_nothing(
    browser: Browser, running: Server, size: dict[str, int], scripts: bool
) -> None:
    for path in ("/help/shop", "/help/shop/hostile", "/help/shop/search?q=who+mends+a+tent"):
        with visit(browser, running, path, size=size, scripts=scripts) as page:
            expect(page.get_by_text("<script>window.ran = 1; alert(1)</script>").first).to_be_visible()
            assert page.locator("main img, main svg, main iframe, main script").count() == 0
            assert not overflows(page)
            if scripts:
                assert page.evaluate("window.ran") is None


def test_a_hostile_query_is_shown_and_does_nothing(browser: Browser, running: Server) -> None:
    with visit(browser, running, scripts=False) as page:
        query = f'"> {HOSTILE_MARKUP}'
        page.get_by_role("searchbox").fill(query)
        page.keyboard.press("Enter")
        page.wait_for_url("**/search?q=**")
        expect(page.get_by_role("searchbox")).to_have_value(query)
        assert page.locator("main img, main svg, main iframe, main script").count() == 0


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_is_wider_than_a_phone(browser: Browser, running: Server, dark: bool) -> None:
    for path in ("/help/shop", "/help/shop/long", f"/help/shop/search?q=which+part+number+is+{'9' * 300}"):
        with visit(browser, running, path, size=PHONE, dark=dark) as page:
            expect(page.get_by_text("9" * 300).first).to_be_visible()
            assert not overflows(page)


def test_a_page_to_try_the_box_has_every_state(browser: Browser, running: Server) -> None:
    with visit(browser, running, "/demo") as page:
        box = page.locator("faq-search")
        page.get_by_label("Language").select_option("de")
        expect(box.get_by_role("combobox")).to_have_attribute("placeholder", "Stellen Sie eine Frage …")
        page.get_by_label("Theme").select_option("dark")
        assert box.locator(".root").evaluate("root => getComputedStyle(root).colorScheme") == "dark"
        page.get_by_role("button", name="How do I return an order?").click()
        expect(box.get_by_role("option").first).to_contain_text("How do I return an order?")
        expect(page.locator("#events")).to_contain_text("faq-search")
        expect(page.locator("#tag")).to_contain_text('lang="de"')
        expect(page.locator("#tag")).to_contain_text('integrity="sha384-')
