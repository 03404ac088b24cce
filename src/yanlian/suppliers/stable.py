"""Whom to introduce first: pairs of which no two sides would both rather have the other.

Deferred acceptance: every asking side goes down its own list, and every offering side
keeps the best it has been asked by so far, up to the number it can take.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

A = TypeVar("A", bound=Hashable)
B = TypeVar("B", bound=Hashable)


def stable_pairs(
    asking: Mapping[A, Sequence[B]],
    offering: Mapping[B, Sequence[A]],
    places: Mapping[B, int] | None = None,
) -> dict[A, B]:
    """Return a stable assignment, the best one for every asking side.

    Parameters
    ----------
    asking : mapping
        For each asking side the others it would take, best first.
    offering : mapping
        The same for the offering side; who is not on the list is not taken.
    places : mapping, optional
        How many each offering side can take; one when absent.

    Returns
    -------
    dict
        The partner of each asking side that got one.

    References
    ----------
    .. [1] Gale, D., Shapley, L. S. (1962). College Admissions and the Stability of
       Marriage. *The American Mathematical Monthly*, 69(1), 9-15.

    Examples
    --------
    >>> stable_pairs({"a": ["x"], "b": ["x", "y"]}, {"x": ["b", "a"], "y": ["b"]})
    {'b': 'x'}
    """
    rank = {b: {a: at for at, a in enumerate(listed)} for b, listed in offering.items()}
    held: dict[B, list[A]] = {}
    next_try = dict.fromkeys(asking, 0)
    free: list[A] = list(reversed(list(asking)))
    while free:
        a = free.pop()
        listed = asking[a]
        while next_try[a] < len(listed):
            b = listed[next_try[a]]
            next_try[a] += 1
            if a not in rank.get(b, {}):
                continue
            kept = held.setdefault(b, [])
            kept.append(a)
            kept.sort(key=rank[b].__getitem__)
            if len(kept) <= (places or {}).get(b, 1):
                break
            refused = kept.pop()
            if refused != a:
                free.append(refused)
                break
    found = {a: b for b, kept in held.items() for a in kept}
    return {a: found[a] for a in asking if a in found}


def blocking_pairs(
    pairs: Mapping[A, B],
    asking: Mapping[A, Sequence[B]],
    offering: Mapping[B, Sequence[A]],
    places: Mapping[B, int] | None = None,
) -> list[tuple[A, B]]:
    """Return the pairs that would both rather have each other than what they got.

    Examples
    --------
    >>> blocking_pairs({"a": "x"}, {"a": ["y", "x"]}, {"x": ["a"], "y": ["a"]})
    [('a', 'y')]
    """
    taken: dict[B, list[A]] = {}
    for a, b in pairs.items():
        taken.setdefault(b, []).append(a)
    found = []
    for a, listed in asking.items():
        own = listed.index(pairs[a]) if a in pairs else len(listed)
        for b in listed[:own]:
            order = list(offering.get(b, ()))
            if a not in order:
                continue
            kept = taken.get(b, [])
            room = len(kept) < (places or {}).get(b, 1)
            if room or any(order.index(a) < order.index(k) for k in kept):
                found.append((a, b))
    return found


def first_introductions(
    scores: Mapping[tuple[A, B], float], places: Mapping[B, int] | None = None
) -> dict[A, B]:
    """Return for each need the firm to introduce first, so that none is promised twice.

    Parameters
    ----------
    scores : mapping of (need, offer) to float
        Higher is better, for both sides alike; equal ones go by their order.
    places : mapping, optional
        How many needs each offer can serve at a time; one when absent.

    Examples
    --------
    >>> first_introductions({("n", "x"): 80, ("m", "x"): 90, ("n", "y"): 60})
    {'m': 'x', 'n': 'y'}
    """
    asking: dict[A, list[B]] = {}
    offering: dict[B, list[A]] = {}
    for a, b in sorted(scores, key=lambda pair: -scores[pair]):
        asking.setdefault(a, []).append(b)
        offering.setdefault(b, []).append(a)
    return stable_pairs(asking, offering, places)
