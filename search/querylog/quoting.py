"""What reports may quote of what people asked: words that several of them used, or that the FAQ has.

A group of enough people is no cover for what one of them wrote: a name or a place stands in one wording only.
To quote nothing but wordings that several people chose alike would be no way either: three of four would be
gone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from index import tokenizer

LEFT_OUT: Final = "…"


def says_nothing(quoted: str) -> bool:
    """Whether all that it was about is left out, but for words such as "the" and "please"."""
    return LEFT_OUT in quoted and tokenizer.FUNCTION_STEMS.issuperset(tokenizer.stems(quoted))


class Quotes:
    """Built once for the queries of a period."""

    def __init__(
        self, asked: Iterable[tuple[str, Iterable[str]]], *, least: int, known: Iterable[str] = ()
    ) -> None:
        """asked: texts, each with the sessions that asked it. least: sessions that must have used a word.
        known: texts that are nobody's secret, such as those of the FAQ.
        """
        self._all = least <= 1
        self._public = set(tokenizer.FUNCTION_STEMS)
        if self._all:
            return
        for text in known:
            self._public.update(tokenizer.stems(text))
        users: defaultdict[str, set[str]] = defaultdict(set)
        for text, sessions in asked:
            new = set(tokenizer.stems(text)) - self._public
            for session in sessions if new else ():
                for stem in new:
                    users[stem].add(session)
            for stem in new:
                if len(users[stem]) >= least:
                    self._public.add(stem)
                    del users[stem]

    def allows(self, text: str) -> bool:
        """Whether it may be quoted as it is."""
        return self._all or all(stem in self._public for stem in tokenizer.stems(text))

    def quoted(self, text: str) -> str:
        """The text with every word left out that too few people used."""
        if self.allows(text):
            return text
        parts, at = [], 0
        for stem, (start, end) in tokenizer.spans(text):
            if stem not in self._public:
                parts += [text[at:start], LEFT_OUT]
                at = end
        return "".join([*parts, text[at:]])

    def best(self, wordings: Mapping[str, int]) -> str:
        """Of wordings with how often each was asked, the most frequent that may be quoted as it is; where
        none may, the most frequent with words left out.
        """
        best = min(wordings, key=lambda text: (not self.allows(text), -wordings[text], text))
        return self.quoted(best)
