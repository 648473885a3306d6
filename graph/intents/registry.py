"""Every intent there is, in the order help shows them."""

from __future__ import annotations

from collections.abc import Mapping

from graph.intents.changes import CHANGES
from graph.intents.decisions import DECISIONS
from graph.intents.howto import howto_intents
from graph.intents.incident_reads import INCIDENT_READS
from graph.intents.incidents import INCIDENTS
from graph.intents.model import Intent
from graph.intents.operations import OPERATIONS
from graph.intents.planning import PLANNING
from graph.intents.releases import RELEASES
from graph.intents.reporting import REPORTING
from graph.intents.rules import RULES
from graph.intents.schedules import SCHEDULES
from graph.intents.security import SECURITY
from graph.intents.talk import talk_about
from graph.intents.unserved import unserved_examples
from graph.intents.watching import WATCHING
from graph.understanding.traits import Traits

_ASKED: tuple[Intent, ...] = (
    *OPERATIONS,
    *WATCHING,
    *INCIDENT_READS,
    *INCIDENTS,
    *PLANNING,
    *REPORTING,
    *RELEASES,
    *CHANGES,
    *DECISIONS,
    *SECURITY,
    *RULES,
    *SCHEDULES,
)
_MORE = (*_ASKED, *howto_intents(_ASKED))
INTENTS: tuple[Intent, ...] = (*_MORE, *talk_about(_MORE))
BY_NAME: Mapping[str, Intent] = {intent.name: intent for intent in INTENTS}
TRAITS: Mapping[str, Traits] = {intent.name: intent.traits for intent in INTENTS}
#: what can be said in free words and changes something or decides about it: never from a guess
ACTS: frozenset[str] = frozenset(name for name, one in TRAITS.items() if one.acts)


def declared_examples() -> dict[str, tuple[str, ...]]:
    """Label → sentences for the classifier: the served intents' and those of what is not served yet."""
    served = {intent.name: intent.examples for intent in INTENTS if intent.examples}
    return served | unserved_examples()
