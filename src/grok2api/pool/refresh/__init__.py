"""Keeps sign-ins alive: when they are due, one refresher at a time, and no rotated token lost in silence."""
