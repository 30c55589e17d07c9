"""The public edge: raw requests in, raw responses out; no body models, no business."""
