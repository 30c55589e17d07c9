"""Small tools that know nothing of Grok. A module here must never import another package of the product."""
