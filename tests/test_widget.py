"""The search box as it is served: its size, its hash, who may load it, and what it searches offline."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from index.entry import Entry
from search.markup.tree import TAGS
from search.widget import LANGUAGES, MOST_ANSWERS, SCRIPT, integrity, script, tag
from tests.serving import ENTRIES, assert_problem, publish, serving

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "widget.md"
MODULE = script().decode()
TYPES = (ROOT / "search" / "web" / "widget" / "v1" / "faq-search.d.ts").read_text("utf-8")
DOCS = PAGE.read_text("utf-8")
LARGEST = 12 * 1024
HOST = {"origin": "https://shop.example"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    root = tmp_path_factory.mktemp("snapshots")
    publish(root)
    with serving(root, cors_origins=("https://shop.example",)) as client:
        yield client


def test_it_is_small(client: TestClient) -> None:
    with client.stream("GET", f"/{SCRIPT}", headers={"accept-encoding": "gzip"}) as response:
        body = b"".join(response.iter_raw())
    assert response.headers["content-encoding"] == "gzip"
    assert gzip.decompress(body) == script()
    assert len(body) <= LARGEST
    assert len(gzip.compress(script(), 9)) <= LARGEST


def test_it_depends_on_nothing() -> None:
    assert not re.search(r"^\s*import\s|\bimport\(|require\(", MODULE, re.M)
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", MODULE
    )


def test_browsers_keep_it_and_ask_whether_it_changed(client: TestClient) -> None:
    response = client.get(f"/{SCRIPT}")
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["cache-control"].startswith("public, max-age=86400")
    again = client.get(f"/{SCRIPT}", headers={"if-none-match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", [f"/{SCRIPT}", "/widget/v1/shop.json"])
@pytest.mark.parametrize("origin", ["https://shop.example", "https://other.example", None])
def test_any_page_may_load_it(client: TestClient, path: str, origin: str | None) -> None:
    headers = client.get(path, headers={"origin": origin} if origin else {}).headers
    assert headers["access-control-allow-origin"] in ("*", origin)
    assert headers["cross-origin-resource-policy"] == "cross-origin"


def test_pages_that_are_allowed_may_ask(client: TestClient) -> None:
    for path in ("/v1/search?q=refund", "/v1/suggest?q=re", "/v1/entries/refund"):
        assert client.get(path, headers=HOST).headers["access-control-allow-origin"] == HOST["origin"]
    asked = {
        **HOST,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }
    assert client.options("/v1/feedback", headers=asked).status_code == 200
    other = client.get("/v1/search?q=refund", headers={"origin": "https://other.example"})
    assert "access-control-allow-origin" not in other.headers


def test_the_hash_that_the_docs_print_is_that_of_the_module() -> None:
    assert f'integrity="{integrity()}"' in DOCS, "run python -m tests.test_widget"
    assert f'integrity="{integrity()}"' in tag("https://faq.example", "shop")


def test_the_questions_can_be_had_for_when_the_service_is_away(client: TestClient) -> None:
    response = client.get("/widget/v1/shop.json")
    kept = response.json()
    assert kept["collection"] == "shop"
    assert [one["id"] for one in kept["questions"]] == [entry.id for entry in ENTRIES]
    first = kept["questions"][0]
    assert first["variants"] == ["send something back", "return policy"]
    assert first["rendered"]["answer"][0] == ["p", "Pack it well."]
    again = client.get("/widget/v1/shop.json", headers={"if-none-match": response.headers["etag"]})
    assert again.status_code == 304
    assert_problem(client.get("/widget/v1/nope.json"), 404, "unknown_collection")
    assert_problem(client.get("/widget/v1/<b>.json"), 404, "unknown_collection")


def test_answers_that_are_too_long_for_a_browser_are_left_out(tmp_path: Path) -> None:
    publish(tmp_path, entries=[Entry(id="long", question="Why?", answer="word " * (MOST_ANSWERS // 5 + 1))])
    with serving(tmp_path) as client:
        [one] = client.get("/widget/v1/shop.json").json()["questions"]
        assert one["rendered"] == {"question": ["Why?"], "snippet": []}


def strings() -> dict[str, dict[str, str]]:
    """What the module says, by language and name."""
    table = MODULE[MODULE.index("const LANGUAGES") : MODULE.index("const STYLE")]
    languages = re.findall(r"^  (\w+): \{\n(.*?)^  \},$", table, re.M | re.S)
    return {name: dict(re.findall(r'(\w+): "((?:[^"\\]|\\.)*)"', said)) for name, said in languages}


def test_every_language_says_everything() -> None:
    said = strings()
    assert tuple(said) == LANGUAGES
    for language, texts in said.items():
        assert set(texts) == set(said["en"]), language
        for name, text in texts.items():
            assert text.strip()
            assert ("{q}" in text) == ("{q}" in said["en"][name]), (language, name)
            assert f"`{name}`" in DOCS, f"docs/widget.md doesn't name {name}"
            assert re.search(
                rf"\bsay\.{name}\b|#say\.{name}\b|\{{[^}}]*\b{name}\b[^}}]*\}} = this\.#say", MODULE
            ), name


def options() -> list[str]:
    found = re.search(r'const OPTIONS = "([^"]+)"', MODULE)
    assert found
    return found[1].split()


def test_every_attribute_event_part_and_property_is_documented() -> None:
    for name in options():
        assert f"| `{name}` |" in DOCS, name
        assert re.search(rf"\b{name}\b", TYPES), name
    for event in re.findall(r'#emit\("([a-z-]+)"', MODULE):
        assert f"| `{event}` |" in DOCS
        assert f'"{event}": CustomEvent' in TYPES
    for property_ in set(re.findall(r"var\((--faq-[a-z-]+)", MODULE)):
        assert f"`{property_}`" in DOCS
    parts = {part for names in re.findall(r'\bh\("\w+", "([a-z ]+)"', MODULE) for part in names.split()}
    parts |= set(re.findall(r'button\("([a-z]+)"', MODULE))
    for part in parts:
        assert f"`{part}`" in DOCS, part


def test_it_shows_every_element_that_answers_are_rendered_with() -> None:
    found = re.search(r"const TAG = /(.*)/;", MODULE)
    assert found
    assert {name for name in TAGS if re.fullmatch(found[1], name)} == TAGS
    for other in (
        "script",
        "iframe",
        "style",
        "img",
        "svg",
        "form",
        "input",
        "object",
        "link",
        "meta",
        "base",
    ):
        assert not re.search(found[1], other)


def test_its_types_are_served(client: TestClient) -> None:
    assert client.get("/widget/v1/faq-search.d.ts").text == TYPES


def test_the_page_to_try_it_shows_its_tag_and_every_collection(client: TestClient) -> None:
    page = client.get("/demo").text
    assert integrity() in page.replace("&#43;", "+")
    assert '<option value="shop" selected>shop</option>' in page
    policy = client.get("/demo").headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_without_a_collection_the_page_says_what_to_do(tmp_path: Path) -> None:
    with serving(tmp_path) as client:
        assert "faq rebuild" in client.get("/demo").text


if __name__ == "__main__":
    PAGE.write_text(re.sub(r'integrity="[^"]*"', f'integrity="{integrity()}"', DOCS), encoding="utf-8")
