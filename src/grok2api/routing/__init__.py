"""From the model a client names to the upstream models that may answer. Pure: no I/O, no clock."""
