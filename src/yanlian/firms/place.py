"""Placing firms on the chain from their Chinese or English descriptions.

How a description is scored is told in :mod:`yanlian.firms.scores`. Here the best
segments of each firm are chosen, each gets a calibrated confidence (``calibration.json``
names the firms it was fitted on), and the words that justify it are kept as they were
written. A firm whose best confidence is too low is *not placed*, and the reason is kept.

Firms stream through in batches, so that memory does not grow with their number.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from yanlian.firms import measures, words
from yanlian.firms.embed import Embedder
from yanlian.firms.placer import Key, Placer, build_placer
from yanlian.firms.scores import NAME_SHARE, PARTS, Parts, Scores, score_texts
from yanlian.params import Params, param
from yanlian.results import Note, Progress, Result, no_progress
from yanlian.tables import Floats, Table, join_list, split_list
from yanlian.tables.frame import concat
from yanlian.text import N_, say

BATCH = 10_000
WORDS = 5  # most words kept for a placement
FAINT = 0.1  # words that weigh less than this share of the heaviest are not kept
DIGITS = 9  # scores nearer than this are equal, in whatever order they were summed
LONG = 4.0  # beyond about 55 phrases a description tells no more by its length
CODES = ("hs6", "gbt4754")


@dataclass(frozen=True)
class PlaceParams(Params):
    """Parameters of the placement."""

    max_segments: int = param(
        4,
        label=N_("Most segments per company"),
        help=N_("A company is placed on at most so many segments."),
        low=1,
        high=20,
    )
    min_confidence: float = param(
        0.35,
        label=N_("Least confidence"),
        help=N_("Below it a company counts as not placed."),
        unit="share",
        low=0,
        high=1,
    )


class Placed(NamedTuple):
    """What a batch of firms gave.

    Attributes
    ----------
    placements : Table
        ``placements``, the firms in their order, the best segment of each first.
    unplaced : Table
        ``unplaced``, with the reason.
    """

    placements: Table
    unplaced: Table


class Placement(NamedTuple):
    """One segment of one text."""

    segment_id: str
    confidence: float
    words: list[str]


@dataclass(frozen=True)
class Candidates:
    """The best segments of each text, best first.

    Attributes
    ----------
    segment : ndarray of int, shape (texts, most)
        Position of the segment in the chain.
    score : ndarray, shape (texts, most)
        Score before calibration; zero where nothing speaks for the segment.
    features : ndarray, shape (texts · most, 4)
        What the confidence is made of.
    bare : ndarray of bool, shape (texts · most,)
        Whether only the segment's name speaks for it: it has no keywords, and neither
        a code nor an embedder speaks.
    """

    segment: NDArray[np.intp]
    score: Floats
    features: Floats
    bare: NDArray[np.bool_]


@functools.cache
def calibration() -> Mapping[str, Any]:
    """Return the coefficients of the confidence and where they come from."""
    path = Path(__file__).parent / "calibration.json"
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def confidence(found: Candidates) -> Floats:
    """Return the calibrated share of such placements that are right.

    Segments without keywords have coefficients of their own: likeness to a name says
    less than a keyword.

    Returns
    -------
    ndarray, shape (texts, most), share
        Never rises from left to right.
    """
    worded, bare = (
        measures.logistic(found.features, np.array(calibration()[kind], float))
        for kind in ("coefficients", "coefficients_names_only")
    )
    sure = np.where(found.bare, bare, worded).reshape(found.score.shape)
    return np.minimum.accumulate(sure, axis=1)


def features(score: Floats, phrases: Floats) -> Floats:
    """Return what the confidence is made of.

    Parameters
    ----------
    score : ndarray, shape (texts, most)
        Scores of the best segments of each text, best first.
    phrases : ndarray, shape (texts,)
        Number of phrases of each description.

    Returns
    -------
    ndarray, shape (texts · most, 4)
        Score; its share of the text's best score; logarithm of the number of phrases;
        product of the last two, since to be the best says less in a long description.
    """
    ratio = score / np.maximum(score[:, :1], 1e-9)
    length = np.minimum(np.log1p(phrases), LONG)[:, None]
    length = np.broadcast_to(length, score.shape)
    parts = (score, ratio, length, ratio * length)
    return np.column_stack([part.ravel() for part in parts])


def choose(
    scores: Scores, placer: Placer, most: int, extra: Floats | None = None
) -> Candidates:
    """Return the best segments of each text.

    Parameters
    ----------
    scores : Scores
        Scores of the words.
    placer : Placer
        Weights of the segments.
    most : int
        Most segments per text.
    extra : ndarray, shape (texts, segments), optional
        Further score, of codes or of an embedder.

    Returns
    -------
    Candidates
    """
    total = scores.total if extra is None else scores.total + extra
    total = total.round(DIGITS)
    most = min(most, total.shape[1])
    # Stable order: by score, then by position of the segment.
    order = np.argsort(-total, axis=1, kind="stable")[:, :most]
    top: Floats = np.take_along_axis(total, order, axis=1)
    bare = placer.bare[order]
    if extra is not None:
        bare = bare & (np.take_along_axis(extra, order, axis=1) == 0)
    return Candidates(order, top, features(top, scores.phrases), bare.ravel())


def firm_texts(firms: Table) -> list[Parts]:
    """Return the weighted parts of each firm's description."""
    columns = ("products_en", "products_zh", "name_en", "name_zh")
    return [
        [(en, 1.0), (zh, 1.0), (name_en, NAME_SHARE), (name_zh, NAME_SHARE)]
        for en, zh, name_en, name_zh in zip(*(firms[c] for c in columns), strict=True)
    ]


class CodeBook:
    """Which segments hold which HS and GB/T 4754 codes.

    Parameters
    ----------
    segments : Table
        ``segments``.
    """

    def __init__(self, segments: Table) -> None:
        self._segments = len(segments)
        self._holders: dict[str, dict[str, list[int]]] = {}
        for column in CODES:
            holders = self._holders.setdefault(column, {})
            for index, cell in enumerate(segments[column]):
                for code in split_list(cell):
                    holders.setdefault(code, []).append(index)

    def score(self, firms: Table) -> Floats:
        """Return what the firms' codes say for each segment, shape (firms, segments).

        A code that several segments hold tells less about each; from 0 to 1.
        """
        score = np.zeros((len(firms), self._segments))
        for column, holders in self._holders.items():
            for row, cell in enumerate(firms[column]):
                for code in split_list(cell) if cell else ():
                    for index in holders.get(code, ()):
                        score[row, index] += 1 / len(holders[code])
        return np.minimum(score, 1.0)

    def named(self, firms: Table, row: int, segment: int) -> list[str]:
        """Return the codes of a firm that a segment holds."""
        return [
            code
            for column, holders in self._holders.items()
            for code in split_list(firms[column][row])
            if segment in holders.get(code, ())
        ]


class _Finder:
    """Finds the words of a text that speak for a segment, as they were written."""

    def __init__(self, texts: Sequence[Parts], placer: Placer, scores: Scores) -> None:
        self._texts = texts
        self._placer = placer
        self._scores = scores
        self._row = -1
        self._written: dict[Key, words.Written] = {}

    def _read(self, row: int) -> None:
        if row == self._row:
            return
        self._row, self._written = row, {}
        placer = self._placer
        for text, _ in self._texts[row]:
            for key, written in words.located(text, placer.lexicon, placer.terms):
                self._written.setdefault(key, written)

    def words(self, row: int, segment: int) -> tuple[list[str], bool]:
        """Return the words, the heaviest first, and whether one is a whole term."""
        self._read(row)
        used, by_phrase = self._scores.used, self._scores.by_phrase
        weighted = []
        for at in range(used.indptr[row], used.indptr[row + 1]):
            phrase = int(used.indices[at])
            start, stop = by_phrase.indptr[phrase], by_phrase.indptr[phrase + 1]
            place = start + int(np.searchsorted(by_phrase.indices[start:stop], segment))
            if place < stop and by_phrase.indices[place] == segment:
                value = round(used.data[at] * by_phrase.data[place], DIGITS)
                weighted.append((-value, self._scores.keys[phrase]))
        if not weighted and self._placer.bare[segment]:
            weighted = [(0.0, key) for key in self._written]
        weighted.sort()
        chosen: dict[str, str] = {}
        whole = False
        for value, key in weighted:
            if value > weighted[0][0] * FAINT or len(chosen) >= WORDS:
                break
            spans, exact = self._placer.spans(key, segment)
            whole = whole or exact
            for start, stop in spans:
                word = self._written[key].part(start, stop)
                if word:
                    chosen.setdefault(word.lower(), word)
        return list(chosen.values())[:WORDS], whole


def place_texts(
    texts: Sequence[Parts], placer: Placer, most: int = 4
) -> list[list[Placement]]:
    """Place plain texts on segments, best first.

    Parameters
    ----------
    texts : sequence of sequences of (str, float)
        Parts of each description with their weight, 1 for what a firm makes, less for
        a name.
    placer : Placer
        Weights of the segments.
    most : int
        Most segments per text.

    Returns
    -------
    list of list of Placement
        For each text its segments with confidence (share) and the words of the text
        that speak for it. Empty where none do.

    Examples
    --------
    >>> from yanlian.firms import build_placer
    >>> from yanlian.tables import Table
    >>> chain = [
    ...     {"segment_id": "motor", "name_en": "Electric motor", "name_zh": "电机"},
    ...     {"segment_id": "tool", "name_en": "Power tool", "name_zh": "电动工具"},
    ... ]
    >>> placer = build_placer(Table.of("segments", chain))
    >>> texts = [[("Electric motors for power tools", 1.0)], [("电动工具用电机", 1.0)]]
    >>> [found[0].segment_id for found in place_texts(texts, placer)]
    ['motor', 'motor']
    """
    scores = score_texts(texts, placer)
    found = choose(scores, placer, most)
    sure = confidence(found)
    finder = _Finder(texts, placer, scores)
    return [
        [
            Placement(
                placer.segment_ids[found.segment[row, rank]],
                float(sure[row, rank]),
                finder.words(row, int(found.segment[row, rank]))[0],
            )
            for rank in range(found.segment.shape[1])
            if found.score[row, rank] > 0
        ]
        for row in range(len(texts))
    ]


def place_stream(
    batches: Iterable[Table],
    segments: Table,
    params: PlaceParams | None = None,
    *,
    embedder: Embedder | None = None,
) -> Iterator[Placed]:
    """Place firms that come in batches; each is answered before the next is read.

    Parameters
    ----------
    batches : iterable of Table
        ``firms``, of any size; 10,000 rows need some hundred MB.
    segments : Table
        The chain.
    params : PlaceParams, optional
        Most segments per firm and least confidence.
    embedder : Embedder, optional
        Adds the likeness of vectors to the score.

    Yields
    ------
    Placed
        Placements and unplaced firms of each batch. How firms are cut into batches
        changes nothing in them.
    """
    values = params or PlaceParams()
    placer = build_placer(segments)
    codes = CodeBook(segments)
    vectors = embedder(_segment_texts(segments)) if embedder is not None else None
    for firms in batches:
        texts = firm_texts(firms)
        by_code = codes.score(firms)
        extra = PARTS["code"] * by_code
        if embedder is not None and vectors is not None:
            likeness = embedder([" ".join(t for t, _ in parts) for parts in texts])
            extra = extra + PARTS["embedding"] * np.maximum(likeness @ vectors.T, 0)
        scores = score_texts(texts, placer)
        found = choose(scores, placer, values.max_segments, extra)
        sure = confidence(found)
        keep = (found.score > 0) & (sure >= values.min_confidence)
        finder = _Finder(texts, placer, scores)
        yield Placed(
            _placements(firms, found, sure, keep, finder, codes, by_code, placer),
            _unplaced(firms, texts, found, keep),
        )


def place_firms(
    tables: Mapping[str, Table],
    params: PlaceParams | None = None,
    *,
    seed: int = 0,
    progress: Progress = no_progress,
    embedder: Embedder | None = None,
) -> Result:
    """Place every firm on the segments it makes, or say that it cannot be placed.

    Parameters
    ----------
    tables : mapping of str to Table
        ``segments`` and ``firms``.
    params : PlaceParams, optional
        Most segments per firm and least confidence.
    seed : int
        Not used: nothing here is left to chance.
    progress : Progress, optional
        Called before each batch of 10,000 firms.
    embedder : Embedder, optional
        Adds the likeness of vectors to the score.

    Returns
    -------
    Result
        ``placements`` and ``unplaced``; summary ``firms``, ``placed``, ``unplaced``.
    """
    segments, firms = tables["segments"], tables["firms"]
    total = len(firms)

    def batches() -> Iterator[Table]:
        for start in range(0, total, BATCH):
            progress(start, total, say(N_("Placing companies on the chain")))
            yield firms.take(np.arange(start, min(start + BATCH, total)))

    nothing = Placed(Table.of("placements", []), Table.of("unplaced", []))
    parts = [nothing, *place_stream(batches(), segments, params, embedder=embedder)]
    placements = concat(part.placements for part in parts)
    unplaced = concat(part.unplaced for part in parts)
    lost = len(unplaced)
    notes: tuple[Note, ...] = ()
    if lost:
        text = say(
            N_("%(count)s of %(total)s companies could not be placed on the chain."),
            count=lost,
            total=total,
        )
        notes = (Note("place.unplaced", text, lost),)
    summary = {"firms": total, "placed": total - lost, "unplaced": lost}
    return Result({"placements": placements, "unplaced": unplaced}, summary, notes)


def _segment_texts(segments: Table) -> list[str]:
    columns = ("name_en", "keywords_en", "name_zh", "keywords_zh")
    return [
        " ".join(cells) for cells in zip(*(segments[c] for c in columns), strict=True)
    ]


def _placements(
    firms: Table,
    found: Candidates,
    sure: Floats,
    keep: NDArray[np.bool_],
    finder: _Finder,
    codes: CodeBook,
    by_code: Floats,
    placer: Placer,
) -> Table:
    rows, ranks = np.nonzero(keep)
    segment = found.segment[rows, ranks]
    confident = sure[rows, ranks].round(4)
    listed: list[str] = []
    methods: list[str] = []
    for row, place in zip(rows.tolist(), segment.tolist(), strict=True):
        chosen, whole = finder.words(row, place)
        method = "glossary" if whole else "text"
        if by_code[row, place] > 0:
            chosen = [*codes.named(firms, row, place), *chosen][:WORDS]
            method = "code"
        listed.append(join_list(chosen))
        methods.append(method)
    return Table(
        "placements",
        {
            "firm_id": firms["firm_id"][rows],
            "segment_id": np.array(placer.segment_ids, object)[segment],
            "rank": (ranks + 1).astype(float),
            "score": found.score[rows, ranks].round(6),
            "confidence": confident,
            "words": np.array(listed, object),
            "method": np.array(methods, object),
            "status": np.where(confident >= 0.5, "placed", "unsure").astype(object),
        },
    )


_REASONS = {
    "no_text": N_("The company has no description of its products."),
    "no_word": N_("No word of the description stands for any segment of the chain."),
    "weak": N_("The best likeness found is too weak to place the company."),
}


def _unplaced(
    firms: Table, texts: Sequence[Parts], found: Candidates, keep: NDArray[np.bool_]
) -> Table:
    lost = np.flatnonzero(~keep.any(axis=1))
    tried = found.score.sum(axis=1) > 0
    reasons = []
    for row in lost.tolist():
        described = any(text.strip() for text, weight in texts[row] if weight == 1.0)
        reason = "weak" if tried[row] else "no_word"
        reasons.append(reason if described else "no_text")
    said = {reason: say(text) for reason, text in _REASONS.items()}
    return Table(
        "unplaced",
        {
            "firm_id": firms["firm_id"][lost],
            "reason": np.array(reasons, object),
            "reason_en": np.array([said[reason].en for reason in reasons], object),
            "reason_zh": np.array([said[reason].zh for reason in reasons], object),
        },
    )
