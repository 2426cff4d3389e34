"""The search box while somebody types, in a real browser against a real service."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.host_pages import Line, Site
from tests.server_process import Server
from tests.test_pages_browser import browser
from tests.widget_box import LISTEN, host, opened, running, tag, to_service

__all__ = ["browser", "host", "running", "to_service"]
pytestmark = pytest.mark.browser

RETURN = "How do I return an order?"


def test_answers_and_completions_come_as_one_types(browser: Browser, running: Server, host: Site) -> None:
    with opened(browser, host.show(tag(running.url))) as box:
        box.type("r")
        expect(box.options.filter(has_text=RETURN)).to_be_visible()
        box.type("eturn an order")
        expect(box.options.first).to_contain_text(RETURN)
        expect(box.options.first.locator("mark").first).to_have_text("return")
        box.settled("Best answer")
        expect(box.status).to_contain_text(f"Best answer Answers: 5. {RETURN}")
        expect(box.field).to_have_attribute("aria-expanded", "true")


def test_typing_sends_few_requests(browser: Browser, host: Site, to_service: Line) -> None:
    with opened(browser, host.show(tag(to_service.url))) as box:
        for query in ("when do i get refund", "gift cards or refund", "xkcd qwrtz plmokn uh"):
            to_service.asked.clear()
            assert len(query) == 20
            box.type(query, delay=200)
            box.settled("Best answer")
            assert to_service.queries()[0] == query[0], "the first letter is asked at once"
            assert to_service.queries()[-1] == query
            assert len(to_service.queries()) <= 10, to_service.queries()
            box.box.evaluate("box => box.clear()")


def test_what_was_asked_is_not_asked_again(browser: Browser, host: Site, to_service: Line) -> None:
    with opened(browser, host.show(tag(to_service.url))) as box:
        box.type("refund")
        box.settled("Best answer")
        asked = len(to_service.asked)
        for key in ("?", "Backspace", " ", "Backspace"):
            box.page.keyboard.press(key) if len(key) > 1 else box.page.keyboard.type(key)
        box.settled("Best answer")
        assert len(to_service.asked) == asked


def test_answers_that_come_late_are_not_shown(browser: Browser, host: Site, to_service: Line) -> None:
    to_service.delay = lambda path: 1.5 if "q=gift" in path else 0.0
    with opened(browser, host.show(tag(to_service.url))) as box:
        box.field.fill("gift")
        box.page.wait_for_timeout(100)
        box.field.fill("return an order")
        box.settled("Best answer")
        with box.page.expect_event("console", lambda said: said.text == "later"):
            box.page.evaluate("setTimeout(() => console.log('later'), 1800)")
        expect(box.options.first).to_contain_text(RETURN)
        box.complaints.remove("log: later")


def test_requests_that_nobody_waits_for_are_given_up(browser: Browser, host: Site, to_service: Line) -> None:
    to_service.delay = lambda path: 1.5 if "/v1/" in path else 0.0
    with opened(browser, host.show(tag(to_service.url))) as box:
        failed: list[str] = []
        box.page.on("requestfailed", lambda request: failed.append(request.url))
        for query in ("refund", "gift", "return", "versand"):
            with box.page.expect_request(f"**/v1/search?q={query}*"):
                box.field.fill(query)
        expect(box.options.first).to_contain_text("Wie lange dauert der Versand?")
        assert len(failed) >= 2
        assert all("q=versand" not in url for url in failed)


def test_clearing_forgets_what_is_under_way(browser: Browser, host: Site, to_service: Line) -> None:
    to_service.delay = lambda _path: 0.4
    with opened(browser, host.show(tag(to_service.url))) as box:
        box.field.fill("refund")
        box.page.wait_for_timeout(50)
        box.field.fill("")
        box.page.wait_for_timeout(700)
        expect(box.panel).to_be_hidden()
        expect(box.options).to_have_count(0)


def test_what_was_closed_stays_closed(browser: Browser, host: Site, to_service: Line) -> None:
    to_service.delay = lambda path: 0.5 if "refund" in path else 0.0
    with opened(browser, host.show(tag(to_service.url))) as box:
        box.type("return")
        box.settled("Best answer")
        with box.page.expect_response("**/v1/search?q=refund*"):
            box.field.fill("refund")
            box.page.keyboard.press("Escape")
        box.page.wait_for_timeout(700)
        expect(box.panel).to_be_hidden()
        box.page.keyboard.press("ArrowDown")
        expect(box.options.first).to_contain_text("When do I get my refund?")


def test_a_slow_service_shows_bones_then_a_way_to_try_again(
    browser: Browser, host: Site, to_service: Line
) -> None:
    to_service.delay = lambda path: 6.0 if "/v1/" in path else 0.0
    with opened(browser, host.show(tag(to_service.url))) as box:
        box.field.fill("refund")
        expect(box.box.locator(".skeleton")).to_have_count(4, timeout=1500)
        expect(box.status).to_have_text("Searching…")
        expect(box.box.get_by_text("This is taking longer than usual.").first).to_be_visible(timeout=4500)
        to_service.delay = lambda _path: 0.0
        box.box.get_by_role("button", name="Try again").click()
        expect(box.options.first).to_contain_text("When do I get my refund?")
        expect(box.field).to_be_focused()
        expect(box.box.get_by_role("button", name="Try again")).to_be_hidden()


def test_a_service_that_is_away_is_told_and_tried_again(
    browser: Browser, host: Site, to_service: Line
) -> None:
    with opened(browser, host.show(tag(to_service.url)), expect_complaints=True) as box:
        to_service.cut = True
        box.field.fill("refund")
        expect(box.status).to_have_text("The search can’t be reached.")
        expect(box.field).to_have_attribute("aria-expanded", "false")
        assert any("FAQ_CORS_ORIGINS" in said for said in box.complaints)
        to_service.cut = False
        box.page.evaluate("window.dispatchEvent(new Event('online'))")
        expect(box.options.first).to_contain_text("When do I get my refund?")


def test_an_error_of_the_service_is_told(browser: Browser, running: Server, host: Site) -> None:
    url = host.show(tag(running.url, 'collection="nope"'))
    with opened(browser, url, expect_complaints=True) as box:
        box.type("refund")
        expect(box.status).to_have_text("The search can’t be reached.")
        assert any("There is no collection 'nope'" in said for said in box.complaints)


def test_without_the_service_the_questions_are_searched(
    browser: Browser, host: Site, to_service: Line
) -> None:
    url = host.show(tag(to_service.url, 'collection="shop" offline'))
    with opened(browser, url, expect_complaints=True) as box:
        with box.page.expect_response("**/widget/v1/shop.json"):
            box.field.focus()
        to_service.cut = True
        box.type("ordr")
        box.field.fill("return ord")
        expect(box.options.first).to_contain_text(RETURN)
        expect(box.box.get_by_text("The search can’t be reached. These come closest:").first).to_be_visible()
        box.options.first.click()
        expect(box.answer).to_contain_text("Send it back within 30 days.")
        expect(box.answer.get_by_text("Was this helpful?")).to_have_count(0)
        box.field.fill("退款")
        expect(box.options.first).to_contain_text("如何申请退款？")
        box.field.fill("zzzz")
        expect(box.status).to_have_text("The search can’t be reached.")
        to_service.cut = False
        box.field.fill("refund")
        box.settled("Best answer")


def test_nothing_moves_under_the_pointer(browser: Browser, host: Site, to_service: Line) -> None:
    with opened(browser, host.show(tag(to_service.url))) as box:
        box.type("return")
        box.settled("Best answer")
        to_service.delay = lambda path: 0.8 if "gift" in path else 0.0
        box.field.fill("return gift")
        second = box.options.nth(1)
        before = second.inner_text()
        with box.page.expect_response("**/v1/search?q=return+gift*"):
            second.hover()
        box.page.wait_for_timeout(150)
        assert box.options.nth(1).inner_text() == before
        second.click()
        expect(box.answer.get_by_role("heading", level=2)).to_have_text(before.split("\n")[0])


def test_an_input_method_is_left_alone(browser: Browser, running: Server, host: Site) -> None:
    with opened(browser, host.show(tag(running.url), lang="zh")) as box:
        asked: list[str] = []
        box.page.on("request", lambda request: asked.append(request.url) if "/v1/" in request.url else None)
        box.field.focus()
        client = box.page.context.new_cdp_session(box.page)
        for text in ("t", "tu", "tui"):
            client.send("Input.imeSetComposition", {"text": text, "selectionStart": 3, "selectionEnd": 3})
        box.field.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
        box.field.dispatch_event("keydown", {"key": "ArrowDown", "keyCode": 229})
        box.page.wait_for_timeout(400)
        assert asked == [], "pinyin is no question"
        client.send("Input.insertText", {"text": "退款"})
        expect(box.options.first).to_contain_text("如何申请退款？")
        expect(box.answer).to_be_hidden()
        assert box.active() == ""


def test_keyboards_that_compose_every_word_are_no_input_method(
    browser: Browser, running: Server, host: Site
) -> None:
    phone = "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/156.0 Mobile Safari/537.36"
    with opened(browser, host.show(tag(running.url)), user_agent=phone) as box:
        box.field.focus()
        client = box.page.context.new_cdp_session(box.page)
        for text in ("r", "re", "ref", "refu", "refund"):
            client.send("Input.imeSetComposition", {"text": text, "selectionStart": 6, "selectionEnd": 6})
        expect(box.options.first).to_contain_text("When do I get my refund?")


def test_pages_hear_of_what_was_asked_once_it_is_settled(
    browser: Browser, running: Server, host: Site
) -> None:
    with opened(browser, host.show(tag(running.url), head=LISTEN)) as box:
        box.type("when do i get my refund", delay=20)
        box.settled("Best answer")
        assert box.events() == [["faq-search", {"query": "when do i get my refund", "decision": "answer"}]]


def test_a_page_asks_by_itself(browser: Browser, running: Server, host: Site) -> None:
    with opened(browser, host.show(tag(running.url))) as box:
        found = box.box.evaluate("async box => (await box.search('my refund?')).hits[0].id")
        assert found == "refund"
        expect(box.options.first).to_contain_text("When do I get my refund?")
        assert box.box.evaluate("box => box.answer.query") == "my refund"
        assert box.box.evaluate("async box => await box.search('')") is None
        expect(box.panel).to_be_hidden()
        assert box.box.evaluate("box => [box.value, box.answer]") == ["", None]


@pytest.mark.parametrize("typed", ["a" * 512, "x y " * 100, "?", "🙂", "ret\u200burn", "%00&q=", "<b>"])
def test_odd_questions_break_nothing(browser: Browser, running: Server, host: Site, typed: str) -> None:
    with opened(browser, host.show(tag(running.url))) as box:
        box.field.fill(typed)
        box.page.wait_for_timeout(700)
        box.field.fill("refund")
        expect(box.options.first).to_contain_text("When do I get my refund?")
