"""The province's web pages: the citizen's look-up, the officers' fleet page, health and metrics."""
