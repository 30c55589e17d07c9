"""Metrics: counted in memory that outlives a worker, shown on one page for all workers of a host."""
