"""Readers: which port each has, whether it is there, and a test."""
