"""The web console: a face of pages that the server writes, with a little script of its own for what moves."""
