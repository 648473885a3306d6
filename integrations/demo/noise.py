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
_LOW = np.uint64(0xFFFF)
_S16, _S32, _S48 = (np.uint64(bits) for bits in (16, 32, 48))


def key_of(*parts: object) -> int:
    """A 64-bit key of some words and numbers."""
    return int.from_bytes(blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest())


def unit(*parts: object) -> float:
    """A number in [0, 1) of some words and numbers."""
    return (key_of(*parts) >> 11) / (1 << 53)


def _words(key: int, numbers: Floats) -> Words:
    """SplitMix64 (Steele, Lea, Flood 2014) of key + number."""
    x = (numbers.astype(np.int64).astype(np.uint64) + np.uint64(key)) * _GOLDEN
    x = (x ^ (x >> _S30)) * _MIX_1
    x = (x ^ (x >> _S27)) * _MIX_2
    return x ^ (x >> _S31)


def bell(key: int, numbers: Floats) -> Floats:
    """About normal, mean 0, variance 1, within ±3.5: four uniform draws summed (Irwin-Hall)."""
    words = _words(key, numbers)
    total = (words & _LOW) + ((words >> _S16) & _LOW) + ((words >> _S32) & _LOW) + (words >> _S48)
    drawn: Floats = (total.astype(np.float64) / 65535.0 - 2.0) * 1.7320508
    return drawn


def uniform(key: int, numbers: Floats) -> Floats:
    """Even in [0, 1)."""
    return (_words(key, numbers) >> _S11).astype(np.float64) / float(1 << 53)


def jitter(key: int, times: Floats) -> Floats:
    """Fast and slow noise together at those instants: mean 0, variance about 1."""
    quick = bell(key, np.floor(times / FAST))
    place = times / SLOW
    left = np.floor(place)
    share = place - left
    slow = bell(key ^ 0x5DEECE66D, left) * (1.0 - share) + bell(key ^ 0x5DEECE66D, left + 1.0) * share
    both: Floats = quick * 0.8 + slow * 0.6
    return both
