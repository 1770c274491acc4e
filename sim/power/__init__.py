"""The kernel: a bus that clears a price ladder, and books that close."""
