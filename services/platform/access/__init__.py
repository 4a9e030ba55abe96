"""Access control: API keys with scopes, whose digests are in Kafka.

The `keyring` stores all keys; each `key` has one `scope` or more, and a `rate_limit`. A route
declares its scope with `needs`, as in `dependencies=[Depends(needs(Scope.STATE))]`. `admission`
runs before every route: it looks the route up in `route_access`, and asks the `gate`.
"""
