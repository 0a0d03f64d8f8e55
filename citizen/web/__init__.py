"""The edge of the site: access, forms, headers, languages."""
