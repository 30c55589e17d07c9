"""What the sandbox keeps of media: uploaded files, jobs under way, and links that die.

State only, on the sandbox's clock and by team; who may ask and how it is said is in `grok2api.sandbox.media`.
"""
