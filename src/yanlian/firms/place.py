"""Placing firms on the chain from their Chinese or English descriptions.

The hybrid has four parts, each a weight of a term for a segment, so that one sparse
product scores all firms on all segments:

* *codes*: HS and GB/T 4754 codes of the firm, worth the less the more segments share
  the code;
* *glossary*: a keyword or name of the segment, or a trade term that means the same in
  either language, stands whole in the description; longer and rarer terms are worth
  more;
* *TF-IDF* likeness over word sequences and Han n-grams;
* *BM25* over the same terms.

Only terms that occur in some segment can count, so the vocabulary stays small and a
million descriptions stream through in bounded memory. The confidence is calibrated on
hand-labelled firms (``calibration.json`` names them); a firm whose best confidence is
too low is *not placed*, and the reason is kept.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from yanlian.firms import measures
from yanlian.firms.embed import Embedder
from yanlian.firms.words import synonyms, term_key, terms
from yanlian.params import Params, param
from yanlian.results import Note, Progress, Result, no_progress
from yanlian.tables import Floats, Table, join_list, split_list
from yanlian.text import N_, say

BATCH = 20_000
# Weights of the parts, chosen on the calibration half of the labelled firms.
PARTS = {"glossary": 1.0, "tfidf": 1.2, "bm25": 0.25, "code": 1.5, "embedding": 1.0}
NAME_SHARE = 0.5  # a name tells less than a list of products


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


@dataclass(frozen=True)
class Placer:
    """The weights of every term for every segment."""

    vocabulary: dict[str, int]
    glossary: sp.csr_array
    tfidf: sp.csr_array
    bm25: sp.csr_array
    idf: Floats
    segment_ids: tuple[str, ...]
    labels: tuple[str, ...]


def _documents(segments: Table) -> list[list[tuple[str, float]]]:
    """Return the whole terms of each segment with their weight."""
    same = synonyms()
    made = []
    for row in segments.rows():
        own: dict[str, float] = {}
        texts = [
            *split_list(row["keywords_en"]),
            *split_list(row["keywords_zh"]),
            row["name_en"],
            row["name_zh"],
            row["short_en"],
            row["short_zh"],
        ]
        for text in texts:
            for part in text.replace("(", ",").replace(")", ",").split(","):
                key = term_key(part)
                if len(key) > 1:
                    own[key] = 1.0
        for key in list(own):
            for other in same.get(key, ()):
                own.setdefault(other, 0.8)
        made.append(list(own.items()))
    return made


def build_placer(segments: Table) -> Placer:
    """Return the weights of all terms for the segments of a chain."""
    documents = _documents(segments)
    vocabulary: dict[str, int] = {}
    rows, columns, counts = [], [], []
    g_rows, g_columns, g_weights = [], [], []
    for index, document in enumerate(documents):
        for whole, weight in document:
            position = vocabulary.setdefault(whole, len(vocabulary))
            # A longer term is rarer in descriptions and says more.
            size = whole.count(" ") + 1 if whole.isascii() else len(whole) / 2
            g_rows.append(index)
            g_columns.append(position)
            g_weights.append(weight * min(size, 3.0) ** 0.5)
            for term in terms(whole):
                rows.append(index)
                columns.append(vocabulary.setdefault(term, len(vocabulary)))
                counts.append(weight)
    shape = (len(documents), max(len(vocabulary), 1))
    text = sp.csr_array((counts, (rows, columns)), shape=shape)
    text.sum_duplicates()
    glossary = sp.csr_array((g_weights, (g_rows, g_columns)), shape=shape)
    ones = text.copy()
    ones.data = np.ones_like(ones.data)
    idf = measures.inverse_document_frequency(ones)
    shared = np.bincount(glossary.indices, minlength=shape[1])
    glossary.data /= np.maximum(shared[glossary.indices], 1) ** 0.7
    smooth = text.copy()
    smooth.data = np.maximum(smooth.data, 1.0)
    return Placer(
        vocabulary=vocabulary,
        glossary=glossary.T.tocsr(),
        tfidf=measures.tfidf(smooth, idf).T.tocsr(),
        bm25=measures.bm25_weights(ones).T.tocsr(),
        idf=idf,
        segment_ids=tuple(segments["segment_id"].tolist()),
        labels=tuple(segments["name_en"].tolist()),
    )


def count_terms(
    texts: Sequence[Sequence[tuple[str, float]]], vocabulary: dict[str, int]
) -> sp.csr_array:
    """Return how much of each known term stands in each weighted text."""
    indptr: list[int] = [0]
    indices: list[int] = []
    data: list[float] = []
    get = vocabulary.get
    for parts in texts:
        counts: dict[int, float] = {}
        for text, weight in parts:
            for term in terms(text):
                position = get(term)
                if position is not None:
                    counts[position] = max(counts.get(position, 0.0), weight)
        indices += counts.keys()
        data += counts.values()
        indptr.append(len(indices))
    shape = (len(texts), max(len(vocabulary), 1))
    return sp.csr_array((np.array(data, np.float64), indices, indptr), shape=shape)


def _covered(counts: sp.csr_array, placer: Placer) -> sp.csr_array:
    """Return the counts with terms inside a longer matched term taken down."""
    terms_of = _terms_list(placer)
    made = counts.copy()
    for row in range(counts.shape[0]):
        start, stop = counts.indptr[row], counts.indptr[row + 1]
        found = [terms_of[i] for i in counts.indices[start:stop]]
        for offset, term in enumerate(found):
            if any(term != other and term in other for other in found):
                made.data[start + offset] *= 0.35
    return made


def _terms_list(placer: Placer) -> list[str]:
    return list(placer.vocabulary)


def score_texts(
    texts: Sequence[Sequence[tuple[str, float]]], placer: Placer
) -> tuple[Floats, Floats, sp.csr_array]:
    """Return hybrid score and glossary part of texts on segments.

    Parameters
    ----------
    texts : sequence of sequences of (str, float)
        Parts of each description with their weight.
    placer : Placer
        Weights of the segments.

    Returns
    -------
    ndarray, shape (texts, segments)
        Hybrid score, zero or more.
    ndarray, shape (texts, segments)
        The glossary's part of it.
    csr_array, shape (texts, terms)
        Terms found.
    """
    counts = _covered(count_terms(texts, placer.vocabulary), placer)
    weighted = counts.copy()
    weighted.data = counts.data * placer.idf[counts.indices]
    unit = measures.unit_rows(weighted)
    glossary = np.tanh((counts @ placer.glossary).toarray() / 1.5)
    cosine = (unit @ placer.tfidf).toarray()
    bm25 = (counts @ placer.bm25).toarray()
    size = np.maximum(np.asarray(counts.sum(axis=1)).ravel(), 1.0)
    bm25 /= np.sqrt(size)[:, None] * 4
    score = PARTS["glossary"] * glossary + PARTS["tfidf"] * cosine
    score += PARTS["bm25"] * np.minimum(bm25, 1.5)
    return score, glossary, counts


def _code_scores(firms: Table, segments: Table) -> Floats:
    """Return the score from codes, shape (firms, segments)."""
    score = np.zeros((len(firms), len(segments)))
    for column in ("hs6", "gbt4754"):
        holders: dict[str, list[int]] = {}
        for index, cell in enumerate(segments[column]):
            for code in split_list(cell):
                holders.setdefault(code, []).append(index)
        for row, cell in enumerate(firms[column]):
            for code in split_list(cell) if cell else ():
                for index in holders.get(code, ()):
                    score[row, index] += 1 / len(holders[code])
    return np.minimum(score, 1.0)


@functools.cache
def calibration() -> dict[str, Any]:
    """Return the coefficients of the confidence and where they come from."""
    path = Path(__file__).parent / "calibration.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def features(score: Floats, glossary: Floats, best: Floats, place: Floats) -> Floats:
    """Return what the confidence is made of, shape (placements, 4)."""
    return np.column_stack(
        [score, glossary, score / np.maximum(best, 1e-9), np.minimum(place, 5)]
    )


def firm_texts(firms: Table) -> list[list[tuple[str, float]]]:
    """Return the weighted parts of each firm's description."""
    return [
        [(en, 1.0), (zh, 1.0), (name_en, NAME_SHARE), (name_zh, NAME_SHARE)]
        for en, zh, name_en, name_zh in zip(
            firms["products_en"],
            firms["products_zh"],
            firms["name_en"],
            firms["name_zh"],
            strict=True,
        )
    ]


def place_texts(
    texts: Sequence[Sequence[tuple[str, float]]],
    placer: Placer,
    most: int,
    extra: Floats | None = None,
) -> Iterator[tuple[int, int, int, float, float, list[str], bool]]:
    """Place texts on segments, best first.

    Parameters
    ----------
    texts : sequence
        Weighted parts of each description.
    placer : Placer
        Weights of the segments.
    most : int
        Most segments per text.
    extra : ndarray, shape (texts, segments), optional
        Further score, of codes or of an embedder.

    Yields
    ------
    tuple
        Row, segment, rank, score, confidence, words, whether a whole trade term was
        found.
    """
    score, glossary, counts = score_texts(texts, placer)
    if extra is not None:
        score = score + extra
    most = min(most, score.shape[1])
    # Stable order: by score, then by position of the segment.
    order = np.argsort(-score, axis=1, kind="stable")[:, :most]
    rows = np.arange(len(score))[:, None]
    top = score[rows, order]
    parts = glossary[rows, order]
    place = np.broadcast_to(np.arange(1, most + 1), top.shape).astype(float)
    best = np.broadcast_to(top[:, :1], top.shape)
    table = features(top.ravel(), parts.ravel(), best.ravel(), place.ravel())
    coefficients = np.array(calibration()["coefficients"], float)
    sure = measures.logistic(table, coefficients).reshape(top.shape)
    names = _terms_list(placer)
    for row in range(len(score)):
        found = counts.indices[counts.indptr[row] : counts.indptr[row + 1]]
        for rank in range(most):
            value = float(top[row, rank])
            if value <= 0:
                break
            segment = int(order[row, rank])
            words = _words(found, segment, placer, names)
            whole = bool(parts[row, rank] > 0)
            yield row, segment, rank + 1, value, float(sure[row, rank]), words, whole


def _words(
    found: Sequence[int], segment: int, placer: Placer, names: Sequence[str]
) -> list[str]:
    """Return the terms that count for a segment, the heaviest first, none inside another."""
    weighted = []
    for position in found:
        weight = float(placer.tfidf[position, segment]) + float(
            placer.glossary[position, segment]
        )
        if weight > 0:
            weighted.append((-weight, names[position]))
    chosen: list[str] = []
    for _, term in sorted(weighted):
        if not any(term in other or other in term for other in chosen):
            chosen.append(term)
    return chosen[:5]


def place_firms(
    tables: dict[str, Table],
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
        Called after each batch of 20,000 firms.
    embedder : Embedder, optional
        Adds the likeness of vectors to the hybrid.

    Returns
    -------
    Result
        ``placements`` and ``unplaced``; summary ``firms``, ``placed``, ``unplaced``.
    """
    values = params or PlaceParams()
    segments, firms = tables["segments"], tables["firms"]
    placer = build_placer(segments)
    code_score = PARTS["code"] * _code_scores(firms, segments)
    vectors = None
    if embedder is not None:
        vectors = embedder([f"{a} {b}" for a, b in _segment_texts(segments)])
    made: list[dict[str, Any]] = []
    lost: list[dict[str, Any]] = []
    total = len(firms)
    for start in range(0, total, BATCH):
        stop = min(start + BATCH, total)
        progress(start, total, say(N_("Placing companies on the chain")))
        part = firms.take(np.arange(start, stop))
        extra = code_score[start:stop]
        texts = firm_texts(part)
        if embedder is not None and vectors is not None:
            likeness = embedder([" ".join(t for t, _ in parts) for parts in texts])
            extra = extra + PARTS["embedding"] * np.maximum(likeness @ vectors.T, 0)
        _place_batch(part, texts, placer, values, extra, made, lost)
    columns = ("firm_id", "segment_id", "rank", "score", "confidence", "words")
    placements = Table(
        "placements",
        {c: [row[c] for row in made] for c in (*columns, "method", "status")},
    )
    unplaced = Table.of("unplaced", lost)
    notes: tuple[Note, ...] = ()
    if lost:
        text = say(
            N_("%(count)s of %(total)s companies could not be placed on the chain."),
            count=len(lost),
            total=total,
        )
        notes = (Note("place.unplaced", text, len(lost)),)
    summary = {"firms": total, "placed": total - len(lost), "unplaced": len(lost)}
    return Result(
        {"placements": placements, "unplaced": unplaced}, summary, tuple(notes)
    )


def _segment_texts(segments: Table) -> list[tuple[str, str]]:
    return [
        (f"{a} {b}", f"{c} {d}")
        for a, b, c, d in zip(
            segments["name_en"],
            segments["keywords_en"],
            segments["name_zh"],
            segments["keywords_zh"],
            strict=True,
        )
    ]


_REASONS = {
    "no_text": N_("The company has no description of its products."),
    "no_word": N_("No word of the description stands for any segment of the chain."),
    "weak": N_("The best likeness found is too weak to place the company."),
}


def _place_batch(
    firms: Table,
    texts: Sequence[Sequence[tuple[str, float]]],
    placer: Placer,
    params: PlaceParams,
    extra: Floats,
    made: list[dict[str, Any]],
    lost: list[dict[str, Any]],
) -> None:
    ids = firms["firm_id"]
    placed: set[int] = set()
    tried: set[int] = set()
    for row, segment, rank, score, sure, words, whole in place_texts(
        texts, placer, params.max_segments, extra
    ):
        tried.add(row)
        # Words of the name alone tell too little to place a firm surely.
        if sure < params.min_confidence:
            continue
        placed.add(row)
        by_code = extra[row, segment] > 0
        made.append(
            {
                "firm_id": ids[row],
                "segment_id": placer.segment_ids[segment],
                "rank": rank,
                "score": round(score, 6),
                "confidence": round(sure, 4),
                "words": join_list(words),
                "method": "code" if by_code else "glossary" if whole else "text",
                "status": "placed" if sure >= 0.5 else "unsure",
            }
        )
    for row in range(len(firms)):
        if row in placed:
            continue
        described = any(text.strip() for text, weight in texts[row] if weight == 1.0)
        reason = "weak" if row in tried else "no_word" if described else "no_text"
        text = say(_REASONS[reason])
        lost.append(
            {
                "firm_id": ids[row],
                "reason": reason,
                "reason_en": text.en,
                "reason_zh": text.zh,
            }
        )
