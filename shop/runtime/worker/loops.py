"""What the worker's loops have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod

IDLE_SECONDS = 0.3


class Loop(ABC):
    """One kind of background work, done in turns."""

    name: str
    idle_seconds = IDLE_SECONDS

    @abstractmethod
    def turn(self) -> bool:
        """Do what is due and return whether there was anything."""

    def interrupt(self) -> None:
        """Ask a turn that is under way, from another thread, to begin nothing new."""
        return
