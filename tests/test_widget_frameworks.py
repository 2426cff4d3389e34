"""The search box in React and Vue, and its types in TypeScript."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.host_pages import Site
from tests.server_process import Server
from tests.test_pages_browser import browser
from tests.widget_box import host, opened, running

__all__ = ["browser", "host", "running"]

FOLDER = Path(__file__).parent / "frameworks"
PROGRAMS = FOLDER / "node_modules" / ".bin"


def run(program: str, *arguments: str) -> str:
    """What a program of the packages prints. Skips the test where they are not installed."""
    if shutil.which("node") is None or not (PROGRAMS / program).exists():
        pytest.skip("To run this: npm install --no-package-lock --prefix tests/frameworks")
    done = subprocess.run(
        [PROGRAMS / program, *arguments], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.browser
@pytest.mark.parametrize("source", ["react.jsx", "vue.js"])
@pytest.mark.parametrize("module_first", [True, False], ids=["defined first", "defined later"])
def test_frameworks_set_properties_and_hear_events(
    browser: Browser, running: Server, host: Site, source: str, module_first: bool
) -> None:
    options = ("--bundle", "--format=iife", "--jsx=automatic", '--define:process.env.NODE_ENV="production"')
    host.pages["/app.js"] = run("esbuild", source, *options, "--log-level=error")
    module = f'<script type="module" src="{running.url}/widget/v1/faq-search.js"></script>'
    # Modules wait for the page; a plain script at its end comes before them.
    app = f'<script src="/app.js"{" type=module" if module_first else ""}></script>'
    with opened(browser, host.show(f'<div id="app"></div>{module}{app}')) as box:
        assert box.box.evaluate("box => [box.collection, box.top]") == ["shop", "2"]
        asked: list[str] = []
        box.page.on("request", lambda request: asked.append(request.url))
        box.type("return an order", delay=5)
        expect(box.page.locator("#asked")).to_have_text("return an order")
        expect(box.options.filter(has=box.page.locator(".question"))).to_have_count(2)
        assert not any(url.endswith("/shop.json") for url in asked), "offline is false"
        box.page.keyboard.press("Escape")
        box.page.get_by_role("button", name="Another collection").click()
        expect(box.box).to_have_attribute("collection", "strict")
        expect(box.field).to_have_value("return an order")
        box.field.fill("gift cards")
        expect(box.box.get_by_role("link", name="Ring us")).to_be_visible()


def test_the_declarations_say_what_there_is() -> None:
    strict = ("--noEmit", "--strict", "--target", "es2022", "--module", "esnext", "--lib", "es2022,dom")
    run("tsc", *strict, "--moduleResolution", "bundler", "types.ts")
