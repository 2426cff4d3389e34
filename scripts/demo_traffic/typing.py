"""How people type: slips of the fingers, keywords only, and small talk around the question."""

from __future__ import annotations

from random import Random
from typing import Final

from scripts.demo_traffic.topics import Habits

_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS: Final = {
    letter: row[max(place - 1, 0) : place] + row[place + 1 : place + 2]
    for row in _ROWS
    for place, letter in enumerate(row)
}
TYPO, KEYWORDS, SMALL_TALK, LOWER = 0.16, 0.10, 0.12, 0.45
LEAST_WORD: Final = 4
"""Letters of a word that is mistyped: shorter ones become other words."""


def typed(wording: str, habits: Habits, random: Random) -> str:
    """A wording as somebody types it."""
    text = wording
    if random.random() < LOWER:
        text = text.lower().rstrip("?.")
    if random.random() < KEYWORDS:
        text = _keywords(text, habits)
    elif random.random() < SMALL_TALK:
        text = f"{random.choice(habits.openings)}{text}" if random.random() < 0.5 else text
        text = text if random.random() < 0.5 else f"{text}{random.choice(habits.endings)}"
    return _slip(text, random) if random.random() < TYPO else text


def _keywords(text: str, habits: Habits) -> str:
    kept = [word for word in text.split() if word.lower().strip("?,.!'") not in habits.small_words]
    return " ".join(kept) if len(kept) >= 2 else text


def _slip(text: str, random: Random) -> str:
    """One slip in a longer word: letters swapped, lost or doubled, or a neighbouring key; never the first."""
    words = text.split(" ")
    places = [place for place, word in enumerate(words) if len(word) >= LEAST_WORD and word.isalpha()]
    if not places:
        return text
    place = random.choice(places)
    word = words[place]
    at = random.randrange(1, len(word) - 1)
    kind = random.randrange(4)
    if kind == 0:
        word = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    elif kind == 1:
        word = word[:at] + word[at + 1 :]
    elif kind == 2:
        word = word[:at] + word[at] + word[at:]
    else:
        near = _NEIGHBOURS.get(word[at].lower(), word[at])
        word = word[:at] + random.choice(near) + word[at + 1 :]
    words[place] = word
    return " ".join(words)
