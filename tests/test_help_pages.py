"""The help pages: what they show, in which language, to people and to machines; they need no script."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from index.answering import Fallback
from index.build import build
from index.collection import Collection, CollectionSettings
from index.encoders.toy import ToyEncoder
from index.entry import Entry
from index.store import SnapshotStore
from search.caching import Bodies
from search.help.languages import strings
from search.help.listing import A_PAGE
from search.templates import html
from tests.payloads import PAYLOADS
from tests.serving import ENTRIES, publish, serving

ODD_IDS = ("search", "feedback", "a.b:c?!+@~=&'(),$*;-é", "größe", "sitemap.xml", "退款")
ODD = tuple(Entry(id=id_, question=f"What of {id_}?", answer="It is **here**.") for id_ in ODD_IDS)
FALLBACK = Fallback(text="Ask **us**.", url="https://shop.example/contact")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    root = tmp_path_factory.mktemp("snapshots")
    settings = CollectionSettings(title="The <b>shop</b>", fallback=FALLBACK)
    shop = Collection(name="shop", settings=settings, entries=ENTRIES + ODD, rejections=(), golden=())
    build(shop, SnapshotStore(root), ToyEncoder())
    log = f"sqlite:///{root.parent / 'log.sqlite3'}"
    with serving(root, log_url=log, log_days=90) as client:
        yield client


def parsed(text: str) -> ElementTree.Element:
    found: ElementTree.Element = html5lib.parse(text, namespaceHTMLElements=False)
    return found


def texts(page: ElementTree.Element, path: str) -> list[str]:
    return [" ".join("".join(element.itertext()).split()) for element in page.iterfind(path)]


def test_the_root_leads_to_the_default_collection(client: TestClient) -> None:
    response = client.get("/", follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (307, "/help/shop")
    asked = client.get("/", params={"q": "my refund", "utm": "x"}, follow_redirects=False)
    assert asked.headers["location"] == "/help/shop/search?q=my+refund"
    assert client.get("/help").status_code == 200


def test_several_collections_without_a_default_are_listed(tmp_path: Path) -> None:
    publish(tmp_path, "one", title="The <i>first</i>")
    publish(tmp_path, "two")
    with serving(tmp_path) as client:
        page = parsed(client.get("/").text)
        assert [link.get("href") for link in page.iterfind(".//li/a")] == ["/help/one", "/help/two"]
        assert texts(page, ".//li/a") == ["The <i>first</i>", "two"]


def test_where_nothing_is_published_a_page_says_what_to_do(tmp_path: Path) -> None:
    with serving(tmp_path) as client:
        response = client.get("/")
        assert response.status_code == 503
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert "faq rebuild" in response.text
        assert client.get("/help/shop").status_code == 503


def test_questions_stand_by_category(client: TestClient) -> None:
    page = parsed(client.get("/help/shop").text)
    assert texts(page, ".//h1") == ["The <b>shop</b>"]
    assert texts(page, ".//section/h2")[0] == "Returns"
    assert texts(page, ".//section/h2")[-1] == "More questions"
    links = {"".join(a.itertext()): a.get("href") for a in page.iterfind(".//section//a")}
    assert links["How do I return an order?"] == "/help/shop/returns"
    assert links["When do I get my refund?"] == "/help/shop/refund"
    assert "Wie lange dauert der Versand?" not in links, "it is in another language"


def test_another_language_has_its_own_page(client: TestClient) -> None:
    page = client.get("/help/shop", params={"locale": "de"}).text
    tree = parsed(page)
    assert tree.get("lang") == "de"
    assert "Weitere Fragen" in page
    assert texts(tree, ".//section//a")[0] == "Wie lange dauert der Versand?"
    assert "How do I return an order?" not in texts(tree, ".//section//a")
    alternates = {a.get("hreflang") for a in parsed(page).iterfind(".//link[@rel='alternate']")}
    assert alternates == {"en", "en-GB", "de"}
    unknown = parsed(client.get("/help/shop", params={"locale": "xx'>"}).text)
    assert unknown.get("lang") == "en"


@pytest.mark.parametrize(
    ("locale", "direction"), [("ar", "rtl"), ("he-IL", "rtl"), ("fr", "ltr"), ("zh", "ltr")]
)
def test_the_direction_is_that_of_the_language(tmp_path: Path, locale: str, direction: str) -> None:
    publish(tmp_path, entries=[Entry(id="e", question="Q?", answer="A.", locale=locale)])
    with serving(tmp_path) as client:
        for path in ("/help/shop", "/help/shop/e", "/help/shop/search?q=Q"):
            page = parsed(client.get(path).text)
            assert (page.get("lang"), page.get("dir")) == (locale, direction)


@pytest.mark.parametrize("entry", ENTRIES + ODD, ids=lambda entry: entry.id)
def test_every_entry_has_a_page_that_the_list_leads_to(client: TestClient, entry: Entry) -> None:
    listed = client.get("/help/shop", params={"locale": entry.locale or "en"}).text
    [path] = [
        link.get("href")
        for link in parsed(listed).iterfind(".//section//a")
        if "".join(link.itertext()) == entry.question
    ]
    response = client.get(path or "")
    assert response.status_code == 200
    assert texts(parsed(response.text), ".//h1") == [entry.question]


def test_an_entry_shows_its_answer_rendered_with_what_goes_with_it(client: TestClient) -> None:
    page = client.get("/help/shop/returns").text
    tree = parsed(page)
    assert texts(tree, ".//article//p") == ["Pack it well.", "Send it back within 30 days."]
    links = {"".join(a.itertext()): a.get("href") for a in tree.iterfind(".//main//a")}
    assert links["Read more"] == "https://shop.example/returns"
    assert links["When do I get my refund?"] == "/help/shop/refund"
    assert links["Link to this answer"] == "http://testserver/help/shop/returns"
    assert "Read more" not in client.get("/help/shop/versand").text, "its address is a script"


def test_results_show_the_best_answer_first_and_marked(client: TestClient) -> None:
    response = client.get("/help/shop/search", params={"q": "return an order", "utm_source": "mail"})
    tree = parsed(response.text)
    assert texts(tree, ".//li//h2")[0] == "How do I return an order?"
    assert texts(tree, ".//li//h2//mark") != []
    assert re.fullmatch(r"/help/shop/returns\?from=[0-9a-f-]{36}", tree.find(".//li//h2/a").get("href") or "")  # type: ignore[union-attr]
    assert response.headers["cache-control"] == "private, no-store"
    assert 'content="noindex"' in response.text


def test_decisions_are_said_in_plain_words(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def said(decision: str) -> ElementTree.Element:
        monkeypatch.setattr("search.engine.decide", lambda _sure, **_: decision)
        monkeypatch.setattr("search.engine.plausible", lambda _sure, **_: 2)
        return parsed(client.get("/help/shop/search", params={"q": "return an order"}).text)

    answered = said("answer")
    assert texts(answered, ".//p[@role='status']") == ["Best answer"]
    assert "Send it back within 30 days." in texts(answered, ".//li//p")
    asked = said("clarify")
    assert texts(asked, ".//p[@role='status']") == ["Did you mean"]
    assert len(texts(asked, ".//li//h2")) == 2
    refused = said("no_answer")
    assert texts(refused, ".//p[@role='status']") == ["We have no answer to that. These come closest:"]
    assert len(texts(refused, ".//li//h2")) == 3
    contact = refused.find(".//a[@class='button']")
    assert contact is not None
    assert contact.get("href") == "https://shop.example/contact"
    assert texts(refused, ".//div[@class='fallback']/p")[0] == "Ask us."


def test_without_a_question_results_are_the_list(client: TestClient) -> None:
    for path in ("/help/shop/search?q=", "/help/shop/search?q=%20"):
        response = client.get(path, follow_redirects=False)
        assert (response.status_code, response.headers["location"]) == (307, "/help/shop")


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/help/nope", 404, "There is no such page"),
        ("/help/%3Ci%3E", 404, "There is no such page"),
        ("/help/shop/nope", 404, "There is no such page"),
        ("/help/shop/%00", 404, "There is no such page"),
        ("/help/shop/RETURNS", 404, "There is no such page"),
        ("/help/shop/a/b", 404, "There is no such page"),
        ("/help/shop/search?q=" + "a" * 513, 400, "The query has 513 characters"),
        ("/help/shop/search?q=" + "a" * 17_000, 414, "That could not be searched"),
        ("/help/shop/search?q=a&tags=nope", 400, "No entry has the tag"),
    ],
)
def test_what_can_not_be_shown_is_a_page_that_says_so(
    client: TestClient, path: str, status: int, says: str
) -> None:
    response = client.get(path)
    assert response.status_code == status
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert says in response.text
    assert "<i>" not in response.text
    assert 'role="search"' in response.text


def test_too_many_searches_are_told_on_a_page(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client.app.state.services.pool, "_most", 0)  # type: ignore[attr-defined]
    response = client.get("/help/shop/search?q=refund")
    assert response.status_code == 503
    assert "retry-after" in response.headers
    assert "Too many searches" in response.text


PAGES = ("/help/shop", "/help/shop/returns", "/help/shop/search?q=refund", "/help/nope")


@pytest.mark.parametrize("path", PAGES)
def test_pages_load_only_what_is_ours_and_run_nothing_inline(client: TestClient, path: str) -> None:
    response = client.get(path)
    policy = dict(
        part.strip().split(" ", 1) for part in response.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["style-src"] == "'self'"
    assert policy.get("script-src", "'self'") == "'self'"
    loading = r'<(?:link rel="(?:stylesheet|icon)"|script|img|iframe)[^>]*(?:href|src)="([^"]*)"'
    loaded = re.findall(loading, response.text)
    assert set(loaded) <= {"data:,", "/web/help.css", "/widget/v1/faq-search.js"}
    assert not re.search(r"\sstyle=|<style|\son\w+=", response.text)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_query_stays_text(client: TestClient, payload: str) -> None:
    for path in ("/help/shop/search", "/"):
        text = client.get(path, params={"q": payload, "locale": payload, "tags": ""}).text
        check_harmless(text)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    root = tmp_path_factory.mktemp("hostile")
    entries = [
        Entry(
            id=f"e{number}",
            question=f"What {number}? {' '.join(payload.split())}",
            answer=f"{payload}\n\n- {payload}",
            tags=(payload,),
            url=f"https://e.example/{payload}" if number % 2 else payload,
            related=(f"e{number - 1}",),
        )
        for number, payload in enumerate(PAYLOADS)
    ]
    publish(root, entries=entries, title=PAYLOADS[0])
    with serving(root) as client:
        yield client


def test_hostile_entries_stay_text_on_every_page(hostile: TestClient) -> None:
    check_harmless(hostile.get("/help/shop").text)
    for number, payload in enumerate(PAYLOADS):
        text = hostile.get(f"/help/shop/e{number}").text
        check_harmless(text)
        shown = f"What {number}? {' '.join(payload.split())}".replace("\x00", "")
        assert texts(parsed(text), ".//h1") == [shown], "it is not all shown"
        check_harmless(hostile.get("/help/shop/search", params={"q": f"What {number}"}).text)
    ElementTree.fromstring(hostile.get("/sitemap-shop-1.xml").text)
    assert "<script" not in hostile.get("/llms.txt").text.replace("\\<", "")


SCRIPTS = {("module", "/widget/v1/faq-search.js"), ("application/ld+json", None)}
_ELEMENTS = """
    html head meta title link script body a header h1 p faq-search form input button main article div section
    ul ol li h2 h3 h4 h5 h6 strong em code pre blockquote br hr table thead tbody tr th td mark span nav
    textarea
    details summary label
"""
_ATTRIBUTES = """
    lang dir charset name content rel href src type class id tabindex collection locale action role value
    start maxlength autocomplete aria-label placeholder required property hreflang aria-current method rows
"""
ELEMENTS, ATTRIBUTES = (set(re.findall(r"\S+", names)) for names in (_ELEMENTS, _ATTRIBUTES))


def check_harmless(text: str) -> None:
    """Nothing is in a page but what its templates and rendered answers hold."""
    for element in parsed(text).iter():
        if not isinstance(element.tag, str):
            continue
        assert element.tag in ELEMENTS, element.tag
        assert set(element.attrib) <= ATTRIBUTES, element.attrib
        if element.tag == "script":
            assert (element.get("type"), element.get("src")) in SCRIPTS
        address = element.get("href", element.get("action", "/"))
        assert re.match(r"https?://|mailto:|tel:|[/#]|data:,$", address), address
        if element.tag == "form":
            assert address.startswith("/help/")


def test_a_page_is_kept_until_the_snapshot_changes(tmp_path: Path) -> None:
    publish(tmp_path)
    with serving(tmp_path) as client:
        tags = {}
        for path in ("/help/shop", "/help/shop/returns", "/help/shop/refund", "/help/shop?locale=de"):
            first = client.get(path)
            assert first.headers["cache-control"] == "public, max-age=60"
            tags[path] = first.headers["etag"]
            again = client.get(path, headers={"if-none-match": f'"x", {tags[path]}'})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == tags[path]
            assert "content-security-policy" in again.headers
            assert client.head(path).headers["etag"] == tags[path]
        assert len(set(tags.values())) == len(tags)
        publish(tmp_path)
        client.app.state.services.catalog.refresh()  # type: ignore[attr-defined]
        changed = client.get("/help/shop", headers={"if-none-match": tags["/help/shop"]})
        assert changed.status_code == 200
        assert changed.headers["etag"] != tags["/help/shop"]


def test_many_questions_fill_several_pages(tmp_path: Path) -> None:
    entries = [Entry(id=f"e{n}", question=f"Question {n}?", answer="A.") for n in range(2 * A_PAGE + 1)]
    publish(tmp_path, entries=entries)
    with serving(tmp_path) as client:
        seen: list[str] = []
        for number in ("", "2", "3", "4", "0", "x", "-1", "9" * 30):
            page = parsed(client.get("/help/shop", params={"page": number}).text)
            shown = texts(page, ".//section//a")
            assert len(shown) <= A_PAGE
            if number in ("", "2", "3"):
                seen += shown
            assert texts(page, ".//nav//a") == ["1", "2", "3"]
        assert seen == [entry.question for entry in entries]
        second = client.get("/help/shop?page=2").text
        assert 'rel="canonical" href="http://testserver/help/shop?page=2"' in second
        assert 'aria-current="page">2</a>' in second


def test_a_page_is_made_once_a_snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(tmp_path)
    made: list[str] = []

    def counting(template: str, **values: object) -> str:
        made.append(template)
        return html(template, **values)

    monkeypatch.setattr("search.routes.help_pages.html", counting)
    monkeypatch.setattr("search.routes.help_pages._BODIES", Bodies())
    with serving(tmp_path) as client:
        bodies = {client.get("/help/shop").text for _ in range(3)}
        assert len(bodies) == len(made) == 1
        client.get("/help/shop", headers={"host": "other.example"})
        assert len(made) == 2


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 60)), max_size=40))
def test_remembered_bodies_are_right_and_bounded(asked: list[tuple[str, int]]) -> None:
    bodies, sizes = Bodies(most=100), dict.fromkeys("abcdef", 0)
    for tag, size in asked:
        sizes[tag] = sizes[tag] or size + 1
        assert bodies.get(tag, lambda tag=tag: tag.encode() * sizes[tag]) == tag.encode() * sizes[tag]  # type: ignore[misc]
        assert sum(map(len, bodies._bodies.values())) == bodies._held <= 100


def test_pages_are_compressed_and_the_api_is_not(client: TestClient) -> None:
    with client.stream("GET", "/help/shop", headers={"accept-encoding": "gzip"}) as response:
        assert response.headers["content-encoding"] == "gzip"
        assert b"How do I return" in gzip.decompress(b"".join(response.iter_raw()))
    answer = client.get("/v1/search?q=refund&render=true", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in answer.headers


def test_every_language_says_everything() -> None:
    english = strings()["en"]
    assert set(strings()) == {"en", "de", "es", "zh"}
    for language, said in strings().items():
        assert set(said) == set(english), language
        for name, text in said.items():
            assert ("{q}" in text) == ("{q}" in english[name]), (language, name)
            assert text.strip()
