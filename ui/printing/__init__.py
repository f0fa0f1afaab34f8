"""Printing from the window: one paper with its preview, many papers in a row, printers in words."""
