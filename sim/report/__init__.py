"""Reports: documents, and what renders them."""
