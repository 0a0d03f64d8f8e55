"""What a query asks for: its words, each with the other ways of saying it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from citizen.search.tokens import LONGEST_QUERY, fold, is_han_text, pairs_of, tokens_for_query

_HAN_WORD = re.compile(r"[\u3400-\u9fff]")


class Synonyms:
    """Everyday words and what the office calls them; a query with the one also finds the other, without
    chains.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._canonical: dict[str, str] = {}
        for everyday, canonical in names.items():
            if tokens_for_query(everyday) and tokens_for_query(canonical):
                self._canonical[fold(everyday).strip()] = canonical
        longest_first = sorted(self._canonical, key=len, reverse=True)
        self._any = re.compile("|".join(map(_as_word, longest_first))) if longest_first else None

    def split(self, folded: str) -> Iterable[tuple[str, str | None]]:
        """The pieces of a folded query, each with its canonical word if it is an everyday one."""
        at = 0
        for match in self._any.finditer(folded) if self._any else ():
            yield folded[at : match.start()], None
            yield match[0], self._canonical[match[0]]
            at = match.end()
        yield folded[at:], None


def _as_word(word: str) -> str:
    return re.escape(word) if _HAN_WORD.search(word) else rf"\b{re.escape(word)}\b"


def synonyms_from_rows(rows: Iterable[Mapping[str, str]]) -> Synonyms:
    """Synonyms from rows with `everyday` and `canonical`; incomplete rows are passed over."""
    return Synonyms(
        {
            row["everyday"]: row["canonical"]
            for row in rows
            if (row.get("everyday") or "") and (row.get("canonical") or "")
        }
    )


def clauses_of(text: str, synonyms: Synonyms | None) -> list[list[list[str]]]:
    """The clauses a document must meet, all of them; each is a list of alternatives, each a list of index
    tokens.

    A Han word of three or more characters has two alternatives: the word itself, or all of its pairs (for
    texts that were cut otherwise). Words of two are pairs already.
    """
    clauses: list[list[list[str]]] = []
    whole = set(tokens_for_query(text))
    for piece, canonical in synonyms.split(fold(text[:LONGEST_QUERY])) if synonyms else [(text, None)]:
        asked = [token for token in tokens_for_query(piece) if len(token) > 1 or token in whole or canonical]
        if canonical is None:
            clauses.extend(_ways(token) for token in asked)
        elif asked:
            clauses.append([_all_of(asked), _all_of(tokens_for_query(canonical))])
    return _unique(clauses)


def _ways(token: str) -> list[list[str]]:
    if len(token) > 2 and is_han_text(token):
        return [[token], pairs_of(token)]
    return [[token]]


def _all_of(tokens: list[str]) -> list[str]:
    """Index tokens that a text with all of `tokens` holds, however it was cut."""
    return list(dict.fromkeys(part for token in tokens for part in _ways(token)[-1]))


def _unique(clauses: list[list[list[str]]]) -> list[list[list[str]]]:
    return list({repr(clause): clause for clause in clauses}.values())
