"""Readers that type like a keyboard, for the window, which knows services only."""

from counter_app.devices.wedge import END_PAUSE_MS, MAX_KEY_GAP_MS, Burst, BurstEnd, Verdict, WedgeDetector

__all__ = ["END_PAUSE_MS", "MAX_KEY_GAP_MS", "Burst", "BurstEnd", "Verdict", "WedgeDetector"]
