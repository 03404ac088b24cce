"""The weights of every word for every segment of a chain.

A segment is known by its *terms*: its own names and keywords, the terms of the trade
glossary that mean the same in either language, kinds of what it makes, and names of the
family it belongs to. A phrase of a description is *read* against them: whole terms,
and word sequences and Han n-grams that some term holds.

A trade term that belongs to no segment counts too: it covers the words inside it, so
that an air-conditioning compressor is not taken for an air compressor.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from yanlian.firms import measures, words
from yanlian.tables import Floats, Table, split_list

# How surely a term speaks for a segment. All weights of this module and of
# :mod:`yanlian.firms.scores` were chosen on the calibration half of the labelled firms.
SAME = 0.8  # means the same as a keyword
NARROWER = 0.7  # a kind of what the segment makes
BROADER = 0.65  # a family of products, for each of its members
LOOSE = 0.3  # shares only a minor word with the segment
# How far a term counts by its place in a phrase.
DESCRIBES = 0.5  # before the word that names the thing
INSIDE = 0.2  # inside a longer known term
KNOWN = 0.15  # likeness by words inside a whole term, which counts by itself
TRADED = 0.4  # the company trades the product
LONGEST = 4  # units of the longest word sequence or Han n-gram
RARE = 0.002  # share of descriptions with a word that is not on the list of common ones

Key = tuple[int, ...]
Term = tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """What is known of one phrase.

    Attributes
    ----------
    matches : tuple of (term, weight, start, stop)
        Whole terms with their weight, 0 to 1, and the units they take.
    features : tuple of (feature, weight, news, start, stop)
        Word sequences and Han n-grams; ``news`` is how far one tells more than the
        whole term it is inside, 0 to 1.
    unknown : int
        Units that no term holds.
    factor : float
        1, or less when the product is only traded.
    """

    matches: tuple[tuple[int, float, int, int], ...]
    features: tuple[tuple[int, float, float, int, int], ...]
    unknown: int
    factor: float


@dataclass
class Placer:
    """The weights of all terms for the segments of a chain.

    Attributes
    ----------
    segment_ids : tuple of str
        Segments in the order of the columns.
    lexicon : Lexicon
        What every token is.
    terms : dict of Key to int
        Number of every whole term; those of segments come first.
    features : dict of Key to int
        Number of every word sequence and Han n-gram of the segments' terms.
    glossary : csr_array, shape (terms, segments)
        How surely a whole term speaks for a segment, 0 to 1.
    near : csr_array, shape (features, terms of segments)
        TF-IDF of each term, of unit length.
    idf : ndarray, shape (features,)
        Inverse document frequency among terms; 0 for what is too general to be
        likeness by itself.
    bm25 : csr_array, shape (features, segments)
        Okapi BM25 weights.
    whole : csr_array, shape (features, segments)
        TF-IDF of all terms of a segment together, of unit length.
    spread : ndarray, shape (features,)
        Inverse document frequency among segments, and of single English words in
        descriptions of companies.
    bare : ndarray of bool, shape (segments,)
        Segments without keywords, for which only their name can speak.
    width : ndarray, shape (units + 1,)
        2 for a Latin word, 1 for a Han character.
    foreign : frozenset of int
        Whole terms that speak for no segment.
    tails, trades : frozenset of Key
        What may follow the word that names the thing.
    """

    segment_ids: tuple[str, ...]
    lexicon: words.Lexicon
    terms: dict[Key, int]
    features: dict[Key, int]
    glossary: sp.csr_array
    near: sp.csr_array
    idf: Floats
    bm25: sp.csr_array
    whole: sp.csr_array
    spread: Floats
    bare: NDArray[np.bool_]
    width: Floats
    foreign: frozenset[int]
    tails: frozenset[Key]
    trades: frozenset[Key]
    longest_term: int
    _read: dict[Key, Reading] = field(default_factory=dict, repr=False)

    MOST = 100_000  # phrases kept; one that is read anew gives the same

    def read(self, key: Key) -> Reading:
        """Return the terms and word sequences of a phrase."""
        found = self._read.get(key)
        if found is None:
            if len(self._read) >= self.MOST:
                self._read.clear()
            found = self._read[key] = self._reading(key)
        return found

    def spans(self, key: Key, segment: int) -> tuple[list[tuple[int, int]], bool]:
        """Return the units of a phrase that speak for a segment.

        Returns
        -------
        list of (int, int)
            Start and stop of each word, the heaviest first, none inside another.
        bool
            Whether they are whole terms of the segment.
        """
        reading = self.read(key)
        found = [
            (-weight * cell(self.glossary, term, segment), start, stop)
            for term, weight, start, stop in reading.matches
        ]
        found = sorted(item for item in found if item[0] < 0)
        whole = bool(found)
        if not whole:
            found = [
                (-self._likeness(feature, segment) * news, start, stop)
                for feature, _, news, start, stop in reading.features
            ]
            if self.bare[segment]:
                found += [
                    (-cell(self.whole, feature, segment), start, stop)
                    for feature, _, _, start, stop in reading.features
                ]
            found = [item for item in found if item[0] < 0]
            found.sort(key=lambda item: (item[1] - item[2], item[0]))
        chosen: list[tuple[int, int]] = []
        for _, start, stop in found:
            if not any(a < stop and start < b for a, b in chosen):
                chosen.append((start, stop))
        return chosen, whole

    def _likeness(self, feature: int, segment: int) -> float:
        """Return how far a word sequence stands for the segment's nearest term."""
        start, stop = self.near.indptr[feature], self.near.indptr[feature + 1]
        return max(
            (
                self.near.data[at] * cell(self.glossary, self.near.indices[at], segment)
                for at in range(start, stop)
            ),
            default=0.0,
        )

    def _ending(self, key: Key) -> tuple[int, bool]:
        """Return where the word that names the thing ends, and whether it is traded."""
        end, traded, changed = len(key), False, True
        while changed:
            changed = False
            for size in range(min(6, end), 0, -1):
                piece = key[end - size : end]
                if piece in self.trades or piece in self.tails:
                    traded = traded or piece in self.trades
                    end -= size
                    changed = True
                    break
        return end, traded

    def _pieces(
        self, key: Key, found: Mapping[Key, int], longest: int
    ) -> list[tuple[int, int, int]]:
        """Return start, stop and number of each part of a phrase that is in a table."""
        pieces = []
        for start in range(len(key)):
            for stop in range(start + 1, min(len(key), start + longest) + 1):
                if not key[stop - 1]:
                    break
                number = found.get(key[start:stop])
                if number is not None:
                    pieces.append((start, stop, number))
        return pieces

    def _reading(self, key: Key) -> Reading:
        end, traded = self._ending(key)
        width = [float(self.width[unit]) for unit in key]
        if 1.0 in width:
            # An unknown unit beside Han characters is one of them.
            width = [w if unit else 1.0 for unit, w in zip(key, width, strict=True)]
        length = sum(width[: max(end, 1)])
        spans = self._pieces(key, self.terms, self.longest_term)
        matches = []
        taken = [0] * len(key)
        # The farthest stop of a term that starts at or before each unit.
        reach = [0] * len(key)
        for start, stop, _ in spans:
            reach[start] = max(reach[start], stop)
        before = [0, *itertools.accumulate(reach, max)]
        for start, stop, term in spans:
            inside = before[start] >= stop or reach[start] > stop
            weight = INSIDE if inside else 1.0 if stop >= end else DESCRIBES
            # A term that is the whole phrase tells more than one word of many.
            share = min(sum(width[start:stop]) / length, 1.0)
            matches.append((term, weight * (0.6 + 0.4 * share), start, stop))
            if not inside:
                kind = 2 if term in self.foreign else 1
                taken[start:stop] = [max(kind, was) for was in taken[start:stop]]
        features = []
        for start, stop, feature in self._pieces(key, self.features, LONGEST):
            news = (1.0, KNOWN, 0.0)[min(taken[start:stop])]
            weight = 1.0 if stop >= end else 0.7
            features.append((feature, weight, news, start, stop))
        return Reading(
            matches=tuple(matches),
            features=tuple(features),
            unknown=key[: max(end, 1)].count(0),
            factor=TRADED if traded else 1.0,
        )


def cell(matrix: sp.csr_array, row: int, column: int) -> float:
    """Return one cell of a matrix with sorted indices; 0 where it holds none."""
    start, stop = matrix.indptr[row], matrix.indptr[row + 1]
    place = start + int(np.searchsorted(matrix.indices[start:stop], column))
    if place < stop and matrix.indices[place] == column:
        return float(matrix.data[place])
    return 0.0


def table(rows: Sequence[Mapping[int, float]], columns: int) -> sp.csr_array:
    """Return rows of column to value as a matrix."""
    indptr = np.zeros(len(rows) + 1, np.int64)
    indptr[1:] = np.cumsum([len(row) for row in rows])
    indices = np.array([i for row in rows for i in row], np.int64)
    data = np.array([v for row in rows for v in row.values()], np.float64)
    return sp.csr_array((data, indices, indptr), shape=(len(rows), max(columns, 1)))


def _by_column(matrix: sp.csr_array) -> sp.csr_array:
    turned = matrix.T.tocsr()
    turned.sort_indices()
    return turned


def name_parts(name: str) -> list[tuple[str, float]]:
    """Return the names that stand in a segment's name, with their weight, 0 to 1.

    Examples
    --------
    >>> name_parts("Glass and plastic cup")[1:]
    [('glass cup', 0.8), ('glass', 0.3), ('plastic cup', 0.8)]
    """
    found: list[tuple[str, float]] = []
    lexicon = words.Lexicon({})
    general = {words.units(w) for part in words.marks()["generic"] for w in part}
    for part in name.replace("(", ",").replace(")", ",").split(","):
        pieces: list[list[str]] = [[]]
        for token in words.tokens(words.fold(part)):
            if lexicon[token] < 0:
                pieces.append([])
            else:
                pieces[-1].append(token)
        pieces = [piece for piece in pieces if piece]
        if not pieces:
            continue
        found.append((part.strip(), 1.0))
        head = pieces[-1][-2:] if words.is_han(pieces[-1][-1]) else pieces[-1][-1:]
        for piece in pieces if len(pieces) > 1 else ():
            text = words.shown(piece)
            last = piece is pieces[-1]
            short = len(piece) < (3 if words.is_han(piece[0]) else 2)
            # "Glass and plastic cup" names the glass cup; "equipment and battery
            # leasing" leases equipment and does not make it.
            if not last:
                found.append((words.shown([*piece, *head]), SAME))
            if words.units(text) not in general:
                found.append((text, LOOSE if short and not last else SAME))
    return found


def segment_terms(segments: Table) -> list[dict[Term, float]]:
    """Return the terms of every segment with their weight, 0 to 1.

    Parameters
    ----------
    segments : Table
        ``segments``.

    Returns
    -------
    list of dict of Term to float
        One per segment: 1 for its own names and keywords, less for what the trade
        glossary adds.
    """
    made = []
    for row in segments.rows():
        listed = [(k, 1.0) for k in split_list(row["keywords_en"])]
        listed += [(k, 1.0) for k in split_list(row["keywords_zh"])]
        listed += [*name_parts(row["name_en"]), *name_parts(row["name_zh"])]
        # A short name is made to fit a cell and may be a torso.
        listed += [(row[column], LOOSE) for column in ("short_en", "short_zh")]
        own: dict[Term, float] = {}
        for text, weight in listed:
            term = words.units(text)
            # A single Han character stands in too many words.
            if term and not (len(term) == 1 and words.is_han(term[0])):
                own[term] = max(own.get(term, 0.0), weight)
        made.append(_with_glossary(own))
    return made


def _with_glossary(own: Mapping[Term, float]) -> dict[Term, float]:
    terms = dict(own)
    family: set[Term] = set()

    def add(more: Sequence[Term], weight: float) -> None:
        for term in more:
            terms[term] = max(terms.get(term, 0.0), weight)

    for concept in words.glossary():
        shared = [term for term in concept.exact if term in own]
        if not shared:
            continue
        # One minor word in common may be chance: a blower dries hair or clears leaves.
        if len(shared) > 1 or concept.main.intersection(shared):
            family.update(concept.exact)
            add(concept.exact, SAME)
            add(concept.broader, BROADER)
        else:
            add(concept.exact, LOOSE)
    for concept in words.glossary():
        if family.intersection(concept.broader):
            add(concept.exact, NARROWER)
    return terms


def build_placer(segments: Table) -> Placer:
    """Return the weights of all terms for the segments of a chain.

    Parameters
    ----------
    segments : Table
        ``segments``; names, short names and keywords in both languages are used.

    Returns
    -------
    Placer
    """
    by_segment = segment_terms(segments)
    position: dict[Term, int] = {}
    for own in by_segment:
        for term in own:
            position.setdefault(term, len(position))
    count = len(position)
    for concept in words.glossary():
        for term in (*concept.exact, *concept.broader):
            position.setdefault(term, len(position))
    tails, trades, generic = (
        [words.units(w) for language in words.marks()[mark] for w in language]
        for mark in ("tail", "trade", "generic")
    )
    known: dict[str, int] = {}
    for term in (*position, *tails, *trades):
        for unit in term:
            known.setdefault(unit, len(known) + 1)

    def key(term: Term) -> Key:
        return tuple(known.get(unit, 0) for unit in term)

    terms = {key(term): index for term, index in position.items()}
    glossary = _glossary(by_segment, position)
    keys = list(terms)[:count]
    features, rows = _features(keys)
    general = {key(term) for term in (*generic, *tails)}.difference(keys)
    written = {0: "", **{number: unit for unit, number in known.items()}}
    han = np.array([words.is_han(written[piece[0]]) for piece in features], bool)
    single = np.array([len(piece) == 1 for piece in features], bool)
    # Too general to be likeness by itself, inside a longer one it counts.
    weak = np.array([piece in general for piece in features], bool) | (han & single)
    share = np.array(
        [
            words.common().get(written[piece[0]], 0.0) if len(piece) == 1 else 0.0
            for piece in features
        ],
        float,
    )
    counts = table(rows, len(features))
    idf = measures.inverse_document_frequency(counts)
    plain = np.array([words.plainness(value) for value in share.tolist()], float)
    idf *= plain * ~weak
    held = table(
        [
            {
                feature: weight
                for term, weight in sorted(own.items(), key=lambda item: item[1])
                if weight >= SAME
                for feature in rows[position[term]]
            }
            for own in by_segment
        ],
        len(features),
    )
    ones = held.copy()
    ones.data = 1.0 - weak[ones.indices]
    ones.eliminate_zeros()
    spread = measures.inverse_document_frequency(held)
    spread = np.where(single & ~han, 1 - np.log(np.maximum(share, RARE)), spread)
    spread *= np.array([len(piece) < LONGEST for piece in features], bool)
    held.data = held.data * spread[held.indices]
    width = np.full(len(known) + 1, 2.0)
    for unit, number in known.items():
        width[number] = 1.0 if words.is_han(unit) else 2.0
    keywords = zip(segments["keywords_en"], segments["keywords_zh"], strict=True)
    return Placer(
        segment_ids=tuple(segments["segment_id"].tolist()),
        lexicon=words.Lexicon(known),
        terms=terms,
        features=features,
        glossary=glossary,
        near=_by_column(measures.tfidf(counts, idf)),
        idf=idf,
        bm25=_by_column(measures.bm25_weights(ones)),
        whole=_by_column(measures.unit_rows(held)),
        spread=spread,
        bare=np.array([not (en or zh) for en, zh in keywords], bool),
        width=width,
        foreign=frozenset(np.flatnonzero(np.diff(glossary.indptr) == 0).tolist()),
        tails=frozenset(key(term) for term in tails),
        trades=frozenset(key(term) for term in trades),
        longest_term=max((len(term) for term in position), default=1),
    )


def _features(keys: Sequence[Key]) -> tuple[dict[Key, int], list[dict[int, float]]]:
    """Return the number of every word sequence, and those of each term."""
    features: dict[Key, int] = {}
    rows = []
    if not keys:
        features[(0,)] = 0  # stands nowhere; a chain of no segments has no words
    for key in keys:
        row: dict[int, float] = {}
        for start in range(len(key)):
            for stop in range(start + 1, min(len(key), start + LONGEST) + 1):
                row[features.setdefault(key[start:stop], len(features))] = 1.0
        rows.append(row)
    return features, rows


def _glossary(
    by_segment: Sequence[Mapping[Term, float]], position: Mapping[Term, int]
) -> sp.csr_array:
    """Return how surely each whole term speaks for each segment, 0 to 1."""
    rows, columns, weights = [], [], []
    for segment, own in enumerate(by_segment):
        for term, weight in own.items():
            # A single short word is found in more places than a long one.
            size = len(term) / 2 if words.is_han(term[0]) else len(term)
            rows.append(position[term])
            columns.append(segment)
            weights.append(weight * min(0.8 + 0.2 * (size - 1), 1.0))
    shape = (max(len(position), 1), max(len(by_segment), 1))
    made = sp.csr_array((weights, (rows, columns)), shape=shape)
    made.sort_indices()
    row = np.repeat(np.arange(shape[0]), np.diff(made.indptr))
    shared = np.bincount(row[made.data > LOOSE], minlength=shape[0])
    shared = np.maximum(shared, 1)[row]
    # A word that two segments claim tells less about each; that of a family is meant
    # for all of its members.
    made.data *= np.where(made.data > BROADER, shared**-0.5, shared**-0.15)
    common = np.zeros(shape[0])
    for term, index in position.items():
        common[index] = words.common().get(" ".join(term), 0.0)
    for concept in words.glossary():
        # A Chinese term is as common as its English counterpart.
        for term in concept.exact:
            if words.is_han(term[0]):
                common[position[term]] = max(common[position[term]], concept.share)
    plain = np.array([words.plainness(value) for value in common.tolist()])
    made.data *= plain[row]
    return made
