"""Creates, lists and checks the topics of the catalogue in `schemas.topics`."""
