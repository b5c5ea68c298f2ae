"""Progress bars: drawn in place on a terminal, a line now and then on a pipe."""

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


def test_on_a_pipe_long_work_shows_that_it_goes_on(monkeypatch):
    seen = StringIO()
    clock = iter([0.0, 5.0, 10.0, 14.0, 20.5, 21.0])
    monkeypatch.setattr("shop.core.progress.time.monotonic", lambda: next(clock))
    progress = Progress("Orders", OutputWrapper(seen))

    for done in (100, 200, 300, 400, 1200):
        progress(done, 1200)

    assert seen.getvalue().splitlines() == [
        "Orders       200 of 1,200, 10 s",
        "Orders       400 of 1,200, 20 s",
        "Orders       1,200 in 21.0 s",
    ]
