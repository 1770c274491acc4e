"""Files: the formats of plain data, checks of text, and writing whole or not at all."""
