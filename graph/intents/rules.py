"""Editing a question, broken glass, approvals in advance: reached by their exact commands alone."""

from __future__ import annotations

from graph.answers import approvals, rules
from graph.intents.model import Intent

RULES = (
    Intent(
        name="approval.edit",
        summary="ask again with other inputs",
        role="operator",
        phrase="edit {approval_id}",
        slots=approvals.EditSlots,
        act=approvals.edit,
    ),
    Intent(
        name="glass.break",
        summary="run at once without approval, with a reason and a review",
        role="viewer",
        phrase="break glass {runbook}",
        slots=rules.GlassSlots,
        act=rules.break_glass,
    ),
    Intent(
        name="review.list",
        summary="see which broken glass is to be reviewed",
        role="viewer",
        phrase="reviews",
        facts=rules.reviews,
        answer=rules.reviews_answer,
    ),
    Intent(
        name="review.close",
        summary="say what came of looking back at broken glass",
        role="viewer",
        phrase="close review {review_id}",
        slots=rules.ReviewSlots,
        act=rules.close_review,
    ),
    Intent(
        name="standing.list",
        summary="see what was approved in advance",
        role="viewer",
        phrase="standing approvals",
        facts=rules.every,
        answer=rules.every_answer,
    ),
    Intent(
        name="standing.propose",
        summary="ask people to approve runs in advance",
        role="operator",
        phrase="standing propose {runbook}",
        slots=rules.StandingSlots,
        act=rules.propose,
    ),
    Intent(
        name="standing.approve",
        summary="agree to runs in advance",
        role="viewer",
        phrase="standing approve {standing_id}",
        slots=rules.StandingSlots,
        act=rules.approve,
    ),
    Intent(
        name="standing.revoke",
        summary="end an approval in advance at once",
        role="viewer",
        phrase="standing revoke {standing_id}",
        slots=rules.StandingSlots,
        act=rules.revoke,
    ),
)
