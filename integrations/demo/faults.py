"""What can be broken in the demo company, and how it begins and ends. Known in this folder alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from config.errors import BadRequest, Conflict
from integrations.demo.clusters import node_of, sharing
from integrations.demo.company import Company
from integrations.demo.effects import reach
from integrations.demo.noise import key_of, unit
from integrations.demo.prompts import speaking
from integrations.demo.troubles import Strike
from integrations.demo.world import World

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """`begin(world, at, service)` gives the data of the event that starts it. Raises BadRequest, Absent."""

    name: str
    summary: str
    begin: Callable[[World, float, str | None], Data]


def _trouble(world: World, service: str, *strikes: Strike, **data: Any) -> Data:
    environment = next(iter(world.catalogue.environments))
    struck = strikes or (Strike(service, data.pop("harm")),)
    return {
        "service": service,
        "environment": environment,
        "strikes": [asdict(one) for one in struck],
        **data,
    }


def _pick(world: World, named: str | None, default: str, among: Sequence[str], lacks: str) -> str:
    """The service to break. Raises BadRequest, saying what it `lacks`, and Absent for one that there is not."""
    service = named or world.preferred(default, among=among or None)
    world.must_know(service)
    if service not in among:
        raise BadRequest(f"{service} {lacks}. These do: {', '.join(among) or 'none'}.")
    return service


def _bad_release(world: World, at: float, service: str | None) -> Data:
    service = service or world.preferred("rag-api")
    world.must_know(service)
    environment = next(iter(world.catalogue.environments))
    before = world.releases.desired(service, environment, at)
    major, week, number = before.split(".") if before.count(".") == 2 else (before, "0", "0")
    version = f"{major}.{week}.{int(number) + 1}"
    while world.releases.taken(service, version):
        version = f"{major}.{week}.{int(version.rsplit('.', 1)[1]) + 1}"
    return {"service": service, "environment": environment, "version": version, "effective_at": at + 15.0}


def _outage(world: World, at: float, service: str | None) -> Data:
    routed = [name for name, one in world.catalogue.services.items() if one.provider]
    service = _pick(world, service, "llm-gateway", routed, "calls no model provider")
    environment = next(iter(world.catalogue.environments))
    return {"provider": world.provider(service, environment, at)}


#: the context limit that fits the accelerators, and the one that does not
_FITS, _TOO_LONG = 8192, 32768


def _gpu_oom(world: World, at: float, service: str | None) -> Data:
    accelerated = [name for name, one in world.catalogue.services.items() if one.gpu]
    service = _pick(world, service, "vllm-pool", accelerated, "has no GPU")
    data: dict[str, Any] = {"limit": _FITS, "harm": "gpu-oom"}
    if unit("oom", service, at) < 0.7:
        data |= {
            "starts_at": at + 60.0 + 120.0 * unit("fills", service, at),
            "change": {
                "kind": "config",
                "before": f"max_context_tokens={_FITS}",
                "after": f"max_context_tokens={_TOO_LONG}",
                "summary": f"max_context_tokens of {service} from {_FITS} to {_TOO_LONG}",
            },
        }
    return _trouble(world, service, **data)


def _traffic(world: World, name: str) -> float:
    """The part of the users' requests that comes to a service, through others too."""
    services = world.catalogue.services
    callers = (name, *world.catalogue.dependants(name))
    return sum(services[one].traffic_share for one in callers) or 0.05


def _surge(world: World, at: float, service: str | None) -> Data:
    service = _pick(
        world, service, "chat-frontend", world.catalogue.user_facing, "takes no requests of users"
    )
    environment = next(iter(world.catalogue.environments))
    shares = {
        name: min(1.0, _traffic(world, service) / _traffic(world, name))
        for name in reach(world.catalogue, service)
    }
    weak = [name for name, share in shares.items() if share >= 0.4 and name != service] or [service]
    bottleneck = weak[key_of("weak", service, at) % len(weak)]
    strikes = [Strike(name, "surge", round(share, 4)) for name, share in shares.items()]
    return _trouble(
        world,
        service,
        *strikes,
        Strike(bottleneck, "overloaded"),
        bottleneck=bottleneck,
        replicas=world.fleet.wanted((bottleneck, environment)),
    )


def _vectors(world: World, at: float, service: str | None) -> Data:
    service = _pick(world, service, "vector-db", [world.preferred("vector-db")], "has no index of vectors")
    environment = next(iter(world.catalogue.environments))
    return _trouble(world, service, harm="index-worn", replicas=world.fleet.wanted((service, environment)))


def _cost(world: World, at: float, service: str | None) -> Data:
    service = _pick(world, service, "summarizer", speaking(world.catalogue), "spends no tokens")
    return _trouble(world, service, harm="cost-spike")


def _prompt(world: World, at: float, service: str | None) -> Data:
    service = _pick(world, service, "rag-api", speaking(world.catalogue), "answers with no prompt")
    environment, prompt = next(iter(world.catalogue.environments)), world.prompts.of(service)
    before, version = world.prompts.current(prompt, environment), world.prompts.following(prompt)
    change = {
        "kind": "prompt",
        "before": f"{prompt}@{before}",
        "after": f"{prompt}@{version}",
        "summary": f"Prompt {prompt} of {service} from {before} to {version}",
    }
    strike = Strike(service, "prompt", label=f"{prompt}@{version}")
    return _trouble(
        world,
        service,
        strike,
        prompt=prompt,
        version=version,
        before=before,
        change=change,
        starts_at=at + 30.0,
    )


def _called(world: World) -> list[str]:
    return [name for name in world.catalogue.services if world.catalogue.dependants(name)]


def _certificate(world: World, at: float, service: str | None) -> Data:
    service = _pick(world, service, "payments-api", _called(world), "is called by no other service")
    expiry = datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return _trouble(world, service, Strike(service, "certificate", label=expiry), expires_at=at)


def _neighbour(world: World, at: float, service: str | None) -> Data:
    service = service or world.preferred("embeddings")
    world.must_know(service)
    environment = next(iter(world.catalogue.environments))
    node = node_of(world, service, environment, at)
    strikes = [Strike(name, "neighbour") for name in sharing(world, node, environment, at)]
    return _trouble(world, service, *strikes, node=node, job=_JOBS[key_of("job", at) % len(_JOBS)])


_JOBS = ("backfill-documents", "nightly-finetune", "export-warehouse", "batch-transcribe")


def _slow(world: World, at: float, service: str | None) -> Data:
    service = _pick(world, service, "billing", _called(world), "is called by no other service")
    harm = "slow-pool" if unit("slow", service, at) < 0.6 else "slow-cache"
    return _trouble(world, service, harm=harm)


FAULTS: tuple[Fault, ...] = (
    Fault(
        "bad-release",
        "a new release of one service is slow, fails and answers worse (default: rag-api)",
        _bad_release,
    ),
    Fault("provider-outage", "the model provider of one service fails (default: llm-gateway's)", _outage),
    Fault("gpu-oom", "the GPUs of one service run out of memory (default: vllm-pool)", _gpu_oom),
    Fault(
        "traffic-surge",
        "twice as many requests reach one service; one that it calls cannot bear them (default: chat-frontend)",
        _surge,
    ),
    Fault("vector-db-saturated", "the index of the vector database is worn; its queue fills", _vectors),
    Fault("cost-spike", "one service spends four times the tokens (default: summarizer)", _cost),
    Fault("prompt-regression", "a new version of a prompt answers worse (default: rag-api's)", _prompt),
    Fault(
        "expired-certificate", "the certificate of one service expires (default: payments-api)", _certificate
    ),
    Fault("noisy-neighbour", "a batch job takes the node of one service (default: embeddings)", _neighbour),
    Fault("slow-dependency", "one service waits for its pool or its cache (default: billing)", _slow),
)


#: what a new company begins with, and what the demo story tells
OPENING = "bad-release"
_BEGAN_AGO = 12 * 60.0


def faults() -> tuple[tuple[str, str], ...]:
    """Name and one-line description of everything that can be broken."""
    return tuple((fault.name, fault.summary) for fault in FAULTS)


def fault_named(name: str) -> Fault:
    for fault in FAULTS:
        if fault.name == name:
            return fault
    raise BadRequest(f"There is no fault {name!r}. There are: {', '.join(fault.name for fault in FAULTS)}.")


async def start_fault(company: Company, name: str, at: float, service: str | None = None) -> None:
    """Break it. Raises BadRequest for an unknown fault or service, Conflict when it is on already."""
    fault = fault_named(name)
    world = await company.world()
    if name in world.running_faults(at):
        raise Conflict(f"{name} is on already. End it with: demo fault stop {name}")
    await company.append("fault.started", at, {"name": name, **fault.begin(world, at, service)})


async def stop_fault(company: Company, name: str, at: float) -> None:
    """Mend it: what was changed is taken back, the rest ends. Raises BadRequest when unknown, Conflict when off."""
    fault_named(name)
    world = await company.world()
    if name not in world.running_faults(at):
        raise Conflict(f"{name} is not on. Start it with: demo fault start {name}")
    await company.append("fault.stopped", at, {"name": name})


async def begin_in_an_incident(company: Company, now: float) -> None:
    """Give a company whose log is empty an incident that began twelve minutes ago; once, whoever comes first."""
    world = await company.world()
    if world.told:
        return
    at = now - _BEGAN_AGO
    fault = fault_named(OPENING)
    await company.append(
        "fault.started", at, {"key": "opening", "name": OPENING, **fault.begin(world, at, None)}
    )
