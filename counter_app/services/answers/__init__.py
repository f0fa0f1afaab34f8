"""What services are asked with and answer with: frozen data that the window can load before the store is there.

Nothing here imports the store: the first screen must not wait for a database library to load.
"""
