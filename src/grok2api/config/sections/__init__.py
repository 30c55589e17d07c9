"""The sections of the settings tree, grouped by what they govern. Declarations only, never decisions."""
