"""The search box on pages of others: forms, strict policies, hostile styles and text, languages, themes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.host_pages import Line, Site, site
from tests.payloads import PAYLOADS
from tests.server_process import Server
from tests.test_pages_browser import browser, overflows
from tests.widget_box import Box, check_accessible, host, opened, running, tag, to_service

__all__ = ["browser", "host", "running", "to_service"]
pytestmark = pytest.mark.browser

PLAIN = """
<form action="{service}/help/shop/search"><input name="q" aria-label="Ask"><button>Go</button></form>
"""


def show_answer(box: Box, question: str = "return an order") -> None:
    box.type(question, delay=5)
    expect(box.options.first).to_be_visible()
    box.options.first.click()
    expect(box.answer).to_be_visible()


def test_without_scripts_the_form_leads_to_our_own_results(
    browser: Browser, running: Server, host: Site
) -> None:
    url = host.show(tag(running.url, inside=PLAIN.format(service=running.url)))
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(url)
    page.get_by_role("textbox", name="Ask").fill("return an order")
    page.get_by_role("button", name="Go").click()
    page.wait_for_url("**/help/shop/search?q=return+an+order")
    expect(page.get_by_role("heading", level=2).first).to_have_text("How do I return an order?")
    context.close()


def test_what_was_typed_before_the_module_came_stays(browser: Browser, host: Site, to_service: Line) -> None:
    to_service.delay = lambda path: 1.0 if path.endswith(".js") else 0.0
    url = host.show(tag(to_service.url, inside=PLAIN.format(service=to_service.url)))
    context = browser.new_context()
    page = context.new_page()
    page.goto(url, wait_until="commit")
    page.get_by_role("textbox", name="Ask").fill("return an order")
    box = Box(page=page, box=page.locator("faq-search"), complaints=[])
    expect(box.field).to_have_value("return an order")
    expect(box.field).to_be_focused()
    expect(box.options.first).to_contain_text("How do I return an order?")
    context.close()


def test_in_a_form_its_text_is_a_field_and_enter_sends_nothing(
    browser: Browser, running: Server, host: Site
) -> None:
    form = """
    <form id="form" action="/sent">{}<input type="reset" value="Reset"><button>Send</button></form>
    """
    body = form.format(tag(running.url, 'collection="shop" name="topic"'))
    host.show("<p>Sent.</p>", path="/sent")
    with opened(browser, host.show(body)) as box:
        box.type("return an order", delay=5)
        box.page.keyboard.press("Enter")
        expect(box.answer).to_be_visible()
        assert box.page.url == f"{host.url}/"
        assert box.page.evaluate("new FormData(form).get('topic')") == "return an order"
        box.page.keyboard.press("Escape")
        box.page.keyboard.press("Escape")
        box.page.get_by_role("button", name="Reset").click()
        expect(box.field).to_have_value("")
        box.type("gift", delay=5)
        box.page.keyboard.press("Escape")
        box.page.get_by_role("button", name="Send").click()
        box.page.wait_for_url("**/sent?topic=gift")


def test_a_disabled_form_disables_it(browser: Browser, running: Server, host: Site) -> None:
    with opened(browser, host.show(f"<fieldset disabled>{tag(running.url)}</fieldset>")) as box:
        expect(box.field).to_be_disabled()


def test_it_keeps_a_strict_policy_of_the_page(browser: Browser, running: Server) -> None:
    policy = (
        f"default-src 'none'; script-src {running.url}; connect-src {running.url}; style-src 'none'; "
        "img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; "
        "trusted-types 'none'"
    )
    with (
        site(content_security_policy=policy) as strict,
        opened(browser, strict.show(tag(running.url))) as box,
    ):
        show_answer(box)
        assert box.panel.evaluate("panel => getComputedStyle(panel).position") == "absolute", (
            "it has its style"
        )
        box.answer.get_by_role("button", name="No").click()
        expect(box.answer.get_by_role("textbox")).to_be_visible()


def test_another_version_than_the_one_that_is_pinned_does_not_load(
    browser: Browser, running: Server, host: Site
) -> None:
    source = f'src="{running.url}/widget/v1/faq-search.js"'
    pinned = tag(running.url).replace(source, f'{source} integrity="sha384-{"A" * 64}" crossorigin')
    context = browser.new_context()
    page = context.new_page()
    page.goto(host.show(pinned))
    assert page.evaluate("customElements.get('faq-search')") is None
    context.close()


HOSTILE_STYLE = """<style>
* { all: unset !important; color: red !important; letter-spacing: 1em !important; line-height: 0 !important;
  text-transform: uppercase !important; visibility: visible; float: right; font-size: 60px !important; }
html { direction: ltr; text-indent: 9em; white-space: pre; word-break: break-all; font-style: italic; }
div, input, button, ul, li, article, svg, h2, p, a, mark { display: inline !important;
  position: fixed !important; opacity: .1 !important; transform: rotate(9deg) !important;
  pointer-events: none !important; background: lime !important; }
input::placeholder { color: transparent !important; }
:focus { outline: none !important; }
</style>"""
LOOKS = """box => {
  const inside = "input, .panel, .option, h2, .content p, button, mark, a";
  return [...box.shadowRoot.querySelectorAll(inside)].map((node) => {
    const style = getComputedStyle(node);
    return [node.localName, style.color, style.letterSpacing, style.textTransform, style.fontStyle,
      style.fontSize, style.display, style.position, style.opacity, style.backgroundColor,
      style.textIndent, style.whiteSpace, style.pointerEvents].join();
  });
}"""


def test_styles_of_the_page_do_not_reach_into_it(browser: Browser, running: Server, host: Site) -> None:
    seen = []
    for head in ("", HOSTILE_STYLE):
        body = tag(running.url).replace("<faq-search", '<faq-search style="display: block !important"')
        with opened(browser, host.show(body, head=head)) as box:
            show_answer(box)
            seen.append(box.box.evaluate(LOOKS))
    assert seen[0] == seen[1]
    assert len(seen[0]) > 10


def test_it_takes_the_font_of_the_page_and_the_colours_it_is_given(
    browser: Browser, running: Server, host: Site
) -> None:
    style = """<style>body { font-family: Georgia, serif; }
      faq-search { --faq-accent: rgb(1, 2, 3); --faq-radius: 3px; }
      faq-search::part(field) { border-width: 7px; }</style>"""
    with opened(browser, host.show(tag(running.url), head=style)) as box:
        show_answer(box)
        assert box.field.evaluate("field => getComputedStyle(field).fontFamily") == "Georgia, serif"
        button = box.answer.get_by_role("button", name="Copy link")
        assert button.evaluate("button => getComputedStyle(button).color") == "rgb(1, 2, 3)"
        field = box.box.locator(".field")
        assert field.evaluate("field => getComputedStyle(field).borderTopWidth") == "7px"
        assert field.evaluate("field => getComputedStyle(field).borderRadius") == "3px"


@pytest.mark.parametrize(
    ("lang", "placeholder", "says", "helpful"),
    [
        ("en-GB", "Ask a question…", "Best answer", "Was this helpful?"),
        ("de", "Stellen Sie eine Frage …", "Beste Antwort", "War das hilfreich?"),
        ("es-MX", "Haga una pregunta…", "Mejor respuesta", "¿Le ha sido útil?"),
        ("zh-Hant", "请输入问题…", "最佳答案", "这个答案有帮助吗？"),
        ("fr", "Ask a question…", "Best answer", "Was this helpful?"),
    ],
)
def test_it_speaks_the_language_of_the_page(
    browser: Browser, running: Server, host: Site, lang: str, placeholder: str, says: str, helpful: str
) -> None:
    with opened(browser, host.show(tag(running.url), lang=lang)) as box:
        expect(box.field).to_have_attribute("placeholder", placeholder)
        box.type("return an order", delay=5)
        box.settled(says)
        box.options.first.click()
        expect(box.answer).to_contain_text(helpful)
        expect(box.box.locator(".root")).to_have_attribute("lang", "en" if lang == "fr" else lang)


def test_a_page_has_its_own_words(browser: Browser, running: Server, host: Site) -> None:
    own = """<faq-search labels='{"person": "Call <b>us</b>"}' placeholder="Well?" label="Ask the shop"
      collection="strict" fallback="/call">"""
    body = tag(running.url).replace('<faq-search collection="shop">', own)
    with opened(browser, host.show(body)) as box:
        expect(box.field).to_have_accessible_name("Ask the shop")
        expect(box.field).to_have_attribute("placeholder", "Well?")
        box.type("refund", delay=5)
        expect(box.box.get_by_role("link", name="Call <b>us</b>")).to_be_visible()
        box.box.evaluate("box => { box.labels = { person: 'Ring' }; box.lang = 'de'; }")
        expect(box.field).to_have_attribute("placeholder", "Well?")
        box.field.fill("gift card")
        expect(box.head).to_contain_text("Darauf haben wir keine Antwort.")
        expect(box.box.get_by_role("link", name="Ring")).to_be_visible()


def test_a_page_adds_a_language(browser: Browser, running: Server, host: Site) -> None:
    module = f"{running.url}/widget/v1/faq-search.js"
    script = f"""<script type="module">
      import {{ FaqSearch }} from "{module}";
      FaqSearch.languages.fr = {{ placeholder: "Posez une question…" }};
      document.querySelector("faq-search").lang = "fr";
    </script>"""
    with opened(browser, host.show(tag(running.url) + script)) as box:
        expect(box.field).to_have_attribute("placeholder", "Posez une question…")
        box.type("return an order", delay=5)
        box.settled("Best answer")


def test_from_right_to_left(browser: Browser, running: Server, host: Site) -> None:
    with opened(browser, host.show(tag(running.url), lang="ar", dir="rtl")) as box:
        expect(box.box.locator(".root")).to_have_attribute("dir", "rtl")
        box.type("كيف أعيد", delay=5)
        expect(box.options.first).to_contain_text("كيف أعيد الطلب؟")
        field, clear = box.field.bounding_box(), box.box.get_by_role("button", name="Clear").bounding_box()
        assert field is not None
        assert clear is not None
        assert clear["x"] < field["x"], "it is mirrored"
        box.options.first.click()
        expect(box.answer.locator("strong")).to_have_text("30")
        check_accessible(box.page)
        assert not overflows(box.page)


def test_only_what_a_page_asks_for_is_searched(browser: Browser, host: Site, to_service: Line) -> None:
    attributes = 'collection="shop" locale="de" tags="Versand" top="2"'
    with opened(browser, host.show(tag(to_service.url, attributes), lang="en")) as box:
        box.type("wie", delay=5)
        expect(box.options.filter(has_text="Wie lange dauert der Versand?")).to_be_visible()
        box.type(" lange", delay=5)
        box.settled("Best answer")
        expect(box.options).to_have_count(1)
        assert all(
            "locale=de" in path and "tags=Versand" in path for path in to_service.asked if "/v1/s" in path
        )


STATES = ("closed", "list", "chosen", "answer", "reason", "none", "failed", "waiting")


def reach(box: Box, state: str, service: Line) -> None:
    """Bring a box into a state."""
    if state == "closed":
        return
    if state == "waiting":
        service.delay = lambda path: 5.0 if "/v1/" in path else 0.0
        box.field.fill("refund")
        expect(box.box.locator(".skeleton").first).to_be_visible()
        return
    if state == "failed":
        service.cut = True
        box.field.fill("refund")
        expect(box.box.get_by_role("button", name="Try again")).to_be_visible()
        return
    if state == "none":
        box.box.evaluate("box => { box.collection = 'strict'; }")
    box.type("collect points for my orders", delay=2)
    box.settled("We have no answer" if state == "none" else "Best answer")
    if state == "chosen":
        box.page.keyboard.press("ArrowDown")
    if state in ("answer", "reason"):
        box.options.first.click()
        expect(box.answer).to_be_visible()
    if state == "reason":
        box.answer.get_by_role("button", name="No").click()
        expect(box.answer.get_by_role("textbox")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_every_state_is_accessible_and_fits(
    browser: Browser, host: Site, to_service: Line, state: str, theme: str
) -> None:
    url = host.show(tag(to_service.url, f'collection="shop" theme="{theme}"'))
    narrow = {"width": 320, "height": 640}
    with opened(browser, url, expect_complaints=state == "failed", viewport=narrow) as box:
        reach(box, state, to_service)
        check_accessible(box.page)
        assert not overflows(box.page)
        wider = box.box.evaluate(
            """box => [...box.shadowRoot.querySelectorAll(".panel, .option, .answer, .field")]
                .filter((node) => node.getBoundingClientRect().right > innerWidth + 1).length"""
        )
        assert wider == 0


def test_at_twice_the_size_of_text_all_is_there(browser: Browser, running: Server, host: Site) -> None:
    head = "<style>faq-search { --faq-font-size: 200%; }</style>"
    small = {"width": 640, "height": 700}
    with opened(browser, host.show(tag(running.url), head=head), viewport=small) as box:
        assert box.field.evaluate("field => getComputedStyle(field).fontSize") == "32px"
        show_answer(box, "collect points")
        assert not overflows(box.page)
        box.answer.get_by_role("button", name="Yes").click()


def test_colours_of_the_system_and_less_motion(browser: Browser, running: Server, host: Site) -> None:
    wishes = {"forced_colors": "active", "reduced_motion": "reduce", "color_scheme": "dark"}
    with opened(browser, host.show(tag(running.url)), **wishes) as box:
        box.type("return an order", delay=5)
        box.settled("Best answer")
        box.page.keyboard.press("ArrowDown")
        chosen = box.options.first
        assert chosen.evaluate("option => getComputedStyle(option).outlineStyle") == "solid"
        assert box.panel.evaluate("panel => getComputedStyle(panel).animationName") == "none"


def test_hostile_entries_and_completions_run_nothing(browser: Browser, running: Server, host: Site) -> None:
    head = "<script>window.ran = 0</script>"
    with opened(browser, host.show(tag(running.url, 'collection="hostile"'), head=head)) as box:
        for number in range(len(PAYLOADS)):
            box.field.fill(f"payload {number}")
            row = box.options.filter(has_text=f"Payload {number} ").first
            expect(row).to_be_visible()
            row.click()
            expect(box.answer).to_be_visible()
            box.page.keyboard.press("Escape")
        box.field.fill("variant 1")
        expect(box.options.filter(has_text="variant 1").first).to_be_visible()
        assert box.page.evaluate("window.ran") == 0
        foreign = box.box.evaluate(
            """box => [...box.shadowRoot.querySelectorAll("*")].filter((node) =>
                /^(script|img|svg|iframe|object|embed|form|style|link|base|meta|video|audio)$/.test(node.localName)
                || [...node.attributes].some(({ name }) => name.startsWith("on"))).length"""
        )
        assert foreign == 0


def test_hostile_questions_run_nothing(browser: Browser, running: Server, host: Site) -> None:
    head = "<script>window.ran = 0</script>"
    with opened(browser, host.show(tag(running.url, 'collection="strict"'), head=head)) as box:
        for payload in PAYLOADS:
            box.box.evaluate(
                "async (box, question) => { await box.search(question); }", payload.replace("\x00", "")
            )
        box.settled("We have no answer")
        assert box.page.evaluate("window.ran") == 0


NEVER_SENT = [
    ["script", "window.ran = 1"],
    ["img", {"src": "x", "onerror": "ran = 1"}],
    ["p", {"onclick": "ran = 1", "style": "color: red"}, "text"],
    ["a", {"href": "javascript:ran = 1"}, "link"],
    ["a", {"href": "https://e.example", "onclick": "ran = 1", "target": "_top"}, "good"],
    None,
    5,
    {"x": 1},
    ["__proto__", "x"],
    ["constructor", "y"],
    [["p"], "z"],
]
NEVER_ANSWERED = {
    "query": "x",
    "collection": "../shop",
    "decision": "answer",
    "hits": [
        {
            "id": "<b>",
            "question": "<i>",
            "url": "javascript:ran = 1",
            "rendered": {
                "question": ["<i>"],
                "answer": NEVER_SENT,
                "snippet": [["script", "ran = 1"]],
                "related": [{"id": "../../x", "question": "<u>"}],
            },
        }
    ],
}


def test_what_a_service_should_never_send_is_text(browser: Browser, running: Server, host: Site) -> None:
    with opened(browser, host.show(tag(running.url), head="<script>window.ran = 0</script>")) as box:
        allowed = {"access-control-allow-origin": "*"}
        box.page.route("**/v1/search?*", lambda route: route.fulfill(json=NEVER_ANSWERED, headers=allowed))
        box.type("anything", delay=2)
        box.settled("Best answer")
        box.options.first.click()
        expect(box.answer.get_by_role("link", name="good")).to_have_attribute("href", "https://e.example")
        expect(box.answer.get_by_role("link", name="link")).to_have_count(0)
        more = box.answer.get_by_role("link", name="Read more")
        expect(more).to_have_attribute("href", f"{running.url}/help/..%2Fshop/%3Cb%3E")
        assert box.page.evaluate("window.ran") == 0
        content = box.box.locator(".content")
        assert content.locator("[style], [onclick], [target], script, img").count() == 0
