"""The score of descriptions on segments.

The score of a phrase for a segment is a sum of three parts, each a sum of weights of
words, so that the words that made it can be named:

* *glossary*: a whole term of the segment stands in the phrase. It counts fully where
  it names the thing, less where it only describes it ("*forklift* transmissions"), and
  hardly inside a longer known term ("*lawn mower*" in "robot lawn mower");
* *TF-IDF*: likeness of the phrase to the nearest term of the segment over word
  sequences and Han n-grams;
* *BM25*: how much of the phrase the words of the segment cover.

A phrase counts by its role (what a product is for is not the product) and its place
(the main business is named first). For a segment that has a name and no keywords the
likeness of the whole description is added. Codes, where given, come on top.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from yanlian.firms import measures, words
from yanlian.firms.placer import Key, Placer, table
from yanlian.tables import Floats

PARTS = {
    "glossary": 1.0,
    "tfidf": 0.2,
    "bm25": 0.1,
    "whole": 2.0,
    "code": 0.55,
    "embedding": 1.0,
}
# How far a phrase counts by its role.
ROLES = {
    words.PRODUCT: 1.0,
    words.APPLICATION: 0.15,
    words.LISTED: 0.25,
    words.SERVED: 0.05,
    words.MAYBE: 0.5,
    words.NAME: 0.5,
}
NAME_SHARE = 0.5  # a name tells less than a list of products
LATER = 0.03  # how fast phrases count less, the main business being named first
MAIN = 0.5  # the same where a segment has no keywords
POWER = 2.0  # of the sum over phrases: between all of them (1) and the best one
STEEP = 6  # the same over the terms of a phrase: nearly the best one
UNKNOWN = 0.5  # weight of an unknown word in the length of a phrase

Parts = Sequence[tuple[str, float]]


@dataclass(frozen=True)
class Scores:
    """Scores of a batch of texts.

    Attributes
    ----------
    total : ndarray, shape (texts, segments)
        Score of the words, zero or more.
    phrases : ndarray, shape (texts,)
        Number of phrases of each description, with those of unknown words.
    keys : list of Key
        The different phrases of the batch.
    by_phrase : csr_array, shape (keys, segments)
        Score of each phrase; indices sorted.
    used : csr_array, shape (texts, keys)
        Weight of each phrase in each text.
    """

    total: Floats
    phrases: Floats
    keys: list[Key]
    by_phrase: sp.csr_array
    used: sp.csr_array


def score_texts(texts: Sequence[Parts], placer: Placer) -> Scores:
    """Return the score of texts on segments.

    Parameters
    ----------
    texts : sequence of sequences of (str, float)
        Parts of each description with their weight: 1 for what is made, less for a
        name.
    placer : Placer
        Weights of the segments.

    Returns
    -------
    Scores
    """
    numbers: dict[Key, int] = {}
    rows: list[int] = []
    columns: list[int] = []
    weights: list[float] = []
    orders: list[int] = []
    sizes = np.zeros(len(texts))
    lookup = placer.lexicon.__getitem__
    for index, parts in enumerate(texts):
        for text, share in parts:
            if not text:
                continue
            codes = [*map(lookup, words.tokens(words.fold(text)))]
            found, count = words.phrases(codes, placer.terms)
            if share == 1.0:
                sizes[index] += count
            for order, (key, role, _, _) in enumerate(found):
                rows.append(index)
                columns.append(numbers.setdefault(key, len(numbers)))
                orders.append(order)
                # A name is discounted once.
                name = role == words.NAME and share < 1.0
                weights.append(share if name else share * ROLES[role])
    keys = list(numbers)
    by_phrase = score_phrases(keys, placer)
    places = (np.array(rows, np.int64), np.array(columns, np.int64))
    shape = (len(texts), max(len(keys), 1))
    weight, order_of = np.array(weights, np.float64), np.array(orders, np.float64)
    used = sp.csr_array((weight / (1 + LATER * order_of), places), shape=shape)
    total = _together(used, by_phrase)
    if placer.bare.any():
        main = sp.csr_array((weight / (1 + MAIN * order_of), places), shape=shape)
        named = _together(main, by_phrase)
        named += PARTS["whole"] * _whole_likeness(main, keys, placer)
        total = np.where(placer.bare, named, total)
    return Scores(total, sizes, keys, by_phrase, used)


def _together(used: sp.csr_array, by_phrase: sp.csr_array) -> Floats:
    """Return the score of texts from that of their phrases, shape (texts, segments)."""
    total: Floats = (used.power(POWER) @ by_phrase.power(POWER)).toarray()
    return total ** (1 / POWER)


def _whole_likeness(used: sp.csr_array, keys: Sequence[Key], placer: Placer) -> Floats:
    """Return the TF-IDF likeness of whole descriptions to segments.

    It knows no phrases: it weighs every word and every Han character, and so orders
    the segments of a description in which none of their names stands.
    """
    rows = [{feature: 1.0 for feature, *_ in placer.read(key).features} for key in keys]
    if not keys:
        return np.zeros((used.shape[0], len(placer.segment_ids)))
    counts = sp.csr_array(used @ table(rows, len(placer.features)))
    counts.data = np.log1p(counts.data) * placer.spread[counts.indices]
    likeness: Floats = (measures.unit_rows(counts) @ placer.whole).toarray()
    return likeness


def score_phrases(keys: Sequence[Key], placer: Placer) -> sp.csr_array:
    """Return the score of phrases on segments, shape (phrases, segments)."""
    if not keys or not placer.segment_ids:
        return sp.csr_array((max(len(keys), 1), len(placer.segment_ids)))
    readings = [placer.read(key) for key in keys]
    terms: list[dict[int, float]] = []
    weights: list[dict[int, float]] = []
    news: list[dict[int, float]] = []
    for reading in readings:
        held: dict[int, float] = {}
        for term, weight, _, _ in reading.matches:
            held[term] = max(held.get(term, 0.0), weight)
        terms.append(held)
        every: dict[int, float] = {}
        told: dict[int, float] = {}
        for feature, weight, new, _, _ in reading.features:
            every[feature] = max(every.get(feature, 0.0), weight)
            told[feature] = max(told.get(feature, 0.0), weight * new)
        weights.append(every)
        news.append(told)
    unknown = np.array([reading.unknown for reading in readings], np.float64)
    glossary = _best(table(terms, len(placer.terms)), placer.glossary)
    counts = table(weights, len(placer.features))
    told_counts = table(news, len(placer.features))
    # The words no term holds make a phrase longer, and so less like any term.
    rarest = float(placer.idf.max()) if placer.idf.size else 1.0
    known = counts.copy()
    known.data = (counts.data * placer.idf[counts.indices]) ** 2
    length = np.asarray(known.sum(axis=1)).ravel() + UNKNOWN * unknown * rarest**2
    likeness = told_counts.copy()
    likeness.data = told_counts.data * placer.idf[told_counts.indices]
    near = sp.csr_array(sp.diags_array(_inverse(np.sqrt(length))) @ likeness)
    tfidf = _best(near @ placer.near, placer.glossary[: placer.near.shape[1]])
    heaviest = float(placer.bm25.data.max()) if placer.bm25.nnz else 1.0
    size = (np.asarray(counts.sum(axis=1)).ravel() + unknown) * heaviest
    bm25 = sp.diags_array(_inverse(size)) @ (told_counts @ placer.bm25)
    made = PARTS["glossary"] * glossary
    made = made + PARTS["tfidf"] * tfidf + PARTS["bm25"] * bm25
    factor = np.array([reading.factor for reading in readings])
    result = sp.csr_array(sp.diags_array(factor) @ made)
    result.sort_indices()
    return result


def _best(found: sp.csr_array, glossary: sp.csr_array) -> sp.csr_array:
    """Return for each segment nearly the best of what was found for its terms."""
    powers = sp.csr_array(found).power(STEEP) @ glossary.power(STEEP)
    return sp.csr_array(powers).power(1 / STEEP)


def _inverse(values: Floats) -> Floats:
    return np.divide(1.0, values, out=np.zeros_like(values), where=values > 0)
