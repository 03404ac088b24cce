"""``python -m benchmarks.common_words``: write ``src/yanlian/firms/common.csv``.

Counts in how many of the 18,344 English descriptions of listed companies (FinanceDatabase,
MIT licence, Copyright 2023 Jeroen Bouma) a word or a pair of words stands. A word that
stands in one description in ten says little about what a firm makes. No label of any
company is read.
"""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from benchmarks.firms import registry
from yanlian.firms import words

TARGET = Path(words.__file__).parent / "common.csv"
LEAST = 0.003  # rarer words count fully anyway


def main() -> None:
    """Count and write."""
    lexicon = words.Lexicon({})
    held: Counter[str] = Counter()
    texts = [row["summary"] for row in registry()]
    for text in texts:
        seen: set[str] = set()
        last = ""
        for token in words.tokens(words.fold(text)):
            word = words.fold_word(token)
            if not token[0].isalpha() or len(word) < 2 or lexicon[token] < 0:
                last = ""
                continue
            seen.add(word)
            if last:
                seen.add(f"{last} {word}")
            last = word
        held.update(seen)
    rows = [(word, count / len(texts)) for word, count in held.items()]
    rows = sorted(row for row in rows if row[1] >= LEAST)
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["word", "share"])
        writer.writerows((word, f"{share:.4f}") for word, share in rows)
    print(f"{TARGET.name}: {len(rows)} words of {len(texts)} descriptions")


if __name__ == "__main__":
    main()
