"""Every table there is: who wants all of them takes `metadata` from here."""

from __future__ import annotations

from store import installations, model_tables, policy_tables, posts, schedule_tables, tables

#: importing a module of tables is what puts them in
MODULES = (tables, policy_tables, schedule_tables, model_tables, posts, installations)
metadata = tables.metadata
