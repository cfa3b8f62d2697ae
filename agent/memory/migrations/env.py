"""Alembic's entrance: run the migrations on the connection that the database hands over."""

from __future__ import annotations

from alembic import context

import agent.memory.service_tables  # noqa: F401  its tables join the metadata
from agent.memory.tables import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True,
    transactional_ddl=False,
)  # fmt: skip
context.run_migrations()
