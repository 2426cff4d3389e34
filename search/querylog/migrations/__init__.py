"""How the query log's tables came to be: numbered steps, which alembic takes."""
