"""What is searched of a name, and codes that check."""

from __future__ import annotations

import functools
import re
import unicodedata

HAN = re.compile(r"[\u3400-\u9fff]+")
_SPACE = re.compile(r"[^0-9a-z\u3400-\u9fff]+")


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
def syllables(text: str) -> tuple[str, ...]:
    """Return the pinyin of each Han character, without tones."""
    import pypinyin

    return tuple(pypinyin.lazy_pinyin(text, errors="ignore"))


def pinyin(text: str) -> str:
    r"""Return the Han characters of a text as pinyin without tones or spaces.

    Examples
    --------
    >>> pinyin("\u6c38\u5eb7\u4e94\u91d1")
    'yongkangwujin'
    """
    return " ".join("".join(syllables(run)) for run in HAN.findall(text))


def initials(text: str) -> str:
    r"""Return the first letters of the pinyin of a text.

    Examples
    --------
    >>> initials("\u6c38\u5eb7\u4e94\u91d1")
    'ykwj'
    """
    return " ".join(
        "".join(syllable[0] for syllable in syllables(run)) for run in HAN.findall(text)
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
        if HAN.search(name):
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
    >>> credit_code_ok("91110000600037341L"), credit_code_ok("91110000600037341M")
    (True, False)
    """
    from stdnum.cn import uscc

    return bool(uscc.is_valid(unicodedata.normalize("NFKC", code)))
