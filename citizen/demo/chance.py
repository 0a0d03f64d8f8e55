"""Chance without randomness: the same keys give the same number on every machine and in every year."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

SEED = "yunyi-demo-v1"
_MOST = 2**56
Thing = TypeVar("Thing")


def u(*keys: object) -> float:
    """A number in [0, 1) that depends on ``keys`` alone: the first 56 bits of SHA-256 over seed and keys.

    It is the function that the county itself was generated with (county.md, section 2).
    """
    digest = sha256("|".join([SEED, *map(str, keys)]).encode()).digest()
    return int.from_bytes(digest[:7], "big") / _MOST


def us(*keys: object) -> tuple[float, ...]:
    """Five independent numbers in [0, 1) that depend on ``keys`` alone: 48 bits each of one SHA-256."""
    digest = sha256("|".join([SEED, *map(str, keys)]).encode()).digest()
    return tuple(int.from_bytes(digest[first : first + 6], "big") / 2**48 for first in range(0, 30, 6))


def pick(things: Sequence[Thing], *keys: object) -> Thing:
    """One of ``things``, each as likely as any other; raises IndexError when there is none."""
    return things[int(u(*keys) * len(things))]


def pick_weighted(things: Sequence[Thing], sums: Sequence[float], *keys: object) -> Thing:
    """One of ``things`` by their running ``sums`` of weights."""
    return things[bisect_right(sums, u(*keys) * sums[-1])]


def scatter(number: int, bits: int, key: int) -> int:
    """A number of ``bits`` bits that no other ``number`` below 2**bits gives; the order is lost to the eye.

    Odd multiplication and an exclusive-or with a right shift can each be undone, so their chain can be as
    well.
    """
    mask = (1 << bits) - 1
    value = (number ^ key) & mask
    for factor in (0x2C1B3C6D, 0x297A2D39, 0x1B56C4E9):
        value = value * factor & mask
        value ^= value >> (bits // 2 + 1)
    return value
