"""The running shop: the server, the worker, the schedule of periodic jobs, logging and health."""
