"""Thin: decode records, call the domain, hand on what came out."""
