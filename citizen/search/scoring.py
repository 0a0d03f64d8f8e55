"""Which documents meet a query, and how well: set algebra over posting lists, then BM25 without length
normalisation.

Whoosh's own search loop is not used: its block skipping fails on filtered unions (an assertion in
whoosh.matching.binary), and counting all matches would run every query twice. Lengths say little here: all
texts are short.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log
from typing import Any

from whoosh.codec.whoosh3 import W3LeafMatcher
from whoosh.matching.wrappers import FilterMatcher
from whoosh.reading import IndexReader, TermNotFound

Clauses = list[list[list[str]]]
Scores = dict[int, float]
#: Per field, the values a document may have there.
Wanted = Mapping[str, frozenset[bytes]]

TEXT = "text"
_SATURATION = 1.2  # BM25's k1


def scores_of(reader: IndexReader, clauses: Clauses, wanted: Wanted) -> Scores:
    """Score by document number for every document that meets all clauses and has one of the wanted values
    per field.
    """
    found: Scores = {}
    for leaf, first in reader.leaf_readers():
        scores = _Leaf(leaf, reader).meeting(clauses)
        for field, values in wanted.items():
            column = leaf.column_reader(field)
            scores = {number: score for number, score in scores.items() if column[number] in values}
        for number, score in scores.items():
            found[first + number] = score
    return found


class _Leaf:
    """One segment of the index, scored with the frequencies of all segments."""

    def __init__(self, leaf: IndexReader, whole: IndexReader) -> None:
        self._leaf = leaf
        self._whole = whole
        self._frequencies: dict[str, int] = {}

    def meeting(self, clauses: Clauses) -> Scores:
        """The documents of this segment that meet every clause, the rarest clause asked first."""
        total: Scores | None = None
        for clause in sorted(clauses, key=self._most):
            part = self._any_of(clause, total)
            total = part if total is None else {number: total[number] + score for number, score in part.items()}
            if not total:
                return {}
        return total or {}

    def _frequency(self, token: str) -> int:
        known = self._frequencies.get(token)
        if known is None:
            known = self._frequencies[token] = int(self._leaf.doc_frequency(TEXT, token))
        return known

    def _most(self, clause: list[list[str]]) -> int:
        return sum(min(map(self._frequency, tokens)) for tokens in clause)

    def _any_of(self, clause: list[list[str]], among: Scores | None) -> Scores:
        best: Scores = {}
        for tokens in clause:
            for number, score in self._all_of(tokens, among).items():
                if score > best.get(number, 0.0):
                    best[number] = score
        return best

    def _all_of(self, tokens: list[str], among: Scores | None) -> Scores:
        left, total = among, None
        for token in sorted(tokens, key=self._frequency):
            part = self._having(token, left)
            total = part if total is None else {number: total[number] + score for number, score in part.items()}
            left = total
            if not total:
                break
        return total or {}

    def _having(self, token: str, among: Scores | None) -> Scores:
        try:
            matcher = self._leaf.postings(TEXT, token)
        except TermNotFound:
            return {}
        weights = _weights(matcher)
        if among is not None:
            weights = {number: weights[number] for number in among.keys() & weights.keys()}
        return self._scored(token, weights)

    def _scored(self, token: str, weights: Scores) -> Scores:
        everywhere = self._whole.doc_count_all()
        holding = self._whole.doc_frequency(TEXT, token)
        rarity = log(1 + (everywhere - holding + 0.5) / (holding + 0.5)) * (_SATURATION + 1)
        return {number: rarity * weight / (weight + _SATURATION) for number, weight in weights.items()}


def _weights(matcher: Any) -> Scores:
    """The weights of a posting list by document number, block by block where the matcher's make is known.

    Asking posting by posting costs ten times as much, and this is where the time of a search goes.
    """
    hidden: frozenset[int] = frozenset()
    if type(matcher) is FilterMatcher and matcher._exclude:
        matcher, hidden = matcher.child, matcher._ids
    weights: Scores = {}
    while matcher.is_active():
        if type(matcher) is W3LeafMatcher:
            block: Any = matcher
            block.id(), block.weight()  # reads the block
            weights.update(zip(block._ids, block._weights, strict=True))
            block._next_block()
        else:
            weights[matcher.id()] = matcher.weight()
            matcher.next()
    if hidden:
        weights = {number: weight for number, weight in weights.items() if number not in hidden}
    return weights
