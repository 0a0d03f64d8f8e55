"""Words of a text, as the index stores them and as a query asks for them. Nothing here raises, whatever the
text.

Han text is cut by rjieba with the county's own words; because a cut can go wrong (a stock dictionary makes
路灯不亮 into 路 / 灯不亮), every pair of neighbouring Han characters is kept as well and any word can be
found through its pairs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from rjieba import Jieba

from citizen.core.text import to_simplified, without_piled_marks

#: Longer queries are cut here: no one types them, and each word costs a lookup.
LONGEST_QUERY = 200
MOST_QUERY_TOKENS = 12
LONGEST_TEXT = 20_000
#: The frequency at which 99 % of the county's words came out whole (76 % without them, 98 % at the default).
WORD_FREQUENCY = 5000
_LONGEST_TOKEN = 40

_HAN = "\u2e80-\u2fdf\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUNS = re.compile(rf"([{_HAN}]+)|([^\W_{_HAN}]+)")

_jieba = Jieba()


class Tokens(NamedTuple):
    """What one text contributes, repeats included: `words`, and `pairs` and single characters of its Han
    text.
    """

    words: list[str]
    pairs: list[str]


def load_words(words: Iterable[str]) -> None:
    """Adds the county's words to the dictionary; called once at start, before the first text is cut."""
    for word in words:
        if word.strip():
            _jieba.add_word(word.strip(), WORD_FREQUENCY, None)
    _tiles.cache_clear()


def fold(text: str) -> str:
    """One spelling for width, case, accents of Latin letters, and Traditional or Simplified characters."""
    folded = unicodedata.normalize("NFKC", without_piled_marks(text)).casefold()
    return to_simplified(_without_accents(folded))


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    bare = "".join(char for char in unicodedata.normalize("NFD", text) if unicodedata.category(char) != "Mn")
    return unicodedata.normalize("NFC", bare)


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    """The runs of word characters in a folded text, each with True when it is Han."""
    for match in _RUNS.finditer(text):
        yield match[0], match[1] is not None


def tokens_for_index(text: str) -> Tokens:
    """Everything a text can be found by; text beyond LONGEST_TEXT characters is not indexed."""
    words: list[str] = []
    pairs: list[str] = []
    for run, is_han in _runs(fold(text[:LONGEST_TEXT])):
        if is_han:
            words.extend(word for word in _jieba.cut_for_search(run) if len(word) > 1)
            pairs.extend(run)
            pairs.extend(pairs_of(run))
        else:
            words.append(run[:_LONGEST_TOKEN])
    return Tokens(words, pairs)


def pairs_of(run: str) -> list[str]:
    """The overlapping pairs of characters: 路灯不亮 → 路灯, 灯不, 不亮."""
    return [run[start : start + 2] for start in range(len(run) - 1)]


def tokens_for_query(text: str) -> list[str]:
    """The words a query asks for, each once, in order, at most MOST_QUERY_TOKENS.

    A compound is asked for by its parts (路灯不亮 as 路灯 and 不亮), so that texts with something between
    them are found too; single Han characters (的, 了) count only when there is nothing else.
    """
    found: dict[str, None] = {}
    for run, is_han in _runs(fold(text[:LONGEST_QUERY])):
        for word in _jieba.cut(run) if is_han else [run[:_LONGEST_TOKEN]]:
            found.update(dict.fromkeys(_tiles(word) if is_han else (word,)))
    long = [token for token in found if len(token) > 1 or not is_han_text(token)]
    return (long or list(found))[:MOST_QUERY_TOKENS]


def is_han_text(token: str) -> bool:
    """True when the token consists of Han characters: it can then be found through its pairs."""
    match = _RUNS.match(token)
    return match is not None and match[1] == token


@lru_cache(maxsize=4096)
def _tiles(word: str) -> tuple[str, ...]:
    """The shorter dictionary words that make up `word` without a gap, longest first from the left; or just
    itself.
    """
    parts = {part for part in _jieba.cut_for_search(word) if 1 < len(part) < len(word)}
    tiles: list[str] = []
    at = 0
    while at < len(word):
        tile = max((part for part in parts if word.startswith(part, at)), key=len, default=None)
        if tile is None:
            return (word,)
        tiles.append(tile)
        at += len(tile)
    return tuple(tiles)
