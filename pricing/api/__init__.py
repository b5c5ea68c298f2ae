"""Shapes of pricing that other apps' routes show."""
