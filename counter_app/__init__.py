"""The one-stop counter without its screens and without its ink: no module below here imports Qt."""

__version__ = "0.1.0"
