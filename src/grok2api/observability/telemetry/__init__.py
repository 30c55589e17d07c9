"""OpenTelemetry: what a request did, told to a collector after its end."""
