"""A progress bar for commands that take a while."""

from __future__ import annotations

import time

from django.core.management.base import OutputWrapper

BAR_WIDTH = 30
TERMINAL_SECONDS = 0.1
# Whoever reads a log wants to see that it goes on, not each step.
PIPE_SECONDS = 10.0


class Progress:
    """`Products  [=====>     ] 5,000 of 10,000, 12 s`; on a pipe a line every ten
    seconds and one at the end.

    Call the object with (done, total) as often as you like; it draws at most ten times a second.
    """

    def __init__(self, label: str, out: OutputWrapper) -> None:
        self.label = label
        self.out = out
        self.started = time.monotonic()
        self.is_terminal = out.isatty()
        # A bar shows at once, a log has a line after a while.
        self.drawn = 0.0 if self.is_terminal else self.started

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        is_over = done >= total
        pause = TERMINAL_SECONDS if self.is_terminal else PIPE_SECONDS
        if not is_over and now - self.drawn < pause:
            return
        self.drawn = now
        seconds = now - self.started
        if self.is_terminal:
            filled = BAR_WIDTH * done // max(total, 1)
            bar = "=" * filled + ">" * (not is_over) + " " * (BAR_WIDTH - filled - (not is_over))
            # Without `ending` a command's output ends every piece with a new line.
            self.out.write(
                f"\r{self.label:<12} [{bar}] {done:,} of {total:,}, {seconds:.0f} s ",
                ending="\n" if is_over else "",
            )
        elif is_over:
            self.out.write(f"{self.label:<12} {total:,} in {seconds:.1f} s\n")
        else:
            self.out.write(f"{self.label:<12} {done:,} of {total:,}, {seconds:.0f} s\n")
        self.out.flush()
