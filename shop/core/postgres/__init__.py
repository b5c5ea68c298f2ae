"""Django's PostgreSQL backend with connections that do not wait for a database
that is gone or frozen.
"""
