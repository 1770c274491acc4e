"""An independent simulator of a campus, against which `sim` is compared.

It shares no code and no algorithm with `sim`. It goes through the run in equal steps, clears each step by a
search for the price with the largest trade, lets ramps follow straight lines, decides the commitment of units
from differences of welfare, and states its own error bound. It reads a campus as plain data with every field
given.
"""
