"""State of one process: for those who run one worker, or no Redis."""
