"""Asking the index: one expression, written for the database at hand.

SQLite keeps the tokens in a full-text table (FTS5) that triggers fill; PostgreSQL in an
inverted index (GIN) over the same column. Both find words by their beginnings, and both
are changed in the transaction in which the record is.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from yanlian.identity.search import HAN
from yanlian_web.finding.tokens import LEAST_HAN, LEAST_LATIN, LONGEST, near, units_of

# Longer words are hardly two that were typed as one.
MOST_SPLIT = 8
FORWARDS = {
    "sqlite": (
        # Only which entries hold a token is kept: no places, no copy of the text.
        "CREATE VIRTUAL TABLE finding_words USING fts5(tokens, content='finding_entry', "
        "content_rowid='id', detail=none, prefix='1 2 3', "
        "tokenize=\"unicode61 remove_diacritics 0 tokenchars '@^~'\")",
        "CREATE TRIGGER finding_words_add AFTER INSERT ON finding_entry BEGIN "
        "INSERT INTO finding_words(rowid, tokens) VALUES (new.id, new.tokens); END",
        "CREATE TRIGGER finding_words_out AFTER DELETE ON finding_entry BEGIN "
        "INSERT INTO finding_words(finding_words, rowid, tokens) "
        "VALUES ('delete', old.id, old.tokens); END",
        "CREATE TRIGGER finding_words_new AFTER UPDATE ON finding_entry "
        "WHEN old.tokens <> new.tokens BEGIN "
        "INSERT INTO finding_words(finding_words, rowid, tokens) "
        "VALUES ('delete', old.id, old.tokens); "
        "INSERT INTO finding_words(rowid, tokens) VALUES (new.id, new.tokens); END",
    ),
    "postgresql": (
        "CREATE INDEX finding_words ON finding_entry USING gin "
        "(array_to_tsvector(string_to_array(tokens, ' ')))",
    ),
}
BACKWARDS = {
    "sqlite": (
        "DROP TRIGGER IF EXISTS finding_words_add",
        "DROP TRIGGER IF EXISTS finding_words_out",
        "DROP TRIGGER IF EXISTS finding_words_new",
        "DROP TABLE IF EXISTS finding_words",
    ),
    "postgresql": ("DROP INDEX IF EXISTS finding_words",),
}


@dataclass(frozen=True)
class Expr:
    """A condition on tokens.

    Attributes
    ----------
    sign : str
        ``is`` and ``starts`` for one token, ``and`` and ``or`` for others.
    token : str
    parts : tuple of Expr
    """

    sign: str
    token: str = ""
    parts: tuple[Expr, ...] = ()

    def sqlite(self) -> str:
        """Return it in the language of FTS5."""
        if self.sign == "is":
            return f'"{self.token}"'
        if self.sign == "starts":
            return f'"{self.token}" *'
        return "(" + f" {self.sign.upper()} ".join(p.sqlite() for p in self.parts) + ")"

    def postgresql(self) -> str:
        """Return it as ``tsquery``."""
        if self.sign == "is":
            return f"'{self.token}'"
        if self.sign == "starts":
            return f"'{self.token}':*"
        mark = " & " if self.sign == "and" else " | "
        return "(" + mark.join(p.postgresql() for p in self.parts) + ")"


def starts(word: str) -> Expr:
    """Return that a token begins with a word."""
    return Expr("starts", word[:LONGEST])


def every(*parts: Expr) -> Expr:
    """Return that all hold."""
    return parts[0] if len(parts) == 1 else Expr("and", parts=parts)


def some(*parts: Expr) -> Expr:
    """Return that one holds."""
    return parts[0] if len(parts) == 1 else Expr("or", parts=parts)


def of_kinds(office_id: int, kinds: tuple[str, ...], shared: tuple[str, ...]) -> Expr:
    """Return that an entry is of an office, or shared with all, and of some kinds."""
    return some(
        *(Expr("is", f"@{office_id}{kind}") for kind in kinds),
        *(Expr("is", f"@all{kind}") for kind in kinds if kind in shared),
    )


def exactly(words: list[str], *, first: bool = False) -> Expr:
    """Return that all words are found; the first one at the beginning of a name."""
    return every(
        *(
            starts(f"^{word}"[:LONGEST] if first and not k else word)
            for k, word in enumerate(words)
        )
    )


def apart(words: list[str]) -> Expr | None:
    """Return that what was typed as one word is found as two; None when none can be.

    ``ykwj`` is then found in a name in which something stands between the two.
    """
    parts, split = [], False
    for word in words:
        forms = [starts(word)]
        if LEAST_LATIN <= len(word) <= MOST_SPLIT:
            forms += [
                every(starts(word[:k]), starts(word[k:]))
                for k in range(2, len(word) - 1)
            ]
            split = True
        parts.append(some(*forms))
    return every(*parts) if split else None


def nearly(words: list[str]) -> Expr | None:
    """Return that all words are found with at most one slip each; None for short ones.

    Of Chinese words, those that sound the same are found – the usual slip of an input
    method – and those with one other character.
    """
    parts, slips = [], False
    for word in words:
        forms = [starts(word)]
        if HAN.match(word):
            if len(word) >= LEAST_HAN:
                forms.append(_sounds(word))
                slips = True
            forms += [
                every(_sounds(word[:k]), _sounds(word[k:]))
                for k in range(2, len(word) - 1)
            ]
            for k in range(len(word)) if len(word) > LEAST_HAN else ():
                rest = [part for part in (word[:k], word[k + 1 :]) if part]
                forms.append(every(*(starts(part) for part in rest)))
        elif len(word) >= LEAST_LATIN and not word.isdigit():
            forms += [starts(other) for other in near(word[:LONGEST])]
            slips = True
        parts.append(some(*forms))
    return every(*parts) if slips else None


def _sounds(word: str) -> Expr:
    """Return that a token begins with the pinyin of a word."""
    return starts("".join(unit[1] for unit in units_of(word)))


def entries(expr: Expr, limit: int) -> list[tuple[str, int]]:
    """Return kinds and numbers of the records whose tokens fit."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT e.kind, e.record FROM finding_words w "
                "CROSS JOIN finding_entry e ON e.id = w.rowid "
                "WHERE finding_words MATCH %s LIMIT %s",
                [expr.sqlite(), limit],
            )
        else:
            cursor.execute(
                "SELECT kind, record FROM finding_entry WHERE "
                "array_to_tsvector(string_to_array(tokens, ' ')) @@ %s::tsquery "
                "LIMIT %s",
                [expr.postgresql(), limit],
            )
        return [(str(kind), int(pk)) for kind, pk in cursor.fetchall()]
