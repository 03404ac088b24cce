"""Names of companies in both languages: what is searched, and codes that check."""

from __future__ import annotations

import functools
import re
import unicodedata

_HAN = re.compile(r"[\u3400-\u9fff]+")
_SPACE = re.compile(r"[^0-9a-z\u3400-\u9fff]+")
# GB 32100-2015, table 1: characters of the code and their weights.
_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def fold(text: str) -> str:
    """Return a text in lower case, half width, with single spaces.

    Examples
    --------
    >>> fold("ＡＢＣ　Co., Ltd.")
    'abc co ltd'
    """
    folded = unicodedata.normalize("NFKC", text).lower()
    return _SPACE.sub(" ", folded).strip()


@functools.lru_cache(maxsize=200_000)
def _syllables(text: str) -> tuple[str, ...]:
    import pypinyin

    return tuple(pypinyin.lazy_pinyin(text, errors="ignore"))


def pinyin(text: str) -> str:
    r"""Return the Han characters of a text as pinyin without tones or spaces.

    Examples
    --------
    >>> pinyin("\u6c38\u5eb7\u4e94\u91d1")
    'yongkangwujin'
    """
    return " ".join("".join(_syllables(run)) for run in _HAN.findall(text))


def initials(text: str) -> str:
    r"""Return the first letters of the pinyin of a text.

    Examples
    --------
    >>> initials("\u6c38\u5eb7\u4e94\u91d1")
    'ykwj'
    """
    return " ".join(
        "".join(syllable[0] for syllable in _syllables(run))
        for run in _HAN.findall(text)
    )


def search_text(*names: str) -> str:
    """Return everything under which names are found: folded, pinyin and initials.

    The pieces are joined by ``|`` so that no match runs over two names; spaces inside
    a search are free, hence ``yk wj`` finds what ``ykwj`` finds.
    """
    parts: list[str] = []
    for name in names:
        if not name:
            continue
        folded = fold(name)
        parts += [folded, folded.replace(" ", "")]
        if _HAN.search(name):
            parts += [pinyin(name), initials(name)]
    return "|".join(dict.fromkeys(part for part in parts if part))


def credit_code_ok(code: str) -> bool:
    """Tell whether a unified social credit code has its right check character.

    References
    ----------
    .. [1] GB 32100-2015, *Coding rule of the unified social credit identifier for legal
       entities and other organizations*, annex A.

    Examples
    --------
    >>> credit_code_ok("91350211M000100Y43"), credit_code_ok("91350211M000100Y44")
    (True, False)
    """
    code = unicodedata.normalize("NFKC", code).strip().upper()
    if len(code) != 18 or any(letter not in _USCC for letter in code):
        return False
    total = sum(
        _USCC.index(letter) * weight
        for letter, weight in zip(code[:17], _WEIGHTS, strict=True)
    )
    return _USCC.index(code[17]) == (31 - total % 31) % 31
