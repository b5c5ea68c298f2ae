"""Pages: middleware, page cache, style sheets, template tags and the views every site needs."""
