"""Whether names name one company: two names, or two lists of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from yanlian.identity.compare import QUESTION, among_rivals, pair
from yanlian.identity.measures import bones, heard
from yanlian.identity.parse import Name, parse_name
from yanlian.identity.rules import words

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


SMALL = 10_000  # names of a list that is compared more widely
TOO_COMMON = 400  # a key that more names than this share finds nobody


def _keys(name: Name) -> dict[str, float]:
    """Return the keys under which a name is looked for, with their weight."""
    keys: dict[str, float] = {}
    table = words()

    def add(key: str, weight: float) -> None:
        keys[key] = max(keys.get(key, 0.0), weight)

    for unit in name.units:
        for meaning in unit.meanings:
            add(f"w{meaning}", 0.3 if meaning in table.common else 0.8)
        for code in unit.codes:
            add(f"r{code[:2]}", 0.2)
            add(f"r{code}", 0.3)
    if name.lang == "zh":
        sound = heard(name)
        text = name.core
        for at in range(len(text) - 1):
            add("h" + text[at : at + 2], 1.0)
        for letter in set(text):
            add("h" + letter, 0.4)
        for run in sound.spans:
            if len(run) >= 3:
                add("s" + run, 1.0)
        for at in range(len(sound.sounds) - 1):
            _sound_keys(sound.sounds[at] + sound.sounds[at + 1], add)
        stem = [
            sound.sounds[at][0]
            for at, owner in enumerate(sound.owner)
            if name.units[owner].kind == "stem"
        ]
        stem_sound = "".join(
            sound.sounds[at]
            for at, owner in enumerate(sound.owner)
            if name.units[owner].kind == "stem"
        )
        _sound_keys(stem_sound, add)
        if len(stem) > 1:
            add("i" + "".join(stem), 1.0)
            for at in range(len(stem) - 1):
                add("j" + stem[at] + stem[at + 1], 0.3)
    else:
        texts = [unit.text.replace(" ", "") for unit in name.units]
        for at, text in enumerate(texts):
            if len(text) >= 3:
                add("s" + text, 1.0)
            if at + 1 < len(texts):
                add("s" + text + texts[at + 1], 1.0)
            if name.units[at].kind == "stem":
                _sound_keys(text, add)
                if len(text) <= 6:
                    add("i" + text, 1.0)
    return keys


def _sound_keys(text: str, add: Callable[[str, float], None]) -> None:
    for at in range(len(text) - 2):
        add("t" + text[at : at + 3], 0.35)
    if len(text) >= 2:
        add("b" + text[:2], 0.3)
    heard_as = bones(text)
    for at in range(len(heard_as) - 1):
        add("c" + heard_as[at : at + 2], 0.3)
    if len(heard_as) >= 3:
        add("d" + heard_as[:3], 0.6)


def _matrix(names: Sequence[Name], columns: dict[str, int]) -> sparse.csr_matrix:
    rows: list[int] = [0]
    cols: list[int] = []
    data: list[float] = []
    for name in names:
        for key, weight in _keys(name).items():
            cols.append(columns.setdefault(key, len(columns)))
            data.append(weight)
        rows.append(len(cols))
    return sparse.csr_matrix(
        (
            np.asarray(data, np.float32),
            np.asarray(cols, np.int32),
            np.asarray(rows, np.int64),
        ),
        shape=(len(names), len(columns)),
    )


def _weighted(
    left: sparse.csr_matrix, right: sparse.csr_matrix
) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Weight keys by rarity, leave out those that are everywhere, set lengths to 1."""
    count = np.asarray((right > 0).sum(axis=0)).ravel()
    rarity = np.log((right.shape[0] + 1) / (count + 1)) + 0.1
    limit = max(TOO_COMMON, 0)
    rarity[(count > limit) | (count == 0)] = 0
    scale = sparse.diags(rarity.astype(np.float32))
    found = []
    for matrix in (left, right):
        scaled = (matrix @ scale).tocsr()
        scaled.eliminate_zeros()
        norm = np.sqrt(np.asarray(scaled.multiply(scaled).sum(axis=1)).ravel())
        norm[norm == 0] = 1
        found.append(
            (sparse.diags((1 / np.sqrt(norm)).astype(np.float32)) @ scaled).tocsr()
        )
    return found[0], found[1]


def candidates(
    left: Sequence[Name], right: Sequence[Name], most: int = 8, chunk: int = 2000
) -> tuple[Ints, Ints]:
    """Return pairs worth comparing: for each left name the nearest right names."""
    columns: dict[str, int] = {}
    right_keys = _matrix(right, columns)
    left_keys = _matrix(left, columns)
    right_keys.resize(right_keys.shape[0], len(columns))
    left_keys, right_keys = _weighted(left_keys, right_keys)
    turned = right_keys.T.tocsr()
    lefts: list[NDArray[np.int64]] = []
    rights: list[NDArray[np.int64]] = []
    for start in range(0, left_keys.shape[0], chunk):
        near = (left_keys[start : start + chunk] @ turned).tocsr()
        for row in range(near.shape[0]):
            low, high = near.indptr[row], near.indptr[row + 1]
            if low == high:
                continue
            value, index = near.data[low:high], near.indices[low:high]
            if high - low > most:
                # Ties are broken by place in the list, so that results are the same.
                edge = np.partition(value, len(value) - most)[len(value) - most]
                over, at_edge = index[value > edge], np.sort(index[value == edge])
                index = np.concatenate([over, at_edge[: most - len(over)]])
            rights.append(np.sort(index).astype(np.int64))
            lefts.append(np.full(len(index), start + row, np.int64))
    if not lefts:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate(lefts), np.concatenate(rights)


@dataclass(frozen=True)
class NameMatches:
    """Pairs of two lists that may be one company, by left name and falling score.

    Attributes
    ----------
    left, right : ndarray of int, shape (pairs,)
        Places in the two lists.
    score : ndarray, shape (pairs,)
        How sure it is that both name one company, 0 to 1, given the other candidates.
    verdict : ndarray of str, shape (pairs,)
        ``"same"`` or ``"question"``; what is different is left out.
    """

    left: Ints
    right: Ints
    score: Floats
    verdict: NDArray[np.str_]

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.left)


ALONE = 6.0  # a lead of the log odds over the next candidate that is as good as none


def _leads(value: Floats, group: Ints, company: Ints, size: int) -> Floats:
    """Return by how much each pair leads the best rival of its group, -6 to 6.

    Names of one company (the same in every part) are one candidate, not rivals.
    """
    order = np.lexsort((company, group))
    new = np.ones(len(order), bool)
    new[1:] = (group[order][1:] != group[order][:-1]) | (
        company[order][1:] != company[order][:-1]
    )
    starts = np.flatnonzero(new)
    best = np.maximum.reduceat(value[order], starts)
    of = group[order][starts]
    rank = np.lexsort((-best, of))
    first = np.full(size, -np.inf)
    second = np.full(size, -np.inf)
    leader = np.full(size, -1)
    head = np.ones(len(rank), bool)
    head[1:] = of[rank][1:] != of[rank][:-1]
    at_head = np.flatnonzero(head)
    first[of[rank][at_head]] = best[rank][at_head]
    leader[of[rank][at_head]] = company[order][starts][rank][at_head]
    after = at_head + 1
    has = (after < len(rank)) & ~np.append(head, True)[after]
    second[of[rank][at_head[has]]] = best[rank][after[has]]
    rival = np.where(company == leader[group], second[group], first[group])
    leads: Floats = np.clip(value - rival, -ALONE, ALONE)
    return leads


def contest(
    value: Floats, rows: Ints, cols: Ints, left: Sequence[Name], right: Sequence[Name]
) -> Floats:
    """Return what a pair's score among rivals is made of, shape (pairs, 3)."""
    companies = [_same_company(group) for group in (left, right)]
    leads = (
        _leads(value, rows, companies[1][cols], len(left)),
        _leads(value, cols, companies[0][rows], len(right)),
    )
    return np.column_stack(
        [np.clip(value, -12, 12), np.minimum(*leads), np.maximum(*leads)]
    )


def _same_company(names: Sequence[Name]) -> Ints:
    """Return one number for all names that agree in every part."""
    numbers: dict[object, int] = {}
    found = [
        numbers.setdefault((name.lang, name.core.replace(" ", ""), name.form), at)
        for at, name in enumerate(names)
    ]
    return np.asarray(found, np.int64)


def match_names(
    left: Sequence[str],
    right: Sequence[str],
    *,
    most: int = 3,
    least: float = QUESTION,
    nearest: int | None = None,
) -> NameMatches:
    """Find which names of two lists name one company.

    Parameters
    ----------
    left, right : sequence of str
        Names, short, full, English or mixed; each company at most once a list, but for
        names that agree in every part.
    most : int
        Pairs kept for one left name.
    least : float, 0 to 1
        Pairs with a lower score are left out.
    nearest : int, optional
        Candidates compared in full for each left name; 30 in lists of up to 10,000
        names, 8 in longer ones.

    Returns
    -------
    NameMatches

    Notes
    -----
    Candidates are found by keys that Chinese and English share (pinyin, initials, words
    with one meaning, places), the rare ones counting more. A pair's score weighs how
    alike the names are and its lead over the best rival on either side: a short name
    that two companies could bear is a question about both.

    Examples
    --------
    >>> found = match_names(["Apple"], ["Apple Inc.", "Siemens AG"])
    >>> found.right.tolist(), found.verdict.tolist()
    ([0], ['question'])
    """
    names = [[parse_name(text) for text in texts] for texts in (left, right)]
    if nearest is None:
        nearest = 30 if max(len(left), len(right)) <= SMALL else 8
    rows, cols = candidates(names[0], names[1], nearest)
    value = np.empty(len(rows))
    sure = np.zeros(len(rows), bool)
    for at, (row, col) in enumerate(zip(rows.tolist(), cols.tolist(), strict=True)):
        value[at], sure[at] = pair(names[0][row], names[1][col])
    if not len(rows):
        return NameMatches(rows, cols, value, np.zeros(0, "U8"))
    start, weights = among_rivals()
    value = np.clip(value, -50, 50)
    made_of = contest(value, rows, cols, names[0], names[1])
    logit = start + made_of @ np.array(weights)
    # One of two equal rivals at most is right: a lead of nothing is never above a half.
    score = 1 / (1 + np.exp(-np.minimum(logit, made_of[:, 1])))
    score = np.minimum(score, 0.999)
    score[sure] = 1.0
    keep = np.flatnonzero(score >= least)
    keep = keep[np.lexsort((cols[keep], -score[keep], rows[keep]))]
    starts = np.searchsorted(rows[keep], rows[keep])
    keep = keep[np.arange(len(keep)) - starts < most]
    verdict = np.where(sure[keep], "same", "question")
    return NameMatches(rows[keep], cols[keep], score[keep], verdict)
