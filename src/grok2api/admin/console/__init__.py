"""The web console: files that were built from `ui/`, and how they are served."""
