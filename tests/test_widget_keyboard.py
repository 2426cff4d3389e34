"""The search box by keyboard and by touch: the combobox pattern, hotkeys, and where the focus goes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.host_pages import Site
from tests.server_process import Server
from tests.test_pages_browser import browser, overflows
from tests.widget_box import LISTEN, Box, check_accessible, host, opened, running, tag

__all__ = ["browser", "host", "running"]
pytestmark = pytest.mark.browser

FIRST = "How do I return an order?"


def asked(box: Box, question: str = "return an order") -> None:
    box.type(question, delay=10)
    box.settled("Best answer")


def test_it_is_a_combobox_with_a_list(browser: Browser, running: Server, host: Site) -> None:
    with opened(browser, host.show(tag(running.url))) as box:
        expect(box.field).to_have_attribute("aria-autocomplete", "list")
        expect(box.field).to_have_attribute("aria-expanded", "false")
        expect(box.field).to_have_accessible_name("Ask a question…")
        asked(box)
        expect(box.field).to_have_attribute("aria-expanded", "true")
        listbox = box.box.get_by_role("listbox", name="Answers")
        assert listbox.get_attribute("id") == box.field.get_attribute("aria-controls")
        ids = box.options.evaluate_all("options => options.map((option) => option.id)")
        assert len(set(ids)) == len(ids) >= 5
        inside = box.box.evaluate(
            "box => box.shadowRoot.querySelectorAll('[role=option] :is(a, button, input, [tabindex])').length"
        )
        assert inside == 0, "what is in an option can't be reached by key"


def test_arrows_choose_and_go_round(browser: Browser, running: Server, host: Site) -> None:
    with opened(browser, host.show(tag(running.url))) as box:
        asked(box)
        count = box.options.count()
        press = box.page.keyboard.press
        assert box.active() == ""
        press("ArrowDown")
        assert box.active() == FIRST
        press("ArrowUp")
        last = box.active()
        assert last != FIRST
        press("ArrowDown")
        assert box.active() == FIRST
        for _ in range(count):
            press("ArrowDown")
        assert box.active() == FIRST
        expect(box.field).to_be_focused()
        expect(box.field).to_have_value("return an order")


@pytest.mark.parametrize(("key", "caret"), [("Home", 0), ("End", 15), ("ArrowLeft", 14)])
def test_home_end_and_sideways_go_back_to_the_text(
    browser: Browser, running: Server, host: Site, key: str, caret: int
) -> None:
    with opened(browser, host.show(tag(running.url))) as box:
        asked(box)
        box.page.keyboard.press("ArrowDown")
        box.page.keyboard.press(key)
        assert box.active() == ""
        assert box.field.evaluate("field => field.selectionStart") == caret
        expect(box.panel).to_be_visible()


def test_escape_goes_back_step_by_step(browser: Browser, running: Server, host: Site) -> None:
    with opened(browser, host.show(tag(running.url))) as box:
        asked(box)
        press = box.page.keyboard.press
        press("ArrowDown")
        press("Enter")
        expect(box.answer).to_be_visible()
        expect(box.answer.get_by_role("heading", level=2)).to_be_focused()
        press("Escape")
        expect(box.answer).to_be_hidden()
        expect(box.options.first).to_be_visible()
        expect(box.field).to_be_focused()
        press("Escape")
        expect(box.panel).to_be_hidden()
        expect(box.field).to_have_value("return an order")
        expect(box.field).to_have_attribute("aria-expanded", "false")
        press("Escape")
        expect(box.field).to_have_value("")


def test_alt_and_arrows_open_and_close(browser: Browser, running: Server, host: Site) -> None:
    with opened(browser, host.show(tag(running.url))) as box:
        asked(box)
        press = box.page.keyboard.press
        press("Alt+ArrowUp")
        expect(box.panel).to_be_hidden()
        press("Alt+ArrowDown")
        expect(box.panel).to_be_visible()
        assert box.active() == ""
        press("Escape")
        press("ArrowDown")
        expect(box.panel).to_be_visible()
        assert box.active() == FIRST
        press("Escape")
        press("ArrowUp")
        assert box.active() not in ("", FIRST)


def test_enter_opens_what_was_typed_where_there_is_an_answer(
    browser: Browser, running: Server, host: Site
) -> None:
    with opened(browser, host.show(tag(running.url), head=LISTEN)) as box:
        box.type("return an order", delay=5)
        box.page.keyboard.press("Enter")
        expect(box.answer.get_by_role("heading", level=2)).to_have_text(FIRST)
        [selected] = [detail for name, detail in box.events() if name == "faq-select"]
        assert (selected["id"], selected["position"]) == ("returns", 1)


def test_enter_where_there_is_no_answer_says_so(browser: Browser, running: Server, host: Site) -> None:
    with opened(browser, host.show(tag(running.url, 'collection="strict"'))) as box:
        box.type("return an order", delay=5)
        box.page.keyboard.press("Enter")
        box.settled("We have no answer to that.")
        expect(box.answer).to_be_hidden()


def test_a_completion_is_asked_and_opened(browser: Browser, running: Server, host: Site) -> None:
    with opened(browser, host.show(tag(running.url))) as box:
        box.type("bon")
        suggestion = box.options.filter(has_text="bonus points")
        expect(suggestion).to_be_visible()
        suggestion.click()
        expect(box.field).to_have_value("bonus points")
        expect(box.answer.get_by_role("heading", level=2)).to_contain_text("How do I collect points")


def test_tab_goes_on_and_closes(browser: Browser, running: Server, host: Site) -> None:
    body = f'{tag(running.url)}<p><a href="#after">after</a></p>'
    with opened(browser, host.show(body)) as box:
        asked(box)
        box.page.keyboard.press("Tab")
        expect(box.box.get_by_role("button", name="Clear")).to_be_focused()
        expect(box.panel).to_be_visible()
        box.page.keyboard.press("Tab")
        expect(box.page.get_by_role("link", name="after")).to_be_focused()
        expect(box.panel).to_be_hidden()
        box.page.keyboard.press("Shift+Tab")
        box.page.keyboard.press("Enter")
        expect(box.field).to_have_value("")
        expect(box.field).to_be_focused()


def test_everything_of_an_answer_can_be_reached(browser: Browser, running: Server, host: Site) -> None:
    with opened(browser, host.show(tag(running.url))) as box:
        asked(box)
        box.page.keyboard.press("Enter")
        expect(box.answer).to_be_visible()
        reached = []
        for _ in range(7):
            box.page.keyboard.press("Tab")
            reached.append(box.box.evaluate("box => box.shadowRoot.activeElement?.textContent"))
        assert reached[:5] == ["Read more", "Copy link", "Yes", "No", "When do I get my refund?"]


@pytest.mark.parametrize("keys", ["/", "Control+k", "Meta+k"])
def test_hotkeys_lead_to_it(browser: Browser, running: Server, host: Site, keys: str) -> None:
    with opened(browser, host.show(tag(running.url))) as box:
        box.page.keyboard.press(keys)
        expect(box.field).to_be_focused()
        expect(box.field).to_have_value("")
        box.page.keyboard.type("a/b")
        expect(box.field).to_have_value("a/b")


FIELDS = """
<input id="plain"> <textarea id="area"></textarea> <select id="select"><option>a</select>
<div id="editable" contenteditable="true">text</div> <x-open></x-open> <x-closed tabindex="0"></x-closed>
<script>
for (const mode of ["open", "closed"]) {
  customElements.define(`x-${mode}`, class extends HTMLElement {
    constructor() {
      super();
      const root = this.attachShadow({ mode });
      root.append(document.createElement("input"));
      this.first = () => root.firstChild.focus();
    }
  });
}
</script>
"""


@pytest.mark.parametrize(
    "focus",
    ["#plain", "#area", "#select", "#editable", "x-open", "x-closed"],
)
def test_hotkeys_are_left_to_whoever_types_elsewhere(
    browser: Browser, running: Server, host: Site, focus: str
) -> None:
    with opened(browser, host.show(FIELDS + tag(running.url))) as box:
        box.page.locator(focus).evaluate("field => field.first ? field.first() : field.focus()")
        for keys in ("/", "Control+k"):
            box.page.keyboard.press(keys)
            assert box.page.evaluate("document.activeElement.localName") != "faq-search"


def test_hotkeys_are_of_ones_choice(browser: Browser, running: Server, host: Site) -> None:
    with opened(browser, host.show(tag(running.url, 'hotkey="s ctrl+j"'))) as box:
        for keys, leads in (("/", False), ("s", True), ("Control+j", True)):
            box.page.evaluate("document.activeElement.blur()")
            box.page.keyboard.press(keys)
            assert (box.page.evaluate("document.activeElement.localName") == "faq-search") == leads
    with opened(browser, host.show(tag(running.url, 'hotkey="off"'))) as box:
        box.page.keyboard.press("/")
        expect(box.field).not_to_be_focused()
        expect(box.box.locator("kbd")).to_be_hidden()


def test_of_two_boxes_the_first_that_shows_has_the_hotkey(
    browser: Browser, running: Server, host: Site
) -> None:
    body = f'<div hidden>{tag(running.url)}</div><faq-search id="a"></faq-search><faq-search></faq-search>'
    with opened(browser, host.show(body), nth=1) as box:
        box.page.keyboard.press("/")
        assert box.page.evaluate("document.activeElement.id") == "a"


def test_two_boxes_are_apart(browser: Browser, running: Server, host: Site) -> None:
    body = (
        tag(running.url)
        + '<div style="margin-top: 30rem"></div><faq-search collection="strict"></faq-search>'
    )
    with opened(browser, host.show(body)) as first:
        second = Box(page=first.page, box=first.page.locator("faq-search").nth(1), complaints=[])
        asked(first)
        second.field.click()
        expect(first.panel).to_be_hidden()
        second.page.keyboard.type("return an order")
        second.settled("We have no answer to that.")
        expect(first.field).to_have_value("return an order")
        expect(first.head).to_have_text("Best answer")
        check_accessible(first.page)


def test_a_press_elsewhere_closes_it(browser: Browser, running: Server, host: Site) -> None:
    with opened(browser, host.show(tag(running.url))) as box:
        asked(box)
        box.panel.click(position={"x": 5, "y": 5})
        expect(box.panel).to_be_visible()
        box.page.get_by_role("heading", level=1).click()
        expect(box.panel).to_be_hidden()
        box.field.click()
        box.page.keyboard.press("ArrowDown")
        expect(box.panel).to_be_visible()


def test_a_finger_is_enough(browser: Browser, running: Server, host: Site) -> None:
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    with opened(browser, host.show(tag(running.url)), **phone) as box:
        box.field.tap()
        box.page.keyboard.type("return an order")
        box.settled("Best answer")
        for control in (box.options.first, box.box.get_by_role("button", name="Clear")):
            size = control.bounding_box()
            assert size is not None
            assert size["height"] >= 44
            assert size["width"] >= 44
        box.options.first.tap()
        expect(box.answer).to_be_visible()
        box.box.get_by_role("button", name="Back to the results").tap()
        expect(box.options.first).to_be_visible()
        assert not overflows(box.page)
