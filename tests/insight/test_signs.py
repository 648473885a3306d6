"""Signs in log lines, on lines as programs of the field write them."""

from __future__ import annotations

import re

import pytest

from insight import signs


@pytest.mark.parametrize(
    ("sign", "text"),
    [
        (signs.OUT_OF_MEMORY, "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB"),
        (signs.OUT_OF_MEMORY, "Last State: Terminated, Reason: OOMKilled, Exit Code: 137"),
        (signs.ACCELERATOR, "GPU 0 has a total capacity of 79.15 GiB"),
        (signs.BAD_CERTIFICATE, "x509: certificate has expired or is not yet valid"),
        (
            signs.BAD_CERTIFICATE,
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired",
        ),
        (
            signs.BAD_CERTIFICATE,
            "http: TLS handshake error from 10.0.0.1:4444: remote error: tls: bad certificate",
        ),
        (signs.QUEUE_FULL, "FATAL: sorry, too many connections"),
        (signs.QUEUE_FULL, "rpc error: code = ResourceExhausted"),
        (signs.WORN_INDEX, "compaction is behind by 14 levels"),
        (signs.STUCK, "canceling statement due to lock timeout"),
        (signs.STUCK, "QueuePool limit reached: timed out waiting for a connection"),
        (signs.COLD_CACHE, "cache-miss for key 17"),
        (signs.SPENT_AGAIN, "This model's maximum context length is 8192 tokens"),
        (signs.MALFORMED, "json.decoder.JSONDecodeError: Expecting ',' delimiter: line 1 column 5"),
        (signs.STARVED, "container throttled for 4.1 s of the last 10 s"),
        (signs.CALL, "upstream connect error or disconnect/reset before headers"),
    ],
)
def test_lines_of_real_programs_show_the_sign(sign: re.Pattern[str], text: str) -> None:
    assert sign.search(text)


@pytest.mark.parametrize(
    "text", ["200 /v1/answer in 43 ms", "504 /v1/x: deadline of 10 s exceeded", "started"]
)
def test_usual_lines_show_none(text: str) -> None:
    every = [one for one in vars(signs).values() if isinstance(one, re.Pattern)]
    assert len(every) >= 10
    assert not any(sign.search(text) for sign in every)
