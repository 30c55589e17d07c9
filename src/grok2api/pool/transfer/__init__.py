"""Credentials on their way in and out: files of many makers become entries, entries become a sealed file.

Must never do I/O, read a clock or a setting, or decide what becomes of an entry: it is read here and taken
into the pool elsewhere.
"""
