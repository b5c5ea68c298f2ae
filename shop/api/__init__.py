"""The strict base of the API: parsers, fields, envelope, failures, paging, throttles."""
