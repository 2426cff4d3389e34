"""Noisy queries made from clean ones: what fingers, phones and politeness do to a question.

Written without a look at how the search mends slips, so that it is measured on what it was not made for.
All functions are pure but for the generator they draw from: equal queries and states give equal results.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, Literal, TypeVar, get_args

from numpy.random import Generator

Kind = Literal["one_typo", "typos", "dropped_words", "filler", "upper_case", "missing_spaces", "mixed"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

LETTERS_A_TYPO: Final = 8
"""Of `typos`, several times what people leave uncorrected, which `one_typo` is nearer to: 2.3 % of characters
on phones (Palin and others 2019, "How do people type on mobile devices?"), one slip in 43."""
SPARED: Final = 3
"""Letters up to which a word gets no typo, where there are longer ones: people rarely miss those."""
FUNCTION_WORD_DROPPED: Final = 0.6
"""How likely each function word is left out."""
OTHER_WORD_DROPPED: Final = 0.25
"""How likely another word is left out of a query."""
OTHERS_LEFT: Final = 2
"""Other words that stay at least: a question of one word less may be about anything."""

# Each key with those around it, of the layout that most keyboards have.
_AROUND: Final = {
    **{"q": "wa", "w": "qeas", "e": "wrsd", "r": "etdf", "t": "ryfg", "y": "tugh", "u": "yihj", "i": "uojk"},
    **{"o": "ipkl", "p": "ol", "a": "qwsz", "s": "weadzx", "d": "ersfxc", "f": "rtdgcv", "g": "tyfhvb"},
    **{"h": "yugjbn", "j": "uihknm", "k": "iojlm", "l": "opk", "z": "asx", "x": "sdzc", "c": "dfxv"},
    **{"v": "fgcb", "b": "ghvn", "n": "hjbm", "m": "jkn"},
}
_WORD: Final = re.compile(r"[^\W\d_]+")
_PARTS: Final = re.compile(r"\S+")
_BETWEEN: Final = re.compile(r"(?<=\w) (?=\w)")
_FUNCTION_WORDS: Final = frozenset(
    _WORD.findall(
        "a an the this that these those i me my we us our you your it its he she they them their "
        "is am are was were be been do does did have has had can could will would shall should may might "
        "must to of in on at for from with by about as into and or but if so than then there here "
        "what which who how when where why please just some any"
    )
)
# Who leaves one out means the opposite, and should be answered differently.
_NEGATION: Final = re.compile(r"not?|never|without|nor|cannot|\w+n['’]t", re.IGNORECASE)
_BEFORE: Final = (
    "hey, can you tell me",
    "hi there,",
    "hello!",
    "hi, quick question:",
    "good morning,",
    "hey guys",
    "um so",
    "ok so",
    "sorry to bother you but",
    "excuse me,",
    "i was wondering,",
    "just wanted to ask,",
    "i have a question.",
    "could you help me out?",
    "not sure if this is the right place, but",
    "please help!!",
    "maybe a silly question:",
    "i looked everywhere and can't find it:",
)
_AFTER: Final = (
    "thanks",
    "thx",
    "thank you so much!",
    "please",
    "pls",
    "please help",
    "anyone?",
    "asap",
    "thanks in advance",
    "if you don't mind",
    "any idea?",
    "can you help me with that?",
    "cheers",
    "it's kind of urgent",
)
_Any = TypeVar("_Any")


def noisy(query: str, kind: Kind, rng: Generator) -> str:
    """The query with one kind of noise; as it is where there is no place for it.

    Raises KeyError for a kind that is not among KINDS.
    """
    return _MAKERS[kind](query, rng)


def one_typo(query: str, rng: Generator) -> str:
    """With one slip, as `typos` makes them."""
    return _with_slips(query, 1, rng)


def typos(query: str, rng: Generator) -> str:
    """About one slip for every LETTERS_A_TYPO letters, at least one, none twice in a word.

    A neighbouring key, two letters swapped, one lost or one doubled; each letter of a word as likely as any.
    """
    letters = sum(len(word) for word in _WORD.findall(query))
    return _with_slips(query, max(1, round(letters / LETTERS_A_TYPO)), rng)


def _with_slips(query: str, most: int, rng: Generator) -> str:
    words = list(_WORD.finditer(query))
    longer = [word for word in words if len(word.group()) > SPARED] or words
    chosen = rng.choice(len(longer), min(most, len(longer)), replace=False).tolist() if longer else []
    for word in sorted((longer[row] for row in chosen), key=lambda word: -word.start()):
        query = query[: word.start()] + _slip(word.group(), rng) + query[word.end() :]
    return query


def dropped_words(query: str, rng: Generator) -> str:
    """Without some of its function words, at least one, and now and then without another word.

    At least one word stays, and every negation.
    """
    words = _PARTS.findall(query)
    bare = [word.strip(".,;:!?\"'()").casefold() for word in words]
    small = [row for row, word in enumerate(bare) if word in _FUNCTION_WORDS]
    others = [row for row in range(len(words)) if row not in small]
    gone: set[int] = set()
    if small and len(words) > 1:
        draws = rng.random(len(small))
        gone = {row for row, draw in zip(small, draws, strict=True) if draw < FUNCTION_WORD_DROPPED}
        gone.add(small[int(draws.argmin())])
        if len(gone) == len(words):
            gone.remove(small[int(draws.argmax())])
    droppable = [row for row in others if not _NEGATION.fullmatch(bare[row])]
    if droppable and len(others) > OTHERS_LEFT and rng.random() < OTHER_WORD_DROPPED:
        gone.add(_one_of(droppable, rng))
    return " ".join(word for row, word in enumerate(words) if row not in gone) if gone else query


def filler(query: str, rng: Generator) -> str:
    """With words around it that say nothing: before it, after it, or both."""
    place = int(rng.integers(3))
    before, after = _one_of(_BEFORE, rng), _one_of(_AFTER, rng)
    if place == 1:
        return f"{query} {after}"
    begun = query if query[1:2].isupper() or query[:2] in ("I ", "I'") else query[:1].lower() + query[1:]
    return f"{before} {begun}" if place == 0 else f"{before} {begun} {after}"


def upper_case(query: str, _rng: Generator) -> str:
    """In capitals."""
    return query.upper()


def missing_spaces(query: str, rng: Generator) -> str:
    """Without one or two of the blanks between its words."""
    blanks = [match.start() for match in _BETWEEN.finditer(query)]
    if not blanks:
        return query
    count = min(int(rng.integers(1, 3)), len(blanks))
    gone = {blanks[row] for row in rng.choice(len(blanks), count, replace=False).tolist()}
    return "".join(letter for place, letter in enumerate(query) if place not in gone)


def mixed(query: str, rng: Generator) -> str:
    """With two kinds of noise."""
    first, second = sorted(rng.choice(len(_IN_TURN), 2, replace=False).tolist())
    return _IN_TURN[second](_IN_TURN[first](query, rng), rng)


def _slip(word: str, rng: Generator) -> str:
    """The word with one letter mistyped, always another word."""
    place = int(rng.integers(len(word)))
    letter = word[place]
    around = _AROUND.get(letter.casefold(), "")
    # The last letter has only the one before it to be swapped with.
    left = place - 1 if place == len(word) - 1 > 0 else place
    swapped = word[:left] + word[left : left + 2][::-1] + word[left + 2 :]
    doubled = word[:place] + letter + word[place:]
    possible = [doubled]
    if around:
        key = _one_of(around, rng)
        possible.append(word[:place] + (key.upper() if letter.isupper() else key) + word[place + 1 :])
    if swapped != word:
        possible.append(swapped)
    if len(word) > 1:
        possible.append(word[:place] + word[place + 1 :])
    return _one_of(possible, rng)


def _one_of(choices: Sequence[_Any], rng: Generator) -> _Any:
    return choices[int(rng.integers(len(choices)))]


# In the order in which two of them follow each other: what is left out first is not mistyped for nothing.
_IN_TURN: Final = (dropped_words, typos, missing_spaces, filler, upper_case)
_MAKERS: Final[dict[Kind, Callable[[str, Generator], str]]] = {
    "one_typo": one_typo,
    "typos": typos,
    "dropped_words": dropped_words,
    "filler": filler,
    "upper_case": upper_case,
    "missing_spaces": missing_spaces,
    "mixed": mixed,
}
