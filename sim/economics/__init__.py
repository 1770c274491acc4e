"""Economics: capital, its life and discount, and what work not done is worth."""
