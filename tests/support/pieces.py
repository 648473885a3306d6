"""Somebody who listens to answers while they are being made."""

from __future__ import annotations


class Pieces:
    """`shown` is what a face would show at this moment, by request; `withdrawn` how often it was taken back."""

    def __init__(self) -> None:
        self.shown: dict[str, str] = {}
        self.withdrawn = 0

    def say(self, request_id: str, words: str) -> None:
        self.shown[request_id] = self.shown.get(request_id, "") + words

    def withdraw(self, request_id: str) -> None:
        self.shown.pop(request_id, None)
        self.withdrawn += 1
