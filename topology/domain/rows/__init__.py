"""Rows as the changelog carries them: a customer, a forwarding entry, or an erasure tombstone."""
