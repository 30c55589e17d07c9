"""The operator's edge: the admin API, closed unless an operator has signed in."""
