"""The pages of the API, for a browser: a first one, and the documentation. All is served here."""
