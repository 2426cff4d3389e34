"""What help pages tell machines: JSON-LD, canonical links, Open Graph, sitemaps, robots.txt, llms.txt."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import orjson
from starlette.testclient import TestClient

from tests.payloads import PAYLOADS
from tests.serving import ENTRIES, publish, serving
from tests.test_help_pages import ODD, client, hostile, parsed

__all__ = ["client", "hostile"]


def linked(text: str) -> list[dict[str, object]]:
    scripts = parsed(text).iterfind(".//script[@type='application/ld+json']")
    return [orjson.loads("".join(script.itertext())) for script in scripts]


def test_linked_data_holds_questions_with_their_answers(client: TestClient) -> None:
    [page] = linked(client.get("/help/shop").text)
    assert page["@type"] == "FAQPage"
    questions = {q["name"]: q["acceptedAnswer"]["text"] for q in page["mainEntity"]}  # type: ignore[attr-defined,index]
    assert questions["How do I return an order?"] == "<p>Pack it well.</p><p>Send it back within 30 days.</p>"
    [entry] = linked(client.get("/help/shop/returns").text)
    assert len(entry["mainEntity"]) == 1  # type: ignore[arg-type]
    assert entry["url"] == "http://testserver/help/shop/returns"


def test_linked_data_ends_nothing(hostile: TestClient) -> None:
    for number, payload in enumerate(PAYLOADS):
        [page] = linked(hostile.get(f"/help/shop/e{number}").text)
        if page["mainEntity"]:
            [question] = page["mainEntity"]  # type: ignore[misc]
            assert question["name"] == f"What {number}? {' '.join(payload.split())}"


def test_heads_name_the_page(client: TestClient) -> None:
    tree = parsed(client.get("/help/shop/returns?utm=1").text)
    assert tree.find(".//link[@rel='canonical']").get("href") == "http://testserver/help/shop/returns"  # type: ignore[union-attr]
    properties = {meta.get("property"): meta.get("content") for meta in tree.iterfind(".//meta[@property]")}
    assert properties == {
        "og:title": "How do I return an order?",
        "og:description": "Pack it well. Send it back within 30 days.",
        "og:type": "article",
        "og:url": "http://testserver/help/shop/returns",
        "og:site_name": "The <b>shop</b>",
        "og:locale": "en",
    }


def test_a_public_address_is_named_everywhere(tmp_path: Path) -> None:
    publish(tmp_path)
    with serving(tmp_path, public_url="https://shop.example/faq") as client:
        page = client.get("/help/shop/returns", headers={"host": "evil.example"}).text
        assert "evil.example" not in page
        assert 'href="https://shop.example/faq/help/shop/returns"' in page
        assert 'src="/faq/widget/v1/faq-search.js"' in page
        assert client.get("/", follow_redirects=False).headers["location"] == "/faq/help/shop"
        assert "https://shop.example/faq/help/shop/returns" in client.get("/sitemap-shop-1.xml").text
        assert "Sitemap: https://shop.example/faq/sitemap.xml" in client.get("/robots.txt").text


def test_an_odd_host_is_not_repeated(client: TestClient) -> None:
    assert "evil" not in client.get("/help/shop", headers={"host": "evil'><script>"}).text


def test_sitemaps_list_every_page(client: TestClient) -> None:
    index = ElementTree.fromstring(client.get("/sitemap.xml").text)
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    assert [loc.text for loc in index.iter(f"{space}loc")] == ["http://testserver/sitemap-shop-1.xml"]
    urls = ElementTree.fromstring(client.get("/sitemap-shop-1.xml").text)
    found = [loc.text or "" for loc in urls.iter(f"{space}loc")]
    assert len(found) == 1 + len(ENTRIES) + len(ODD)
    for url in found:
        assert client.get(url).status_code == 200
    for path in ("/sitemap-shop-2.xml", "/sitemap-shop-0.xml", "/sitemap-shop-x.xml", "/sitemap-nope-1.xml"):
        assert client.get(path).status_code == 404


def test_robots_are_led_to_the_sitemap_and_away_from_the_rest(client: TestClient) -> None:
    text = client.get("/robots.txt").text
    assert "Disallow: /v1/" in text
    assert "Disallow: /admin" in text
    assert "Disallow: /help/*/search" in text
    assert "Sitemap: http://testserver/sitemap.xml" in text


def test_language_models_are_told_what_there_is(client: TestClient) -> None:
    text = client.get("/llms.txt").text
    assert text.startswith("# ")
    assert "## The \\<b\\>shop\\</b\\>: Returns" in text
    assert "- [How do I return an order?](http://testserver/help/shop/returns)" in text
