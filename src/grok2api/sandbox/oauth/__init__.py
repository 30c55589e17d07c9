"""The sandbox's OAuth issuer: sign-in by device code or PKCE, and refresh tokens that rotate.

It exists so that the gateway's sign-ins can be drilled on what really kills them: reuse of a rotated
token, an answer lost after the rotation, a tier without API access, a revoked grant. Its root is the
server's root, while the API is under /v1. It knows the API's accounts by name only, and must never
import what routes a request.

- `jwt` writes and reads tokens, `families` are the grants with their rotation, `device` and `codes` the
  two ways to get one; `issuer` joins them under `settings`.
- `endpoints` answers machines, `pages` and `browser` answer people, `control` answers tests.
"""
