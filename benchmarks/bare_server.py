"""How gunicorn serves the yardstick: loaded once for all workers, as the shop is, and
nothing of the shop's own.
"""

preload_app = True
