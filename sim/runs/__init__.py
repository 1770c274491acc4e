"""What a run left: its data, its metrics, its saved folder."""
