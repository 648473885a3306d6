"""Whatever a back end answers, a diagnosis comes out of it, and it keeps to its form."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from insight.diagnosis import diagnose
from insight.evidence import Evidence
from insight.facts import (
    METRICS,
    Alert,
    Capacity,
    Certificate,
    Change,
    ErrorCount,
    LogLine,
    MetricSeries,
    Node,
    Point,
    ProviderStatus,
    Tenant,
)

AT = 1_000_000.0
SERVICES = ("front", "middle", "back", "alone")
ENV = "production"

names = st.sampled_from(SERVICES)
moments = st.floats(AT - 20_000, AT)
values = st.one_of(st.just(0.0), st.floats(-10, 1e6, allow_nan=False))
texts = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["CUDA out of memory", "x509: certificate has expired back", "the queue is full", "max_tokens=4"]
    ),
)
settings_ = st.sampled_from(["2.0", "", "=", "a=", "max_context_tokens=8192", "p@v1", "@", "pool=x"])


@st.composite
def series(draw: st.DrawFn) -> MetricSeries:
    metric = draw(st.sampled_from(list(METRICS)))
    levels = draw(st.lists(values, max_size=3))
    count = draw(st.integers(0, 12))
    points = tuple(Point(AT - 30.0 * n, level) for level in levels for n in range(count, 0, -1))
    return MetricSeries(draw(names), ENV, metric, "mean", METRICS[metric], 30.0, points, "q")


changes = st.builds(
    Change, st.just("c"), st.sampled_from(["deployment", "config", "prompt"]), names, st.just(ENV), moments,
    st.just("ana"), settings_, settings_, texts, st.booleans(),
)  # fmt: skip
alerts = st.builds(
    Alert,
    st.just("a"),
    texts,
    names,
    st.just(ENV),
    st.just("critical"),
    texts,
    moments,
    st.one_of(st.none(), moments),
)
tenants = st.builds(Tenant, names, st.sampled_from(["service", "job"]), st.floats(0, 1), moments)
evidence = st.builds(
    Evidence,
    service=st.none(),
    environment=st.just(ENV),
    focus=st.lists(names, unique=True).map(tuple),
    series=st.lists(series(), max_size=12).map(tuple),
    baseline=st.lists(series(), max_size=12).map(tuple),
    errors=st.lists(
        st.builds(ErrorCount, names, st.just(ENV), st.sampled_from(["500", "502", "525"]), st.floats(0, 900))
    ).map(tuple),
    changes=st.lists(changes, max_size=4).map(tuple),
    alerts=st.lists(alerts, max_size=4).map(tuple),
    providers=st.lists(
        st.builds(
            ProviderStatus, st.just("acme"), st.sampled_from(["operational", "outage"]), moments, texts,
            st.lists(names).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
    logs=st.lists(
        st.builds(LogLine, moments, names, st.just(ENV), st.sampled_from(["error", "warning", "info"]), texts),
        max_size=12,
    ).map(tuple),
    nodes=st.lists(
        st.builds(
            Node, st.just("n"), st.just(ENV), st.none(), st.booleans(), st.lists(tenants, max_size=3).map(tuple)
        ),
        max_size=2,
    ).map(tuple),
    certificates=st.lists(st.builds(Certificate, names, st.just(ENV), texts, moments), max_size=2).map(tuple),
    capacities=st.lists(
        st.builds(
            Capacity, names, st.just(ENV), st.integers(0, 9), st.integers(0, 3), st.integers(0, 20), values, values
        ),
        max_size=2,
    ).map(tuple),
    dependencies=st.sampled_from(
        [
            {},
            {"front": ("middle",), "middle": ("back",), "back": (), "alone": ()},
            {"front": ("middle", "back"), "middle": ("front",)},
        ]
    ),
)  # fmt: skip


@given(evidence)
@settings(max_examples=100, deadline=None)
def test_any_evidence_gives_a_diagnosis_in_form(given: Evidence) -> None:
    told = diagnose(given, AT)
    scores = [cause.score for cause in told.causes]
    assert scores == sorted(scores, reverse=True) and all(0.0 < score <= 0.99 for score in scores)
    assert (told.verdict == "cause") == bool(told.together)
    assert all(one in told.causes for one in told.together)
    if told.verdict == "healthy":
        assert not told.symptoms
    for cause in told.causes:
        assert cause.summary and (cause.evidence_for or cause.evidence_against)
        assert "None" not in cause.summary
    assert diagnose(given, AT) == told
