"""Numbers that look random and are not: a pure function of a key and a time, the same in every process."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Words = npt.NDArray[np.uint64]

#: seconds for which one value of the fast and of the slow noise holds
FAST = 15.0
SLOW = 900.0

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = (np.uint64(bits) for bits in (30, 27, 31, 11))
_SLOWER = 0x5DEECE66D


def key_of(*parts: object) -> int:
    """A 64-bit key of some words and numbers."""
    return int.from_bytes(blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest())


def unit(*parts: object) -> float:
    """A number in [0, 1) of some words and numbers."""
    return (key_of(*parts) >> 11) / (1 << 53)


def _words(key: np.uint64 | Words, numbers: Floats) -> Words:
    """SplitMix64 (Steele, Lea, Flood 2014) of key + number."""
    x = (numbers.astype(np.int64).view(np.uint64) + key) * _GOLDEN
    x = (x ^ (x >> _S30)) * _MIX_1
    x = (x ^ (x >> _S27)) * _MIX_2
    return x ^ (x >> _S31)


def _summed(words: Words) -> Floats:
    """About normal, mean 0, variance 1, within ±3.5: the four 16-bit parts of each word summed (Irwin-Hall)."""
    total = words.view(np.uint16).reshape(*words.shape, 4).sum(axis=-1)
    drawn: Floats = (total / 65535.0 - 2.0) * 1.7320508
    return drawn


def uniform(key: int, numbers: Floats) -> Floats:
    """Even in [0, 1)."""
    return (_words(np.uint64(key), numbers) >> _S11).astype(np.float64) / float(1 << 53)


def jitter(key: int, times: Floats) -> Floats:
    """Fast and slow noise together at those instants: mean 0, variance about 1."""
    place = times / SLOW
    left = np.floor(place)
    share = place - left
    keys = np.array([[key], [key ^ _SLOWER], [key ^ _SLOWER]], dtype=np.uint64)
    quick, before, after = _summed(_words(keys, np.array([np.floor(times / FAST), left, left + 1.0])))
    slow = before * (1.0 - share) + after * share
    both: Floats = quick * 0.8 + slow * 0.6
    return both
