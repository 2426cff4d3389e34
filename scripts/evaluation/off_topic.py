"""Questions that hardly any FAQ answers: whatever people type into a box that is there."""

from __future__ import annotations

from importlib import resources
from typing import Final

FILE: Final = "off_topic.txt"


def off_topic_questions() -> tuple[str, ...]:
    """One a line of the file beside this one, written for this project; none twice."""
    text = resources.files("scripts.evaluation").joinpath(FILE).read_text("utf-8")
    return tuple(line.strip() for line in text.splitlines() if line.strip())
