"""Cutting texts of both languages into terms."""

from __future__ import annotations

import csv
import functools
import re
import unicodedata
from pathlib import Path

# Runs of Latin letters and digits, or runs of Han characters.
_RUNS = re.compile(r"[a-z0-9]+(?:[-'][a-z0-9]+)*|[\u3400-\u9fff]+")
MAX_WORDS = 4
MAX_HAN = 6
# Words that say nothing about what a firm makes.
_STOP = frozenset(
    [
        "a",
        "an",
        "and",
        "or",
        "of",
        "the",
        "for",
        "in",
        "on",
        "by",
        "with",
        "to",
        "from",
        "its",
        "other",
        "also",
        "as",
        "at",
        "is",
        "are",
        "be",
        "over",
        "products",
        "product",
        "maker",
        "makers",
        "making",
        "makes",
        "company",
        "companies",
        "co",
        "ltd",
        "inc",
        "group",
        "corporation",
        "limited",
        "holding",
        "holdings",
        "technology",
        "technologies",
        "tech",
        "industrial",
        "industry",
        "industries",
        "manufacturing",
        "manufacturer",
        "science",
        "systems",
        "system",
        "equipment",
        "parts",
        "part",
        "components",
        "component",
        "materials",
        "material",
        "services",
        "service",
        "solutions",
        "international",
        "china",
        "year",
        "years",
        "new",
        "smart",
        "high",
        "large",
        "all",
        "zhejiang",
        "yongkang",
        "shanghai",
        "shenzhen",
        "suzhou",
        "ningbo",
        "hangzhou",
        "wuxi",
        "jiangsu",
        "brands",
        "brand",
        "about",
        "kinds",
        "largest",
        "first",
        "million",
        "production",
        "including",
        "based",
        "provides",
        "engages",
    ]
)


def stem(word: str) -> str:
    """Return a Latin word without its plural.

    Examples
    --------
    >>> [stem(w) for w in ("motors", "batteries", "glass", "switches", "bus")]
    ['motor', 'battery', 'glass', 'switch', 'bus']
    """
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 5 and word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    if len(word) == 4 and word.endswith("us"):
        return word[:-1]  # MCUs, GPUs
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def runs(text: str) -> list[str]:
    """Return the runs of a text: Latin words, stemmed, and stretches of Han."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return [stem(run) if run.isascii() else run for run in _RUNS.findall(folded)]


def terms(text: str) -> list[str]:
    """Return all terms: word sequences of 1 to 4 and Han n-grams of 2 to 6.

    A single stop word is no term, but a sequence may begin with one or hold it.

    Examples
    --------
    >>> terms("vacuum flasks")
    ['vacuum', 'vacuum flask', 'flask']
    """
    found: list[str] = []
    words: list[str] = []
    for run in [*runs(text), ""]:
        if run and run.isascii():
            words.append(run)
            continue
        if words:
            found += _sequences(words)
            words = []
        size = len(run)
        for start in range(size):
            for stop in range(start + 2, min(start + MAX_HAN, size) + 1):
                found.append(run[start:stop])
    return found


def _sequences(words: list[str]) -> list[str]:
    found = []
    size = len(words)
    for start in range(size):
        text = words[start]
        if len(text) > 1 and text not in _STOP:
            found.append(text)
        for stop in range(start + 1, min(start + MAX_WORDS, size)):
            text += " " + words[stop]
            if words[stop] not in _STOP:
                found.append(text)
    return found


def term_key(text: str) -> str:
    """Return a trade term in the form in which :func:`terms` gives it."""
    return " ".join(runs(text)) if text.isascii() else "".join(runs(text))


@functools.cache
def synonyms() -> dict[str, tuple[str, ...]]:
    """Return for each term of the trade glossary all terms that mean the same."""
    path = Path(__file__).parent / "terms.csv"
    found: dict[str, list[str]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            group = [
                term_key(part)
                for cell in (row["en"], row["zh"])
                for part in cell.split(";")
                if part.strip()
            ]
            for term in group:
                known = found.setdefault(term, [])
                known += [other for other in group if other not in known]
    return {term: tuple(group) for term, group in found.items()}
