from __future__ import annotations

import base64
import io
import logging
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from config.redaction import RedactingFormatter, Redactor, redact_logs
from tests.support.leaks import Secret, forms, negatives, own, secrets

SEEDS = (1, 2, 3)
redact = Redactor()


@pytest.mark.parametrize("seed", SEEDS)
def test_secrets_of_known_shapes_are_hidden(seed: int) -> None:
    every = secrets(seed)
    open_ = [one for one in every if one.core in redact(one.line)]
    print(
        f"seed {seed}: {len(every) - len(open_)} of {len(every)} hidden; open: {[one.kind for one in open_]}"
    )
    assert len(every) >= 100
    assert len(open_) <= 0.02 * len(every), [(one.kind, one.line) for one in open_]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_only_looks_like_a_secret_stays(seed: int) -> None:
    every = negatives(seed)
    touched = [(one, redact(one)) for one in every if redact(one) != one]
    print(f"seed {seed}: {len(touched)} of {len(every)} touched")
    assert len(every) >= 200
    assert len(touched) <= 0.02 * len(every), touched


def test_own_secrets_are_hidden_in_every_form() -> None:
    mine = own()
    knows = Redactor(mine)
    for one in mine:
        for form in forms(one):
            said = knows(f"it says {form} there")
            assert one not in said and form not in said


def test_a_secret_in_the_middle_of_base64_is_hidden_wherever_it_begins() -> None:
    knows = Redactor(["a-secret-of-our-own"])
    for before in ("", "x", "xy", "xyz"):
        coded = base64.b64encode(f"{before}a-secret-of-our-own tail".encode()).decode()
        shown = knows(coded)
        assert "[hidden: own secret]" in shown
        left = "".join(shown.split("[hidden: own secret]"))
        assert b"a-secret-of" not in base64.b64decode(left + "=" * (-len(left) % 4))


@pytest.mark.parametrize("one", secrets(), ids=lambda one: one.kind)
def test_hiding_twice_is_hiding_once(one: Secret) -> None:
    once = redact(one.line)
    assert redact(once) == once


def test_it_says_what_it_hid() -> None:
    assert redact.kinds(f"AKIA{'ABCD' * 4} and hf_{'aB' * 17}") == ("AWS access key", "Hugging Face token")
    assert redact.kinds("nothing here") == ()


def test_names_hide_the_values_of_a_tree() -> None:
    tree = {
        "user": "svc",
        "password": "hunter2!",
        "deep": [{"api_key": "aB3dE5gH7jK9"}],
        "n": 4,
        "token": None,
    }
    hidden = redact.tree(tree)
    assert hidden["password"] == "[hidden: password]" and hidden["deep"][0]["api_key"] == "[hidden: api_key]"
    assert (hidden["user"], hidden["n"], hidden["token"]) == ("svc", 4, None)
    assert tree["password"] == "hunter2!"


def test_a_prompt_holds_no_address_of_a_person() -> None:
    assert redact.prompt("ask ana.b+x@corp.example about it") == "ask [hidden: e-mail] about it"
    assert redact.prompt("rag-api@v1.2.3 in production") == "rag-api@v1.2.3 in production"


def test_a_log_record_and_its_traceback_are_redacted() -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(RedactingFormatter("%(levelname)s %(message)s", Redactor(["own-secret-1234"])))
    log = logging.Logger("here")
    log.addHandler(handler)
    try:
        raise ValueError(f"refused with hf_{'aB' * 17}")
    except ValueError:
        log.exception("while using %s", "own-secret-1234")
    said = out.getvalue()
    assert "own-secret-1234" not in said and "hf_aB" not in said and "Traceback" in said


def test_the_log_learns_more_secrets_once_they_are_known(tmp_path: Path) -> None:
    root = logging.getLogger()
    handler = logging.FileHandler(tmp_path / "log")
    handler.setFormatter(RedactingFormatter("%(message)s", Redactor()))
    root.addHandler(handler)
    try:
        redact_logs(Redactor(["known-later-123"]))
        logging.getLogger("x").error("has known-later-123")
    finally:
        root.removeHandler(handler)
        handler.close()
    assert (tmp_path / "log").read_text() == "has [hidden: own secret]\n"


@settings(max_examples=200, deadline=None)
@given(some.text(max_size=400))
def test_any_text_can_be_redacted_and_twice_is_once(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


HOSTILE = (
    "a" * 20_000, "password=" * 2_000, "eyJ" * 5_000, "-----BEGIN PRIVATE KEY-----" * 300, "://x:" * 4_000,
    "4111 " * 4_000, "AKIA" * 4_000, "key:" * 5_000, "bearer " * 3_000, "DE89 " * 4_000, "_key" * 5_000,
    "curl " * 3_000 + "-u", "A1b2-" * 4_000, "cookie: " * 2_000,
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12])
def test_no_text_takes_long(text: str) -> None:
    start = time.thread_time()
    redact(text)
    assert time.thread_time() - start < 0.5


def test_a_line_of_a_log_takes_microseconds() -> None:
    """A guard against a mistake that costs many times more; the figure itself is `make bench`'s."""
    lines = negatives()
    best = min(_spent(lines) for _ in range(5)) / len(lines)
    print(f"{best * 1e6:.1f} µs a line")
    assert best < 100e-6


def _spent(lines: list[str]) -> float:
    start = time.thread_time()
    for one in lines:
        redact(one)
    return time.thread_time() - start
