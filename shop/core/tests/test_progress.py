"""Progress bars: drawn in place on a terminal, one line on a pipe."""

from __future__ import annotations

from io import StringIO

from django.core.management.base import OutputWrapper

from shop.core.progress import Progress


class Terminal(StringIO):
    """What a person looks at."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_the_bar_is_drawn_over_itself_and_ends_in_a_new_line():
    seen = Terminal()
    progress = Progress("Orders", OutputWrapper(seen))

    progress(5, 10)
    progress(10, 10)

    before, half, whole = seen.getvalue().split("\r")
    assert before == ""
    assert half.startswith(f"Orders       [{'=' * 15}>{' ' * 14}] 5 of 10")
    assert "\n" not in half
    assert whole.startswith(f"Orders       [{'=' * 30}] 10 of 10")
    assert whole.endswith("\n")


def test_on_a_pipe_one_line_tells_how_many():
    seen = StringIO()
    progress = Progress("Orders", OutputWrapper(seen))

    progress(500, 1200)
    progress(1200, 1200)

    assert seen.getvalue() == "Orders       1,200 in 0.0 s\n"
