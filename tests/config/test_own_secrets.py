from __future__ import annotations

from pydantic import SecretStr

from config.own_secrets import own_secrets
from config.settings import Auth, Llm, Settings


def test_own_secrets_come_from_settings_keys_and_telling_variables() -> None:
    chosen = Settings(
        auth=Auth(secret=SecretStr("s" * 20 + "igning-key-of-ours")),
        llm=Llm(base_url="http://x/v1", model="m", api_key=SecretStr("llm-key-123456")),
        database_url="postgresql://app:db-pass-77@host/x",
    )
    variables = {
        "DEPLOY_TOKEN": "deploy-token-99", "PATH": "/usr/bin:/bin", "DEBUG_KEY": "1", "SSH_KEY": "/root/.ssh/id",
        "STAGE_KEY": "production", "PGPASSWORD": "postgres",
        "PUBLIC_KEY": "public-key-123", "CACHE": "redis://:cache-pass-55@c/0", "GH_PAT": "pat-of-mine-1",
    }  # fmt: skip
    found = own_secrets(chosen, variables, b"token-key-bytes-0")
    assert {"llm-key-123456", "db-pass-77", "deploy-token-99", "cache-pass-55", "pat-of-mine-1"} <= found
    assert {"token-key-bytes-0", b"token-key-bytes-0".hex()} <= found
    assert not {"production", "postgres", "1", "/root/.ssh/id", "public-key-123"} & found
