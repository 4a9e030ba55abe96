"""Rows as the changelog carries them: a customer, a name that leads elsewhere, or a mark."""
