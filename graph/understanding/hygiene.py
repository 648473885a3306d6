"""What reaches the reader: bounded, visible, one line, and whether it is English."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

#: characters of one message that are read; a longer one is answered with a request to say it shorter
LONGEST = 4_000

_SPACE = re.compile(r"\s+")
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
_QUOTES = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": " - ", "…": "..."})
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_MENTION = re.compile(r"^(?:<@\w+>|@?(?:copilot|llm-copilot))[\s,:]+", re.IGNORECASE)


def word_set(words: str) -> frozenset[str]:
    """The words of a text that lists them."""
    return frozenset(words.split())


_ENGLISH = word_set(
    "the is are was were of in on to for a an and or what why how who which when where show me my our your it its this "
    "that with from by at do does did can could would please be been has have had not no all any there we you i get "
    "give list run roll back tell now"
)
_OTHERS = word_set(
    "und ist nicht warum wie bitte auf zurück zurueck der das ein eine einen mit für fuer zeige zeig mir sind läuft "
    "langsam wieso fehlerrate dienst wer kann ich wird "
    "el los las por qué que está esta para una cómo como muéstrame muestra del servicio lento favor tasa de errores "
    "en producción hay quién puedes estado "
    "le les pourquoi est une des du montre moi combien quel quelle sur dans avec lent taux erreur et je peux reviens "
    "à la version précédente qui "
    "perché perche il di che è della mostra sono nel tasso errori chi torna alla "
    "não você mostre erros os pra porque volte "
    "het een waarom niet van traag laat zien zet terug naar wat hoe"
) - word_set("la version para")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """`text` is what is read; `length` is how long the message was; `english` is False for other languages."""

    text: str
    length: int
    english: bool

    @property
    def too_long(self) -> bool:
        return self.length > LONGEST


def visible(text: str) -> str:
    """`text` in one line without control, direction and zero-width characters."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(_QUOTES))
    return _SPACE.sub(" ", _HIDDEN.sub("", text)).strip()


def clean(raw: str) -> Cleaned:
    """Read at most LONGEST characters of `raw`."""
    text = _MENTION.sub("", visible(raw[:LONGEST]))
    return Cleaned(text=text, length=len(raw), english=_is_english(text))


def _is_english(text: str) -> bool:
    if not text.isascii():
        letters = [char for char in text if char.isalpha()]
        foreign = sum(1 for char in letters if ord(char) > 0x24F)
        if letters and foreign > 0.3 * len(letters):
            return False
    words = set(_WORD.findall(text.lower()))
    others = len(words & _OTHERS)
    return others < 2 or others <= len(words & _ENGLISH)
