"""The shapes of secrets: one row a shape, each with words that must be in a text before it is looked for.

Formats are the issuers' own (token prefixes, lengths, checksums), as they document them.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

Check = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Shape:
    """`kind` is told to people. One of `hints` (lower case) is in every text that holds one.

    What is hidden is the group `s`, else the whole match, when `check` agrees.
    """

    kind: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    check: Check | None = None


def _shape(kind: str, hints: str, pattern: str, check: Check | None = None) -> Shape:
    return Shape(kind, tuple(hints.split()), re.compile(pattern), check)


def entropy(text: str) -> float:
    """Shannon entropy in bits a character."""
    size = len(text)
    return -sum(n / size * math.log2(n / size) for n in Counter(text).values()) if size else 0.0


def luhn(text: str) -> bool:
    """ISO/IEC 7812-1, annex B: the check digit of a card number."""
    digits = [int(one) for one in text if one.isdigit()]
    doubled = [2 * one - 9 * (one > 4) for one in digits[-2::-2]]
    return len(set(digits)) > 1 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


#: ISO 13616: length of an IBAN by country
_IBAN = {
    "AD": 24, "AE": 23, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20,
    "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IS": 26, "IT": 27,
    "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "QA": 29, "RO": 24,
    "SA": 24, "SE": 24, "SI": 19, "SK": 24, "TR": 26, "BR": 29,
}  # fmt: skip


def iban(text: str) -> bool:
    """ISO 13616: the length of the country, and the number mod 97 is 1."""
    bare = text.replace(" ", "")
    if len(bare) != _IBAN.get(bare[:2]):
        return False
    return int("".join(str(int(one, 36)) for one in bare[4:] + bare[:4])) % 97 == 1


def _jwt(text: str) -> bool:
    head = text.split(".", 1)[0]
    try:
        told = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (binascii.Error, ValueError):
        return False
    return isinstance(told, dict) and bool({"alg", "typ", "kid", "enc"} & set(told))


def _basic(text: str) -> bool:
    try:
        return b":" in base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False


def mixed(text: str) -> bool:
    """Random-looking: letters and digits of 3 bits a character or more."""
    return any(one.isdigit() for one in text) and any(one.isalpha() for one in text) and entropy(text) >= 3.0


_NOT_A_SECRET = re.compile(
    r"(?i)(?:\[hidden.*|\*+|x{3,}|\.{2,}|<.*>?|\$\{?.*|\{\{?.*|%.*%|true|false|null|none|nil|undefined|empty|unset|"
    r"required|optional|missing|invalid|expired|redacted|string|str|secretstr|bytes|bearer|basic|is|was|not|the|in|for|"
    r"from|and|changed|rotated|rotation|file|vault|env|ok|yes|no|set|new|old|reset|here|wrong|incorrect|failed|error)\W?"
)
#: names that hold one of the words and yet no secret: their ids, kinds, counts, places …
_HARMLESS_NAME = re.compile(
    r"(?i)(?:[_.-]?(?:ids?|types?|names?|counts?|arn|ur[li]|paths?|files?|refs?|versions?|hash|fingerprint|expir\w*|ttl|"
    r"age|limits?|budget|policy|manager|store|rotation|length|len|size|usage|used|rate|per[_.-]\w+|class|kind|status|"
    r"state|field|header|provider|endpoint)|tokens)$|^(?:next|prev|previous|page|next[_.-]page|continuation|sync|cursor|resume|"
    r"max|min|num|total|prompt|completion|input|output|stop|eos|bos|pad|first|time[_.-]to[_.-]first|public)[_.-]?"
)
_STRONG_NAME = re.compile(r"(?i)passw|passphrase|pwd|secret")
_DIGEST = re.compile(r"(?i)(?:sha\d+|md5)[:-]|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$")


def is_named_secret(name: str, value: str) -> bool:
    """Whether `value` under `name` is one: `password=hunter2` is, `max_tokens=4096` and `token=expired` are not."""
    if _HARMLESS_NAME.search(name) or _NOT_A_SECRET.fullmatch(value) or _DIGEST.match(value):
        return False
    if _STRONG_NAME.search(name):
        return len(value) >= 4
    return len(value) >= 12 and mixed(value)


_KEYWORD = (
    r"(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|app[_-]?key|access[_-]?key|auth[_-]?key|account[_-]?key|"
    r"private[_-]?key|signing[_-]?key|encryption[_-]?key|license[_-]?key|service[_-]?key|credentials?)[A-Za-z0-9_-]{0,40}"
)
#: the last part of a name as it stands in front of its value: in code, YAML, JSON, a query, a header
NAMED = re.compile(
    rf"(?i)(?P<n>{_KEYWORD})\\{{0,4}}[\"']?\s{{0,3}}(?:=>|:=|==|=|:)\s{{0,3}}"
    r"(?:[A-Za-z]{0,2}\\{0,4}[\"'](?P<q>[^\"'\\\n]{4,300})|"
    r"(?:Bearer |Basic |Token )?(?P<v>[^\s\"'`,;&{}()<>|\\]{4,2000}))"
)
#: its first part, read backwards from there
BEFORE = re.compile(r"[A-Za-z0-9_.-]{0,60}\Z")
#: what there is in every lower-case text with such a name and its value; much faster than looking for them at once
NAMED_LIKE = re.compile(r"(?:pass|pwd|secret|token|key|credential)[a-z0-9_-]{0,40}[\\\"' ]{0,8}[:=]")
NAMED_HINTS = ("passw", "passphrase", "pwd", "secret", "token", "credential", "key")
NAME = re.compile(rf"(?i)[A-Za-z0-9_.-]{{0,60}}{_KEYWORD}")

_B64 = r"[A-Za-z0-9+/]"

_L = r"(?<![A-Za-z0-9])"
_R = r"(?![A-Za-z0-9])"

LONG: tuple[Shape, ...] = (
    _shape("age secret key", "age-secret-key-1", r"AGE-SECRET-KEY-1[A-Z0-9]{50,70}"),
    _shape("JSON web token", "eyj", rf"{_L}eyJ[\w-]{{8,}}\.[\w-]{{8,}}\.[\w-]*(?:\.[\w-]+){{0,2}}", _jwt),
    _shape("AWS access key", "akia asia abia acca a3t", rf"{_L}(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z2-7]{{16}}{_R}"),
    _shape("AWS Bedrock key", "absk bedrock-api-key-",
           rf"{_L}(?:ABSK{_B64}{{100,140}}={{0,2}}|bedrock-api-key-{_B64}{{40,}}={{0,2}})"),
    _shape("Google API key", "aiza", rf"{_L}AIza[\w-]{{35}}(?![\w-])"),
    _shape("Google OAuth secret", "gocspx-", rf"{_L}GOCSPX-[\w-]{{24,32}}"),
    _shape("Google access token", "ya29. 1//0", rf"{_L}(?:ya29\.[\w.-]{{20,}}|1//0[\w-]{{30,}})"),
    _shape("Azure storage key", "accountkey= sharedaccesskey=",
           rf"(?i)(?:Account|SharedAccess)Key=(?P<s>{_B64}{{40,90}}={{0,2}})"),
    _shape("Azure client secret", "q~", rf"{_L}[\w~.-]{{3}}[0-9]Q~[\w~.-]{{31,34}}"),
    _shape("Azure OpenAI key", "jqqj99", rf"{_L}[A-Za-z0-9]{{52}}JQQJ99[A-Za-z0-9]{{26}}{_R}"),
    _shape("Azure DevOps token", "azdo", rf"{_L}[A-Za-z0-9]{{76}}AZDO[A-Za-z0-9]{{4}}{_R}"),
    _shape("GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_",
           rf"{_L}(?:gh[pousr]_[A-Za-z0-9]{{36,}}|github_pat_\w{{60,}})"),
    _shape("GitLab token", "glpat- glptt- gldt- glrt- glcbt- glft- glsoat- glimt- glagent- gloas- glffct- glwt-",
           rf"{_L}gl(?:pat|ptt|dt|rt|cbt|ft|soat|imt|agent|oas|ffct|wt)-[\w.-]{{20,}}"),
    _shape("Alibaba access key", "ltai", rf"{_L}LTAI[A-Za-z0-9]{{17,24}}{_R}", mixed),
    _shape("Artifactory token", "akcp cmvmd", rf"{_L}(?:AKCp[A-Za-z0-9]{{60,}}|cmVmd[A-Za-z0-9]{{59}}){_R}"),
    _shape("Adobe secret", "p8e-", rf"{_L}p8e-[A-Za-z0-9_-]{{32}}"),
    _shape("1Password secret key", "a3-",
           rf"{_L}A3-[A-Z0-9]{{6}}-[A-Z0-9-]{{11,12}}-(?:[A-Z0-9]{{5}}-){{2}}[A-Z0-9]{{5}}{_R}"),
    _shape("Bitbucket token", "atctt3 atatt3 atbb",
           rf"{_L}(?:AT[AC]TT3[\w=-]{{60,}}|ATBB[A-Za-z0-9]{{24,}})"),
    _shape("Slack token", "xox xapp-",
           rf"{_L}(?:xox[abposre](?:\.xox[bp])?-[\w-]{{10,}}|xapp-\d-[\w-]{{20,}})"),
    _shape("Slack webhook", "hooks.slack.com/",
           r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<s>[\w/]{20,})"),
    _shape("Teams webhook", ".webhook.office.com/", r"\.webhook\.office\.com/(?P<s>webhookb2/[\w@/-]{30,})"),
    _shape("Discord webhook", "/api/webhooks/",
           r"discord(?:app)?\.com/api/webhooks/(?P<s>\d{15,}/[\w-]{40,})"),
    _shape("Telegram token", ":aa", rf"{_L}\d{{8,10}}:AA[\w-]{{33}}(?![\w-])"),
    _shape("API key", "sk-",
           rf"{_L}sk-[\w-]{{20,}}", lambda text: any(one.isdigit() for one in text) and entropy(text) > 3.2),
    _shape("Stripe key", "sk_live_ sk_test_ rk_live_ rk_test_",
           rf"{_L}[sr]k_(?:live|test)_[A-Za-z0-9]{{16,}}"),
    _shape("webhook secret", "whsec_", rf"{_L}whsec_[A-Za-z0-9+/=]{{24,}}"),
    _shape("Hugging Face token", "hf_ api_org_", rf"{_L}(?:hf_|api_org_)[A-Za-z0-9]{{30,}}{_R}"),
    _shape("Groq key", "gsk_", rf"{_L}gsk_[A-Za-z0-9]{{40,}}"),
    _shape("xAI key", "xai-", rf"{_L}xai-[A-Za-z0-9]{{60,}}"),
    _shape("Perplexity key", "pplx-", rf"{_L}pplx-[A-Za-z0-9]{{40,}}"),
    _shape("Replicate token", "r8_", rf"{_L}r8_[A-Za-z0-9]{{37,}}"),
    _shape("NVIDIA key", "nvapi-", rf"{_L}nvapi-[\w-]{{50,}}"),
    _shape("Pinecone key", "pcsk_", rf"{_L}pcsk_\w{{40,}}"),
    _shape("LangSmith key", "lsv2_", rf"{_L}lsv2_[ps][kt]_[0-9a-f]{{32}}_[0-9a-f]{{10}}"),
    _shape("Tavily key", "tvly-", rf"{_L}tvly-[\w-]{{30,}}"),
    _shape("Fireworks key", "fw_", rf"{_L}fw_[A-Za-z0-9]{{22,}}{_R}", mixed),
    _shape("PagerDuty token", "u+", r"(?<![\w+])u\+[\w-]{18}(?![\w-])"),
    _shape("Datadog key", "ddapp_ ddapi_", rf"{_L}dda(?:pp|pi)_[A-Za-z0-9]{{30,}}"),
    _shape("Grafana token", "glsa_ glc_",
           rf"{_L}(?:glsa_\w{{32}}_[0-9a-fA-F]{{8}}|glc_[A-Za-z0-9+/=]{{32,}})"),
    _shape("New Relic key", "nrak- nrii- nrjs- nral",
           rf"{_L}(?:NR(?:AK|II|JS)-[\w-]{{19,}}|[0-9a-f]{{36}}NRAL){_R}"),
    _shape("Sentry token", "sntry", rf"{_L}sntry[su]_[\w+/=-]{{40,}}"),
    _shape("Twilio key", "sk", rf"SK(?<![A-Za-z0-9]SK)[0-9a-f]{{32}}{_R}"),
    _shape("SendGrid key", "sg.", rf"{_L}SG\.[\w-]{{20,24}}\.[\w-]{{39,50}}"),
    _shape("Mailgun key", "key-", rf"{_L}key-[0-9a-f]{{32}}{_R}"),
    _shape("Mailchimp key", "-us", rf"{_L}[0-9a-f]{{32}}-us\d{{1,2}}{_R}"),
    _shape("npm token", "npm_", rf"{_L}npm_[A-Za-z0-9]{{36}}{_R}"),
    _shape("PyPI token", "pypi-", rf"{_L}pypi-AgE[\w-]{{50,}}"),
    _shape("Docker token", "dckr_", rf"{_L}dckr_[po]at_[\w-]{{20,}}"),
    _shape("RubyGems key", "rubygems_", rf"{_L}rubygems_[0-9a-f]{{48}}"),
    _shape("crates.io token", "cio", rf"{_L}cio[A-Za-z0-9]{{32}}{_R}", mixed),
    _shape("DigitalOcean token", "_v1_", rf"{_L}do[opr]_v1_[0-9a-f]{{64}}"),
    _shape("Heroku token", "hrku-", rf"{_L}HRKU-[\w-]{{30,}}"),
    _shape("Terraform token", ".atlasv1.", rf"{_L}[A-Za-z0-9]{{14}}\.atlasv1\.[\w-]{{60,}}"),
    _shape("Vault token", "hvs. hvb. hvr.", rf"{_L}hv[sbr]\.[\w-]{{24,}}"),
    _shape("Databricks token", "dapi", rf"{_L}dapi[0-9a-f]{{32}}(?:-\d)?{_R}"),
    _shape("Shopify token", "shp", rf"{_L}shp(?:at|ca|pa|ss)_[0-9a-fA-F]{{32}}"),
    _shape("Linear key", "lin_api_", rf"{_L}lin_api_[A-Za-z0-9]{{40}}"),
    _shape("Notion token", "ntn_ secret_", rf"{_L}(?:ntn_[A-Za-z0-9]{{40,}}|secret_[A-Za-z0-9]{{43}}){_R}"),
    _shape("Postman key", "pmak-", rf"{_L}PMAK-[0-9a-f]{{24}}-[0-9a-f]{{34}}"),
    _shape("Figma token", "figd_", rf"{_L}figd_[\w-]{{40,}}"),
    _shape("Square token", "sq0 eaaa", rf"{_L}(?:sq0[a-z]{{3}}-[\w-]{{22,}}|EAAA[\w-]{{60}})"),
    _shape("Doppler token", "dp.", rf"{_L}dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9_.]{{40,}}"),
    _shape("1Password token", "ops_eyj", rf"{_L}ops_eyJ[\w+/=-]{{100,}}"),
    _shape("Tailscale key", "tskey-", rf"{_L}tskey-[a-z]+-\w+-\w{{20,}}"),
    _shape("Supabase key", "sb_secret_ sbp_", rf"{_L}(?:sb_secret_[\w-]{{22,}}|sbp_[0-9a-f]{{40}})"),
    _shape("Fly token", "fm2_ fo1_", rf"{_L}(?:fm2_{_B64}{{80,}}={{0,3}}|fo1_[\w-]{{43}})"),
    _shape("PlanetScale token", "pscale_", rf"{_L}pscale_(?:tkn|pw|oauth)_[\w.=-]{{32,}}"),
    _shape("Airtable token", "pat", rf"{_L}pat[A-Za-z0-9]{{14}}\.[0-9a-f]{{64}}{_R}"),
    _shape("HubSpot token", "pat-", rf"{_L}pat-(?:na|eu)\d-[0-9a-f-]{{36}}{_R}"),
    _shape("Buildkite token", "bkua_", rf"{_L}bkua_[0-9a-f]{{40}}"),
    _shape("Pulumi token", "pul-", rf"{_L}pul-[0-9a-f]{{40}}{_R}"),
    _shape("Netlify token", "nfp_", rf"{_L}nfp_[A-Za-z0-9]{{36,}}"),
    _shape("Dynatrace token", "dt0", rf"{_L}dt0[a-z]\d\d\.[A-Z0-9]{{24}}\.[A-Z0-9]{{64}}"),
)  # fmt: skip

#: those that may be short, or have spaces in them
SHORT: tuple[Shape, ...] = (
    _shape(
        "private key",
        "-----begin",
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]{0,20000}?"
        r"(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
    ),
    _shape("PuTTY private key", "private-lines:", r"Private-Lines: \d+\s+(?P<s>[A-Za-z0-9+/=\s]{40,})"),
    _shape("PagerDuty token", "token=", r"(?i)Token token=[\"']?(?P<s>[\w+-]{16,})"),
    _shape("Okta token", "ssws", r"SSWS (?P<s>[\w-]{30,})"),
    _shape("Datadog key", "dd-api dd-application dd_api dd_app datadog",
           r"(?i)(?:dd|datadog)[_-](?:api|app|application)[_-]?key[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?P<s>[0-9a-f]{32,40})"),
    _shape("Azure SAS signature", "sig=",
           rf"[?&;]sig=(?P<s>(?:{_B64}|%[0-9A-Fa-f]{{2}}|[\w-]){{40,120}}={{0,2}})"),
    _shape("authorization", "authorization",
           r"(?i)\bauthorization[\"']?\s{0,2}[:=]\s{0,2}[\"']?(?:[a-z-]{3,20} )?(?P<s>[\w.~+/=-]{8,2000})"),
    _shape("password in an address", "://",
           r"(?i)[a-z][a-z0-9+.-]{1,30}://[^\s/:@\"'<>]{0,200}:(?P<s>[^\s/@\"'<>]{1,300})@(?=[\w.\[-])",
           lambda text: not _NOT_A_SECRET.fullmatch(text)),
    _shape("bearer token", "bearer", r"(?i)\bbearer[ :=]{1,3}[\"']?(?P<s>[\w.~+/-]{16,}={0,2})", mixed),
    _shape("basic credentials", "basic ", r"(?i)\bbasic (?P<s>[A-Za-z0-9+/]{8,}={0,2})", _basic),
    _shape("password", "password passphrase passwd",
           r"(?i)\bpass(?:word|phrase|wd)?\s+(?:is|was)\s+[\"']?(?P<s>\S{6,100})",
           lambda text: any(one.isdigit() for one in text) or not text.strip(".,;:'\"!?").isalpha()),
    _shape("password", "mysql sshpass",
           r"(?:\bmysql(?:dump)?\b[^\n]{0,80}?\s-p|\bsshpass\s+-p\s*)(?P<s>[^\s-]\S{5,80})"),
    _shape("credentials", "curl",
           r"\bcurl\b[^\n]{0,200}?\s(?:-u|--user)\s+[\"']?[^\s:\"']+:(?P<s>[^\s\"']{4,100})"),
    _shape("session cookie", "cookie",
           r"(?i)\b(?:set-)?cookie[\"']?\s{0,2}:\s{0,2}[\"']?(?P<s>[^\n\"']{8,2000})", lambda text: "=" in text),
)  # fmt: skip

#: card numbers by issuer's ranges and lengths (ISO/IEC 7812), digits in groups or in one run
CARD = re.compile(
    r"(?<![\w.+/-])(?:4\d{3}([ -]?)\d{4}\1\d{4}\1\d{4}|(?:5[1-5]\d{2}|2[2-7]\d{2})([ -]?)\d{4}\2\d{4}\2\d{4}|"
    r"3[47]\d{2}([ -]?)\d{6}\3\d{5}|(?:6011|65\d{2}|64[4-9]\d)([ -]?)\d{4}\4\d{4}\4\d{4}|"
    r"35(?:2[89]|[3-8]\d)([ -]?)\d{4}\5\d{4}\5\d{4}|3(?:0[0-5]|[68]\d)\d([ -]?)\d{6}\6\d{4})(?![\w+/-]|\.\d)"
)
IBAN = re.compile(r"(?<![\w+/-])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![\w+/-])")
#: what there is in every text with a card number, and with an IBAN
CARD_LIKE = re.compile(r"\d{4}[ -]?\d{4,6}[ -]?\d{4}")
IBAN_LIKE = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9 ]{11}")
#: every long shape has as many characters without a space
LEAST_LONG = 16
