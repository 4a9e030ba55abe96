"""Who may do what: keys with scopes, kept hashed in Kafka.

`scope` and `key` are what a key is, `keyring` keeps them, `bucket` limits their rate, `gate`
decides about a request, and `needs` asks it for a route, as in
`dependencies=[Depends(needs(Scope.STATE))]`.
"""
