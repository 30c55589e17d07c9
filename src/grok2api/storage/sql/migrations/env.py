"""What Alembic runs for each command: the steps, inside the transaction that the caller opened.

Must never open a connection or read a setting: `storage.sql.migrate` hands both over.
"""

from __future__ import annotations

from alembic import context

from grok2api.storage.sql.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
