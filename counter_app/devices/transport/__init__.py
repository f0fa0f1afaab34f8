"""How bytes come from a device: serial ports, and a trace for support that holds no contents."""
