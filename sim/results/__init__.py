"""What a run leaves behind: figures, frames, report and pictures."""
