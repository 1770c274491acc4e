"""Files: data formats, text checks, scripts, kinds of installed packages, atomic writing."""
