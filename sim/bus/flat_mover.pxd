# Types of flat_mover.py, for its compiled form.
from sim.bus.numbers cimport Numbers

cdef class FlatMover:
    cdef Numbers _numbers

    cpdef advance(self, double now_s)
    cpdef settled(self, double now_s)
