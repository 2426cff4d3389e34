"""What a run may leave out: browser tests where there is no browser, and on CI nothing at all."""

from __future__ import annotations

import os
import shutil
from typing import Final

import pytest

CHROMIUM: Final = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
ON_CI: Final = os.environ.get("CI", "").casefold() not in {"", "0", "false"}
_WITHOUT_BROWSER: Final = (
    "Left out: {count} browser tests, as there is no Chromium here. "
    "To run them, install it; on Debian: apt-get install chromium"
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave browser tests out where they can't run; on CI they run, and fail."""
    if CHROMIUM or ON_CI:
        return
    left_out = [item for item in items if _needs_browser(item)]
    if left_out:
        items[:] = [item for item in items if not _needs_browser(item)]
        config.hook.pytest_deselected(items=left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Tell how to get what was left out."""
    left_out = [item for item in terminalreporter.stats.get("deselected", []) if _needs_browser(item)]
    if left_out and not (CHROMIUM or ON_CI):
        terminalreporter.write_line(_WITHOUT_BROWSER.format(count=len(left_out)), yellow=True)
    if _skipped_on_ci(config):
        terminalreporter.write_line("On CI every test must run: a skipped one counts as failed.", red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """On CI a skipped test fails the run."""
    if _skipped_on_ci(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _needs_browser(item: pytest.Item) -> bool:
    return item.get_closest_marker("browser") is not None


def _skipped_on_ci(config: pytest.Config) -> bool:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return ON_CI and reporter is not None and bool(reporter.stats.get("skipped"))
