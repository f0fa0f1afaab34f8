"""A process of its own that makes pages ready, so that the window never waits for it: Python has one lock a process.

`messages` are what the two sides say, `serving` is the worker's side, `client` the program's.
"""
