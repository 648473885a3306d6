from __future__ import annotations

from dataclasses import fields

from store.policy_records import Review, Standing, Use, Vote
from store.policy_tables import reviews, standing, standing_uses, standing_votes


def test_columns_stand_in_the_order_of_the_fields() -> None:
    pairs = ((Standing, standing), (Vote, standing_votes), (Use, standing_uses), (Review, reviews))
    for record, table in pairs:
        assert [one.name for one in fields(record)] == [column.name for column in table.c]
