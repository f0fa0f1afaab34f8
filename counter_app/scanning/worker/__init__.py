"""A process of its own for native scanner drivers: when one crashes, the program goes on and one page is lost.

`frames` are how the two sides talk, `messages` what they say, `serving` the worker's side, `client` the program's.
"""
