# Types of watch.py, for its compiled form.
from sim.bus.band cimport Band
from sim.bus.numbers cimport Numbers

cdef class Watch:
    cdef object _tell
    cdef list _blocks, _accepted_mw
    cdef Band _band
    cdef Numbers _numbers
    cdef long long _looked

    cpdef begin(self)
    cpdef look(self)
