"""The project: settings, base code and what stands above the apps."""

__version__ = "0.1.0"
