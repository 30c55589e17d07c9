"""The routes of the admin API, by subject. Must never hold a rule of the pool: `operations` does."""
