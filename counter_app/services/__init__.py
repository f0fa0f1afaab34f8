"""Use cases, one transaction each. Every public method may be called from any thread; the window calls them
from its store thread only. They return frozen data and raise `counter_app.core.errors.AppError`.
"""
