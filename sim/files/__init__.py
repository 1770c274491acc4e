"""Files: formats of plain data, checks of text, scripts, installed kinds, writing whole or not at all."""
