from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request

from bot.console.gate import Gate, Misdirected, host_name, is_this_machine, local_path
from config.errors import Forbidden


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]:8080", "127.8.8.8"])
def test_names_of_this_machine_are_answered(host: str) -> None:
    Gate(True).check_host(make_mocked_request("GET", "/", headers={"Host": host}))


@pytest.mark.parametrize(
    "host", ["evil.example:8080", "127.0.0.1.evil.example", "10.0.0.1", "localhost.evil.example"]
)
def test_a_name_that_was_bent_to_this_machine_is_refused(host: str) -> None:
    with pytest.raises(Misdirected):
        Gate(True).check_host(make_mocked_request("GET", "/", headers={"Host": host}))
    Gate(False).check_host(make_mocked_request("GET", "/", headers={"Host": host}))


@pytest.mark.parametrize(
    "origin", ["", "null", "http://evil.example", "http://127.0.0.1:9", "http://127.0.0.1:8080.evil.example"]
)
def test_another_origin_is_refused(origin: str) -> None:
    headers = {"Host": "127.0.0.1:8080", **({"Origin": origin} if origin else {})}
    with pytest.raises(Forbidden):
        Gate(True).check_origin(make_mocked_request("POST", "/", headers=headers))
    Gate(True).check_origin(
        make_mocked_request("POST", "/", headers={**headers, "Origin": "http://127.0.0.1:8080"})
    )


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "https://evil.example", "/\\evil.example", "", "x", "/a\nb", "/<b>", "/" + "a" * 600],
)
def test_a_link_leads_nowhere_but_to_our_own_paths(wanted: str) -> None:
    assert local_path(wanted) == "/"


def test_our_own_paths_are_kept() -> None:
    assert local_path("/approvals/apr_1?x=1&y=a%20b#edit") == "/approvals/apr_1?x=1&y=a%20b#edit"


def test_a_host_header_is_split_from_its_port() -> None:
    assert [host_name(one) for one in ("a:1", "a", "[::1]:2", "[::1]")] == ["a", "a", "::1", "::1"]
    assert not is_this_machine("")


def test_behind_a_proxy_its_address_is_ours_too_and_the_cookie_is_for_tls() -> None:
    gate = Gate(True, "https://copilot.example.com")
    for host in ("copilot.example.com", "127.0.0.1:8080"):
        request = make_mocked_request(
            "POST", "/", headers={"Host": host, "Origin": "https://copilot.example.com"}
        )
        gate.check_host(request)
        gate.check_origin(request)
        assert gate.is_secure(request) and not gate.alone
    with pytest.raises(Misdirected):
        gate.check_host(make_mocked_request("GET", "/", headers={"Host": "evil.example"}))
    with pytest.raises(Forbidden):
        gate.check_origin(
            make_mocked_request("POST", "/", headers={"Host": "copilot.example.com", "Origin": "null"})
        )
