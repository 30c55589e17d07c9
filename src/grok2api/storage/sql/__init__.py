"""The records in a relational database. Nothing outside this package may import SQLAlchemy or Alembic."""
