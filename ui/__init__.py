"""The window: pages, widgets and the threads behind them. It asks services and shows what they answer."""
