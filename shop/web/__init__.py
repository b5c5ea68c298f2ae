"""Pages: middleware, the page cache, style sheets, template tags and the views that every site needs."""
