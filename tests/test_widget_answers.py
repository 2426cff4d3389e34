"""Answers in the search box: rendered, marked, voted on, related; and what it says where there is none."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from playwright.sync_api import Browser, Page, Route, expect
from playwright.sync_api import Error as PlaywrightError

from search.querylog.store import QueryLog
from tests.host_pages import Line, Site
from tests.server_process import Server, eventually
from tests.test_pages_browser import browser
from tests.widget_box import LISTEN, Box, check_accessible, host, opened, running, tag, to_service

__all__ = ["browser", "host", "running", "to_service"]
pytestmark = pytest.mark.browser

FIRST = "How do I return an order?"


def read(box: Box, question: str = "return an order") -> None:
    """Ask, and open the first answer."""
    box.type(question, delay=5)
    box.settled("Best answer")
    box.options.first.click()
    expect(box.answer).to_be_visible()


def test_an_answer_opens_in_place_rendered_and_marked(browser: Browser, running: Server, host: Site) -> None:
    with opened(browser, host.show(tag(running.url))) as box:
        read(box, "collect points for orders")
        title = box.answer.get_by_role("heading", level=2)
        expect(title).to_have_text("How do I collect points for my orders?")
        expect(title).to_be_focused()
        expect(title.locator("mark").first).to_have_text("collect")
        content = box.box.locator(".content")
        expect(content.locator("strong")).to_have_text("by yourself")
        expect(content.locator("ol > li")).to_have_count(2)
        expect(content.locator("th")).to_have_text(["order", "points"])
        expect(content.locator("blockquote")).to_have_text("Points expire.")
        expect(content.locator("blockquote mark")).to_have_text("Points")
        expect(content.locator("code")).to_have_text("POINTS")
        expect(content.locator("code mark")).to_have_count(0)
        link = content.get_by_role("link", name="https://shop.example/sign-in")
        expect(link).to_have_attribute("rel", "noopener nofollow")
        check_accessible(box.page)
        box.box.get_by_role("button", name="Back to the results").click()
        expect(box.options.first).to_be_visible()
        expect(box.field).to_be_focused()


def test_its_links_lead_to_where_it_is_published_or_to_our_own_page(
    browser: Browser, running: Server, host: Site
) -> None:
    with opened(browser, host.show(tag(running.url))) as box:
        read(box)
        more = box.answer.get_by_role("link", name="Read more")
        expect(more).to_have_attribute("href", "https://shop.example/returns")
        box.page.keyboard.press("Escape")
        box.field.fill("my refund")
        expect(box.options.first).to_contain_text("When do I get my refund?")
        box.options.first.click()
        expect(more).to_have_attribute("href", f"{running.url}/help/shop/refund")


def test_its_link_is_copied(browser: Browser, running: Server, host: Site) -> None:
    with opened(
        browser, host.show(tag(running.url)), permissions=["clipboard-read", "clipboard-write"]
    ) as box:
        read(box)
        box.answer.get_by_role("button", name="Copy link").click()
        expect(box.answer.get_by_role("button", name="Link copied")).to_be_visible()
        expect(box.status).to_have_text("Link copied")
        assert box.page.evaluate("navigator.clipboard.readText()") == "https://shop.example/returns"


def test_where_nothing_can_be_copied_the_link_is_shown(browser: Browser, running: Server, host: Site) -> None:
    head = "<script>Object.defineProperty(navigator, 'clipboard', { value: undefined })</script>"
    with opened(browser, host.show(tag(running.url), head=head)) as box:
        read(box)
        box.answer.get_by_role("button", name="Copy link").click()
        expect(box.answer.get_by_role("button", name="https://shop.example/returns")).to_be_visible()


def test_related_entries_open_too(browser: Browser, running: Server, host: Site) -> None:
    with opened(browser, host.show(tag(running.url), head=LISTEN)) as box:
        read(box)
        box.answer.get_by_role("button", name="When do I get my refund?").click()
        expect(box.answer.get_by_role("heading", level=2)).to_have_text("When do I get my refund?")
        expect(box.answer).to_contain_text("Refunds go to your wallet.")
        expect(box.answer.get_by_role("heading", level=2)).to_be_focused()
        last = box.events()[-1]
        assert last[0] == "faq-select"
        assert (last[1]["id"], last[1].get("position")) == ("refund", None)


def test_a_page_may_open_answers_elsewhere(browser: Browser, running: Server, host: Site) -> None:
    head = "<script>document.addEventListener('faq-select', (event) => event.preventDefault())</script>"
    with opened(browser, host.show(tag(running.url), head=head)) as box:
        box.type("return an order", delay=5)
        box.settled("Best answer")
        box.options.first.click()
        expect(box.panel).to_be_hidden()
        expect(box.answer).to_be_hidden()


def logged(running: Server) -> list[Any]:
    """The feedback in the log, of queries that were asked in the box."""
    url = f"sqlite:///{running.folder}/log.sqlite3"
    now = datetime.now(UTC)
    with QueryLog.open(url) as log:
        found = log.read(collection="shop", since=now - timedelta(hours=1), until=now + timedelta(hours=1))
    return [(query, said) for query in found if query.source == "widget" for said in query.feedback]


def test_votes_and_clicks_reach_the_query_log(browser: Browser, running: Server, host: Site) -> None:
    with opened(browser, host.show(tag(running.url), head=LISTEN)) as box:
        read(box, "how long may i send something back")
        box.answer.get_by_role("button", name="No").click()
        expect(box.answer.get_by_text("Thank you.")).to_be_visible()
        reason = box.answer.get_by_role("textbox", name="What was missing?")
        expect(reason).to_be_focused()
        check_accessible(box.page)
        box.page.keyboard.type("It says nothing of boots.")
        box.answer.get_by_role("button", name="Send").click()
        expect(reason).to_have_count(0)
        said = [detail for name, detail in box.events() if name == "faq-feedback"]
        assert [(one["helpful"], one.get("reason")) for one in said] == [
            (False, None),
            (False, "It says nothing of boots."),
        ]

    def there() -> bool:
        return {
            (said.kind, said.helpful, said.reason, said.position)
            for query, said in logged(running)
            if query.asked == "how long may i send something back"
        } == {("click", None, None, 1), ("helpful", False, "It says nothing of boots.", None)}

    eventually(there)


def test_a_vote_for_it_is_thanked(browser: Browser, running: Server, host: Site) -> None:
    with opened(browser, host.show(tag(running.url))) as box:
        read(box)
        box.answer.get_by_role("button", name="Yes").click()
        expect(box.answer.get_by_role("status")).to_have_text("Thank you.")
        expect(box.answer.get_by_role("button", name="No")).to_have_count(0)


def test_a_vote_that_is_lost_is_no_thank_you(browser: Browser, host: Site, to_service: Line) -> None:
    with opened(browser, host.show(tag(to_service.url)), expect_complaints=True) as box:
        read(box)
        to_service.cut = True
        box.answer.get_by_role("button", name="Yes").click()
        expect(box.answer.get_by_role("status")).to_have_text("The search can’t be reached.")
        to_service.cut = False
        box.answer.get_by_role("button", name="Yes").click()
        expect(box.answer.get_by_role("status")).to_have_text("Thank you.")


def test_staff_stay_out_of_the_log(browser: Browser, host: Site, to_service: Line) -> None:
    with opened(browser, host.show(tag(to_service.url, 'collection="shop" log="off"'))) as box:
        read(box)
        expect(box.answer.get_by_text("Was this helpful?")).to_have_count(0)
        searches = [path for path in to_service.asked if path.startswith("/v1/search")]
        assert searches
        assert all("log=false" in path for path in searches)
        assert not any("feedback" in path for path in to_service.asked)


def test_where_there_is_no_answer_it_says_so_and_who_knows(
    browser: Browser, running: Server, host: Site
) -> None:
    url = host.show(tag(running.url, 'collection="strict"'), head=LISTEN)
    with opened(browser, url) as box:
        box.type("return an order", delay=5)
        expect(box.head).to_have_text("We have no answer to that. These come closest:")
        expect(box.options.filter(has=box.page.locator(".question"))).to_have_count(3)
        expect(box.box.get_by_text("Ask us, we know.")).to_be_visible()
        person = box.box.get_by_role("link", name="Talk to a person")
        expect(person).to_have_attribute("href", "https://shop.example/contact")
        expect(box.status).to_contain_text("We have no answer to that.")
        assert [name for name, _ in box.events()] == ["faq-search", "faq-no-answer"]
        check_accessible(box.page)


@pytest.mark.parametrize(
    ("fallback", "href"),
    [
        ("/contact", "/contact"),
        ("mailto:us@shop.example", "mailto:us@shop.example"),
        ("javascript:alert(1)", None),
    ],
)
def test_a_page_names_its_own_person(
    browser: Browser, running: Server, host: Site, fallback: str, href: str | None
) -> None:
    url = host.show(tag(running.url, f'collection="strict" fallback="{fallback}"'))
    with opened(browser, url) as box:
        box.type("return an order", delay=5)
        box.settled("We have no answer to that.")
        person = box.box.get_by_role("link", name="Talk to a person")
        if href is None:
            expect(person).to_have_count(0)
        else:
            expect(person).to_have_attribute("href", href)


def answering(page: Page, **changes: Any) -> None:
    """Change what searches are answered."""

    def changed(route: Route) -> None:
        with suppress(PlaywrightError):  # the box didn't wait for it
            response = route.fetch()
            body = orjson.loads(response.body())
            body |= {name: value(body) if callable(value) else value for name, value in changes.items()}
            route.fulfill(response=response, body=orjson.dumps(body))

    page.route("**/v1/search?*", changed)


def test_where_two_are_likely_it_asks_which(browser: Browser, running: Server, host: Site) -> None:
    with opened(browser, host.show(tag(running.url))) as box:
        answering(box.page, decision="clarify", choices=lambda body: [body["hits"][n]["id"] for n in (2, 0)])
        box.type("return an order", delay=5)
        box.settled("Did you mean")
        hits = box.options.filter(has=box.page.locator(".question"))
        expect(hits).to_have_count(2)
        expect(box.status).to_contain_text("Did you mean Answers: 2.")
        box.page.keyboard.press("Enter")
        expect(box.answer).to_be_hidden()
        check_accessible(box.page)


def test_a_mended_question_is_told_and_can_be_asked_as_typed(
    browser: Browser, running: Server, host: Site
) -> None:
    with opened(browser, host.show(tag(running.url))) as box:
        answering(box.page, corrected=lambda body: "return an order" if "retrun" in body["query"] else None)
        box.type("retrun an order", delay=5)
        box.settled("Searched for return an order.")
        with box.page.expect_request("**/v1/search?*correct=false*"):
            box.box.get_by_role("button", name="Search for retrun an order").click()
        expect(box.field).to_be_focused()


def test_a_word_that_is_only_begun_is_not_called_mended(
    browser: Browser, running: Server, host: Site
) -> None:
    with opened(browser, host.show(tag(running.url))) as box:
        answering(box.page, corrected="return an order")
        box.type("return an ord", delay=5)
        box.settled("Best answer")
        expect(box.head).not_to_contain_text("Searched for")


def test_half_a_question_is_not_refused(browser: Browser, running: Server, host: Site) -> None:
    with opened(browser, host.show(tag(running.url, 'collection="strict"'))) as box:
        heads: list[str] = []
        box.page.expose_function("noted", lambda head: heads.append(head))
        box.box.evaluate(
            """box => new MutationObserver(() => noted(box.shadowRoot.querySelector(".head").textContent))
                .observe(box.shadowRoot.querySelector(".head"), { childList: true })"""
        )
        box.type("when do i get my refund", delay=60)
        box.settled("We have no answer to that.")
        assert [head for head in heads if head.startswith("We have")] == [heads[-1]]
        assert len(heads) > 2
