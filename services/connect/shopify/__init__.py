"""Shopify: `verify` checks its signature, and `map_webhook` maps its topics.

`orders` reads an order, `money` what was paid and given back, and `customers` who somebody is.
"""
