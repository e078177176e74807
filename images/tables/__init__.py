"""Tables as data: columns, cells, facets, pager. Plain objects for templates; no queries of their own."""
