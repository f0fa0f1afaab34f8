"""Readers on serial ports and readers that type: transports, framing, drivers. Knows nothing of what a code means."""
