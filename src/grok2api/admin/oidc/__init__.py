"""Single sign-on to the console: the authorization code flow of OpenID Connect, with PKCE, state and nonce.

- `transactions` remembers a sign-in that has begun, in the browser that began it;
- `provider` asks the identity provider; `id_tokens` judges what it signed;
- `mapping` says which role somebody gets; `people` keeps the account;
- `sign_on` goes from one to the next, and `refusal` says why it went no further.

Must never know somebody by the e-mail address, and must never let in whom no setting names.
Source: https://openid.net/specs/openid-connect-core-1_0.html, RFC 9700, RFC 9207.
"""
