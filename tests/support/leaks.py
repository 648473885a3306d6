"""Made-up secrets in the shapes that issuers document, and what only looks like one: the same for the same seed."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import string
import uuid
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

ALNUM = string.ascii_letters + string.digits
UPPER32 = string.ascii_uppercase + "234567"
HEX = "0123456789abcdef"
B64 = ALNUM + "+/"
URLSAFE = ALNUM + "-_"
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


@dataclass(frozen=True)
class Secret:
    """`line` holds `core`; hidden means that `core` is not there any more."""

    kind: str
    line: str
    core: str


class Make:
    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def of(self, alphabet: str, size: int) -> str:
        return "".join(self.rng.choice(alphabet) for _ in range(size))

    def sure(self, alphabet: str, size: int) -> str:
        """With a digit and a letter, as anything random of that length nearly always has."""
        while True:
            made = self.of(alphabet, size)
            if any(one.isdigit() for one in made) and any(one.isalpha() for one in made):
                return made

    def uuid(self) -> uuid.UUID:
        return uuid.UUID(int=self.rng.getrandbits(128), version=4)

    def github(self, prefix: str) -> str:
        """30 characters and the checksum: CRC32 in base 62, six places."""
        body = self.sure(ALNUM, 30)
        number, check = zlib.crc32(body.encode()), ""
        while number:
            number, place = divmod(number, 62)
            check = BASE62[place] + check
        return f"{prefix}{body}{check.rjust(6, '0')}"

    def jwt(self, **claims: str) -> str:
        def part(value: object) -> str:
            return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

        head = {"alg": self.rng.choice(["HS256", "RS256"]), "typ": "JWT"}
        return f"{part(head)}.{part({'sub': self.of(ALNUM, 12), **claims})}.{self.of(URLSAFE, 43)}"

    def card(self, prefix: str, size: int) -> str:
        body = prefix + self.of(string.digits, size - len(prefix) - 1)
        total = 0
        for place, one in enumerate(reversed(body)):
            doubled = int(one) * (2 if place % 2 == 0 else 1)
            total += doubled - 9 if doubled > 9 else doubled
        return body + str(-total % 10)

    def iban(self, country: str, bank: str, digits: int) -> str:
        account = bank + self.of(string.digits, digits)
        number = int("".join(str(int(one, 36)) for one in f"{account}{country}00"))
        return f"{country}{98 - number % 97:02d}{account}"

    def pem(self, kind: str) -> str:
        body = "\n".join(self.of(B64, 64) for _ in range(6))
        return f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----"


def _tokens(m: Make) -> Iterator[tuple[str, str]]:
    """(kind, token) that is recognised wherever it stands."""
    yield "AWS access key", "AKIA" + m.of(UPPER32, 16)
    yield "AWS session key", "ASIA" + m.of(UPPER32, 16)
    yield "AWS Bedrock key", "ABSK" + m.of(B64, 128)
    yield "Google API key", "AIza" + m.sure(URLSAFE, 34) + "k"
    yield "Google OAuth secret", "GOCSPX-" + m.sure(URLSAFE, 28)
    yield "Google access token", "ya29." + m.sure(URLSAFE, 120)
    yield "Azure client secret", m.sure(ALNUM, 3) + "8Q~" + m.sure(ALNUM, 34)
    yield "Azure OpenAI key", m.sure(ALNUM, 52) + "JQQJ99" + m.sure(ALNUM, 26)
    yield "Azure DevOps token", m.sure(ALNUM, 76) + "AZDO" + m.of(ALNUM, 4)
    for prefix in ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"):
        yield f"GitHub {prefix}", m.github(prefix)
    yield "GitHub fine-grained", f"github_pat_{m.sure(ALNUM, 22)}_{m.sure(ALNUM, 59)}"
    for prefix in ("glpat-", "gldt-", "glrt-", "glptt-", "glcbt-", "glsoat-"):
        yield f"GitLab {prefix}", prefix + m.sure(URLSAFE.replace("-", ""), 20)
    yield "Slack bot", f"xoxb-{m.of(string.digits, 12)}-{m.of(string.digits, 13)}-{m.sure(ALNUM, 24)}"
    yield (
        "Slack user",
        f"xoxp-{m.of(string.digits, 12)}-{m.of(string.digits, 12)}-{m.of(string.digits, 13)}-{m.of(HEX, 32)}",
    )
    yield "Slack app", f"xapp-1-A{m.of(string.ascii_uppercase, 10)}-{m.of(string.digits, 13)}-{m.of(HEX, 64)}"
    yield "Slack refresh", f"xoxe-1-{m.sure(ALNUM, 146)}"
    yield "OpenAI project", f"sk-proj-{m.sure(URLSAFE, 58)}T3BlbkFJ{m.sure(URLSAFE, 58)}"
    yield "OpenAI old", f"sk-{m.sure(ALNUM, 20)}T3BlbkFJ{m.sure(ALNUM, 20)}"
    yield "OpenAI service", f"sk-svcacct-{m.sure(URLSAFE, 80)}"
    yield "Anthropic", f"sk-ant-api03-{m.sure(URLSAFE, 93)}AA"
    yield "OpenRouter", f"sk-or-v1-{m.of(HEX, 64)}"
    yield "LiteLLM", f"sk-{m.sure(ALNUM, 22)}"
    yield "Hugging Face", "hf_" + m.of(string.ascii_letters, 34)
    yield "Groq", "gsk_" + m.sure(ALNUM, 52)
    yield "xAI", "xai-" + m.sure(ALNUM, 80)
    yield "Perplexity", "pplx-" + m.sure(ALNUM, 48)
    yield "Replicate", "r8_" + m.sure(ALNUM, 37)
    yield "NVIDIA", "nvapi-" + m.sure(URLSAFE, 64)
    yield "Pinecone", f"pcsk_{m.sure(ALNUM, 6)}_{m.sure(ALNUM, 63)}"
    yield "LangSmith", f"lsv2_pt_{m.of(HEX, 32)}_{m.of(HEX, 10)}"
    yield "Langfuse", f"sk-lf-{uuid.UUID(int=m.rng.getrandbits(128), version=4)}"
    yield "PagerDuty user", "u+" + m.sure(URLSAFE, 18)
    yield "Datadog app", "ddapp_" + m.sure(ALNUM, 34)
    yield "Grafana", f"glsa_{m.sure(ALNUM, 32)}_{m.of(HEX, 8)}"
    yield "Grafana cloud", "glc_" + base64.b64encode(m.sure(ALNUM, 90).encode()).decode()
    yield "New Relic", "NRAK-" + m.of(string.ascii_uppercase + string.digits, 27)
    yield "Sentry", "sntrys_" + m.sure(URLSAFE, 100)
    yield "Stripe", "sk_live_" + m.sure(ALNUM, 24)
    yield "Stripe restricted", "rk_test_" + m.sure(ALNUM, 24)
    yield "webhook secret", "whsec_" + m.sure(ALNUM, 32)
    yield "Twilio", "SK" + m.of(HEX, 32)
    yield "SendGrid", f"SG.{m.sure(URLSAFE, 22)}.{m.sure(URLSAFE, 43)}"
    yield "Mailgun", "key-" + m.of(HEX, 32)
    yield "Mailchimp", m.of(HEX, 32) + "-us12"
    yield "npm", "npm_" + m.sure(ALNUM, 36)
    yield "PyPI", "pypi-AgEIcHlwaS5vcmc" + m.sure(URLSAFE, 120)
    yield "Docker", "dckr_pat_" + m.sure(URLSAFE, 27)
    yield "RubyGems", "rubygems_" + m.of(HEX, 48)
    yield "DigitalOcean", "dop_v1_" + m.of(HEX, 64)
    yield "Terraform", f"{m.sure(ALNUM, 14)}.atlasv1.{m.sure(ALNUM, 66)}"
    yield "Vault", "hvs." + m.sure(URLSAFE, 92)
    yield "Databricks", "dapi" + m.of(HEX, 32)
    yield "Shopify", "shpat_" + m.of(HEX, 32)
    yield "Linear", "lin_api_" + m.sure(ALNUM, 40)
    yield "Notion", "ntn_" + m.sure(ALNUM, 46)
    yield "Postman", f"PMAK-{m.of(HEX, 24)}-{m.of(HEX, 34)}"
    yield "Atlassian", "ATATT3xFfGF0" + m.sure(URLSAFE, 180)
    yield "Tailscale", f"tskey-auth-k{m.sure(ALNUM, 10)}CNTRL-{m.sure(ALNUM, 32)}"
    yield "Supabase", "sbp_" + m.of(HEX, 40)
    yield "PlanetScale", "pscale_tkn_" + m.sure(ALNUM, 43)
    yield "Airtable", f"pat{m.sure(ALNUM, 14)}.{m.of(HEX, 64)}"
    yield "age key", "AGE-SECRET-KEY-1" + m.of("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)
    yield "JWT", m.jwt()
    yield "Kubernetes token", m.jwt(iss="kubernetes/serviceaccount")
    yield "card Visa", m.card("4", 16)
    yield "card Mastercard", m.card("53", 16)
    yield "card Amex", m.card("37", 15)
    yield "IBAN DE", m.iban("DE", "", 18)
    yield "IBAN GB", m.iban("GB", "NWBK", 14)
    yield "IBAN NL", m.iban("NL", "ABNA", 10)


def _phrases(m: Make) -> Iterator[Secret]:
    """Recognised by what stands around it."""

    def line(kind: str, words: str, core: str) -> Secret:
        return Secret(kind, words.format(core), core)

    yield line("AWS secret key", "aws_secret_access_key = {}", m.sure(B64, 40))
    yield line("AWS session token", 'AWS_SESSION_TOKEN="{}"', m.sure(B64, 300))
    account = m.of(string.ascii_lowercase, 8)
    yield line(
        "Azure storage",
        f"DefaultEndpointsProtocol=https;AccountName={account};AccountKey={{}};EndpointSuffix=core.windows.net",
        m.sure(B64, 86) + "==",
    )
    yield line(
        "Azure bus",
        "Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=root;SharedAccessKey={}",
        m.sure(B64, 43) + "=",
    )
    yield line(
        "Azure SAS",
        "https://x.blob.core.windows.net/c/f?sv=2024-11-04&se=2026-01-01&sig={}",
        quote(m.sure(B64, 43) + "=", safe=""),
    )
    yield line(
        "Teams webhook",
        "POST https://corp.webhook.office.com/{} failed",
        f"webhookb2/{m.uuid()}@{m.uuid()}/IncomingWebhook/{m.of(HEX, 32)}/{m.uuid()}",
    )
    yield line(
        "Slack webhook",
        "curl https://hooks.slack.com/services/{}",
        f"T{m.of(UPPER32, 8)}/B{m.of(UPPER32, 10)}/{m.sure(ALNUM, 24)}",
    )
    yield line("Slack signing secret", "SLACK_SIGNING_SECRET={}", m.of(HEX, 32))
    yield line("Datadog API key", "DD_API_KEY={} agent run", m.of(HEX, 32))
    yield line("Datadog header", "dd-application-key: {}", m.of(HEX, 40))
    yield line("PagerDuty header", "Authorization: Token token={}", m.sure(URLSAFE.replace("-", ""), 20))
    yield line("bearer", "Authorization: Bearer {}", m.sure(ALNUM, 40))
    yield line("bearer in words", "sent header bearer {} upstream", m.sure(URLSAFE, 43))
    yield line(
        "basic", "authorization: Basic {}", base64.b64encode(f"svc:{m.sure(ALNUM, 12)}".encode()).decode()
    )
    yield line(
        "basic in words",
        "retrying with basic {}",
        base64.b64encode(f"admin:{m.sure(ALNUM, 14)}".encode()).decode(),
    )
    yield line(
        "PostgreSQL URL", "could not connect to postgresql://app:{}@db.internal:5432/prod", m.sure(ALNUM, 14)
    )
    yield line("Redis URL", "redis://:{}@cache:6379/0 refused", m.sure(ALNUM, 20))
    yield line("AMQP URL", "amqps://svc:{}@mq.internal/vhost", m.sure(ALNUM + "!$", 16))
    yield line("Git URL", "fetch https://oauth2:{}@git.example/x.git", m.sure(ALNUM, 24))
    yield line("MongoDB URL", "mongodb+srv://root:{}@cluster0.abcde.mongodb.net", m.sure(ALNUM, 12))
    yield line("ADO.NET", "Server=tcp:db;User Id=sa;Password={};Encrypt=True", m.sure(ALNUM + "!", 16))
    yield line("JSON password", '{{"user": "svc", "password": "{}"}}', m.sure(ALNUM, 10))
    yield line("escaped JSON", '{{\\"client_secret\\": \\"{}\\"}}', m.sure(ALNUM, 32))
    yield line("YAML password", "db_password: {}", m.sure(ALNUM + "#%", 12))
    yield line("shell variable", "export ADMIN_PASSWORD='{}'", m.sure(ALNUM, 11))
    yield line("password in words", "the password is {} for now", m.sure(ALNUM, 9))
    yield line("api_key", "api_key={}&limit=5", m.sure(ALNUM, 32))
    yield line("X-Api-Key", "X-Api-Key: {}", m.sure(ALNUM, 40))
    yield line("apiKey in code", 'new Client({{ apiKey: "{}" }})', m.sure(ALNUM, 36))
    yield line("access token", "access_token={}", m.sure(URLSAFE, 48))
    yield line("refresh token", '"refresh_token": "{}"', m.sure(URLSAFE, 64))
    yield line("private key value", "private_key={}", m.sure(B64, 44))
    yield line("encryption key", "ENCRYPTION_KEY={}", base64.b64encode(m.rng.randbytes(32)).decode())
    yield line("curl user", "curl -u deploy:{} https://x.example/api", m.sure(ALNUM, 14))
    yield line("mysql", "mysql -h db -uroot -p{} prod", m.sure(ALNUM, 12))
    yield line("sshpass", "sshpass -p {} ssh root@host", m.sure(ALNUM, 12))
    yield line("cookie", "Set-Cookie: session={}; HttpOnly", m.sure(URLSAFE, 40))
    yield line("Cohere key", "COHERE_API_KEY={}", m.sure(ALNUM, 40))
    yield line("Mistral key", "mistral api-key: {}", m.sure(ALNUM, 32))
    for kind in ("RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY"):
        pem = m.pem(kind)
        yield Secret(f"PEM {kind}", f"loaded\n{pem}\nok", pem.splitlines()[3])
    pem = m.pem("PRIVATE KEY").replace("\n", "\\n")
    yield Secret(
        "service account", f'{{"type": "service_account", "private_key": "{pem}"}}', pem.split("\\n")[2]
    )
    card = m.card("4", 16)
    spaced = " ".join(card[at : at + 4] for at in range(0, 16, 4))
    yield Secret("card with spaces", f"paid with {spaced} today", spaced)
    number = m.iban("FR", "", 23)
    spaced = " ".join(number[at : at + 4] for at in range(0, 27, 4))
    yield Secret("IBAN with spaces", f"to {spaced} please", spaced)


_PLACES: tuple[Callable[[str], str], ...] = (
    lambda one: f"2026-11-20T10:00:01Z ERROR upstream refused {one} after 3 tries",
    lambda one: f'{{"level": "warn", "msg": "called with {one}", "n": 4}}',
    lambda one: f"https://api.example/v1?k={one}&page=2",
    lambda one: one,
)


def secrets(seed: int = 1) -> list[Secret]:
    """At least one of every shape, each in a line of a log, of JSON, of an address, or alone."""
    m = Make(seed)
    found = []
    for number, (kind, token) in enumerate(_tokens(m)):
        place = _PLACES[0 if kind.startswith(("card", "IBAN")) else number % len(_PLACES)]
        found.append(Secret(kind, place(token), token))
    return [*found, *_phrases(m)]


def own(seed: int = 1) -> list[str]:
    """Secrets of this process: of no known shape at all."""
    m = Make(seed + 7)
    return [m.sure(ALNUM + "-.!", size) for size in (8, 12, 20, 32, 48, 64)] + [
        m.of(HEX, 64),
        "correct horse battery",
    ]


def forms(secret: str) -> list[str]:
    """As they turn up: plain, in an address, in base64 alone and inside something else."""
    wrapped = base64.b64encode(f"user:{secret}".encode()).decode()
    return [
        secret,
        quote(secret, safe=""),
        base64.b64encode(secret.encode()).decode(),
        base64.urlsafe_b64encode(secret.encode()).decode(),
        wrapped,
    ]


def negatives(seed: int = 1) -> list[str]:
    """Lines that must stay as they are."""
    m = Make(seed + 99)
    rng = m.rng
    lines: list[str] = []
    for _ in range(14):
        sha = hashlib.sha256(rng.randbytes(8)).hexdigest()
        lines += [
            f"request {uuid.UUID(int=rng.getrandbits(128), version=4)} took 12 ms",
            f"image registry/app@sha256:{sha} pulled",
            f"commit {sha[:40]} by ana",
            f"merge {sha[:7]} into main, build {rng.randrange(10**5)}",
            f"trace_id={m.of(HEX, 32)} span_id={m.of(HEX, 16)} sampled",
            f"traceparent: 00-{m.of(HEX, 32)}-{m.of(HEX, 16)}-01",
            f"picture data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA{m.of(B64, 160)}",
            f"md5 {m.of(HEX, 32)} of model-{rng.randrange(9)}.safetensors",
            f"version 1.{rng.randrange(99)}.{rng.randrange(99)}-rc.{rng.randrange(9)}+build.{rng.randrange(999)}",
            f"max_tokens={rng.randrange(1, 9000)} prompt_tokens: {rng.randrange(9000)}",
            f"run_{m.of(HEX, 16)} of req_{m.of(HEX, 16)} plan_hash {sha}",
            f"order {rng.randrange(10**15, 2 * 10**15)} at {1_700_000_000_000 + rng.randrange(10**9)}",
            f"pod rag-api-{m.of(HEX, 9)}-{m.of(string.ascii_lowercase, 5)} OOMKilled in ip-10-0-7-{rng.randrange(255)}",
            f"arn:aws:eks:eu-west-1:{m.of(string.digits, 12)}:cluster/prod-{rng.randrange(9)}",
            f'etag W/"{m.of(HEX, 40)}" cache_key=user:{rng.randrange(10**6)}:v2',
            f"digest: {sha} size={rng.randrange(10**9)} next_page_token={m.of(ALNUM, 24)}",
        ]
    lines += [
        "token expired, refresh the token before the next call",
        "the secret manager rotated db-credentials at 10:00",
        "password: required", "password=None", "token: invalid", "api_key is missing in the request",
        "secretName: vault-prod-db", "secretKeyRef name=openai key=api-key", "token_type=bearer expires_in=3600",
        "set COPILOT_AUTH__SECRET to 32 characters or more", "tokens per second: 153.4, time to first token 0.42",
        "auth: oauth2, scopes=read:org", "sk-learn-compatible-estimator-wrapper is deprecated",
        "keyword=latency monkey=business turkey=sandwich", "password reset mail was sent",
        "Bearer tokens are checked by the gateway", "basic authentication is off",
        "https://grafana.example/d/abc123/overview?orgId=1&from=now-6h", "ssh://git@github.com/org/repo.git",
        "user:password@host is the form of it", "postgresql://app:***@db:5432/prod",
        "redis://localhost:6379/0", "e-mail ana@corp.example asked", "10.0.0.1:9090 up 4111 times",
        "phone +49 30 901820", "isbn 978-3-16-148410-0", "4111-1111-1111-1112 is no card number",
        "DE00 1234 5678 9012 3456 78 is no IBAN", "prompt v3 has 4096 characters", "ghp_ is how GitHub's tokens begin",
    ]  # fmt: skip
    return lines
