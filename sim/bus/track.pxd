# Types of track.py, for its compiled form.
import cython

@cython.final
cdef class Track:
    cdef const double[::1] _times_s, _values
    cdef Py_ssize_t _at, _count
    cdef public object act, owner
    cdef public double next_s, lowest

    cpdef double take(self)
