"""What the browser tests of the search box share: a service, pages of another site, and a hand on the box."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from index.answering import Fallback
from index.build import build
from index.collection import Collection, CollectionSettings
from index.encoders.toy import ToyEncoder
from index.entry import Entry
from index.store import SnapshotStore
from tests.host_pages import Line, Site, line, site
from tests.payloads import PAYLOADS
from tests.server_process import Server, server
from tests.serving import ENTRIES

LONG = Entry(
    id="points",
    question="How do I collect points for my orders?",
    answer="You collect them **by yourself**:\n\n1. Sign in at <https://shop.example/sign-in>.\n2. Order.\n\n"
    "| order | points |\n|---|---|\n| a tent | 90 |\n\n> Points expire.\n\n`POINTS` is a code.\n\n"
    + "More. "
    * 400,
    variants=("bonus points", "reward scheme"),
    tags=("Account",),
)
ARABIC = Entry(id="ar", question="كيف أعيد الطلب؟", answer="خلال **30** يوما.", locale="ar")
CHINESE = Entry(id="zh", question="如何申请退款？", answer="联系客服。", locale="zh")
SHOP = (*ENTRIES, LONG, ARABIC, CHINESE)
HOSTILE = tuple(
    Entry(
        id=f"e{number}",
        question=f"Payload {number} {' '.join(payload.split())}",
        answer=f"{payload}\n\n- {payload}",
        variants=(f"variant {number} {' '.join(payload.split())}",),
        tags=(payload[:100],),
        url=payload if number % 2 else f"https://e.example/{payload}",
    )
    for number, payload in enumerate(PAYLOADS)
)
FALLBACK = Fallback(text="Ask **us**, we know.", url="https://shop.example/contact")


def publish_all(root: Path) -> None:
    """`shop` always has an answer, `strict` never has one, `hostile` holds payloads."""
    for name, entries, settings in (
        ("shop", SHOP, CollectionSettings(title="The shop", min_confidence=0.0)),
        ("strict", SHOP, CollectionSettings(min_confidence=1.0, fallback=FALLBACK)),
        ("hostile", HOSTILE, CollectionSettings(min_confidence=0.0)),
    ):
        collection = Collection(name=name, settings=settings, entries=entries, rejections=(), golden=())
        build(collection, SnapshotStore(root), ToyEncoder(), force=True)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service that answers pages of any site."""
    root = tmp_path_factory.mktemp("widget") / "snapshots"
    publish_all(root)
    log = f"sqlite:///{root.parent / 'log.sqlite3'}"
    with server(root, FAQ_CORS_ORIGINS="*", FAQ_LOG_URL=log, FAQ_DEFAULT_COLLECTION="shop") as running:
        yield running


@pytest.fixture
def to_service(running: Server) -> Iterator[Line]:
    with line(running.url) as opened:
        yield opened


@pytest.fixture
def host() -> Iterator[Site]:
    with site() as served:
        yield served


@dataclass(frozen=True, kw_only=True)
class Box:
    """A search box on a page. complaints: what the page's console and network said."""

    page: Page
    box: Locator
    complaints: list[str]

    @property
    def field(self) -> Locator:
        return self.box.get_by_role("combobox")

    @property
    def options(self) -> Locator:
        return self.box.get_by_role("option")

    @property
    def panel(self) -> Locator:
        return self.box.locator(".panel")

    @property
    def head(self) -> Locator:
        return self.box.locator(".head")

    @property
    def answer(self) -> Locator:
        return self.box.get_by_role("article")

    @property
    def status(self) -> Locator:
        return self.box.locator(".status")

    def type(self, text: str, *, delay: float = 30) -> None:
        """Type at the end of the field, `delay` ms a key."""
        self.field.focus()
        self.page.keyboard.type(text, delay=delay)

    def settled(self, said: str) -> None:
        """Wait until it has said what the answer is."""
        expect(self.head).to_contain_text(said)

    def active(self) -> str:
        """The text of the option that is chosen by key, "" for none."""
        return str(
            self.box.evaluate(
                """box => {
                    const id = box.shadowRoot.querySelector("input").getAttribute("aria-activedescendant");
                    const option = id && box.shadowRoot.getElementById(id);
                    if (option && option.getAttribute("aria-selected") !== "true") return "not selected";
                    return option ? (option.querySelector(".question") ?? option).textContent : "";
                }"""
            )
        )

    def events(self) -> list[Any]:
        """What the page heard, as [name, detail]; only of pages with LISTEN."""
        return list(self.page.evaluate("window.heard"))


LISTEN = """<script>
window.heard = [];
for (const name of ["faq-search", "faq-select", "faq-feedback", "faq-no-answer"]) {
  document.addEventListener(name, ({ detail }) => {
    const { answer, entry, ...rest } = detail;
    window.heard.push([name, { ...rest, decision: answer.decision }]);
  });
}
</script>"""


def tag(service: str, attributes: str = 'collection="shop"', inside: str = "") -> str:
    """The script and the element."""
    source = f"{service}/widget/v1/faq-search.js"
    return f'<script type="module" src="{source}"></script><faq-search {attributes}>{inside}</faq-search>'


@contextmanager
def opened(
    browser: Browser, url: str, *, expect_complaints: bool = False, nth: int = 0, **context: Any
) -> Iterator[Box]:
    """A box on a page. At the end nothing complained, unless it was expected to."""
    made = browser.new_context(**{"viewport": {"width": 900, "height": 800}, **context})
    with closing(made):
        page = made.new_page()
        complaints: list[str] = []
        page.on("dialog", lambda dialog: (complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("console", lambda said: complaints.append(f"{said.type}: {said.text}"))
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.goto(url)
        box = Box(page=page, box=page.locator("faq-search").nth(nth), complaints=complaints)
        expect(box.field).to_be_visible()
        yield box
        if not expect_complaints:
            assert complaints == []


@contextmanager
def closing(context: BrowserContext) -> Iterator[None]:
    try:
        yield
    finally:
        context.close()


def check_accessible(page: Page) -> None:
    """axe-core finds nothing to object to."""
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
