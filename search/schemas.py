"""The shapes of requests and answers: they check what comes in, and describe what goes out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from search.query import MAX_LENGTH
from search.query_id import QUERY_ID_PATTERN
from search.rendering import RenderedShape
from search.suggest.shapes import SuggestionShape

MAX_TOP: Final = 50
MAX_SUGGESTIONS: Final = 20
MAX_BATCH: Final = 64
MAX_TAGS: Final = 16
MAX_NAME: Final = 128
"""Characters of a collection's name, a tag or a locale in a request."""
SOURCE_PATTERN: Final = "^[a-z][a-z0-9_-]{0,31}$"
MAX_REASON: Final = 1000
"""Characters of what a person says about an answer."""
EXAMPLE_QUERY: Final = "money back to wallet?"

Name = Annotated[str, Field(max_length=MAX_NAME)]


class _Request(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


Choice = Annotated[Name | None, BeforeValidator(_none_if_empty)]
"""An empty choice, as a form sends it, is none."""
Probability = Annotated[float | None, BeforeValidator(_none_if_empty)]


class Scope(_Request):
    """Where to look."""

    collection: Choice = Field(
        default=None,
        description="The collection to search. May be left out where one is served or a default is set.",
        examples=["cj_dropshipping"],
    )
    locale: Choice = Field(
        default=None,
        description="Only entries of this language: the same, a wider or a narrower tag (`de-AT` and `de` "
        "find each other), and entries without a locale.",
        examples=["en"],
    )
    tags: list[Name] = Field(
        default_factory=list,
        max_length=MAX_TAGS,
        description="Only entries that have all of these tags, whatever their case.",
    )


class SearchChoices(Scope):
    """What a search may choose besides its query."""

    top: int = Field(default=10, ge=1, le=MAX_TOP, description="How many hits to return at most.")
    min_confidence: Probability = Field(
        default=None,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="How sure the first hit must be to be given as the `answer`. Left out, the collection's "
        "own setting counts, else the program's.",
        examples=[0.6],
    )
    correct: bool = Field(
        default=True,
        description="Mend mistyped, run-together and unfinished words first; `corrected` tells what was "
        "searched. `false` searches for what was typed.",
    )
    explain: bool = Field(
        default=False,
        description="Tell why: an `explanation` of each hit, and the `reason` of the decision.",
    )
    render: bool = Field(
        default=False,
        description="Add what a page shows: a `rendered` of each hit and of the fallback, safe and with the "
        "query's words marked.",
    )
    session: Annotated[str | None, Field(max_length=MAX_NAME), BeforeValidator(_none_if_empty)] = Field(
        default=None,
        description="What ties the searches of one visit together in the query log: any text that the client "
        "makes up at random and sends with each. Only a salted hash of it is kept. The header "
        "`x-faq-session` does the same.",
    )
    source: Annotated[str, Field(pattern=SOURCE_PATTERN)] = Field(
        default="api", description="Where it was asked, for the query log.", examples=["widget"]
    )
    log: bool = Field(
        default=True,
        description="`false` keeps the search out of the query log, as the header `x-faq-log: off` does: for "
        "tests and staff.",
    )


class SearchParameters(SearchChoices):
    """One search."""

    suggest: int = Field(
        default=0,
        ge=0,
        le=MAX_SUGGESTIONS,
        description="How many `suggestions` to add, and `words`, as `/v1/suggest` gives them.",
    )

    q: str = Field(
        description="What was asked, in the person's own words: 1 to 512 characters after normalisation (one "
        "line, NFC, without control and invisible characters).",
        examples=[EXAMPLE_QUERY],
    )


class BatchParameters(SearchChoices):
    """Several searches that share their other parameters."""

    queries: list[str] = Field(
        min_length=1,
        max_length=MAX_BATCH,
        description="Up to 64 queries, each as `q`.",
        examples=[[EXAMPLE_QUERY, "where is my parcel"]],
    )


class SuggestParameters(Scope):
    """What is being typed, and where."""

    q: str = Field(description="What was typed so far, as `q` of a search.", examples=["money back to wal"])
    top: int = Field(
        default=5, ge=1, le=MAX_SUGGESTIONS, description="How many suggestions to return at most."
    )


def _matching(pattern: str, said: str) -> tuple[AfterValidator, WithJsonSchema]:
    """Texts of a pattern; of others it is `said` in plain words what they are not."""
    compiled = re.compile(pattern)

    def checked(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(said)
        return text

    return AfterValidator(checked), WithJsonSchema({"type": "string", "pattern": pattern})


_QueryId = Annotated[str, *_matching(QUERY_ID_PATTERN, "is not one that a search returned")]
_EntryId = Annotated[str, *_matching(r"^[^\s\x00-\x1f\x7f]{1,128}$", "is not the id of an entry")]


class FeedbackParameters(_Request):
    """What a person did with an answer, or thinks of it."""

    query_id: _QueryId = Field(
        description="The `query_id` of the answer.",
        examples=["019ab3c5-7d10-7a52-8c1e-5d0f7a3b9e64"],
    )
    kind: Literal["click", "helpful", "answer"] = Field(
        description="`click`: a hit was opened (`id`, `position`). `helpful`: it was, or was not (`helpful`, "
        "and perhaps `id` and `reason`). `answer`: the entry `id` is the right one."
    )
    id: _EntryId | None = Field(default=None, description="The entry's id.", examples=["13"])
    position: Annotated[int | None, Field(ge=1, le=MAX_TOP)] = Field(
        default=None, description="Where the hit stood, from 1."
    )
    helpful: bool | None = Field(default=None, description="Whether the answer helped.")
    reason: Annotated[str | None, Field(max_length=MAX_REASON)] = Field(
        default=None, description="Why, in the person's own words."
    )

    @model_validator(mode="after")
    def _complete(self) -> FeedbackParameters:
        needed, allowed = _SAID[self.kind]
        given = {name for name in _SAID_WITH if getattr(self, name) is not None}
        if needed - given:
            raise ValueError(f"the kind {self.kind!r} needs {' and '.join(map(repr, sorted(needed)))}")
        if surplus := sorted(given - needed - allowed):
            raise ValueError(f"the kind {self.kind!r} has no {surplus[0]!r}")
        return self


_SAID: Final[Mapping[str, tuple[set[str], set[str]]]] = {
    "click": ({"id", "position"}, set()),
    "helpful": ({"helpful"}, {"id", "reason"}),
    "answer": ({"id"}, {"reason"}),
}
"""What a kind of feedback needs, and what else it may have."""
_SAID_WITH: Final = ("id", "position", "helpful", "reason")


class FeedbackAnswer(BaseModel):
    accepted: Literal[True] = Field(description="It was taken; it is written down a moment later.")


class EntryParameters(_Request):
    """Where to look an entry up."""

    collection: Choice = Field(
        default=None,
        description="The collection of the entry. May be left out where one is served or a default is set.",
    )
    render: bool = Field(default=False, description="Add `rendered`: the entry as a page shows it.")
    q: str | None = Field(
        default=None, max_length=MAX_LENGTH, description="Whose words are marked in what is rendered."
    )


class NoParameters(_Request):
    """Of a route that takes none."""


class MatchedShape(BaseModel):
    kind: Literal["question", "variant", "answer"] = Field(
        description="Which text of the entry was nearest to the query."
    )
    text: str = Field(description="That text.")
    highlights: list[tuple[int, int]] = Field(
        description="[start, end) of the words in `text` that the query holds too, counted in Unicode code "
        "points (as Python does; JavaScript counts UTF-16 units, use `Array.from(text)`), in order, not "
        "overlapping."
    )


class ContributionShape(BaseModel):
    feature: str = Field(description="What was looked at; new releases may look at others.")
    value: float = Field(description="What was found.")
    points: float = Field(description="What it added to the hit's score, or took from it.")
    text: str = Field(description="The same for a person.")


class ExplanationShape(BaseModel):
    contributions: list[ContributionShape] = Field(description="The strongest first.")


class HitShape(BaseModel):
    id: str
    question: str
    answer: str = Field(description="Markdown. It comes from FAQ files: render it as untrusted.")
    url: str | None = Field(description="Where the entry is published.")
    tags: list[str]
    locale: str | None
    score: float = Field(description="Orders the hits of one query, and means nothing else.")
    confidence: float = Field(
        ge=0, le=1, description="The probability that this hit is a right answer; comparable between queries."
    )
    matched: MatchedShape
    explanation: ExplanationShape | None = Field(
        default=None, description="Why it stands where it stands. Only with `explain`, else left out."
    )
    rendered: RenderedShape | None = Field(
        default=None, description="It as a page shows it. Only with `render`, else left out."
    )


class FallbackShape(BaseModel):
    text: str = Field(description="Markdown of the content team: render it as untrusted.")
    url: str | None = Field(
        description="Where else to ask: http, https, mailto, or a path on the site that shows the FAQ."
    )
    rendered: list[Any] | None = Field(
        default=None, description="The text as nodes of JsonML. Only with `render`, else left out."
    )


class SearchAnswer(BaseModel):
    query_id: str = Field(description="Unique; a UUID of version 7.")
    query: str = Field(description="The query after normalisation.")
    corrected: str | None = Field(
        default=None,
        description="What was searched instead, where words were mistyped, run together or unfinished. "
        "Text of the visitor and of the collection: render it as untrusted.",
    )
    collection: str
    snapshot: str = Field(description="The version of the collection that answered.")
    decision: Literal["answer", "clarify", "no_answer"] = Field(
        description="`answer`: show the first hit. `clarify`: ask which of the `choices` is meant. "
        "`no_answer`: the FAQ has none; the hits are only the nearest entries."
    )
    confidence: float = Field(ge=0, le=1, description="That of the best hit; 0 where there is none.")
    choices: list[str] = Field(
        default_factory=list,
        description="With `clarify`, the ids of the two or three entries to choose from, best first; else "
        "empty.",
    )
    fallback: FallbackShape | None = Field(
        default=None,
        description="With `no_answer`, what the collection says then; null where it says nothing, and with "
        "any other decision.",
    )
    reason: str | None = Field(
        default=None, description="Why the decision fell. Only with `explain`, else left out."
    )
    suggestions: list[SuggestionShape] | None = Field(
        default=None, description="Completions of the query. Only with `suggest`, else left out."
    )
    words: list[str] | None = Field(
        default=None, description="What its last word may become. Only with `suggest`, else left out."
    )
    took_ms: float = Field(description="Time in the server, waiting included.")
    hits: list[HitShape] = Field(description="Best first.")


class BatchAnswer(BaseModel):
    results: list[SearchAnswer] = Field(description="In the order of `queries`.")
    took_ms: float


class EntryAnswer(BaseModel):
    id: str
    question: str
    answer: str = Field(description="Markdown. It comes from FAQ files: render it as untrusted.")
    variants: list[str]
    tags: list[str]
    locale: str | None
    url: str | None
    related: list[str] = Field(description="Ids of other entries of the collection.")
    source: str = Field(description="The file and line that it was read from.")
    collection: str
    snapshot: str
    rendered: RenderedShape | None = Field(
        default=None, description="It as a page shows it. Only with `render`, else left out."
    )


class CollectionShape(BaseModel):
    name: str
    title: str | None = Field(description="Its name for people, if it has one.")
    entries: int
    snapshot: str = Field(description="The version that is served.")
    created: datetime = Field(description="When that version was built.")
    default: bool = Field(description="It answers requests that name no collection.")


class CollectionsAnswer(BaseModel):
    collections: list[CollectionShape]


class RefusalShape(BaseModel):
    version: str | None
    reason: str


class StandingShape(BaseModel):
    name: str
    snapshot: str | None = Field(description="The version that is served, if any.")
    created: datetime | None
    published: bool = Field(description="It is still in the store.")
    refused: RefusalShape | None = Field(description="A newer snapshot that could not be opened.")


class ReadyAnswer(BaseModel):
    status: Literal["ready"]
    collections: list[StandingShape]


class AliveAnswer(BaseModel):
    status: Literal["alive"]


class ProblemErrorShape(BaseModel):
    where: str
    message: str


class ProblemAnswer(BaseModel):
    """RFC 9457; made by search.problems.problem_response."""

    type: str
    title: str
    status: int
    detail: str = Field(description="For people; may change.")
    code: str = Field(description="For programs; stable.")
    request_id: str | None = Field(default=None, description="Finds the request in the server's log.")
    errors: list[ProblemErrorShape] = Field(
        default_factory=list, description="Each wrong piece of the request."
    )
    collections: list[StandingShape] = Field(default_factory=list, description="Of /readyz only.")
