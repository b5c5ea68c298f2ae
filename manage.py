#!/usr/bin/env python
"""Linden's command line: `python manage.py help` lists what it can do."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
    from shop.runtime.commands import run

    run(sys.argv)


if __name__ == "__main__":
    main()
